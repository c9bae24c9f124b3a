"""What a run leaves behind: a row per call, kept in columns or folded into histograms, and totals per pool.

Like the paper roll of a weather station: rows are written in place, one after the other, and only when a block is full
it is cut off, stamped into the digest, counted, and filed away small, or thrown away.
"""

import hashlib
import struct
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.engine.narrow import Narrow
from sim.kernel.call import Path
from sim.results.calls import CALL, Calls, EventsNotKeptError, Kind
from sim.results.memory import MemoryRecord
from sim.results.tally import Tallies
from sim.results.verdict import Verdict

_ROW_BYTES = CALL.itemsize
# A call that never blocked is the first part of the row of one that did: CALL has its columns in this order.
_pack_short = struct.Struct("@qqIHB").pack_into
_pack_long = struct.Struct("@qqIHB?qqqIIII").pack_into

_STAMP = np.dtype([("call_ns", "<i8"), ("latency_ns", "<i8"), ("kind_and_path", "<u8")])
_MOST_KINDS = 2**16


class TooManyCallsError(Exception):
    """A run has made more calls than it may; the argument is how many."""


class CallLog:
    """The calls of one run, in the order in which they complete.

    `duration_ns` and `warmup_ns` are the run's; calls that begin in the warm-up are kept but not tallied. `most`: after
    so many calls a full block raises a TooManyCallsError. With
    `streaming`, blocks of `block_rows` calls are tallied and dropped, so that memory does not grow. `tallies` holds the
    totals, `digest` the SHA-256 over every call's time, latency, kind and path, which depends on neither `streaming`
    nor `block_rows` nor on the order in which kinds were registered. Both are complete after `finish`.
    """

    __slots__ = (
        "_at",
        "_columns",
        "_end",
        "_hash",
        "_kinds",
        "_marks",
        "_most",
        "_rows",
        "_sealed",
        "_waits",
        "streaming",
        "tallies",
    )

    def __init__(
        self,
        duration_ns: int,
        *,
        warmup_ns: int = 0,
        streaming: bool = False,
        block_rows: int = 65_536,
        most: int | None = None,
    ) -> None:
        self.streaming = streaming
        self.tallies = Tallies(duration_ns, warmup_ns)
        self._kinds: dict[Kind, int] = {}
        self._marks: list[int] = []
        self._waits: list[NDArray[np.int64]] = []
        self._rows = bytearray(block_rows * _ROW_BYTES)
        self._at = 0
        self._most = most
        self._end = len(self._rows)
        self._sealed = 0
        self._columns: dict[str, list[Narrow]] = {name: [] for name in CALL.names or ()}
        self._hash = hashlib.sha256()

    def kind(self, pool: str, task: str, gfp: str, n: int = 1, paths: Iterable[Path] = Path, *, count: int = 1) -> int:
        """Return the number by which `short` and `long` know calls of `task` to `pool` for `n` elements with `gfp`.

        `paths`: those that such calls can take at all; `count`: how many tasks of that class there are.
        """
        kind = Kind(pool, task, gfp, n)
        if kind not in self._kinds:
            if len(self._kinds) == _MOST_KINDS:
                raise ValueError(f"more than {_MOST_KINDS:,} kinds of calls: {kind}")
            self._kinds[kind] = len(self._kinds)
            self._marks.append(_mark_of(kind))
            self._waits.append(self.tallies.open(pool, task, paths, count).waits)
        return self._kinds[kind]

    def waited(self, kind: int, member: int, call_ns: int, wait_ns: int) -> None:
        """Count what task `member` waited in a call of `kind`, unless that began in the warm-up."""
        if call_ns >= self.tallies.warmup_ns:
            self._waits[kind][member] += wait_ns

    def short(self, call_ns: int, latency_ns: int, kind: int, path: int, attempts: int) -> None:
        """Add a call that neither slept nor reclaimed."""
        at = self._at
        _pack_short(self._rows, at, call_ns, latency_ns, attempts, kind, path)
        self._at = at = at + _ROW_BYTES
        if at == self._end:
            self._seal_full()

    def long(
        self,
        call_ns: int,
        latency_ns: int,
        kind: int,
        path: int,
        attempts: int,
        sleeps: int,
        wakes: int,
        wasted: int,
        timeouts: int,
        reclaim_ns: int,
        asleep_ns: int,
        vain_ns: int,
        barged: bool,
    ) -> None:
        """Add a call that slept, reclaimed or barged; see `sim.results.calls.CALL` for the columns."""
        at = self._at
        _pack_long(
            self._rows,
            at,
            call_ns,
            latency_ns,
            attempts,
            kind,
            path,
            barged,
            reclaim_ns,
            asleep_ns,
            vain_ns,
            sleeps,
            wakes,
            wasted,
            timeouts,
        )
        self._at = at = at + _ROW_BYTES
        if at == self._end:
            self._seal_full()

    def finish(self) -> None:
        """Seal what is left; no call may be added afterwards."""
        self._seal()
        self._rows = bytearray()
        self._end = 0

    def _seal_full(self) -> None:
        self._seal()
        if self._most is not None and self._sealed > self._most:
            raise TooManyCallsError(self._sealed)

    def _seal(self) -> None:
        rows = np.frombuffer(self._rows, dtype=CALL, count=self._at // _ROW_BYTES)
        if len(rows):
            calls = {name: np.ascontiguousarray(rows[name]) for name in self._columns}
            self._hash.update(self._stamps(calls))
            self.tallies.add(calls, self.kinds)
            if not self.streaming:
                for name, blocks in self._columns.items():
                    blocks.append(Narrow.of(calls[name]))
        self._sealed += len(rows)
        # `short` writes only the first half of a row and relies on zeros in the other.
        rows.view(np.uint8).fill(0)
        self._at = 0

    def _stamps(self, calls: Calls) -> bytes:
        stamps = np.empty(len(calls["path"]), dtype=_STAMP)
        stamps["call_ns"] = calls["call_ns"]
        stamps["latency_ns"] = calls["latency_ns"]
        stamps["kind_and_path"] = np.array(self._marks, dtype=np.uint64)[calls["kind"]] | calls["path"]
        return stamps.tobytes()

    def __len__(self) -> int:
        return self._sealed + self._at // _ROW_BYTES

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds, by number."""
        return tuple(self._kinds)

    @property
    def digest(self) -> str:
        """SHA-256 in hexadecimal over the calls of all sealed blocks."""
        return self._hash.hexdigest()

    @property
    def blocks(self) -> int:
        """How many blocks of calls are kept."""
        return len(self._columns["call_ns"])

    def block(self, number: int) -> Calls:
        """Return the calls of block `number`."""
        return {name: columns[number].widen() for name, columns in self._columns.items()}

    def column(self, name: str) -> NDArray[np.int64]:
        """Return one column of CALL over all calls. Raise EventsNotKeptError if they were streamed."""
        if self.streaming:
            raise EventsNotKeptError
        blocks = [narrow.widen() for narrow in self._columns[name]]
        return np.concatenate(blocks) if blocks else np.empty(0, dtype=np.int64)

    def nbytes(self) -> int:
        """Return the bytes that sealed calls take: their columns, or all tallies when streaming."""
        if self.streaming:
            return self.tallies.nbytes
        return sum(narrow.nbytes for columns in self._columns.values() for narrow in columns)


def _mark_of(kind: Kind) -> int:
    """Eight bytes that stand for a kind in any run, the lowest left free for the path."""
    text = "\0".join(map(str, kind))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:7], "little") << 8


@dataclass(frozen=True)
class PoolTotals:
    """What a pool itself knows of its run, warm-up left out; times in ns.

    `reserve_mean` is a mean over time, `reserve_at_zero_ns` the time that the reserve was empty. `waiters_mean`: calls
    between their first sleep and their return, mean over time; `outstanding_mean`: elements that callers hold, mean
    over the ends of the intervals of the series; `waited_until_ns`: the end of the last of these in which a call
    waited, 0 if none did.
    """

    min_nr: int
    reserve_mean: float
    reserve_min: int
    reserve_at_zero_ns: int
    frees: int = 0
    waiters_mean: float = 0.0
    outstanding_mean: float = 0.0
    waited_until_ns: int = 0


@dataclass(frozen=True)
class ArrivalTotals:
    """The arrivals of a task class that do not wait for it, over the whole run, warm-up included.

    Of the `offered` ones `begun` were taken up before the end of the run. `late` had to wait for their task, which had
    `in_flight` others in hand: those begun after their time, and those never begun. With any number in flight (None)
    none has to wait.
    """

    in_flight: int | None
    offered: int = 0
    begun: int = 0
    late: int = 0

    @classmethod
    def of(cls, members: Sequence["ArrivalTotals"]) -> "ArrivalTotals":
        """Return the totals of a class from those of its members."""
        return cls(
            members[0].in_flight,
            sum(member.offered for member in members),
            sum(member.begun for member in members),
            sum(member.late for member in members),
        )


@dataclass(frozen=True)
class DeviceTotals:
    """What a device has done over the whole run, warm-up included.

    `requests` were completed. `in_service_mean`, `queued_mean`: requests that it worked on, and that waited for one of
    its `queue_depth` places, mean over time.
    """

    queue_depth: int | None
    requests: int
    in_service_mean: float
    queued_mean: float


@dataclass(frozen=True)
class Recording:
    """Everything that an engine hands over at the end of a run.

    `series` has a row per tick and pool with the columns `sim.results.frames.SERIES`; `wall_s` is the time that the run
    took on the clock of the wall; `verdict` says what became of it; `arrivals` are those of each task class whose loop
    is open; `memory` is that of the machine, None if it was squeezed from outside.
    """

    calls: CallLog
    series: Sequence[tuple[Any, ...]]
    pools: dict[str, PoolTotals]
    duration_ns: int
    warmup_ns: int
    wall_s: float
    verdict: Verdict
    arrivals: Mapping[str, ArrivalTotals] = field(default_factory=dict)
    devices: Mapping[str, DeviceTotals] = field(default_factory=dict)
    memory: MemoryRecord | None = None
