"""On/off pressure: memory is good for a while, then bad for a while (Gilbert-Elliott; Gilbert 1960, Elliott 1963).

The two-state channel of Gilbert and Elliott, in continuous time and with sojourns of any distribution: exponential ones
make it Markovian, lognormal ones give the long tail that outages of real machines have.
"""

from collections.abc import Callable, Iterator

from sim.kernel.memory import NEVER

_PAIRS = 4_096


def on_off_changes(
    good: Callable[[], int], bad: Callable[[], int], *, in_bad: bool = False, left: int | None = None
) -> Iterator[int]:
    """The instants (ns) at which memory turns bad, good, bad, ... for an `Alternation`.

    `good`, `bad`: draw the length of a sojourn in ns. `in_bad`: whether memory is bad at time 0. `left`: how many ns of
    the first sojourn are left then; None for all of it.
    """
    if in_bad:
        yield -NEVER
    now = (bad if in_bad else good)() if left is None else left
    while True:
        yield now
        in_bad = not in_bad
        now += (bad if in_bad else good)()


def stationary_start(good: Callable[[], int], bad: Callable[[], int], uniform: Callable[[], float]) -> tuple[bool, int]:
    """Look at an alternation that has gone on for ever: whether it is bad now, and how many ns of that are left.

    A point dropped on 4,096 pairs of sojourns laid end to end. Longer ones are hit more often (the inspection paradox),
    so the distribution is that of renewal theory for any sojourns with a finite mean, but for an error of some parts in
    10,000, more if their variance is infinite. `uniform` draws from [0, 1).
    """
    lengths = [draw() for _ in range(_PAIRS) for draw in (good, bad)]
    point = sum(lengths) * uniform()
    for index, length in enumerate(lengths):
        if point < length:
            return index % 2 == 1, length - int(point)
        point -= length
    return False, 0
