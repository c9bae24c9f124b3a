"""The words in a picture: what it shows, of which run, and who is who."""

from collections.abc import Sequence
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from matplotlib.axes import Axes

from sim.units import format_count, format_duration

if TYPE_CHECKING:
    from matplotlib.axes._secondary_axes import SecondaryAxis

    from sim.results.result import Result

_TOP = "mempool-sim top"
_GAP_POINTS = 5
WARM_UP: dict[str, Any] = {"facecolor": "none", "edgecolor": "0.45", "hatch": "\\\\\\", "linewidth": 0.5}
"""How the time that is left out looks: the properties of a patch."""

_NAME_CHARACTERS = 34
_NOTE_CHARACTERS = 92
_TITLE_CHARACTERS = 64


def provenance(result: "Result") -> str:
    """Say of which run a picture is: the scenario, the seed, that it is one run, how long, and what was left out."""
    document = result.document
    warmup_ns = document["warmup_ns"]
    left_out = f", the first {format_duration(warmup_ns)} left out" if warmup_ns else ""
    length = f"{format_duration(document['duration_ns'])} simulated{left_out}"
    return f"{result.name}: single run, seed {result.seed}, {length}"


def caption(ax: Axes, title: str, note: str, above_points: float = 0, characters: int = _NOTE_CHARACTERS) -> None:
    """Write `title` above `ax` and `note` below it; a second note, of a second run in the same Axes, joins the first.

    `above_points` is the height to keep free between the Axes and the note, `characters` the most in a line of it.
    """
    top = top_of(ax)
    lines = [line for line in top.get_xlabel().split("\n") if line]
    lines += [line for line in wrap(note, characters) if line not in lines]
    top.set_xlabel("\n".join(lines), fontsize=8, color="0.3", labelpad=_GAP_POINTS + above_points)
    ax.set_title(wrapped(title, _TITLE_CHARACTERS))


def top_of(ax: Axes) -> "SecondaryAxis":
    """Return the axis along the upper edge of `ax`, which matplotlib keeps clear of the title, whoever sets it."""
    for child in ax.child_axes:
        if child.get_gid() == _TOP:
            return child  # type: ignore[return-value]
    top = ax.secondary_xaxis("top")
    top.set_gid(_TOP)
    top.spines["top"].set_visible(False)
    top.tick_params(which="both", length=0, labelsize=8, labelcolor="0.2", pad=2)
    top.set_xticks([])
    return top


def name_of(pool: str, task: str) -> str:
    """Name a task class of a pool."""
    return f"{pool} / {task}"


def wrapped(text: str, characters: int = _NAME_CHARACTERS) -> str:
    """Break a long text into lines."""
    return "\n".join(wrap(text, characters)) or text


def calls(count: int) -> str:
    """Write a number of calls."""
    return "1 call" if count == 1 else f"{format_count(count)} calls"


def say_empty(ax: Axes, text: str) -> None:
    """Write `text` into the middle of `ax`, which has nothing else to show."""
    written = ax.text(0.5, 0.5, text, transform=ax.transAxes, ha="center", va="center", color="0.3")
    written.set_bbox({"facecolor": "white", "edgecolor": "none"})


def legend(ax: Axes, handles: Sequence[Any] | None = None, title: str | None = None) -> None:
    """Put the legend to the right of `ax`; without `handles`, of everything in it that has a label."""
    found = list(handles) if handles is not None else ax.get_legend_handles_labels()[0]
    if found:
        ax.legend(
            handles=found,
            loc="upper left",
            bbox_to_anchor=(1.01, 1),
            borderaxespad=0,
            borderpad=0,
            title=title,
            alignment="left",
        )


def shade_warmup(ax: Axes, result: "Result", label: str = "") -> None:
    """Hatch the warm-up in an Axes whose x is the simulated time."""
    if result.document["warmup_ns"]:
        ax.axvspan(0, result.document["warmup_ns"], zorder=3, label=label, **WARM_UP)
