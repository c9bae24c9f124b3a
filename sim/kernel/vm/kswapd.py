"""kswapd: reclaims in the background, from the low to the high watermark (mm/vmscan.c)."""

from collections.abc import Generator

import simpy

from sim.kernel.gfp import FS, IO
from sim.kernel.jiffies import TENTH
from sim.kernel.stopwatch import Stopwatch
from sim.kernel.vm.node import Node
from sim.kernel.vm.processors import Thread
from sim.kernel.vm.psi import Resource
from sim.kernel.vm.swap import SWAP_CLUSTER_MAX
from sim.kernel.vm.vmscan import DEF_PRIORITY, Vmscan

KSWAPD_DELAY = 100_000
"""The ns that it takes to run once it is woken; not measured."""

_LARGEST_BATCH = 1024
"""The most pages that it frees at one go here, or an eighth of those between LOW and HIGH, so that others come in."""


class Kswapd:
    """The background reclaim of `node`; `delay` is the ns from being woken to running.

    Woken below LOW, it goes on until a zone is above HIGH (balance_pgdat, pgdat_balanced), or until 16 runs in a row
    have freed nothing. Only zones count that one of those may use who have woken it (kswapd_highest_zoneidx); what it
    frees lies in all of them. `running` tells for how long it has been awake, `wakes` how often it was woken.
    """

    def __init__(self, env: simpy.Environment, node: Node, vmscan: Vmscan, delay: int) -> None:
        self.env = env
        self.node = node
        self.vmscan = vmscan
        self.running = Stopwatch()
        self._delay = delay
        self._thread = Thread()
        self.wakes = 0
        self._asleep = env.event()
        self._slept_from = -TENTH
        self._highest = 0
        self._batch = max(
            SWAP_CLUSTER_MAX, min(_LARGEST_BATCH, sum(zone.marks.high - zone.marks.low for zone in node.zones) // 8)
        )
        env.process(self._run())

    def wake(self, gfp: int = 0) -> None:
        """An attempt with this mask has found the zones below LOW (wakeup_kswapd)."""
        node = self.node
        if len(node.zones) > 1 and (usable := node.limits(gfp)):
            self._highest = max(self._highest, node.zones.index(usable[0][0]))
        if not self._asleep.triggered and not node.hopeless:
            self.wakes += 1
            if int(self.env.now) - self._slept_from < TENTH:
                node.count("kswapd_low_wmark_hit_quickly")
            self._asleep.succeed()

    def progressed(self) -> None:
        """A direct reclaimer has freed pages: there is hope."""
        self.node.kswapd_failures = 0

    def _run(self) -> Generator[simpy.Event, None, None]:
        env, psi = self.env, self.vmscan.psi
        while True:
            yield self._asleep
            yield env.timeout(self._delay)
            self.running.start(int(env.now))
            psi.stalls(Resource.MEMORY, +1, int(env.now))
            while True:
                yield from self._balance()
                if self._balanced or self.node.hopeless:
                    break
            self._highest = 0
            self.vmscan.snapshot_refaults()
            self.vmscan.processors.leave(self._thread)
            psi.stalls(Resource.MEMORY, -1, int(env.now))
            self.running.stop(int(env.now))
            self._asleep, self._slept_from = env.event(), int(env.now)
            self.vmscan.throttle.recovered()

    def _balance(self) -> Generator[simpy.Event, None, None]:
        """One run; a priority that frees nothing is followed by the next."""
        vmscan, processors = self.vmscan, self.vmscan.processors
        self.node.count("pageoutrun")
        priority, freed = DEF_PRIORITY, 0
        while not self._balanced and priority >= 1:
            left = max(vmscan.scannable >> priority, SWAP_CLUSTER_MAX)
            got = met = 0
            while left > 0 and not self._balanced:
                scan, dropped = yield from vmscan.shrink_list(
                    left, self._batch, self._thread, "kswapd", may_swap=True, priority=priority
                )
                if not scan.scanned:
                    break
                got += dropped
                met += scan.waiting
                left -= scan.scanned
                vmscan.throttle.recovered()
            freed += got
            yield from processors.asleep(self._thread, vmscan.throttle.throttle_vm_writeout(IO | FS))
            if met and not got:
                yield from processors.asleep(self._thread, vmscan.throttle.wait_for_writeback())
            if not got:
                priority -= 1
        if freed:
            self.node.kswapd_failures = 0
        elif not self._balanced:
            self.node.kswapd_failures += 1

    @property
    def _balanced(self) -> bool:
        return self.node.balanced(self._highest)
