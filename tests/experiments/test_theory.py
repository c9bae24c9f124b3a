"""Which theory covers a scenario, and why none does."""

import pytest

import sim
from sim.experiments import Covered, NotCovered, theory_of
from sim.statistics import erlang_b, erlang_c, independent_failures, machine_repairman, mean_wait, on_off_outages

MS = 1_000_000
SLEEPS = {"tasks.caller.gfp": "GFP_NOIO"}
HOLD = "tasks.caller.steps.1.hold"
LOGNORMAL = {"lognormal": {"median": "6065307 ns", "sigma": 1.0}}
CLOSED = {
    **SLEEPS,
    "tasks.caller.arrivals": {"poisson": None, "closed": {"think": {"exponential": {"mean": "10 ms"}}}},
    "tasks.caller.in_flight": 1,
    "tasks.caller.count": 16,
}
HALF = {"pressure.constant.first_attempt": 0.5}
ON_OFF = {
    "pressure": {
        "constant": None,
        "on_off": {
            "good": {"exponential": {"mean": "200 ms"}},
            "bad": {"exponential": {"mean": "20 ms"}},
            "start": "stationary",
        },
    }
}
ANOTHER = {
    "arrivals": {"poisson": {"rate": "100/s"}},
    "in_flight": "unlimited",
    "gfp": "GFP_NOWAIT",
    "steps": [{"alloc": "pool"}, {"hold": {"exponential": {"mean": "10 ms"}}}, {"free": "pool"}],
}


def covered(scenario, pool=None):
    found = theory_of(scenario, pool)
    assert isinstance(found, Covered), found
    return found


def reasons(scenario, pool=None):
    found = theory_of(scenario, pool)
    assert isinstance(found, NotCovered), found
    return found.reasons


@pytest.mark.parametrize("hold", [{"exponential": {"mean": "10 ms"}}, {"constant": "10 ms"}, LOGNORMAL])
def test_callers_that_do_not_sleep_make_an_exchange_whatever_their_holds(queue, hold):
    found = covered(queue({"tasks.caller.steps": [{"alloc": "pool"}, {"hold": hold}, {"free": "pool"}]}))
    lost = pytest.approx(erlang_b(8, 5))
    assert found.name == "Erlang B"
    assert found.predictions == {"P(NULL)": lost, "time at zero": lost, "P(wait)": 0}
    assert found.certain == {"P(wait)"}


def test_classes_of_an_exchange_may_hold_elements_for_different_times(queue):
    steps = [{"alloc": "pool"}, {"hold": "20 ms"}, {"free": "pool"}]
    both = queue({"tasks.other": {**ANOTHER, "count": 2, "steps": steps}})
    assert covered(both).predictions["P(NULL)"] == pytest.approx(erlang_b(8, 5 + 4))


def test_a_delay_before_the_call_leaves_arrivals_poisson(queue):
    steps = [{"sleep": "5 ms"}, {"alloc": "pool"}, {"hold": "10 ms"}, {"free": "pool"}]
    assert covered(queue({"tasks.caller.steps": steps})).name == "Erlang B"


def test_an_unlimited_device_is_a_hold(queue):
    steps = [{"alloc": "pool"}, {"io": "disk"}, {"free": "pool"}]
    assert covered(queue({"devices": {"disk": {"latency": "10 ms"}}, "tasks.caller.steps": steps})).name == "Erlang B"


def test_callers_that_sleep_make_a_queue(queue):
    found = covered(queue(SLEEPS))
    waits = pytest.approx(erlang_c(8, 5))
    wait = pytest.approx(mean_wait(8, 5, 10 * MS))
    assert found.name == "Erlang C"
    assert found.predictions == {"P(wait)": waits, "mean wait": wait, "time at zero": waits, "P(NULL)": 0}


@pytest.mark.parametrize("think", [{"exponential": {"mean": "10 ms"}}, {"constant": "10 ms"}])
def test_a_closed_loop_is_a_machine_repairman_however_tasks_think(queue, think):
    found = covered(queue({**CLOSED, "tasks.caller.arrivals": {"poisson": None, "closed": {"think": think}}}))
    steady = machine_repairman(16, 8, 10 * MS, 10 * MS)
    assert found.name == "machine repairman"
    assert found.predictions["calls/s"] == pytest.approx(steady.throughput * 1e9)
    assert found.predictions["mean wait"] == pytest.approx(steady.mean_wait)


def test_steps_outside_of_the_hold_are_thinking_too(queue):
    steps = [{"alloc": "pool"}, {"hold": {"exponential": {"mean": "10 ms"}}}, {"free": "pool"}, {"sleep": "10 ms"}]
    steady = machine_repairman(16, 8, 10 * MS, 20 * MS)
    predicted = covered(queue({**CLOSED, "tasks.caller.steps": steps})).predictions
    assert predicted["mean wait"] == pytest.approx(steady.mean_wait)


def test_attempts_that_fail_by_chance_make_a_chain(queue):
    use = independent_failures(5, 8, 0.5)
    found = covered(queue(HALF))
    assert found.name == "independent failures"
    assert (found.predictions["fallback"], found.predictions["P(NULL)"]) == (use.fallback, use.blocked)


@pytest.mark.parametrize("where", ["pressure", "pools.pool"])
def test_fault_injection_is_chance_too(queue, where):
    injected = {"fault_injection": {"probability": 50}}
    changes = (
        {"pressure": injected | {"constant": None}} if where == "pressure" else {"pressure": "none", where: injected}
    )
    assert (
        covered(queue({"kernel": "6.19", **changes})).predictions["P(NULL)"] == independent_failures(5, 8, 0.5).blocked
    )


def test_exponential_sojourns_make_a_chain(queue):
    use = on_off_outages(5, 8, good=20, bad=2)
    found = covered(queue(ON_OFF))
    assert found.name == "on/off outages"
    assert (found.predictions["fallback"], found.predictions["P(NULL)"]) == (use.fallback, use.blocked)


def test_where_memory_never_fails_nothing_ever_waits(queue):
    found = covered(queue({**SLEEPS, "pressure": "none", HOLD: LOGNORMAL | {"exponential": None}}))
    assert found.name == "immediate service"
    assert found.predictions == {"P(wait)": 0, "P(NULL)": 0, "fallback": 0}
    assert found.certain == set(found.predictions)


def test_a_reserve_that_is_asked_first_serves_though_memory_never_fails(queue):
    found = covered(queue({"pressure": "none", "semantics": {"order": "pool_first"}}))
    assert "fallback" not in found.predictions


def test_a_reserve_for_all_is_never_empty_whatever_memory_does(queue):
    bursts = {"constant": None, "bursts": {"rate": "1/s", "length": "100 ms"}}
    few = {**CLOSED, "tasks.caller.count": 8, "pressure": bursts}
    found = covered(queue(few))
    assert (found.name, found.predictions) == ("a reserve for all", {"P(wait)": 0, "P(NULL)": 0})
    assert reasons(queue({**few, "tasks.caller.count": 9}))


def test_all_elements_of_a_piece_of_work_count_for_a_reserve_for_all(queue):
    steps = [{"alloc": {"pool": "pool", "n": 2}}, {"hold": "10 ms"}, {"free": "pool"}]
    few = {**CLOSED, "tasks.caller.count": 4, "tasks.caller.steps": steps}
    assert covered(queue(few)).name == "a reserve for all"
    assert reasons(queue({**few, "tasks.caller.count": 5}))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (SLEEPS | {HOLD: LOGNORMAL | {"exponential": None}}, "holds of caller are not exponential: M/M/m"),
        (HALF | {HOLD: LOGNORMAL | {"exponential": None}}, "holds of caller are not exponential"),
        (SLEEPS | {"tasks.other": ANOTHER}, "some callers sleep and others do not"),
        (SLEEPS | {"pools.pool.min_nr": 5}, "is not below min_nr 5: the queue only grows"),
        (SLEEPS | {"pressure.constant.with_reclaim": 0.5}, "attempts fail now and then"),
        (SLEEPS | {"pressure.constant.reclaim_latency": "light"}, "reclaim takes time"),
        (SLEEPS | {"machine.cpus": 1, "machine.wakeup_latency": "1 us"}, "woken tasks run one after the other"),
        (CLOSED | {"tasks.caller.gfp": "GFP_NOWAIT"}, "go round at once (Engset)"),
        ({"tasks.caller.in_flight": 4, "pools.pool.min_nr": 3}, "caller has at most 4 pieces of work in hand"),
        (
            {"tasks.caller.arrivals": {"poisson": None, "periodic": {"period": "2 ms"}}},
            "arrivals of caller are periodic",
        ),
        ({"pools.pool.backing": {"pages": None, "slab": {"size": "256 B"}}}, "a slab cache, which keeps spare objects"),
        ({"pools.pool.min_nr": 0}, "pool has no reserve (min_nr 0)"),
        ({"semantics": {"order": "no_pool"}}, "pool has no reserve (order: no_pool)"),
        (HALF | {"semantics": {"order": "pool_first"}}, "the reserve is asked first"),
        ({"tasks.caller.steps.0": {"alloc": {"pool": "pool", "n": 2}}}, "caller takes several elements of pool"),
        ({"tasks.caller.steps.0": {"alloc": {"pool": "pool", "if_null": {"retry_after": "1 ms"}}}}, "retrial queue"),
        ({"pressure": {"constant": None, "bursts": {"rate": "1/s", "length": "100 ms"}}}, "memory fails by bursts"),
        (ON_OFF | {"pressure.on_off.bad": {"exponential": None, "constant": "20 ms"}}, "stays bad is not exponential"),
        ({HOLD: {"exponential": None, "pareto": {"minimum": "1 ms", "alpha": 1}}}, "have no finite mean"),
        ({"machine.costs.take": "2 ms"}, "operations and wake-ups, 2 ms to a hold of 10 ms, move"),
        ({"warmup": "0 s", "duration": "500 ms"}, "theory is of the steady state"),
        (SLEEPS | {"warmup": "0 s", "duration": "1 s"}, "theory is of the steady state"),
        ({HOLD: {"exponential": None, "pareto": {"minimum": "1 ms", "alpha": 1.1}}}, "theory is of the steady state"),
    ],
)
def test_a_condition_that_is_not_met_is_told(queue, changes, reason):
    found = reasons(queue(changes))
    assert any(reason in text for text in found), found


def test_a_queueing_device_a_lock_and_a_second_pool_are_told(queue):
    steps = [
        {"alloc": "pool"},
        {"lock": "mutex"},
        {"alloc": "second"},
        {"io": "disk"},
        {"free": "second"},
        {"unlock": "mutex"},
        {"free": "pool"},
    ]
    second = {"pools.second": {"min_nr": 1, "backing": {"pages": {}}}}
    devices = {"disk": {"latency": "10 ms", "queue_depth": 2}}
    told = " ".join(reasons(queue({**second, "devices": devices, "tasks.caller.steps": steps}), "pool"))
    assert "caller also uses second" in told
    assert "caller takes a lock" in told
    assert "disk serves 2 requests at once" in told


def test_small_costs_are_an_approximation_that_is_told(queue):
    found = covered(queue({**SLEEPS, "machine.costs": {"attempt": "1 us", "take": "500 ns", "free": "500 ns"}}))
    assert 0 < found.bias < 0.01
    assert any("operations and wake-ups, 3 us to a hold of 10 ms" in text for text in found.approximations)


def test_the_bias_of_costs_is_that_of_holds_as_much_longer(queue):
    found = covered(queue({"machine.costs.take": "10 us"}))
    assert found.bias == pytest.approx(erlang_b(8, 5.005) / erlang_b(8, 5) - 1, rel=1e-3)


def test_a_pool_is_named_if_there_are_several(queue):
    other = {**ANOTHER, "steps": [{"alloc": "second"}, {"hold": "10 ms"}, {"free": "second"}]}
    two = queue({"pools.second": {"min_nr": 1, "backing": {"pages": {}}}, "tasks.other": other})
    with pytest.raises(ValueError, match="there are 2 pools: expected one of pool, second"):
        theory_of(two)
    with pytest.raises(ValueError, match="there is no pool 'third'"):
        theory_of(two, "third")
    assert covered(two, "second").predictions["P(NULL)"] == pytest.approx(erlang_b(1, 1))
    assert covered(two, "pool").predictions["P(NULL)"] == pytest.approx(erlang_b(8, 5))


@pytest.mark.parametrize(("name", "theory"), [("erlang-b", "Erlang B"), ("erlang-c", "Erlang C")])
def test_the_shipped_scenarios_of_theory_are_covered(name, theory):
    assert covered(sim.load(name)).name == theory
