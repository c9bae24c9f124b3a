"""Showing a figure in a notebook without pyplot."""

from functools import partial
from typing import Any

from matplotlib.figure import Figure

from sim.notebook import shell as notebook_shell


def show_below_cell(figure: Figure) -> None:
    """Show `figure` once when the notebook's cell has ended, so that all its changes are seen; elsewhere do nothing."""
    shell = notebook_shell()
    if shell is None:
        return

    def show(outcome: Any) -> None:
        shell.events.unregister("post_run_cell", show)
        if outcome.result is not figure:
            _display(figure, shell)

    shell.events.register("post_run_cell", show)


def _display(figure: Figure, shell: Any) -> None:
    from IPython.core.pylabtools import print_figure  # noqa: PLC0415  there only in a notebook
    from IPython.display import display  # noqa: PLC0415

    formatters = shell.display_formatter.formatters
    # Only pyplot teaches a notebook how to show a figure; if it has, the reader's choice of format holds.
    if not any(Figure in formatter.type_printers for formatter in formatters.values()):
        formatters["image/png"].for_type(Figure, partial(print_figure, fmt="png", base64=True))
    display(figure)  # type: ignore[no-untyped-call]
