"""A herd that is sent back to sleep at one go is as if each of it had run."""

import pytest

from sim.kernel.progress import Progress
from sim.scenario import Scenario

PAGES = {"pages": {}}
CASES = {
    "pages": {},
    "two attempts a round": {"kernel": "2.6.11"},
    "reclaim that takes time": {"reclaim": "light"},
    "time-outs": {"bad": "8 s"},
    "injected faults": {"kernel": "7.1", "fault_injection": {"probability": 30}},
}


def herd(*, kernel="6.12", backing=PAGES, reclaim="0 s", bad="900 ms", **pool):
    """Twelve tasks on a reserve of two, most of whom wait while memory is gone."""
    on_off = {"good": {"exponential": {"mean": "300 ms"}}, "bad": {"exponential": {"mean": bad}}}
    return Scenario.from_mapping(
        {
            "name": "herd",
            "kernel": kernel,
            "duration": "12 s",
            "machine": {"cpus": 2, "wakeup_latency": {"lognormal": {"median": "6 us", "sigma": 0.8}}},
            "pressure": {"on_off": {**on_off, "reclaim_latency": reclaim}},
            "pools": {"p": {"min_nr": 2, "backing": backing, **pool}},
            "tasks": {
                "a": {
                    "count": 12,
                    "arrivals": {"poisson": {"rate": "20/s"}},
                    "gfp": "GFP_KERNEL",
                    "steps": [{"alloc": "p"}, {"hold": {"exponential": {"mean": "15 ms"}}}, {"free": "p"}],
                }
            },
        }
    )


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_sent_back_at_one_go_or_one_by_one_makes_no_difference(case, monkeypatch):
    at_one_go = herd(**case).run(seed=3)
    assert at_one_go.events.wasted_wakes.sum() > 100
    monkeypatch.setattr(Progress, "vain_until", lambda _, now: now)
    one_by_one = herd(**case).run(seed=3)
    assert at_one_go.events.equals(one_by_one.events)
    assert at_one_go.series.equals(one_by_one.series)
