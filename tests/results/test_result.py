import subprocess
import sys
from types import SimpleNamespace

import pytest

import sim.results


def test_a_result_tells_its_origin(finish):
    result = finish()
    assert (result.name, result.seed, result.engine) == ("demo", 7, "simpy")
    assert result.scenario == {"name": "demo", "duration": "10 s"}
    assert result.digest == result.document["digest"]


def test_a_result_shows_itself_in_one_line(finish):
    assert repr(finish()).startswith("<Result demo, seed 7, 10 s simulated, 5,000 calls, digest ")
    assert "\n" not in repr(finish())


def test_a_notebook_shows_the_tables(finish):
    assert finish()._repr_html_().count("<table>") == 5


def test_a_table_is_made_once(finish):
    result = finish()
    assert result.events is result.events


@pytest.mark.parametrize("name", ["ccdf", "paths", "reserve", "split", "memory"])
def test_a_plot_draws_the_result_into_the_axes_given(finish, monkeypatch, name):
    result = finish(10)
    drawn = SimpleNamespace(**{name: lambda *given, **options: (given, options)})
    monkeypatch.setitem(sys.modules, "sim.plots", drawn)
    assert getattr(result.plot, name)(ax="axes", pool="bio") == ((result,), {"ax": "axes", "pool": "bio"})


def test_the_public_names_of_the_folder_are_there():
    assert all(getattr(sim.results, name).__name__ == name for name in sim.results.__all__ if name[0].isupper())
    assert callable(sim.results.load)
    assert callable(sim.results.save)


def test_an_unknown_name_of_the_folder_is_refused():
    with pytest.raises(AttributeError, match="no attribute 'Rezult'"):
        _ = sim.results.Rezult


def test_a_result_loads_neither_pandas_nor_pyarrow_nor_matplotlib_before_they_are_needed():
    program = (
        "import sys; import sim.results.result; "
        "print([name for name in ('pandas', 'pyarrow', 'matplotlib', 'rich') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
