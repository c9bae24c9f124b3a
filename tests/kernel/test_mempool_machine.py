"""Mempools driven at random beside a reference pool that is written from the rules of the recordings alone."""

from dataclasses import dataclass, field
from itertools import count

import pytest
import simpy
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from sim.kernel import Cpu, Mempool, Path, semantics_of
from sim.kernel.gfp import DIRECT_RECLAIM, IO, NOMEMALLOC
from sim.kernel.versions import Insert, Order, Reclaim, Wake

JIFFY = 4_000_000
OFFSET = 1_000_000
"""Tasks act 1 ms after a jiffy began, so that all they set off is over before the next begins."""
CROWD = 12

MODES = {
    "ok": lambda reclaims, starts_io, spares_reserves: True,
    "fail": lambda reclaims, starts_io, spares_reserves: False,
    "only with reclaim": lambda reclaims, starts_io, spares_reserves: reclaims,
    "only without reclaim": lambda reclaims, starts_io, spares_reserves: not reclaims,
    "only with io": lambda reclaims, starts_io, spares_reserves: starts_io,
    "only from emergency reserves": lambda reclaims, starts_io, spares_reserves: not spares_reserves,
}


FOR_EVER = 1 << 62


@dataclass(frozen=True)
class Rules:
    """What a version of the mempool does, as far as the reference has to know."""

    kernel: str
    override: dict = field(default_factory=dict)
    second_attempt: str = "before sleep"  # or "half empty", or "never"
    reclaims_after_sleep: bool = True
    timeout: int | None = 1250
    wheel: bool = True
    zero_holds_one: bool = False
    spares_reserves: str = "always"  # or "never", "while reserve"
    pool_first: bool = False
    wakes_one: bool = False
    joins_at_tail: bool = False
    bulk: bool = False
    preallocated: bool = False
    min_nr: int = 2
    reclaim_ns: int = 0
    one_cpu: bool = False


VARIANTS = {
    "2.6.0": Rules(
        "2.6.0",
        second_attempt="half empty",
        reclaims_after_sleep=False,
        timeout=None,
        spares_reserves="never",
        min_nr=3,
        one_cpu=True,
    ),
    "2.6.12": Rules("2.6.12", second_attempt="never", timeout=None),
    "2.6.18": Rules("2.6.18", second_attempt="never", wheel=False),
    "3.3": Rules("3.3", wheel=False, one_cpu=True),
    "4.6": Rules("4.6", wheel=False, spares_reserves="while reserve"),
    "4.8": Rules("4.8", reclaim_ns=50_000),
    "6.12": Rules("6.12", preallocated=True, one_cpu=True),
    "6.12, min_nr 0": Rules("6.12", preallocated=True, min_nr=0),
    "6.17, min_nr 0": Rules("6.17", preallocated=True, zero_holds_one=True, min_nr=0),
    "6.19": Rules("6.19", preallocated=True, zero_holds_one=True, bulk=True, min_nr=3),
    "7.2": Rules("7.2", preallocated=True, zero_holds_one=True, bulk=True, min_nr=3, one_cpu=True),
    "pool first": Rules("6.12", {"order": Order.POOL_FIRST}, pool_first=True),
    "reclaim never": Rules("6.12", {"reclaim": Reclaim.NEVER}, second_attempt="never", reclaims_after_sleep=False),
    "wake one": Rules("6.12", {"wake": Wake.ONE}, wakes_one=True),
    "tail": Rules("6.12", {"insert": Insert.TAIL}, joins_at_tail=True),
}


@dataclass(eq=False)
class Task:
    """A caller of the reference pool: what its mask allows, how many elements it wants, how far it has come."""

    waits: bool
    io: bool
    fs: bool
    wants: int = 1
    got: list = field(default_factory=list)
    state: str = "running"
    attempts: int = 0
    wakes: int = 0
    timeouts: int = 0
    asleep_since: int = 0
    deadline: int | None = None


GFPS = {
    "GFP_KERNEL": (True, True, True),
    "GFP_NOFS": (True, True, False),
    "GFP_NOIO": (True, False, False),
    "GFP_ATOMIC": (False, False, False),
    "GFP_NOWAIT": (False, False, False),
    "__GFP_IO": (False, True, False),
}


class Reference:
    """A mempool in whole jiffies and without costs, one task at a time."""

    def __init__(self, rules):
        self.rules = rules
        self.min_nr = rules.min_nr
        self.jiffy = 0
        self.mode, self.left = "ok", None
        self.numbers = count()
        self.stack = [next(self.numbers) for _ in range(self.target)]
        self.freed = []
        self.sleepers = []
        self.woken = []

    @property
    def target(self):
        return 1 if self.min_nr == 0 and self.rules.zero_holds_one else self.min_nr

    def ask_memory(self, reclaims, starts_io, spares_reserves):
        if self.left is not None:
            granted, self.left = self.left > 0, max(0, self.left - 1)
        else:
            granted = MODES[self.mode](reclaims, starts_io, spares_reserves)
        return next(self.numbers) if granted else None

    def round(self, task, full):
        """Memory first, the reserve second; whether the task now has all that it wants."""
        missing = task.wants - len(task.got)
        if not (self.rules.pool_first and len(self.stack) >= missing):
            while len(task.got) < task.wants:
                spares = self.rules.spares_reserves
                element = self.ask_memory(
                    full and task.waits,
                    full and task.io,
                    spares == "always" or (spares == "while reserve" and bool(self.stack)),
                )
                task.attempts += 1
                if element is None:
                    break
                task.got.append(element)
        missing = task.wants - len(task.got)
        if missing and len(self.stack) >= missing and not self.keeps_half_from(task, full):
            task.got += [self.stack.pop() for _ in range(missing)]
        if len(task.got) == task.wants:
            task.state = "served"
            return True
        return False

    def keeps_half_from(self, task, full):
        half = self.rules.second_attempt == "half empty" and task.waits and task.fs
        return half and not full and len(self.stack) <= self.min_nr // 2

    def second(self, task):
        """Whether a failed reduced attempt is followed by a full one."""
        return {
            "before sleep": task.waits or task.io,
            "half empty": task.waits and task.fs,
            "never": False,
        }[self.rules.second_attempt]

    def alloc(self, task):
        if self.round(task, full=False) or (self.second(task) and self.round(task, full=True)):
            return
        if task.waits:
            self.sleep(task)
        else:
            task.state = "null"

    def sleep(self, task):
        task.state, task.asleep_since = "asleep", self.jiffy
        if self.rules.timeout is not None:
            over = self.jiffy + self.rules.timeout
            task.deadline = (over // 64 + 1) * 64 if self.rules.wheel else over
        self.sleepers.append(task)

    def free(self, element):
        if len(self.stack) < self.target:
            self.stack.append(element)
            self.wake()
        else:
            self.freed.append(element)

    def wake(self):
        queue = self.sleepers if self.rules.joins_at_tail else self.sleepers[::-1]
        chosen = queue[:1] if self.rules.wakes_one else queue[:]
        for task in chosen:
            task.wakes += 1
            self.sleepers.remove(task)
        self.woken += chosen

    def free_bulk(self, elements):
        room = max(0, self.target - len(self.stack))
        self.stack += elements[:room]
        if elements[:room]:
            self.wake()
        self.freed += elements[room:]

    def resize(self, min_nr):
        growing, self.min_nr = min_nr > self.min_nr, min_nr
        while len(self.stack) > min_nr:
            self.freed.append(self.stack.pop())
        while growing and len(self.stack) < min_nr:
            element = self.ask_memory(reclaims=True, starts_io=True, spares_reserves=False)
            if element is None:
                break
            self.stack.append(element)

    def run_woken(self):
        while self.woken:
            task = self.woken.pop(0)
            if self.rules.second_attempt == "half empty":
                served = self.round(task, full=False) or (self.second(task) and self.round(task, full=True))
            else:
                served = self.round(task, full=self.rules.reclaims_after_sleep)
            if not served:
                self.sleep(task)

    def pass_jiffies(self, jiffies):
        self.run_woken()
        end = self.jiffy + jiffies
        while (deadline := min((t.deadline for t in self.sleepers if t.deadline is not None), default=end + 1)) <= end:
            self.jiffy = deadline
            over = [task for task in self.sleepers if task.deadline == deadline]
            for task in over:
                task.timeouts += 1
                self.sleepers.remove(task)
            self.woken += over[::-1] if self.rules.wheel else over
            self.run_woken()
        self.jiffy = end


class Memory:
    """The pool's own source: the same memory as the reference's, and a watch over each element."""

    def __init__(self, reclaim_ns):
        self.reclaim_ns = reclaim_ns
        self.mode, self.left = "ok", None
        self.numbers = count()
        self.alive = set()
        self.freed = []

    def alloc(self, gfp, now):
        if self.left is not None:
            granted, self.left = self.left > 0, max(0, self.left - 1)
        else:
            granted = MODES[self.mode](bool(gfp & DIRECT_RECLAIM), bool(gfp & IO), bool(gfp & NOMEMALLOC))
        if not granted:
            return None
        element = next(self.numbers)
        self.alive.add(element)
        return element

    def reclaim(self, gfp, now, kthread):
        return self.reclaim_ns

    def free(self, element):
        assert element in self.alive, f"element {element} was freed twice"
        self.alive.remove(element)
        self.freed.append(element)

    def refuses_until(self, now):
        return FOR_EVER if self.mode == "fail" and self.left is None and not self.reclaim_ns else now


class PoolBesideReference(RuleBasedStateMachine):
    def __init__(self, rules):
        super().__init__()
        self.rules = rules
        self.env = simpy.Environment()
        self.memory = Memory(rules.reclaim_ns)
        semantics = semantics_of(rules.kernel).override(**rules.override)
        cpu = Cpu() if rules.one_cpu else None
        self.pool = Mempool(self.env, rules.min_nr, self.memory, kernel=rules.kernel, semantics=semantics, cpu=cpu)
        self.reference = Reference(rules)
        self.calls = []
        self.held = []
        self.grown_at = -1
        self.env.run(until=OFFSET)

    def settle(self, jiffies=1):
        """Let whatever was set off come to an end, then some jiffies pass; compare what became of every call."""
        self.env.run(until=(self.reference.jiffy + jiffies) * JIFFY + OFFSET)
        self.reference.pass_jiffies(jiffies)
        for call, task in self.calls:
            state = {Path.UNFINISHED: "asleep", Path.NULL: "null"}.get(call.path, "served")
            assert (state, call.attempts, call.wakes, call.timeouts) == (
                task.state,
                task.attempts,
                task.wakes,
                task.timeouts,
            )
            if state == "served":
                elements = call.element if isinstance(call.element, list) else [call.element]
                assert elements == task.got
                self.held += elements
        self.calls = [(call, task) for call, task in self.calls if task.state == "asleep"]

    def begin(self, gfp, copies=1):
        for _ in range(copies):
            task = Task(*GFPS[gfp])
            self.calls.append((self.pool.begin(self.pool.masks_of(gfp), int(self.env.now)), task))
            self.reference.alloc(task)

    def give_back(self, choice):
        element = self.held.pop(choice % len(self.held))
        self.pool.free(element)
        self.reference.free(element)

    def not_crowded(self):
        return len(self.calls) < CROWD

    def holds(self):
        return bool(self.held)

    @rule(mode=st.sampled_from(["fail", "fail", *MODES]))
    def memory_changes(self, mode):
        self.memory.mode = self.reference.mode = mode
        self.memory.left = self.reference.left = None

    @rule(elements=st.integers(1, 3))
    def memory_becomes_scarce(self, elements):
        self.memory.left = self.reference.left = elements

    @precondition(not_crowded)
    @rule(gfp=st.sampled_from(["GFP_NOIO", "GFP_KERNEL", *GFPS]), copies=st.integers(1, 4))
    def some_allocate(self, gfp, copies):
        self.begin(gfp, copies)
        self.settle()

    @precondition(lambda self: self.rules.bulk and self.not_crowded())
    @rule(wanted=st.integers(1, 4))
    def one_allocates_in_bulk(self, wanted):
        task = Task(waits=True, io=True, fs=True, wants=min(wanted, self.pool.min_nr))
        self.calls.append((self.pool.begin_bulk([None] * task.wants, int(self.env.now)), task))
        self.reference.alloc(task)
        self.settle()

    @precondition(lambda self: self.rules.preallocated)
    @rule()
    def one_takes_a_preallocated_element(self):
        element = self.pool.alloc_preallocated()
        assert element == (self.reference.stack.pop() if self.reference.stack else None)
        self.held += [] if element is None else [element]

    @precondition(holds)
    @rule(choices=st.lists(st.integers(0, 99), min_size=1, max_size=3))
    def some_free(self, choices):
        for choice in choices[: len(self.held)]:
            self.give_back(choice)
        self.settle()

    @precondition(lambda self: self.held and self.not_crowded())
    @rule(choice=st.integers(0, 99), gfp=st.sampled_from(sorted(GFPS)), copies=st.integers(1, 2))
    def newcomers_barge_in_on_the_woken(self, choice, gfp, copies):
        self.give_back(choice)
        self.begin(gfp, copies)
        self.settle()

    @precondition(lambda self: self.rules.bulk and self.held)
    @rule(wanted=st.integers(1, 4))
    def one_frees_in_bulk(self, wanted):
        elements, self.held = self.held[:wanted], self.held[wanted:]
        for left in elements[self.pool.free_bulk(elements) :]:
            self.memory.free(left)
        self.reference.free_bulk(elements)
        self.settle()

    @rule(min_nr=st.integers(1, 5))
    def the_pool_is_resized(self, min_nr):
        self.grown_at = self.reference.jiffy
        assert self.env.run(self.env.process(self.pool.resize(min_nr))) == 0
        self.reference.resize(min_nr)
        self.settle()

    @rule(jiffies=st.integers(1, 50))
    def a_moment_passes(self, jiffies):
        self.settle(jiffies)

    @rule(jiffies=st.integers(1_250, 2_000))
    def more_than_five_seconds_pass(self, jiffies):
        self.settle(jiffies)

    @precondition(lambda self: self.rules.timeout is not None and self.calls)
    @rule()
    def the_next_time_out_is_met_on_its_jiffy(self):
        jiffies = min(task.deadline for _, task in self.calls) - self.reference.jiffy
        if jiffies > 1:
            self.settle(jiffies - 1)
        self.settle()

    @invariant()
    def the_reserve_is_that_of_the_reference(self):
        assert self.pool.elements == self.reference.stack
        assert self.pool.min_nr == self.reference.min_nr

    @invariant()
    def the_same_elements_went_to_free_fn(self):
        assert self.memory.freed == self.reference.freed

    @invariant()
    def the_same_tasks_sleep_in_the_same_order(self):
        tasks = {id(call): task for call, task in self.calls}
        assert [tasks[id(call)] for call in self.pool.wait.sleepers] == self.reference.sleepers

    @invariant()
    def the_level_stays_between_zero_and_min_nr(self):
        assert 0 <= self.pool.curr_nr <= max(1, self.pool.min_nr)

    @invariant()
    def no_element_is_lost_doubled_or_held_by_two(self):
        on_hold = [element for _, task in self.calls for element in task.got]
        everywhere = [*self.pool.elements, *self.held, *on_hold]
        assert sorted(everywhere) == sorted(self.memory.alive)
        assert self.pool.outstanding == len(self.held)

    @invariant()
    def nobody_sleeps_beside_an_element_that_would_do(self):
        if self.rules.wakes_one:
            return
        for _, task in self.calls:
            missed_a_resize = task.asleep_since <= self.grown_at  # it wakes nobody
            assert missed_a_resize or len(self.pool.elements) < task.wants - len(task.got)

    @invariant()
    def nobody_sleeps_beyond_his_time(self):
        for _, task in self.calls:
            assert self.rules.timeout is None or self.reference.jiffy - task.asleep_since < 1_250 + 64

    @invariant()
    def the_gauges_show_what_is(self):
        assert self.pool.reserve.value == self.pool.curr_nr
        assert self.pool.waiters.value == len(self.pool.wait) == len(self.pool.blocked)

    def teardown(self):
        while self.held:
            self.give_back(0)
        self.settle()
        if self.calls or (self.pool.semantics.destroy_needs_full_reserve and not self.pool.is_saturated):
            return
        while self.held:
            self.give_back(0)
        self.pool.destroy()
        assert self.memory.alive == set()


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_mempool_does_what_the_reference_pool_does(variant):
    run_state_machine_as_test(
        lambda: PoolBesideReference(VARIANTS[variant]),
        settings=settings(
            max_examples=25,
            stateful_step_count=40,
            derandomize=True,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
