"""What runs of a size say beside the targets, folded together: where the time went, and what else was short."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sim.experiments.running.record import Record
from sim.experiments.sample.subject import Subject
from sim.results.verdict import Word

TIMES = ("operations", "reclaim", "asleep", "vain")
"""The parts of the time in mempool_alloc, as `rows[].time` of a summary has them."""


@dataclass
class Busy:
    """A device: how many requests it serves at once, None for any number; sums over runs of its means."""

    depth: int | None
    in_service: float = 0.0
    queued: float = 0.0


@dataclass
class Evidence:
    """Sums over `runs`: calls, ns by part of their time, arrivals offered and begun, shares of time; devices by name.

    `least`: the fewest elements that the reserve ever held. `words`: verdicts. `stuck`: the replication of the first
    deadlock, and what it rests on.
    """

    runs: int = 0
    calls: int = 0
    unfinished: int = 0
    offered: int = 0
    begun: int = 0
    least: int | None = None
    empty: float = 0.0
    times: Counter[str] = field(default_factory=Counter)
    words: Counter[str] = field(default_factory=Counter)
    devices: dict[str, Busy] = field(default_factory=dict)
    stuck: tuple[int, str] | None = None

    def add(self, record: Record, pool: str) -> None:
        """Fold in one more run."""
        document = record.document
        self.runs += 1
        self._add_verdict(document, record.replication)
        row = Subject(pool).row(document)
        if row is not None:
            self.calls += row["calls"]
            self.unfinished += row["paths"]["unfinished"]
            self.times.update({part: row["time"][f"{part}_ns"] for part in TIMES})
        reserve = document["pools"][pool]
        self.least = reserve["reserve_min"] if self.least is None else min(self.least, reserve["reserve_min"])
        self.empty += reserve["reserve_at_zero_share"] or 0.0
        for name, device in document["devices"].items():
            busy = self.devices.setdefault(name, Busy(device["queue_depth"]))
            busy.in_service += device["in_service_mean"]
            busy.queued += device["queued_mean"]
        for arrivals in document["arrivals"].values():
            self.offered += arrivals["offered"]
            self.begun += arrivals["begun"]

    def _add_verdict(self, document: Mapping[str, Any], replication: int) -> None:
        word = document["verdict"]["word"]
        self.words[word] += 1
        if word == Word.DEADLOCK and self.stuck is None:
            self.stuck = replication, document["verdict"]["evidence"][0]

    @property
    def never_empty(self) -> bool:
        """Whether the reserve held something all the time in every run."""
        return bool(self.least)

    @property
    def empty_share(self) -> float:
        """The share of the time in which the reserve was empty."""
        return self.empty / self.runs

    def part(self, name: str) -> float:
        """The share of all calls' time that one of TIMES took, 0 if they took none."""
        total = sum(self.times.values())
        return self.times[name] / total if total else 0.0
