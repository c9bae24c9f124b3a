"""The tables behind a sizing: what was measured at each size, and what each run counted."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sim.experiments.sample.reserved import element_bytes
from sim.experiments.sizing.runs import Sizes
from sim.scenario.targets import Target

if TYPE_CHECKING:
    import pandas as pd

    from sim.experiments.sizing.words import Sizing


def curve_frame(sizing: "Sizing") -> "pd.DataFrame":
    """A row per size tried and target: what was measured, all its runs together, and what was decided.

    min_nr, target; value, low, high: the share that breaks the target, with an interval; bound: the most that it may
    be; decision: meets, fails or open, of the check by other replications if there was one; runs, reserved_bytes.
    """
    import pandas as pd  # noqa: PLC0415  it loads when it is used

    found = sizing.found
    each = element_bytes(sizing.scenario, sizing.pool)
    rows = []
    for size in found.sizes:
        for number, target in enumerate(sizing.targets):
            share = sizing.share(size, number)
            rows.append(
                {
                    "min_nr": size,
                    "target": str(target),
                    "value": share.value if share else math.nan,
                    "low": share.low if share else math.nan,
                    "high": share.high if share else math.nan,
                    "bound": found.plan.bounds[number],
                    "decision": str(found.decided(size).decisions[number]),
                    "runs": found.counts(size).runs,
                    "reserved_bytes": size * each,
                }
            )
    return pd.DataFrame(rows)


def table_frame(sampler: Sizes, targets: Sequence[Target]) -> "pd.DataFrame":
    """A row per run and target: min_nr, replication, seed, subject, measure, surely, perhaps, of, value.

    So many of the calls (or ms, or of the one run) surely break the target, and so many perhaps; value is the share
    that surely does.
    """
    import pandas as pd  # noqa: PLC0415

    rows = [
        {
            "min_nr": size,
            "replication": replication,
            "seed": sampler.seed,
            "subject": sampler.pool,
            "measure": str(target.as_rate),
            "surely": surely,
            "perhaps": perhaps,
            "of": of,
            "value": surely / of if of else math.nan,
        }
        for (size, replication), counts in sorted(sampler.counts.items())
        for target, (surely, perhaps, of) in zip(targets, counts, strict=True)
    ]
    return pd.DataFrame(rows)
