from sim.kernel.stopwatch import Stopwatch


def test_it_counts_the_time_during_which_it_runs():
    watch = Stopwatch()
    watch.start(10)
    watch.stop(30)
    assert (watch.runs, watch.read(35)) == (False, 20)
    watch.start(40)
    assert (watch.runs, watch.read(55)) == (True, 20 + 15)


def test_reading_changes_nothing():
    watch = Stopwatch()
    watch.start(5)
    assert [watch.read(8), watch.read(9), watch.read(9)] == [3, 4, 4]


def test_one_that_was_never_started_shows_nothing():
    assert Stopwatch().read(100) == 0
