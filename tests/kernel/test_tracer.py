from sim.kernel.gfp import DIRECT_RECLAIM

MS = 1_000_000


class Log:
    def __init__(self):
        self.events = []

    def attempt(self, call, mask, element, start, now):
        self.events.append(("attempt", bool(mask & DIRECT_RECLAIM), element, start, now))

    def sleep(self, call, now):
        self.events.append(("sleep", now))

    def waking(self, call, by_timer, now):
        self.events.append(("waking", by_timer, now))

    def run(self, call, now):
        self.events.append(("run", now))


def test_a_call_is_followed_from_attempt_to_attempt(bench):
    log = Log()
    pool, (element,) = bench.drained(tracer=log)
    bench.backing.reclaim_ns = 50_000
    log.events.clear()
    bench.ask(pool)
    bench.at(1 * MS, pool.free, element)
    bench.run(2 * MS)
    assert log.events == [
        ("attempt", False, None, 0, 1_000),
        ("attempt", True, None, 1_000, 52_000),
        ("sleep", 52_000),
        ("waking", False, 1 * MS),
        ("run", 1 * MS + 6_000),
        ("attempt", True, None, 1 * MS + 6_000, 1 * MS + 57_000),
    ]


def test_the_tracer_is_told_that_the_timer_woke(bench):
    log = Log()
    pool, _ = bench.drained(tracer=log)
    bench.ask(pool)
    bench.run(5_121 * MS)
    assert ("waking", True, 5_120 * MS) in log.events


def test_sleepers_are_woken_newest_first(bench):
    woken = []

    class Order(Log):
        def waking(self, call, by_timer, now):
            woken.append(call)

    pool, (element,) = bench.drained(tracer=Order())
    calls = [bench.ask(pool) for _ in range(3)]
    pool.free(element)
    assert woken == calls[::-1]


def test_the_tracer_is_shown_what_an_attempt_gave(bench):
    log = Log()
    pool = bench.pool(tracer=log)
    log.events.clear()
    bench.ask(pool)
    assert log.events == [("attempt", False, 1, 0, 1_000)]
