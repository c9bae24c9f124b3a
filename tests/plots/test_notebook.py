"""A notebook shows a new figure once, below its cell."""

import nbformat
import pytest
from nbclient import NotebookClient

CELLS = {
    "setup": """
import matplotlib
from sim.engine.recording import CallLog, PoolTotals, Recording
from sim.kernel.call import Path
from sim.results.result import Result
from sim.results.verdict import Verdict, Word
from sim.plots import ccdf, paths
log = CallLog(10**9)
log.short(5, 1000, log.kind("bio", "writer", "GFP_NOIO"), Path.FIRST, 1)
log.finish()
series = [(10**9, "bio", 2.0, 1, 2, 0.0, 0, 0, 0.0)]
served = Verdict(Word.SERVED, ("nobody waited",))
recording = Recording(log, series, {"bio": PoolTotals(2, 2.0, 1, 0)}, 10**9, 0, 0.1, served)
result = Result.of(recording, name="n", seed=1, scenario={})
""",
    "last": "ccdf(result)",
    "not last": "axes = ccdf(result)\naxes.set_title('changed later')\nNone",
    "panels": "paths(result)",
    "figure": "ccdf(result).figure",
    "two": "ccdf(result); paths(result);",
    "given": "from matplotlib.figure import Figure\nccdf(result, ax=Figure().subplots());",
    "after pyplot": "import matplotlib.pyplot as plt\nfigure, axes = plt.subplots()\nccdf(result, ax=axes);",
    "new after pyplot": "ccdf(result);",
}
PICTURES = {
    "last": 1,
    "not last": 1,
    "panels": 1,
    "figure": 1,
    "two": 2,
    "given": 0,
    "after pyplot": 1,
    "new after pyplot": 1,
}


@pytest.mark.filterwarnings("ignore")
def test_a_new_figure_is_shown_once_below_its_cell():
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in CELLS.values()])
    NotebookClient(notebook, timeout=120).execute()
    shown = {
        name: sum("image/png" in output.get("data", {}) for output in cell.outputs)
        for name, cell in zip(CELLS, notebook.cells, strict=True)
    }
    assert shown == {"setup": 0, **PICTURES}
