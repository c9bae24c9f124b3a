"""The state of the pools over time, sampled a thousand times a run."""

from collections.abc import Callable, Generator, Mapping
from typing import Any

import simpy

from sim.engine.recording import PoolTotals
from sim.kernel import Memory, Mempool
from sim.units import S

TICKS = 1000
"""How many intervals a run is cut into."""


class Sampler:
    """Reads the gauges of every pool at the end of each interval, and sums them up from `warmup_ns` on.

    `progress`, if given, is told the share of the run that is done, 0 to 1, as it goes. `look` is called with the time
    (ns) at the end of each interval but the last, and every second of a long one.
    """

    def __init__(
        self,
        env: simpy.Environment,
        pools: Mapping[str, Mempool],
        memory: Memory,
        duration_ns: int,
        warmup_ns: int,
        progress: Callable[[float], None] | None,
        look: Callable[[int], None],
    ) -> None:
        self.rows: list[tuple[Any, ...]] = []
        self._env = env
        self._pools = pools
        self._memory = memory
        self._duration = duration_ns
        self._warmup = warmup_ns
        self._progress = progress
        self._look = look
        self._area = dict.fromkeys(pools, 0)
        self._zero = dict.fromkeys(pools, 0)
        self._low = {name: pool.min_nr for name, pool in pools.items()}
        self._frees = dict.fromkeys(pools, 0)
        self._waited = dict.fromkeys(pools, 0)
        self._out = dict.fromkeys(pools, 0)
        self._waited_until = dict.fromkeys(pools, 0)
        env.process(self._sample())

    def _sample(self) -> Generator[simpy.Event, Any, None]:
        tick = max(1, -(-self._duration // TICKS))
        ends = {*range(tick, self._duration, tick), self._duration}
        if self._warmup:
            ends.add(self._warmup)
        before = 0
        for end in sorted(ends):
            # The last reading is taken by `totals`, after everything else that happens at the end of the run.
            for between in range(before + S, end, S):
                yield self._env.timeout(S)
                self._look(between)
            if end < self._duration:
                yield self._env.timeout(end - int(self._env.now))
                self._read(before, end)
                self._look(end)
            else:
                self._before = before
            before = end

    def _read(self, start: int, end: int) -> None:
        pressure = self._memory.level(start, end)
        length = end - start
        for name, pool in self._pools.items():
            area, zero, low, high = pool.reserve.read(end)
            waited, _, _, most = pool.waiters.read(end)
            self.rows.append((end, name, area / length, low, high, waited / length, most, pool.outstanding, pressure))
            if start >= self._warmup:
                self._area[name] += area
                self._zero[name] += zero
                self._waited[name] += waited
                self._out[name] += pool.outstanding * length
                self._low[name] = min(self._low[name], low)
                if waited:
                    self._waited_until[name] = end
            if end == self._warmup:
                self._frees[name] = pool.frees
        if self._progress is not None:
            self._progress(end / self._duration)

    def totals(self) -> dict[str, PoolTotals]:
        """Close the last interval and give each pool's totals."""
        self._read(self._before, self._duration)
        measured = self._duration - self._warmup
        return {
            name: PoolTotals(
                min_nr=pool.min_nr,
                reserve_mean=self._area[name] / measured,
                reserve_min=self._low[name],
                reserve_at_zero_ns=self._zero[name],
                frees=pool.frees - self._frees[name],
                waiters_mean=self._waited[name] / measured,
                outstanding_mean=self._out[name] / measured,
                waited_until_ns=self._waited_until[name],
            )
            for name, pool in self._pools.items()
        }
