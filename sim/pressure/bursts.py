"""Bursts: outages that begin at random instants and last a random time, out of otherwise good memory.

Unlike on/off pressure, a burst begins whether or not the one before has ended: outages that overlap make one longer
one, as when a second batch job starts while the first is still squeezing memory.
"""

from collections.abc import Callable, Iterator


def burst_changes(gap: Callable[[], int], length: Callable[[], int]) -> Iterator[int]:
    """The instants (ns) at which memory turns bad, good, bad, ... for an `Alternation`.

    `gap` draws the ns from one onset to the next (from time 0 to the first), `length` the ns that a burst lasts. Both
    are drawn once for every onset. Bursts that overlap or touch meet in changes at one instant.
    """
    onset, end = gap(), 0
    while True:
        burst_end = onset + length()
        if burst_end > end:
            yield max(onset, end)
            yield burst_end
            end = burst_end
        onset += gap()
