import pandas as pd
import pytest

from sim.plots import bottleneck

POOLS = {"fs": (5.5, 0.378), "md": (5.5, 0.0097)}
MOVED = {"fs": (5.9, 0.0), "md": (5.46, 0.433)}


def frame(**variants):
    rows = [
        (name, pool, measure, value)
        for name, pools in variants.items()
        for pool, values in pools.items()
        for measure, value in zip(("outstanding", "waiters"), values, strict=True)
    ]
    return pd.DataFrame(rows, columns=["variant", "subject", "measure", "value"])


def bars(axes):
    """By pool: where the bar of every variant begins, and where it ends."""
    return {
        part.get_label(): [(round(bar.get_x(), 9), round(bar.get_x() + bar.get_width(), 9)) for bar in part]
        for part in axes.containers
    }


def test_the_pools_of_a_variant_are_stacked_in_both_panels():
    held, waiting = bottleneck(frame(as_is=POOLS, more=MOVED))
    assert bars(held) == {"fs": [(0, 5.5), (0, 5.9)], "md": [(5.5, 11), (5.9, 11.36)]}
    assert bars(waiting) == {"fs": [(0, 0.378), (0, 0.0)], "md": [(0.378, 0.3877), (0, 0.433)]}
    assert [label.get_text() for label in held.get_yticklabels()] == ["as_is", "more"]


def test_a_pool_that_a_variant_has_not_takes_no_room():
    held, _ = bottleneck(frame(own=POOLS, shared={"fs": (11, 0.1)}))
    assert bars(held)["md"][1] == (11, 11)


def test_of_too_many_pools_those_that_are_waited_for_are_shown():
    held, _ = bottleneck(frame(all={f"pool-{number}": (1, number) for number in range(9)}))
    assert list(bars(held)) == [f"pool-{number}" for number in range(2, 9)]
    assert "without 2 pools that fewer wait for" in held.child_axes[0].get_xlabel()
    assert len({part.get_hatch() for row in held.containers for part in row}) == 7


@pytest.mark.parametrize("given", [pd.DataFrame(), frame(all={})])
def test_an_empty_frame_says_that_there_is_no_pool(given):
    assert [text.get_text() for text in bottleneck(given)[0].texts] == ["no pool"]
