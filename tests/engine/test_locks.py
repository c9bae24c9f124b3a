"""The steps `lock:` and `unlock:` at work."""

MS = 1_000_000

PAGES = {"pages": {}}
BUILD = [
    {"lock": "builder"},
    {"alloc": "pool"},
    {"hold": "10 ms"},
    {"unlock": "builder"},
    {"hold": "50 ms"},
    {"free": "pool"},
]


def starts(events, pool="pool"):
    """When calls to a pool began, in ms."""
    return sorted((events.call_ns[events.pool == pool] / MS).tolist())


def test_one_task_at_a_time_is_between_lock_and_unlock(events):
    assert starts(events(BUILD, task={"count": 3})) == [0, 10, 20]


def test_without_the_lock_all_are(events):
    assert starts(events([step for step in BUILD if "builder" not in step.values()], task={"count": 3})) == [0, 0, 0]


def test_one_name_is_one_mutex_for_all_classes_of_tasks(events):
    calls = events(
        tasks={
            "one": {"arrivals": {"at": [0]}, "steps": BUILD},
            "two": {"arrivals": {"at": ["1 ms"]}, "steps": BUILD},
        }
    )
    assert starts(calls) == [0, 10]


def test_two_names_are_two_mutexes(events):
    other = [{key: "other" if value == "builder" else value for key, value in step.items()} for step in BUILD]
    calls = events(
        tasks={
            "one": {"arrivals": {"at": [0]}, "steps": BUILD},
            "two": {"arrivals": {"at": ["1 ms"]}, "steps": other},
        }
    )
    assert starts(calls) == [0, 1]


def test_a_task_s_own_requests_lock_each_other_out(events):
    assert starts(events(BUILD, task={"arrivals": {"at": [0, 0]}, "in_flight": 2})) == [0, 10]


def test_the_next_owner_runs_a_wakeup_after_the_unlock(events):
    calls = events(BUILD, task={"count": 2}, machine={"wakeup_latency": "3 ms"})
    assert starts(calls) == [0, 13]


def test_who_comes_first_is_decided_by_the_time_of_the_task_and_not_of_its_last_event(events):
    """The first task in the file is ahead of the clock by 4 us when it locks, the second one locks at 2 us."""
    calls = events(
        free_of_charge=False,
        tasks={
            "ahead": {
                "arrivals": {"at": [0]},
                "steps": [{"alloc": {"pool": "pool", "n": 4}}, *BUILD],
            },
            "there": {"arrivals": {"at": ["2 us"]}, "steps": BUILD},
        },
    )
    assert calls[calls.task == "there"].call_ns.tolist() == [2_000]
    assert calls[calls.task == "ahead"].call_ns.max() == 10_003_000


def test_a_task_that_gives_up_frees_and_unlocks(events):
    """The first task gets NULL for its second element, at once; the second one then needs the mutex and the element."""
    calls = events(
        [{"lock": "builder"}, {"alloc": {"pool": "pool", "n": 2}}, {"free": "pool"}, {"unlock": "builder"}],
        fails=True,
        min_nr=1,
        task={"count": 2, "gfp": "GFP_NOWAIT"},
    )
    assert [str(path) for path in calls.path] == ["reserve", "null", "reserve", "null"]


def test_a_task_that_waits_for_a_mutex_counts_as_in_flight(events):
    assert starts(events(BUILD, task={"arrivals": {"at": [0, "1 ms"]}})) == [0, 60]


def test_a_builder_mutex_keeps_two_writers_from_sitting_on_half_a_reserve_each(events):
    """Four elements each of a reserve of four, taken with pauses: without the mutex both wait for the whole 5 s."""

    def longest(*, locked):
        take = {"repeat": {"times": 4, "steps": [{"alloc": "pool"}, {"hold": "1 ms"}]}}
        around = ([{"lock": "builder"}], [{"unlock": "builder"}]) if locked else ([], [])
        steps = [*around[0], take, *around[1], {"hold": "10 ms"}, {"free": "pool"}]
        return events(steps, fails=True, min_nr=4, duration="4 s", task={"count": 2}).latency_ns.max()

    assert longest(locked=False) > 3_900 * MS
    assert longest(locked=True) <= 20 * MS


def test_same_seed_same_run_with_locks(scenario):
    machine = {"wakeup_latency": {"lognormal": {"median": "6 us", "sigma": 0.5}}}
    one, two = (scenario(BUILD, task={"count": 8}, machine=machine).run(seed=1) for _ in range(2))
    assert one.digest == two.digest
