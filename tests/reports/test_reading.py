"""Every kind of picture is explained on a page."""

import pytest

import sim.plots
from sim.reports.reading import reading_of

# A sizing's pictures are called curve; the others are no pictures.
FILES = {"sizing": "curve", "save_all": None, "save_figure": None, "STYLE": None}
KINDS = [FILES.get(name, name) for name in sim.plots.__all__ if FILES.get(name, name)]


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_explained_whatever_it_is_of(kind):
    assert reading_of(f"{kind}.png") == reading_of(f"{kind}-bio.png") != ""
