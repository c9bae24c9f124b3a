"""The queues that theory knows, and whether a pool is one of them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.experiments.theory.callers import Callers
from sim.experiments.theory.failing import ALWAYS, Failing, Outages, failing, reclaim_takes_time
from sim.kernel.versions import Order
from sim.statistics import erlang_b, erlang_c, independent_failures, machine_repairman, mean_wait, on_off_outages
from sim.units import S, format_duration, format_share

if TYPE_CHECKING:
    from sim.scenario import Scenario

Predictions = dict[str, float]

_CERTAIN = frozenset({"P(wait)"})


@dataclass(frozen=True)
class Traffic:
    """All calls to a pool, by those who may come as customers of a queue, and how their attempts fail."""

    scenario: "Scenario"
    pool: str
    callers: tuple[Callers, ...]
    fails: Failing

    @property
    def min_nr(self) -> int:
        """How many servers there are."""
        return self.scenario.pools[self.pool].min_nr

    @property
    def open(self) -> bool:
        """Whether all arrivals are Poisson."""
        return all(one.rate is not None for one in self.callers)

    @property
    def per_second(self) -> float:
        """Calls per second, if arrivals are Poisson."""
        return sum(one.rate or 0 for one in self.callers)

    @property
    def hold_ns(self) -> float:
        """The mean hold: over all calls, or, in closed loops, of the first class."""
        if not self.open:
            return self.callers[0].hold_ns
        return sum((one.rate or 0) * one.hold_ns for one in self.callers) / self.per_second

    @property
    def overhead_ns(self) -> float:
        """The most that operations and wake-ups add to the time that an element is out, on average."""
        machine, masks = self.scenario.machine, self.callers[0].masks
        woken = machine.wakeup_latency.mean_ns if masks.may_sleep else 0
        attempts = 1 + max(len(masks.before_sleep), len(masks.after_sleep))
        if woken is None:
            return float("inf")
        return attempts * machine.costs.attempt + machine.costs.take + machine.costs.free + woken

    def load(self, hold_ns: float) -> float:
        """Poisson arrivals per hold, if the mean hold is `hold_ns`."""
        return self.per_second * hold_ns / S

    def arrivals(self) -> str:
        """What arrives, in words."""
        load, hold = self.load(self.hold_ns), format_duration(self.hold_ns)
        return f"Poisson arrivals, {load:.4g} per mean hold of {hold}; min_nr {self.min_nr}"

    def other_holds(self, theory: str) -> Iterator[str]:
        """Why holds are not of one exponential distribution."""
        other = [one.task for one in self.callers if not one.exponential]
        if other:
            yield f"holds of {', '.join(other)} are not exponential: {theory} has exponential ones only"
        elif len({one.hold_ns for one in self.callers}) > 1:
            yield f"classes hold elements for different mean times: {theory} has one exponential distribution"


@dataclass(frozen=True)
class Queue:
    """A queue that theory knows.

    `predict`: the predictions, given the mean hold in ns; those in `certain` hold of every call. `settling_ns`: with
    which time constant a run comes near the steady state, None if that depends on the distribution of holds.
    """

    name: str
    predict: Callable[[float], Predictions]
    conditions: tuple[str, ...]
    settling_ns: float | None
    certain: frozenset[str] = frozenset()


def queue_of(traffic: Traffic) -> Queue | list[str]:
    """Return the queue that `traffic` makes of its pool, or why it is none that theory knows."""
    if traffic.callers[0].masks.may_sleep:
        return _waiting(traffic)
    if not traffic.open:
        return ["tasks in a closed loop that get NULL go round at once (Engset): that is not among the theories here"]
    return _exchange(traffic) if traffic.fails == ALWAYS else _reserve(traffic)


def _exchange(traffic: Traffic) -> Queue:
    """M/G/m/m."""

    def predict(hold_ns: float) -> Predictions:
        lost = erlang_b(traffic.min_nr, traffic.load(hold_ns))
        return {"P(NULL)": lost, "time at zero": lost, "P(wait)": 0.0}

    conditions = ("memory always fails", "callers do not sleep", traffic.arrivals(), "any distribution of holds")
    return Queue("Erlang B", predict, conditions, None, _CERTAIN)


def _reserve(traffic: Traffic) -> Queue | list[str]:
    """The exact chains of `sim.statistics.reserve`."""
    fails, min_nr, masks = traffic.fails, traffic.min_nr, traffic.callers[0].masks
    reasons = list(traffic.other_holds("the chain of the reserve"))
    if traffic.scenario.semantics_of(traffic.pool).order is not Order.ALLOC_FIRST:
        reasons.append("the reserve is asked first (order: pool_first): the chain has the kernel's order")
    if masks.before_sleep or masks.spares_half:
        reasons.append("a call makes two attempts before it gets NULL: the chain has one")
    if reasons:
        return reasons
    # Elements that are out come back within a hold, and any of them fills up the reserve.
    settling = traffic.hold_ns * (1 + min_nr / max(traffic.load(traffic.hold_ns), 1))
    known = ("callers do not sleep", traffic.arrivals(), "exponential holds")
    if isinstance(fails, Outages):

        def outages(hold_ns: float) -> Predictions:
            good, bad = fails.good_ns / hold_ns, fails.bad_ns / hold_ns
            load = traffic.load(hold_ns)
            use = on_off_outages(load, min_nr, good=good, bad=bad, p_good=fails.p_good, p_bad=fails.p_bad)
            return {"fallback": use.fallback, "P(NULL)": use.blocked, "time at zero": use.empty, "P(wait)": 0.0}

        if not fails.stationary:
            settling += 1 / (1 / fails.good_ns + 1 / fails.bad_ns)
        good, bad = format_duration(fails.good_ns), format_duration(fails.bad_ns)
        alternates = f"memory is good for {good} and bad for {bad} on average, both exponential"
        return Queue("on/off outages", outages, (alternates, *known), settling, _CERTAIN)
    assert isinstance(fails, float)

    def chance(hold_ns: float) -> Predictions:
        use = independent_failures(traffic.load(hold_ns), min_nr, fails)
        return {"fallback": use.fallback, "P(NULL)": use.blocked, "time at zero": use.empty, "P(wait)": 0.0}

    failures = f"attempts fail independently, {format_share(fails)} of them"
    return Queue("independent failures", chance, (failures, *known), settling, _CERTAIN)


def _waiting(traffic: Traffic) -> Queue | list[str]:
    """M/M/m, or M/M/m//K if the callers go round in a closed loop."""
    reasons = list(_amiss_in_waiting(traffic))
    if reasons:
        return reasons
    return _open_queue(traffic) if traffic.open else _closed_queue(traffic)


def _amiss_in_waiting(traffic: Traffic) -> Iterator[str]:
    scenario, pool, masks = traffic.scenario, traffic.pool, traffic.callers[0].masks
    asked = {masks.first, *masks.before_sleep, *masks.after_sleep}
    if any(failing(scenario, pool, mask) != ALWAYS for mask in asked):
        yield "callers sleep and attempts fail now and then: theory has them fail never, or always"
    elif any(reclaim_takes_time(scenario, pool, one.masks) for one in traffic.callers):
        yield "reclaim takes time (reclaim_latency), in which elements lie idle: theory has none"
    yield from traffic.other_holds("M/M/m")
    machine = scenario.machine
    if machine.cpus == 1 and machine.wakeup_latency.mean_ns != 0:
        yield "woken tasks run one after the other (cpus: 1, wakeup_latency): theory has them at work at once"


def _open_queue(traffic: Traffic) -> Queue | list[str]:
    load, servers, hold_ns = traffic.load(traffic.hold_ns), traffic.min_nr, traffic.hold_ns
    if load >= servers:
        return [f"the load, {load:.4g} arrivals per mean hold, is not below min_nr {servers}: the queue only grows"]

    def predict(hold_ns: float) -> Predictions:
        load = traffic.load(hold_ns)
        waits = erlang_c(servers, load)
        return {"P(wait)": waits, "mean wait": mean_wait(servers, load, hold_ns), "time at zero": waits, "P(NULL)": 0.0}

    conditions = ("memory always fails", "callers sleep", traffic.arrivals(), "exponential holds")
    # The relaxation time of M/M/m; on top of it the waits that the end of the run cuts off, as of those served last.
    settling = hold_ns / (servers**0.5 - load**0.5) ** 2 + hold_ns / (servers - load) / (1 - load / servers)
    return Queue("Erlang C", predict, conditions, settling, frozenset({"P(NULL)"}))


def _closed_queue(traffic: Traffic) -> Queue | list[str]:
    if any(one.think_ns is None for one in traffic.callers):
        return ["some callers come as a Poisson process, others go round in a closed loop: theory has one or the other"]
    if len({one.think_ns for one in traffic.callers}) > 1:
        return ["classes think for different mean times: the machine repairman has one"]
    think_ns, servers = traffic.callers[0].think_ns, traffic.min_nr
    assert think_ns is not None
    if think_ns == 0:
        return ["tasks go round without a pause: the machine repairman has a think time"]
    tasks = sum(one.tasks for one in traffic.callers)

    def predict(hold_ns: float) -> Predictions:
        steady = machine_repairman(tasks, servers, hold_ns, think_ns)
        return {"calls/s": steady.throughput * S, "mean wait": steady.mean_wait, "P(NULL)": 0.0}

    hold, think = format_duration(traffic.hold_ns), format_duration(think_ns)
    conditions = (
        "memory always fails",
        "callers sleep",
        f"{tasks} tasks that think for {think} on average, however distributed; min_nr {servers}",
        f"exponential holds of {hold}",
    )
    settling = think_ns + traffic.hold_ns * (1 + tasks / servers)
    return Queue("machine repairman", predict, conditions, settling, frozenset({"P(NULL)"}))
