"""The ten rules that every recorded kernel obeyed, checked on a list of events.

Their numbers: (1) masks, (2) what an attempt leads to, (3) the second attempt, (4) NULL, (5) sleep and one attempt per
wake, (6) what wakes, (7) where a free goes, (8) resize, (9) the timer, (10) a minimum of zero. They say nothing about
*who* of several woken tasks runs first: that is no rule of the kernel.

The check replays the events on a plain stack and a plain queue (`replay`), on its own, so that a simulator cannot agree
with itself in error. A logged `curr_nr` that the replay contradicts is charged to the rule that changed the reserve
last.
Rules 7 and 10 hold for pools with a minimum of zero up to 6.16; such frees are not judged for later kernels.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sim.conformance.event import NO_OPERATION, Event, Kind
from sim.conformance.outcome import cause, full_mask, reduced_mask
from sim.conformance.replay import Replay, Sleeper, timeout_jiffy
from sim.conformance.underway import CallUnderWay, FreeUnderWay, ResizeUnderWay
from sim.kernel.gfp import DIRECT_RECLAIM, FS, IO, KSWAPD_RECLAIM
from sim.kernel.versions import KernelVersion

UNINTERRUPTIBLE = 2
GFP_KERNEL = DIRECT_RECLAIM | KSWAPD_RECLAIM | IO | FS
ZERO_MINIMUM_REFILLS = KernelVersion.parse("6.17")


@dataclass(frozen=True)
class Deviation:
    """A rule broken by the event number `seq`, at `t_ns` from the pool's creation."""

    rule: int
    seq: int
    t_ns: int
    text: str


def check_rules(
    events: Iterable[Event], *, hz: int = 250, start_jiffies: int | None = None, kernel: str = "6.12"
) -> list[Deviation]:
    """Every deviation of `events` from the rules, in order; the clean-up after the script's end is not judged.

    `start_jiffies`: absolute jiffies at relative jiffy 0, for events without a `start`. Without either, rule 9 is not
    judged.
    """
    checker = _Checker(hz, start_jiffies, KernelVersion.parse(kernel) >= ZERO_MINIMUM_REFILLS)
    for event in events:
        if event.kind in (Kind.SCRIPT_END, Kind.RESCUE):
            break
        checker.see(event)
    checker.finish()
    return checker.deviations


class _Checker:
    def __init__(self, hz: int, start_jiffies: int | None, zero_minimum_refills: bool) -> None:
        self.hz = hz
        self.start_jiffies = start_jiffies
        self.zero_minimum_refills = zero_minimum_refills
        self.pool = Replay()
        self.calls: dict[int, CallUnderWay] = {}
        self.frees: dict[int, FreeUnderWay] = {}
        self.resizes: dict[int, ResizeUnderWay] = {}
        self.changed_by = 2
        self.expired: tuple[int, Event] | None = None
        self.now: Event | None = None
        self.deviations: list[Deviation] = []
        self.handlers: dict[Kind, Callable[[Event], None]] = {
            Kind.CREATE_CALL: self.create_call,
            Kind.START: self.start,
            Kind.CALL: self.call,
            Kind.ATTEMPT: self.attempt,
            Kind.SLEEP: self.sleep,
            Kind.WAKING: self.waking,
            Kind.RUN: self.run,
            Kind.RET: self.ret,
            Kind.FREE_CALL: self.free_call,
            Kind.FREE_FN: self.free_fn,
            Kind.FREE_RET: self.free_ret,
            Kind.RESIZE_CALL: self.resize_call,
            Kind.RESIZE_RET: self.resize_ret,
        }

    def see(self, event: Event) -> None:
        self.now = event
        handler = self.handlers.get(event.kind)
        if handler:
            handler(event)

    def expect(self, rule: int, holds: bool, event: Event, text: str) -> None:
        if not holds:
            self.deviations.append(Deviation(rule, event.seq, event.t_ns, text))

    def expect_level(self, event: Event) -> None:
        text = f"curr_nr {event.curr_nr} after {event.kind}, but the events before it leave {self.pool.curr_nr}"
        self.expect(self.changed_by, event.curr_nr == self.pool.curr_nr, event, text)

    def create_call(self, event: Event) -> None:
        self.pool.min_nr = event.n

    def start(self, event: Event) -> None:
        self.start_jiffies = event.jiffies
        self.pool.min_nr = event.min_nr

    def call(self, event: Event) -> None:
        self.calls[event.op] = CallUnderWay(event, event)

    def attempt(self, event: Event) -> None:
        if event.op == NO_OPERATION:
            if event.ok:
                self.pool.add(event.elem, event.t_ns)
        elif event.op in self.resizes:
            self.fill(self.resizes[event.op], event)
        elif event.op in self.calls:
            self.try_alloc_fn(self.calls[event.op], event)

    def try_alloc_fn(self, call: CallUnderWay, event: Event) -> None:
        gfp = call.call.gfp
        wanted, name = (full_mask(gfp), "full") if call.attempts else (reduced_mask(gfp), "reduced")
        text = f"attempt {call.attempts + 1} of a call with {gfp:#x} carries {event.gfp:#x}, not its {name} {wanted:#x}"
        self.expect(1, event.gfp == wanted, event, text)
        self.expect(2, not call.succeeded, event, "an attempt after one that succeeded")
        if call.failed:
            self.expect_empty(call, event, "made another attempt")
            second = call.attempts == 1 and call.two_masks
            rule = 4 if call.attempts == 1 else 5
            self.expect(rule, second, event, f"attempt {call.attempts + 1} without a sleep before it")
        self.expect(5, call.last.kind is not Kind.SLEEP, event, "an attempt while asleep")
        call.attempts += 1
        call.last = event

    def expect_empty(self, call: CallUnderWay, event: Event, deed: str) -> None:
        """The reserve was empty when the failed attempt that `call.last` is looked into it."""
        done = min(call.last.t_ns + call.last.dur_ns, event.t_ns)
        lowest = self.pool.lowest(done, event.t_ns)
        self.expect(2, lowest == 0, event, f"{deed} after a failed attempt although the reserve held {lowest}")

    def sleep(self, event: Event) -> None:
        call = self.calls.get(event.op)
        if call is None or event.preempt:
            return
        if call.failed:
            self.expect_empty(call, event, "slept")
        first_only = call.failed and call.attempts == 1 and call.two_masks
        self.expect(3, not first_only, event, "slept after the first attempt, without the second")
        self.expect(4, bool(call.call.gfp & DIRECT_RECLAIM), event, f"slept with {call.call.gfp:#x}, which may not")
        self.expect(2, not call.succeeded, event, "slept after an attempt that succeeded")
        self.expect(5, call.last.kind is Kind.ATTEMPT, event, f"slept after {call.last.kind}, without an attempt")
        self.expect(5, event.state == UNINTERRUPTIBLE, event, f"slept in state {event.state}, not uninterruptibly")
        due = None
        if self.start_jiffies is not None:
            due = timeout_jiffy(self.start_jiffies + event.jiffy, self.hz) - self.start_jiffies
        self.pool.join(Sleeper(event.task, event, due))
        call.last = event

    def waking(self, event: Event) -> None:
        call = self.calls.get(event.op)
        if call is None:
            return
        sleeper = self.pool.sleeper(event.task)
        if cause(event) == "timeout":
            self.time_out(sleeper, event)
        else:
            self.wake(sleeper, event)
        call.wakes += 1
        call.last = event

    def time_out(self, sleeper: Sleeper | None, event: Event) -> None:
        self.expect(6, sleeper is not None, event, "the timer woke a task that was not asleep")
        if sleeper is None:
            return
        sleeper.timed_out = True
        on_time = sleeper.due is None or event.jiffy == sleeper.due
        text = f"timed out in jiffy {event.jiffy}, not {sleeper.due}, asleep since jiffy {sleeper.asleep.jiffy}"
        self.expect(9, on_time, event, text)
        if self.expired and self.expired[0] == event.jiffy:
            newest_first = self.expired[1].seq > sleeper.asleep.seq
            self.expect(
                9,
                newest_first,
                event,
                f"timed out after a task that had fallen asleep before it, in jiffy {event.jiffy}",
            )
        self.expired = (event.jiffy, sleeper.asleep)

    def wake(self, sleeper: Sleeper | None, event: Event) -> None:
        free = next((free for free in self.frees.values() if free.call.task == event.by), None)
        self.expect(6, free is not None, event, f"woken by task {event.by}, which is not freeing")
        self.expect(6, sleeper is not None, event, f"task {event.by} woke a task that was not asleep")
        if sleeper is not None and sleeper.due is not None:
            in_time = event.jiffy <= sleeper.due or sleeper.timed_out
            self.expect(
                9, in_time, event, f"still asleep in jiffy {event.jiffy}: the time-out of {sleeper.due} is overdue"
            )
        if free is not None:
            free.woken.append(event.task)
        self.pool.leave(event.task)

    def run(self, event: Event) -> None:
        sleeper = self.pool.sleeper(event.task)
        if sleeper is not None and event.op in self.calls and sleeper.timed_out:
            self.pool.leave(event.task)

    def ret(self, event: Event) -> None:
        call = self.calls.pop(event.op, None)
        if call is None:
            return
        if event.src == "reserve":
            newest = self.pool.elements[-1] if self.pool.elements else None
            self.changed_by = 2
            fits = self.pool.take(event.elem, event.t_ns)
            self.expect(2, fits, event, f"took element {event.elem} from the reserve, whose newest is {newest}")
        if call.call.preallocated:
            self.expect(2, not call.attempts, event, "mempool_alloc_preallocated called alloc_fn")
            empty = self.pool.lowest(call.call.t_ns, event.t_ns) == 0
            self.expect(2, event.src != "null" or empty, event, "NULL although the reserve was not empty")
        else:
            self.returns(call, event)
        self.expect_level(event)

    def returns(self, call: CallUnderWay, event: Event) -> None:
        self.expect(2, call.last.kind is Kind.ATTEMPT, event, f"returned after {call.last.kind}, without an attempt")
        from_alloc_fn = event.src == "alloc_fn"
        text = f"returned from {event.src} after an attempt that {'succeeded' if call.succeeded else 'failed'}"
        self.expect(2, from_alloc_fn == call.succeeded, event, text)
        if from_alloc_fn:
            same = event.elem == call.last.elem
            self.expect(2, same, event, f"returned element {event.elem}, alloc_fn gave {call.last.elem}")
        if event.src == "null" and call.failed:
            self.expect_empty(call, event, "returned NULL")
            self.expect(4, not call.call.gfp & DIRECT_RECLAIM, event, f"NULL for {call.call.gfp:#x}, which may sleep")
            self.expect(3, call.attempts > 1 or not call.two_masks, event, "NULL without the second attempt")
        if call.wakes:
            due = 2 + call.wakes
            self.expect(5, call.attempts == due, event, f"{call.attempts} attempts with {call.wakes} wakes, not {due}")
        counted = event.attempts == call.attempts
        self.expect(5, counted, event, f"reports {event.attempts} attempts, but made {call.attempts}")

    def free_call(self, event: Event) -> None:
        self.frees[event.op] = FreeUnderWay(event, self.pool.curr_nr, self.pool.wakeable())

    def free_fn(self, event: Event) -> None:
        if event.op == NO_OPERATION:
            self.pool.take(event.elem, event.t_ns)
        elif event.op in self.frees:
            self.frees[event.op].given_back.append(event.elem)
        elif event.op in self.resizes:
            self.shrink(self.resizes[event.op], event)

    def free_ret(self, event: Event) -> None:
        free = self.frees.pop(event.op, None)
        if free is None:
            return
        min_nr = self.pool.min_nr
        rule = 7 if min_nr else 10
        to_reserve = event.dst == "reserve"
        if min_nr or not self.zero_minimum_refills:
            levels = {free.curr_nr, self.pool.curr_nr}
            fits = to_reserve in {level < min_nr for level in levels}
            text = f"a free with curr_nr {free.curr_nr} and min_nr {min_nr} went to {event.dst}"
            self.expect(rule, fits, event, text)
        expected = [] if to_reserve else [event.elem]
        same = free.given_back == expected and event.elem == free.call.elem
        self.expect(rule, same, event, f"went to {event.dst}, but free_fn got {free.given_back}")
        wanted = free.wakeable if to_reserve else ()
        text = f"a free to {event.dst} woke {free.woken}; asleep, newest first: {list(free.wakeable)}"
        self.expect(6 if min_nr else 10, tuple(free.woken) == wanted, event, text)
        if to_reserve:
            self.pool.add(event.elem, event.t_ns)
            self.changed_by = 7
        self.expect_level(event)

    def resize_call(self, event: Event) -> None:
        self.resizes[event.op] = ResizeUnderWay(event, self.pool.min_nr)
        self.pool.min_nr = event.n

    def fill(self, resize: ResizeUnderWay, event: Event) -> None:
        self.settle(resize, event)
        self.expect(8, event.gfp == GFP_KERNEL, event, f"a resize called alloc_fn with {event.gfp:#x}, not GFP_KERNEL")
        grows = resize.call.n > resize.old
        self.expect(8, grows, event, f"a resize from {resize.old} to {resize.call.n} called alloc_fn")
        self.expect(8, not resize.stopped, event, "a resize went on after a failure")
        self.expect(8, self.pool.curr_nr < resize.call.n, event, f"a resize went on with {self.pool.curr_nr} elements")
        resize.attempt = event

    def settle(self, resize: ResizeUnderWay, event: Event) -> None:
        """The element that a resize's latest alloc_fn gave is in the reserve by now: alloc_fn may have slept."""
        got = resize.attempt
        if got is not None and got.ok and not resize.raced:
            self.pool.add(got.elem, event.t_ns)
            self.changed_by = 8
            resize.attempt = None

    def shrink(self, resize: ResizeUnderWay, event: Event) -> None:
        if resize.attempt is not None and resize.attempt.elem == event.elem:
            resize.raced = True
            full = self.pool.curr_nr >= self.pool.min_nr
            self.expect(8, full, event, f"a resize freed what it got with {self.pool.curr_nr} elements in the reserve")
            return
        excess = self.pool.curr_nr > resize.call.n
        self.expect(8, excess, event, f"a resize to {resize.call.n} freed one of {self.pool.curr_nr} elements")
        newest = self.pool.elements[-1] if self.pool.elements else None
        fits = self.pool.take(event.elem, event.t_ns)
        self.expect(8, fits, event, f"a resize freed element {event.elem}; the newest is {newest}")
        self.changed_by = 8

    def resize_ret(self, event: Event) -> None:
        resize = self.resizes.pop(event.op, None)
        if resize is None:
            return
        self.settle(resize, event)
        n, level = resize.call.n, self.pool.curr_nr
        self.expect(8, event.rc == 0, event, f"a resize returned {event.rc}, not 0")
        self.expect(8, event.min_nr == n, event, f"a resize to {n} left min_nr {event.min_nr}")
        if n <= resize.old:
            self.expect(8, level <= n, event, f"a resize to {n} left {level} elements")
        else:
            enough = resize.stopped or level >= n
            self.expect(8, enough, event, f"a resize to {n} stopped at {level} elements without a failure")
        self.expect_level(event)

    def finish(self) -> None:
        for sleeper in self.pool.queue:
            if self.now and sleeper.due is not None and not sleeper.timed_out:
                overdue = self.now.jiffy > sleeper.due
                text = f"asleep since jiffy {sleeper.asleep.jiffy}: the time-out of jiffy {sleeper.due} never came"
                self.expect(9, not overdue, sleeper.asleep, text)
