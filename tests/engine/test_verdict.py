"""The verdict that a run ends with, and what it rests on."""

from itertools import pairwise

import pytest

from sim.engine.cycles import Cycles
from sim.engine.verdict import Lookout
from sim.results.verdict import Holding, Word
from sim.units import MS, S

TWICE = [{"alloc": "pool"}, {"hold": "1 ms"}, {"alloc": "pool"}, {"hold": "1 ms"}, {"free": "pool"}]
OUTAGE = {"windows": {"schedule": [{"from": "0 s", "to": "500 ms", "mode": "fail"}], "reclaim_latency": "0 s"}}
POLLED_EXACTLY = {"timer": "exact"}


def verdict(scenario, *arguments, **options):
    return scenario(*arguments, **options).run().verdict


def pools(**min_nr):
    return {name: {"min_nr": least, "backing": {"pages": {}}} for name, least in min_nr.items()}


def wants(stuck):
    return stuck.pool or stuck.lock


def text(verdict):
    return "\n".join([verdict.headline, *verdict.details])


def test_a_run_in_which_nobody_waits_is_served(scenario):
    found = verdict(scenario, task={"arrivals": {"at": [0, "50 ms"]}})
    assert found.headline == "served: none of 2 calls slept or got NULL"
    assert (found.since_ns, found.witness) == (None, None)


def test_calls_that_the_reserve_serves_at_once_are_served(scenario):
    assert verdict(scenario, fails=True).word is Word.SERVED


def test_a_call_that_sleeps_degrades(scenario):
    found = verdict(scenario, fails=True, min_nr=1, task={"count": 2})
    assert found.headline == "degraded: 1 of 2 calls slept, the longest took 10 ms"


def test_a_call_that_gets_null_degrades(scenario):
    found = verdict(scenario, fails=True, min_nr=1, task={"count": 3, "gfp": "GFP_NOWAIT"})
    assert found.headline == "degraded: 2 of 3 calls got NULL"


def test_what_happens_in_the_warm_up_counts(scenario):
    found = verdict(scenario, fails=True, min_nr=1, task={"count": 2}, warmup="500 ms")
    assert found.headline == "degraded: 1 of 2 calls slept, the longest took 10 ms (warm-up included)"


def test_without_a_pool_asking_again_degrades(scenario):
    found = verdict(scenario, pressure=OUTAGE, semantics={"order": "no_pool"})
    assert found.word is Word.DEGRADED
    assert found.evidence[-1] == "calls that have no pool asked the page allocator again 125 times"


def test_two_that_each_hold_half_of_the_reserve_are_a_deadlock(scenario):
    found = verdict(scenario, TWICE, fails=True, task={"count": 2})
    assert found.headline == "deadlock since 1 ms: a cycle of 2 tasks"
    assert [(stuck.name, stuck.holds, wants(stuck), stuck.n) for stuck in found.witness.tasks] == [
        ("task[0]", (Holding("pool", 1),), "pool", 1),
        ("task[1]", (Holding("pool", 1),), "pool", 1),
    ]
    assert (found.witness.size, found.witness.behind) == (2, 0)


def test_a_deadlock_begins_as_the_last_of_its_tasks_falls_asleep(scenario):
    tasks = {
        name: {
            "arrivals": {"at": [at]},
            "steps": [{"alloc": "pool"}, {"hold": "20 ms"}, {"alloc": "pool"}, {"free": "pool"}],
        }
        for name, at in (("first", 0), ("second", "7 ms"))
    }
    found = verdict(scenario, fails=True, tasks=tasks)
    assert [stuck.since_ns for stuck in found.witness.tasks] == [20 * MS, 27 * MS]
    assert found.since_ns == 27 * MS


def test_who_wants_a_first_element_is_behind_the_cycle_and_no_part_of_it(scenario):
    found = verdict(scenario, TWICE, fails=True, task={"count": 7})
    assert found.headline == "deadlock since 1 ms: a cycle of 2 tasks, with 5 more behind it"
    assert (found.witness.size, found.witness.behind) == (2, 5)


def test_one_that_wants_more_than_the_reserve_waits_for_itself(scenario):
    found = verdict(scenario, [{"alloc": {"pool": "pool", "n": 3}}, {"free": "pool"}], fails=True, min_nr=2)
    assert found.headline == "deadlock since 0 ns: a cycle of one task that waits for itself"
    assert found.witness.tasks[0].holds == (Holding("pool", 2),)


def nested(outer, inner, at=0):
    steps = [{"alloc": outer}, {"hold": "5 ms"}, {"alloc": inner}, {"hold": "1 ms"}, {"free": inner}, {"free": outer}]
    return {"arrivals": {"at": [at]}, "steps": steps}


def test_two_pools_taken_in_opposite_orders_are_a_deadlock(scenario):
    tasks = {"one": nested("a", "b"), "two": nested("b", "a")}
    found = verdict(scenario, fails=True, pools=pools(a=1, b=1), tasks=tasks)
    assert [(stuck.task, stuck.holds, wants(stuck)) for stuck in found.witness.tasks] == [
        ("one", (Holding("a", 1),), "b"),
        ("two", (Holding("b", 1),), "a"),
    ]


def test_two_pools_taken_in_the_same_order_are_not(scenario):
    tasks = {"one": nested("a", "b"), "two": nested("a", "b")}
    assert verdict(scenario, fails=True, pools=pools(a=1, b=1), tasks=tasks).word is Word.DEGRADED


def locked(first, then):
    def take(name):
        return {"lock": name} if name in {"lock", "other"} else {"alloc": name}

    def give(name):
        return {"unlock": name} if name in {"lock", "other"} else {"free": name}

    return [take(first), {"hold": "5 ms"}, take(then), {"hold": "1 ms"}, give(then), give(first)]


def both(one, two, pool="pool"):
    """Two classes of tasks with these steps; each allocates at least once."""
    rest = [{"alloc": pool}, {"free": pool}]
    return {
        "one": {"arrivals": {"at": [0]}, "steps": [*rest, *one]},
        "two": {"arrivals": {"at": [0]}, "steps": [*rest, *two]},
    }


def test_a_lock_and_a_pool_taken_in_opposite_orders_are_a_deadlock(scenario):
    tasks = both(locked("lock", "pool"), locked("pool", "lock"))
    found = verdict(scenario, fails=True, min_nr=1, tasks=tasks)
    assert [(stuck.task, stuck.holds, stuck.locks, wants(stuck)) for stuck in found.witness.tasks] == [
        ("one", (), ("lock",), "pool"),
        ("two", (Holding("pool", 1),), (), "lock"),
    ]


def test_two_locks_taken_in_opposite_orders_are_a_deadlock_that_nothing_can_break(scenario):
    found = verdict(scenario, tasks=both(locked("lock", "other"), locked("other", "lock")))
    assert found.word is Word.DEADLOCK
    assert found.witness.exits == ("nothing can break it: only they could unlock what they wait for",)


def test_a_witness_says_what_could_still_break_it(scenario):
    found = verdict(scenario, TWICE, fails=True, task={"count": 2}, duration="11 s")
    assert found.witness.exits == (
        "memory for pool could break it: asked for every 5 s, refused 8 times",
        "a free of pool cannot break it: nobody else holds any",
    )
    assert [stuck.polls for stuck in found.witness.tasks] == [4, 4]


def test_a_witness_names_those_outside_who_hold_what_the_cycle_wants(scenario):
    """The third holds an element, too, and waits for memory alone: its second pool never had a reserve."""
    alone = [{"alloc": "pool"}, {"hold": "1 ms"}, {"alloc": "none"}, {"free": "none"}, {"free": "pool"}]
    tasks = {
        "pair": {"count": 2, "arrivals": {"at": [0]}, "steps": TWICE},
        "third": {"arrivals": {"at": [0]}, "steps": alone},
    }
    found = verdict(scenario, fails=True, kernel="6.12", pools=pools(pool=3, none=0), tasks=tasks)
    assert found.headline == "deadlock since 1 ms: a cycle of 2 tasks, with 1 more behind it"
    assert found.witness.exits[1] == "a free of pool by somebody else could break it: third[0] holds 1"


def test_a_holder_in_its_io_keeps_all_live(scenario):
    tasks = {
        "pair": {"count": 2, "arrivals": {"at": [0]}, "steps": TWICE},
        "holder": {"arrivals": {"at": [0]}, "steps": [{"alloc": "pool"}, {"hold": "10 s"}, {"free": "pool"}]},
    }
    assert verdict(scenario, fails=True, min_nr=3, tasks=tasks).word is Word.DEGRADED


def test_waiting_for_memory_alone_is_no_deadlock(scenario):
    found = verdict(scenario, fails=True, min_nr=0, duration="20 s", task={"count": 3})
    assert found.word is Word.DEGRADED


def test_a_cycle_that_memory_breaks_at_its_first_poll_degrades(scenario):
    found = verdict(scenario, TWICE, pressure=OUTAGE, task={"count": 2}, duration="20 s", semantics=POLLED_EXACTLY)
    assert found.headline == "degraded: 2 of 4 calls slept, the longest took 5 s"
    assert found.evidence[1] == "a cycle of 2 tasks (task[0], task[1]) stood for 5 s, until memory came back"


def test_a_young_cycle_at_the_end_of_the_run_is_no_deadlock_if_memory_may_come_back(scenario):
    found = verdict(scenario, TWICE, pressure=windows("30 s"), task={"count": 2})
    assert found.word is Word.DEGRADED
    assert found.evidence[1] == "a cycle of 2 tasks (task[0], task[1]) stood for 999 ms, to the end of the run"


def windows(until):
    return {"windows": {"schedule": [{"from": "0 s", "to": until, "mode": "fail"}], "reclaim_latency": "0 s"}}


@pytest.mark.parametrize(
    ("outage", "word", "stood"),
    [("5.5 s", Word.DEGRADED, "10 s"), ("10.5 s", Word.DEADLOCK, "15 s")],
    ids=["broken by the second", "outlasts the second"],
)
def test_a_cycle_that_outlasts_two_polls_is_a_deadlock_though_it_breaks(outage, word, stood, scenario):
    found = verdict(
        scenario, TWICE, pressure=windows(outage), task={"count": 2}, duration="20 s", semantics=POLLED_EXACTLY
    )
    assert found.word is word
    assert f"stood for {stood}, until memory came back" in text(found)


def test_without_a_time_out_an_outage_that_is_long_over_leaves_a_deadlock_for_good(scenario):
    found = verdict(scenario, TWICE, pressure=OUTAGE, kernel="2.6.12", task={"count": 2}, duration="60 s")
    assert found.headline == "deadlock since 1 ms: a cycle of 2 tasks"
    assert found.witness.exits[0] == "memory for pool cannot break it: nobody asks again, since sleeps have no time-out"


FREED_FROM_OUTSIDE = {
    "pair": {"count": 2, "arrivals": {"at": [0]}, "steps": TWICE},
    "newcomer": {"arrivals": {"at": ["700 ms"]}, "steps": [{"alloc": "pool"}, {"free": "pool"}]},
}


def test_a_newcomer_with_memory_breaks_a_cycle_by_its_free(scenario):
    found = verdict(scenario, pressure=OUTAGE, tasks=FREED_FROM_OUTSIDE, duration="2 s")
    assert "a cycle of 2 tasks (pair[0], pair[1]) stood for 699 ms, until an element was freed" in found.evidence


def test_several_broken_cycles_are_counted_and_the_longest_told(scenario):
    outages = [{"from": f"{start} s", "to": f"{start}.5 s", "mode": "fail"} for start in (0, 10, 20)]
    found = verdict(
        scenario,
        TWICE,
        pressure={"windows": {"schedule": outages}},
        task={"count": 2, "arrivals": {"at": [0, "10 s", "20 s"]}},
        duration="30 s",
    )
    assert found.evidence[-1].startswith(
        "3 cycles were no deadlock, the longest: a cycle of 2 tasks (task[0], task[1]) stood for 5."
    )


BULK = [{"alloc": {"pool": "pool", "n": 4, "bulk": True}}, {"hold": "1 ms"}, {"free": {"pool": "pool", "bulk": True}}]


def test_a_bulk_call_that_waits_for_a_live_holder_is_no_deadlock(scenario):
    tasks = {
        "holder": {"arrivals": {"at": [0]}, "steps": [{"alloc": "pool"}, {"hold": "10 s"}, {"free": "pool"}]},
        "bulk": {"arrivals": {"at": ["1 ms"]}, "steps": BULK},
    }
    assert verdict(scenario, kernel="7.1", fails=True, min_nr=4, tasks=tasks).word is Word.DEGRADED


def test_what_a_bulk_call_has_got_so_far_is_what_it_holds(scenario):
    """Memory fails but for the first two of its four elements; the reserve has one left, for which it lacks another."""
    calls = [{"from": 1, "to": 4, "mode": "fail"}, {"from": 7, "mode": "fail"}]
    tasks = {
        "single": {
            "arrivals": {"at": [0]},
            "steps": [{"alloc": {"pool": "p", "n": 3}}, {"hold": "2 ms"}, {"alloc": "q"}, {"free": "q"}, {"free": "p"}],
        },
        "bulk": {
            "arrivals": {"at": ["1 ms"]},
            "steps": [
                {"alloc": "q"},
                {"alloc": {"pool": "p", "n": 4, "bulk": True}},
                {"free": {"pool": "p", "bulk": True}},
                {"free": "q"},
            ],
        },
    }
    pressure = {"windows": {"calls": calls, "reclaim_latency": "0 s"}}
    found = verdict(scenario, kernel="7.1", duration="12 s", pressure=pressure, pools=pools(p=4, q=1), tasks=tasks)
    bulk = next(stuck for stuck in found.witness.tasks if stuck.task == "bulk")
    assert set(bulk.holds) == {Holding("q", 1), Holding("p", 2)}
    assert (bulk.pool, bulk.n, bulk.polls) == ("p", 2, 4)


def test_one_that_asks_again_and_again_for_what_only_it_holds_is_a_deadlock(scenario):
    steps = [{"alloc": {"pool": "pool", "n": 2, "if_null": {"retry_after": "10 ms"}}}, {"free": "pool"}]
    found = verdict(scenario, steps, fails=True, min_nr=1, task={"gfp": "GFP_NOWAIT"})
    assert found.word is Word.DEADLOCK
    assert found.witness.exits[0] == "memory for pool could break it: asked for every 10 ms, refused 100 times"
    assert found.since_ns == 0


def test_a_first_reclaim_is_no_wait_for_others(scenario):
    """Each holds one of two and reclaims for half a second with success: no cycle, but no run without a wait either."""
    pressure = {"constant": {"first_attempt": 1, "with_reclaim": 0, "reclaim_latency": "500 ms"}}
    steps = [{"alloc": {"pool": "pool", "gfp": "GFP_NOWAIT"}}, {"hold": "1 ms"}, {"alloc": "pool"}, {"free": "pool"}]
    found = verdict(scenario, steps, pressure=pressure, task={"count": 2})
    assert str(found) == "degraded: 2 of 4 calls spent 100 ms or more in reclaim, at most 500 ms"


@pytest.mark.parametrize(("latency", "word"), [("99 ms", Word.SERVED), ("101 ms", Word.DEGRADED)])
def test_who_reclaims_as_long_as_a_throttle_lasts_has_waited(scenario, latency, word):
    pressure = {"constant": {"first_attempt": 1, "with_reclaim": 0, "reclaim_latency": latency}}
    steps = [{"alloc": {"pool": "pool", "gfp": "GFP_NOWAIT"}}, {"hold": "1 ms"}, {"alloc": "pool"}, {"free": "pool"}]
    assert verdict(scenario, steps, pressure=pressure, task={"count": 2}).word is word


def test_a_short_reclaim_is_told_of_those_who_were_served(scenario):
    pressure = {"constant": {"first_attempt": 1, "with_reclaim": 0, "reclaim_latency": "12 ms"}}
    found = verdict(scenario, pressure=pressure, min_nr=0)
    assert found.headline == "served: none of 1 calls slept or got NULL; the longest spent 12 ms in reclaim"


def test_a_call_that_a_free_has_handed_its_element_is_live(scenario):
    """Woken, it needs half a second to run; meanwhile it holds an element and the reserve is empty."""
    tasks = {
        "holder": {"arrivals": {"at": [0]}, "steps": [{"alloc": "pool"}, {"hold": "100 ms"}, {"free": "pool"}]},
        "waiter": {"arrivals": {"at": ["1 ms"]}, "steps": [*TWICE[:1], {"alloc": "pool"}, {"free": "pool"}]},
    }
    machine = {"wakeup_latency": "500 ms"}
    found = verdict(
        scenario, fails=True, min_nr=2, tasks=tasks, machine=machine, semantics={"wake": "hand_off"}, duration="400 ms"
    )
    assert found.word is Word.DEGRADED


CRAWL = {
    "duration": "60 s",
    "fails": True,
    "min_nr": 1,
    "tasks": {
        "slow": {"arrivals": {"at": [0]}, "steps": [{"alloc": "pool"}, {"hold": "1000 s"}, {"free": "pool"}]},
        "task": {
            "count": 10,
            "arrivals": {"closed": {"think": "1 ms"}},
            "steps": [{"alloc": "pool"}, {"io": "disk"}, {"free": "pool"}],
        },
    },
    "devices": {"disk": {"latency": "1 ms", "queue_depth": 2}},
}


def test_a_device_that_stands_still_while_all_wait_is_a_crawl(scenario):
    found = verdict(scenario, **CRAWL)
    assert (
        found.headline
        == "crawl since 60 ms: for 59.2 s somebody waited at every look, and no requests of disk were done"
    )


def test_without_devices_it_is_pieces_of_work_that_are_not_done(scenario):
    steps = [{"alloc": "pool"}, {"hold": "1 ms"}, {"free": "pool"}]
    tasks = {**CRAWL["tasks"], "task": {**CRAWL["tasks"]["task"], "steps": steps}}
    found = verdict(scenario, **{**CRAWL, "tasks": tasks, "devices": {}})
    assert found.evidence[0].endswith("somebody waited at every look, and no pieces of work were done")


def crawl_beside(**tasks):
    """The crawl, and other tasks with a pool and a device of their own."""
    return {
        **CRAWL,
        "pools": pools(pool=1, big=100),
        "devices": {**CRAWL["devices"], "other": {"latency": "1 ms"}},
        "tasks": {**CRAWL["tasks"], **tasks},
    }


BESIDE = [{"alloc": "big"}, {"io": "other"}, {"free": "big"}]


def test_a_busy_device_does_not_hide_that_another_one_crawls(scenario):
    bystander = {"arrivals": {"closed": {"think": "1 ms"}}, "steps": BESIDE}
    found = verdict(scenario, **crawl_beside(bystander=bystander))
    assert (
        found.headline
        == "crawl since 60 ms: for 59.2 s somebody waited at every look, and no requests of disk were done"
    )


def test_the_longest_crawl_is_told(scenario):
    """The other device has stood still for 20 s less."""
    late = {"arrivals": {"at": ["20 s"]}, "steps": [{"alloc": "late"}, {"hold": "1000 s"}, {"free": "late"}]}
    loop = {"count": 2, "arrivals": {"closed": {"think": "1 ms"}}}
    loop["steps"] = [{"alloc": "late"}, {"io": "other"}, {"free": "late"}]
    options = crawl_beside(late=late, loop=loop)
    options["devices"] = dict(reversed(options["devices"].items()))
    found = verdict(scenario, **{**options, "pools": pools(pool=1, late=1)})
    assert found.evidence[0] == "for 59.2 s somebody waited at every look, and no requests of disk were done"


def test_a_device_does_not_crawl_as_long_as_none_of_those_who_use_it_waits(scenario):
    """Half a minute and more without work, while others wait whom the device could not help."""
    early = {"arrivals": {"at": [f"{n} ms" for n in range(900)]}, "steps": [{"io": "disk"}, *REST]}
    waiting = {"count": 2, "arrivals": {"at": [0]}, "steps": [{"alloc": "own"}, {"hold": "1000 s"}, {"free": "own"}]}
    tasks = {"early": early, "waiting": waiting}
    found = verdict(
        scenario, fails=True, pools=pools(pool=1, own=1), devices=CRAWL["devices"], tasks=tasks, duration="60 s"
    )
    assert found.word is Word.DEGRADED


def holder_of_a_lock(count):
    """So many that write behind a lock, which another one keeps for 40 s."""
    locked = [{"lock": "lock"}, {"alloc": "pool"}, {"io": "disk"}, {"free": "pool"}, {"unlock": "lock"}]
    return {
        "holder": {"arrivals": {"at": [0]}, "steps": [{"lock": "lock"}, {"hold": "40 s"}, {"unlock": "lock"}, *REST]},
        "task": {"count": count, "arrivals": {"closed": {"think": "1 ms"}}, "steps": locked},
    }


def test_who_waits_for_a_lock_may_crawl_too(scenario):
    found = verdict(scenario, tasks=holder_of_a_lock(8), devices=CRAWL["devices"], duration="50 s")
    assert found.word is Word.CRAWL
    assert found.evidence[1] == "8 waits for lock lock took 100 ms or more, at most 40 s"


def test_a_device_that_is_used_by_one_at_a_time_behind_a_lock_does_not_crawl(scenario):
    """It could serve all of them at once, but for the lock."""
    devices = {"disk": {"latency": "100 ms"}}
    tasks = {"task": holder_of_a_lock(150)["task"]}
    found = verdict(scenario, tasks=tasks, devices=devices, duration="50 s")
    assert found.word is Word.DEGRADED


@pytest.mark.parametrize("service", ["io", "hold"])
def test_a_herd_that_waits_all_the_time_and_gets_on_is_no_crawl(service, scenario):
    steps = [{"alloc": "pool"}, {"io": "disk"} if service == "io" else {"hold": "1 ms"}, {"free": "pool"}]
    task = {"count": 10, "arrivals": {"closed": {"think": "1 ms"}}}
    devices = CRAWL["devices"] if service == "io" else {}
    found = verdict(scenario, steps, fails=True, min_nr=1, devices=devices, task=task, duration="40 s")
    assert found.word is Word.DEGRADED


def test_a_deadlock_that_crawls_is_a_deadlock_and_says_so(scenario):
    found = verdict(
        scenario, TWICE, fails=True, task={"count": 2, "arrivals": {"periodic": {"period": "1 s"}}}, duration="60 s"
    )
    assert found.word is Word.DEADLOCK
    assert found.evidence[1] == "for 59.2 s somebody waited at every look, and no pieces of work were done"


REST = [{"alloc": "pool"}, {"free": "pool"}]


def stuck_behind_a_lock(**more):
    """One sleeps on the pool with the lock in its hands, the other one waits for the lock."""
    return {
        "fails": True,
        "min_nr": 1,
        "duration": "200 s",
        "tasks": {
            "holder": {"arrivals": {"at": [0]}, "steps": [{"alloc": "pool"}, {"hold": "1000 s"}, {"free": "pool"}]},
            "builder": {
                "count": 2,
                "arrivals": {"at": ["1 s"]},
                "steps": [{"lock": "lock"}, {"alloc": "pool"}, {"unlock": "lock"}, {"free": "pool"}],
            },
        },
        **more,
    }


def test_who_is_blocked_on_a_mutex_for_two_minutes_is_hung_and_the_pool_sleeper_it_waits_for_is_not(scenario):
    found = verdict(scenario, **stuck_behind_a_lock())
    assert [line for line in found.evidence if line.startswith("hung")] == [
        "hung: builder[1], blocked on lock lock for 3.32 min"
    ]
    assert found.hung == 1


def test_less_than_two_minutes_on_a_mutex_is_not_hung(scenario):
    found = verdict(scenario, **stuck_behind_a_lock(duration="119 s"))
    assert "hung" not in text(found)
    assert found.hung == 0


def test_without_a_time_out_a_pool_sleeper_is_hung_too(scenario):
    found = verdict(scenario, **stuck_behind_a_lock(kernel="2.6.12"))
    assert [line for line in found.evidence if line.startswith("hung")] == [
        "hung: builder[1], blocked on lock lock for 3.32 min",
        "hung: builder[0], asleep on pool for 3.32 min",
    ]


def test_a_task_hung_on_a_mutex_degrades_though_no_pool_is_to_blame(scenario):
    steps = [{"lock": "lock"}, {"hold": "150 s"}, {"unlock": "lock"}, *REST]
    found = verdict(scenario, steps, task={"count": 2}, duration="200 s")
    assert found.headline == "degraded: hung: task[1], blocked on lock lock for 2.5 min"


def queue(count, hold):
    """So many that all want the lock at once and keep it for `hold`."""
    return [{"lock": "lock"}, {"hold": hold}, {"unlock": "lock"}, *REST], {"task": {"count": count}}


def test_long_waits_for_a_lock_degrade(scenario):
    steps, options = queue(4, "60 ms")
    found = verdict(scenario, steps, **options)
    assert found.evidence == (
        "2 waits for lock lock took 100 ms or more, at most 180 ms",
        "none of 4 calls slept or got NULL",
    )
    assert found.word is Word.DEGRADED


def test_who_still_waits_for_a_lock_at_the_end_counts(scenario):
    steps, options = queue(2, "10 s")
    assert verdict(scenario, steps, **options).headline == (
        "degraded: 1 wait for lock lock took 100 ms or more, at most 1 s"
    )


def test_short_waits_for_a_lock_are_normal(scenario):
    steps, options = queue(4, "30 ms")
    assert verdict(scenario, steps, **options).word is Word.SERVED


def test_the_longest_hung_are_told_first(scenario):
    tasks = {
        "holder": {"arrivals": {"at": [0]}, "steps": [{"lock": "lock"}, {"hold": "1000 s"}, {"unlock": "lock"}, *REST]},
        "late": {"arrivals": {"at": ["20 s"]}, "steps": [{"lock": "lock"}, {"unlock": "lock"}, *REST]},
        "early": {"arrivals": {"at": ["10 s"]}, "steps": [{"lock": "lock"}, {"unlock": "lock"}, *REST]},
    }
    found = verdict(scenario, tasks={name: tasks[name] for name in ("holder", "late", "early")}, duration="200 s")
    assert [line.split("[")[0] for line in found.evidence[:2]] == ["hung: early", "hung: late"]


def test_a_long_reclaim_is_not_hung(scenario):
    """Woken by the free at 1 s, both reclaim for longer than two minutes."""
    slow = {"constant": {"first_attempt": 1, "with_reclaim": 1, "reclaim_latency": "150 s"}}
    task = {"count": 3, "steps": [{"alloc": "pool"}, {"hold": "1 s"}, {"free": "pool"}]}
    found = verdict(scenario, kernel="2.6.12", pressure=slow, min_nr=1, task=task, duration="140 s")
    assert "hung" not in text(found)


def test_many_that_are_hung_are_counted(scenario):
    steps = [{"lock": "lock"}, {"hold": "1000 s"}, {"unlock": "lock"}, *REST]
    found = verdict(scenario, steps, task={"count": 20}, duration="200 s")
    hung = [line for line in found.evidence if "hung" in line]
    assert len(hung) == 7
    assert hung[-1] == "hung: 13 more"
    assert found.hung == 19


def test_the_digest_does_not_depend_on_looking(busy, monkeypatch):
    looked = busy.run(seed=3)
    monkeypatch.setattr(Lookout, "look", lambda self, now: None)
    assert busy.run(seed=3).digest == looked.digest


LONG = {
    "pressure": {"on_off": {"good": {"exponential": {"mean": "60 s"}}, "bad": {"exponential": {"mean": "3 s"}}}},
    "machine": {"wakeup_latency": {"lognormal": {"median": "6 us", "sigma": 0.5}}},
    "duration": "3000 s",
    "min_nr": 1,
    "free_of_charge": False,
    "task": {"count": 20, "arrivals": {"poisson": {"rate": "1/s"}}, "in_flight": 4},
}


def test_the_digest_of_a_long_run_does_not_depend_on_how_often_is_looked(scenario, monkeypatch):
    looked = scenario(**LONG).run()
    assert looked.document["rows"][0]["paths"]["wait_reserve"] > 50
    monkeypatch.setattr("sim.engine.sampler.S", 10_000 * S)
    assert scenario(**LONG).run().digest == looked.digest


def test_in_a_long_run_a_look_is_taken_every_second(scenario, monkeypatch):
    looks = []
    monkeypatch.setattr(Lookout, "look", lambda self, now: looks.append(now))
    scenario(duration="2500 s").run()
    assert looks[-1] == 2500 * S
    assert max(after - before for before, after in zip([0, *looks], looks, strict=False)) <= S


def test_in_a_short_run_a_look_is_taken_at_every_tick(scenario, monkeypatch):
    looks = []
    monkeypatch.setattr(Lookout, "look", lambda self, now: looks.append(now))
    scenario(duration="10 s").run()
    assert looks == list(range(10 * MS, 10 * S + 1, 10 * MS))


@pytest.mark.parametrize(("count", "apart"), [(50, 10 * MS), (500, 50 * MS), (20_000, 1 * S)])
def test_the_more_workers_the_rarer_cycles_are_looked_for(count, apart, scenario, monkeypatch):
    looks = []
    monkeypatch.setattr(Cycles, "look", lambda self, now: looks.append(now))
    scenario(TWICE, duration="10 s", task={"count": count}).run()
    assert looks[-1] == 10 * S
    assert min(after - before for before, after in pairwise(looks[:-1])) == apart


def test_a_streamed_run_has_the_same_verdict(scenario):
    whole = scenario(TWICE, fails=True, task={"count": 3}, duration="20 s")
    assert whole.with_(recording="streaming").run().verdict == whole.run().verdict
