"""A result that was stored, and one that was streamed, has the same pictures as the run itself."""

import numpy as np
import pytest
from matplotlib.patches import Rectangle, StepPatch

from sim.plots import ccdf, memory, paths, reserve, split
from sim.results import load


def drawn(picture):
    """Every line, step and bar of a picture as numbers."""
    parts = []
    for axes in np.atleast_1d(picture):
        parts += [line.get_xydata().tolist() for line in axes.lines]
        for patch in axes.patches:
            if isinstance(patch, StepPatch):
                parts += [np.nan_to_num(part, nan=-1).tolist() for part in patch.get_data() if part is not None]
            elif isinstance(patch, Rectangle):
                parts.append([patch.get_x(), patch.get_y(), patch.get_width(), patch.get_height()])
    return parts


@pytest.mark.parametrize("draw", [ccdf, memory, paths, reserve, split])
@pytest.mark.parametrize("streaming", [False, True], ids=["kept", "streamed"])
def test_a_stored_result_has_the_same_pictures(make, pages, tmp_path, draw, streaming):
    result = make(warmup_ns=2_000_000_000, streaming=streaming, memory=pages())
    result.save(tmp_path / "stored")
    expected = drawn(draw(result))
    assert len(expected) > 2
    assert drawn(draw(load(tmp_path / "stored"))) == expected


@pytest.mark.parametrize("draw", [reserve, split])
def test_a_streamed_run_has_the_same_pictures(make, draw):
    kept, streamed = (drawn(draw(make(streaming=streaming))) for streaming in (False, True))
    assert kept == streamed
