"""What has to be said beside the numbers of a summary: what they leave open, and what to do about it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_NEGLIGIBLE = 0.01
"""The share of arrivals that may be late without a word about it."""

_STREAMED = "Quantiles are read from a histogram and right within 0.4 %."
_BOUND = (
    "<= is 3/calls, a 95 % bound if calls were independent: no such call was seen. Outages make calls fail together, "
    "so that the true share may be higher."
)


def notes(
    rows: Sequence[Mapping[str, Any]],
    arrivals: Mapping[str, Mapping[str, Any]],
    pools: Mapping[str, Mapping[str, Any]] | None = None,
    *,
    seed: int,
    streaming: bool,
    warmup_ns: int,
    memory: Mapping[str, Any] | None = None,
) -> Iterator[str]:
    """Yield the notes to the `rows`, `arrivals`, `pools` and `memory` of a summary, one sentence or two each."""
    yield (
        f"A single run carries no interval: run it again with --seed {seed + 1}, {seed + 2}, ... to see how much of it "
        "is chance."
    )
    yield from _late(arrivals)
    yield from _from_warmup(pools or {})
    yield from _killed(memory)
    if any(_bounded(row) for row in rows):
        yield _BOUND
    if streaming:
        yield _STREAMED
    for row in rows:
        yield from _of_row(row, warmup_ns)


def name_of(row: Mapping[str, Any]) -> str:
    """Return the task of a row as it is shown; the total of a pool in brackets, which no task's name can have."""
    return f"({row['task']})" if row["total"] else str(row["task"])


def _bounded(row: Mapping[str, Any]) -> bool:
    """Whether a share of the row is shown by its bound; how many are unfinished is shown as a count."""
    return any(share["at_most"] for key, share in row["shares"].items() if key != "unfinished")


def _late(arrivals: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    parts = [
        f"{entry['late']:,} of {entry['offered']:,} arrivals of {task} (in_flight: {entry['in_flight']})"
        for task, entry in arrivals.items()
        if entry["late"] > _NEGLIGIBLE * entry["offered"]
    ]
    if parts:
        yield f"{', '.join(parts)} had to wait for their task: no latency contains that wait."


def _from_warmup(pools: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    for pool, entry in pools.items():
        if entry["waiting_since_warmup"]:
            calls = entry["waiting_since_warmup"]
            began = f"{calls:,} call{'s' * (calls > 1)} to {pool} began in the warm-up and waited to the end"
            yield f"{began}: no row has them; with warmup: 0 they count."


def _killed(memory: Mapping[str, Any] | None) -> Iterator[str]:
    victims = memory["vmstat"].get("oom_kill", 0) if memory else 0
    if victims:
        yield f"The OOM killer took {'1 victim' if victims == 1 else f'{victims:,} victims'}."


def _of_row(row: Mapping[str, Any], warmup_ns: int) -> Iterator[str]:
    who = f"{row['pool']} {name_of(row)}"
    if not row["calls"]:
        yield f"{who}: no call after the warm-up." if warmup_ns else f"{who}: no call."
        return
    for key, latency in row["latency"].items():
        if latency["needs"]:
            yield f"{who}: {key} needs {latency['needs']:,}+ calls; {row['calls']:,} here."
    unfinished = row["paths"]["unfinished"]
    if unfinished:
        waits = "1 wait was" if unfinished == 1 else f"{unfinished:,} waits were"
        yield f"{who}: {waits} unfinished at the end and count at the time waited so far; >= marks what they may raise."
