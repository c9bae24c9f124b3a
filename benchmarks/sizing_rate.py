"""How often `mempool-sim size` is right, for configurations whose answer theory knows.

    python benchmarks/sizing_rate.py [--studies 200] [--seed 1] [--jobs 2]

A study is what `size` does: a bisection over min_nr, runs of the simulator in growing groups, and a check of what was
found by runs of its own. It is wrong if the true answer is not among the sizes that it says are possible; it should be
in at most 5 % of studies. It tells the answer if that is the only one that it leaves.
tests/experiments/test_sizing_rate.py holds a study of each to it, and all 200 with --long.
"""

import argparse
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from joblib import Parallel, delayed

from sim.experiments.running.record import Record
from sim.experiments.sizing.bisection import Plan, bisect
from sim.experiments.sizing.counts import counted
from sim.experiments.sizing.deciding import Counts
from sim.scenario import Scenario
from sim.scenario.targets import Target
from sim.statistics import clopper_pearson
from sim.statistics.queueing import erlang_b, erlang_c
from sim.statistics.reserve import independent_failures, on_off_outages

CONFIDENCE = 0.95
HOLD_MS = 10
WARMUP = 10
"""In mean holds."""
CALLS = 1_000
REPLICATIONS = 80
START, MOST = 16, 256

TOLD, LEFT_OPEN, WRONG = "told", "left open", "wrong"

_EXPONENTIAL = {"exponential": {"mean": f"{HOLD_MS} ms"}}
_ALWAYS = {"constant": {"first_attempt": 1, "with_reclaim": 1, "reclaim_latency": 0}}
_HALF = {"constant": {"first_attempt": 0.5, "with_reclaim": 0.5, "reclaim_latency": 0}}
_QUEUE = {"order": "pool_first", "wake": "hand_off", "insert": "tail", "timeout": "none"}


@dataclass(frozen=True)
class Setting:
    """A pool that gets `load` calls per mean hold and is to meet `target`; `share(min_nr)` is what theory says of it.

    `least`: the smallest size that theory speaks of. `close`: whether the answer is so near the target that it cannot
    be told from the next larger size.
    """

    name: str
    load: float
    target: str
    share: Callable[[int], float]
    pressure: Mapping[str, Any]
    more: Mapping[str, Any]
    least: int = 1
    close: bool = False

    @property
    def answer(self) -> int:
        """The smallest min_nr that meets the target, by theory."""
        bound = Target.parse(self.target).bound
        return next(min_nr for min_nr in range(self.least, MOST) if self.share(min_nr) <= bound)

    def scenario(self, min_nr: int) -> Scenario:
        """The scenario with this reserve."""
        caller = {
            "arrivals": {"poisson": {"rate": f"{1000 * self.load / HOLD_MS}/s"}},
            "in_flight": "unlimited",
            "gfp": "GFP_NOIO" if self.more else "GFP_NOWAIT",
            "steps": [{"alloc": "pool"}, {"hold": _EXPONENTIAL}, {"free": "pool"}],
        }
        plain = {
            "name": "known",
            "kernel": "6.12",
            "duration": f"{(WARMUP + CALLS / self.load) * HOLD_MS:.0f} ms",
            "warmup": f"{WARMUP * HOLD_MS} ms",
            "machine": {"wakeup_latency": "0 s", "costs": {"attempt": 0, "take": 0, "free": 0}},
            "pressure": self.pressure,
            "pools": {"pool": {"min_nr": min_nr, "backing": {"pages": {}}}},
            "tasks": {"caller": caller},
        }
        return Scenario.from_mapping({**plain, **self.more})

    def study(self, seed: int) -> tuple[str, int]:
        """Size the pool; return what came of it and how many runs it took."""
        target = Target.parse(self.target)
        scenarios: dict[int, Scenario] = {}
        runs = 0

        def sample(size: int, first: int, last: int) -> Counts:
            nonlocal runs
            scenario = scenarios.setdefault(size, self.scenario(size))
            rows = []
            for number in range(first, last):
                document = scenario.run(seed=seed, replication=number).document
                rows.append(counted(Record("", document, {}, {}, 0.0), "pool", target.as_rate))
                runs += 1
            surely, perhaps, totals = np.array(rows).T[:, np.newaxis, :]
            return Counts(surely, perhaps, totals)

        found = bisect(sample, Plan((target.bound,), self.least, MOST, START, REPLICATIONS, CONFIDENCE))
        if self.answer not in found.candidates:
            return WRONG, runs
        return (TOLD if len(found.candidates) == 1 else LEFT_OPEN), runs


def settings() -> list[Setting]:
    """Every setting; in all but the last the target lies half-way between two sizes."""
    sojourns = {name: {"exponential": {"mean": f"{mean * HOLD_MS} ms"}} for name, mean in (("good", 5), ("bad", 1))}
    outages = {"on_off": {**sojourns, "start": "stationary"}}
    return [
        Setting("Erlang B", 5, "P(NULL) <= 2.6 %", lambda m: erlang_b(m, 5), _ALWAYS, {}),
        Setting("Erlang C", 5, "P(wait) <= 11.5 %", lambda m: erlang_c(m, 5), _ALWAYS, {"semantics": _QUEUE}, 6),
        Setting(
            "independent failures", 20, "P(NULL) <= 2 %", lambda m: independent_failures(20, m, 0.5).blocked, _HALF, {}
        ),
        Setting(
            "on/off outages", 5, "P(NULL) <= 0.95 %", lambda m: on_off_outages(5, m, good=5, bad=1).blocked, outages, {}
        ),
        Setting("Erlang B, close", 5, "P(NULL) <= 1.85 %", lambda m: erlang_b(m, 5), _ALWAYS, {}, close=True),
    ]


def repeated(number: int, studies: int, seed: int, jobs: int) -> tuple[Counter[str], float]:
    """Return what came of so many studies of a setting, and how many runs one took on average."""
    found = Parallel(n_jobs=jobs)(delayed(_study)(number, seed + study) for study in range(studies))
    return Counter(what for what, _ in found), sum(runs for _, runs in found) / studies


def _study(number: int, seed: int) -> tuple[str, int]:
    return settings()[number].study(seed)


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--studies", type=int, default=200)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--jobs", type=int, default=2)
    chosen = options.parse_args()
    print(f"{chosen.studies} studies each, seeds from {chosen.seed}; intervals are exact, 95 %\n")
    print("| setting | target | answer | told | left open | wrong | interval of wrong | runs a study |")
    print("|---|---|---|---|---|---|---|---|")
    for number, setting in enumerate(settings()):
        found, runs = repeated(number, chosen.studies, chosen.seed, chosen.jobs)
        wrong = clopper_pearson(found[WRONG], chosen.studies)
        counts = " | ".join(str(found[what]) for what in (TOLD, LEFT_OPEN, WRONG))
        interval = f"{100 * wrong.low:.1f} to {100 * wrong.high:.1f} %"
        line = f"| {setting.name} | {setting.target} | {setting.answer} | {counts} | {interval} | {runs:.0f} |"
        print(line, flush=True)


if __name__ == "__main__":
    main()
