from pathlib import Path

import pandas as pd
import pytest
from matplotlib.figure import Figure

from sim.plots import ccdf, paths, save_all, save_figure

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def result(make):
    return make([("bio", "writer")])


@pytest.fixture(scope="module")
def written(result, tmp_path_factory):
    return save_all(result, tmp_path_factory.mktemp("run") / "not" / "there yet")


@pytest.fixture
def unpainted(monkeypatch):
    """Files without a picture in them, where only their names matter."""
    monkeypatch.setattr(Figure, "savefig", lambda figure, path, **_: Path(path).write_bytes(b"drawn"))


def test_a_run_of_one_pool_makes_four_pictures(written):
    assert [path.name for path in written] == ["ccdf.png", "paths.png", "reserve.png", "split.png"]
    assert all(path.read_bytes().startswith(PNG) for path in written)


def test_no_two_files_show_the_same(written):
    assert len({path.read_bytes() for path in written}) == 4


def test_the_directory_is_made_and_holds_nothing_else(written):
    assert sorted(written[0].parent.iterdir()) == sorted(written)


def test_a_picture_tells_which_run_it_shows(result, written):
    assert all(result.digest[:12].encode() in path.read_bytes() for path in written)


@pytest.mark.usefixtures("unpainted")
def test_a_run_with_memory_has_a_picture_of_it(make, pages, tmp_path):
    written = save_all(make([("bio", "writer")], memory=pages()), tmp_path)
    assert [path.name for path in written] == ["ccdf.png", "paths.png", "reserve.png", "memory.png", "split.png"]


@pytest.mark.usefixtures("unpainted")
def test_with_several_pools_each_has_a_picture_of_the_memory(make, pages, tmp_path):
    written = save_all(make(memory=pages()), tmp_path)
    assert [path.name for path in written if "memory" in path.name] == ["memory-bio.png", "memory-crypt.png"]


@pytest.mark.usefixtures("unpainted")
def test_each_of_several_pools_has_pictures_of_its_paths_and_its_reserve(make, tmp_path):
    save_all(make(), tmp_path)
    names = ["ccdf.png", "paths-bio.png", "paths-crypt.png", "reserve-bio.png", "reserve-crypt.png", "split.png"]
    assert sorted(path.name for path in tmp_path.iterdir()) == names


@pytest.mark.usefixtures("unpainted")
def test_of_many_pools_the_four_busiest_have_them(make, tmp_path):
    result = make([(f"p{number}", "t") for number in range(6)])
    written = save_all(result, tmp_path)
    took = result.events.groupby("pool", observed=True)["latency_ns"].sum().sort_values(ascending=False)
    assert [path.name for path in written[1:-1]] == [
        f"{kind}-{pool}.png" for kind in ("paths", "reserve") for pool in took.index[:4]
    ]


@pytest.mark.usefixtures("unpainted")
def test_pictures_that_are_there_are_written_anew(make, tmp_path):
    old = tmp_path / "ccdf.png"
    old.write_bytes(b"old")
    save_all(make([("bio", "writer")]), tmp_path)
    assert old.read_bytes() == b"drawn"


def test_a_figure_is_saved_beside_its_data(make, tmp_path):
    frame = pd.DataFrame({"variant": ["a", "b"], "share": [0.5, 1e-7]})
    picture, data = save_figure(ccdf(make()), tmp_path / "ccdf.png", frame)
    assert (picture.name, data.name) == ("ccdf.png", "ccdf.csv")
    assert picture.read_bytes().startswith(PNG)
    assert pd.read_csv(data).equals(frame)


def test_a_figure_of_several_panels_is_saved_as_a_whole(make, tmp_path):
    (written,) = save_figure(paths(make()), tmp_path / "paths.svg")
    assert b"fallback" in written.read_bytes()


def test_a_saved_figure_bears_its_title(make, tmp_path):
    axes = ccdf(make())
    axes.set_title("of mine")
    (written,) = save_figure(axes, tmp_path / "a.png")
    assert b"of mine" in written.read_bytes()
