"""The words in a picture: what it shows, of which run, and who is who."""

import re
from collections.abc import Sequence
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from matplotlib.axes import Axes
from matplotlib.legend_handler import HandlerTuple
from matplotlib.ticker import NullLocator

from sim.plots.style import is_own
from sim.results.quantile import Share
from sim.results.table import percent
from sim.units import format_count, format_duration

if TYPE_CHECKING:
    from matplotlib.axes._secondary_axes import SecondaryAxis

    from sim.results.result import Result

_TOP = "mempool-sim top"
_GAP_POINTS = 5
WARM_UP: dict[str, Any] = {"facecolor": "none", "edgecolor": "0.45", "hatch": "\\\\\\", "linewidth": 0.5}
"""How the time that is left out looks: the properties of a patch."""
ONSET: dict[str, Any] = {"color": "#c00000", "linestyle": (0, (6, 1.5, 1, 1.5)), "linewidth": 1.4}
"""How the onset of a crawl or a deadlock looks: the properties of a line."""

_NO_BREAK = "\N{NO-BREAK SPACE}"
_PATH_JOINTS = re.compile(r"(?<=[/_\- ])|(?<=\.)(?!\d)")
_AFTER_NUMBER = re.compile(r"(?<=\d) ")
_NAME_CHARACTERS = 34
_NOTE_CHARACTERS = 96
_TITLE_CHARACTERS = 58
_LONGEST_WORD = 12


def provenance(result: "Result") -> str:
    """Say of which run a picture is: the scenario, the seed, that it is one run, how long, and what was left out."""
    document = result.document
    warmup_ns = document["warmup_ns"]
    left_out = f", the first {format_duration(warmup_ns)} left out" if warmup_ns else ""
    length = f"{format_duration(document['duration_ns'])} simulated{left_out}"
    return f"{result.name}: single run, seed {result.seed} (others differ), {length}"


def caption(
    ax: Axes, title: str, note: str, characters: int = _NOTE_CHARACTERS, title_characters: int = _TITLE_CHARACTERS
) -> None:
    """Write `title` above `ax` and `note` below it; a second note, of a second run in the same Axes, joins the first.

    `characters` is the most in a line of the note, `title_characters` in one of the title.
    """
    top = top_of(ax)
    lines = max(1, -(-len(note) // characters))
    # Lines of like length, not a long one and a single word.
    before, added = top.get_xlabel(), wrapped(note, min(characters, len(note) // lines + _LONGEST_WORD))
    notes = before if added in before else f"{before}\n{added}".strip()
    top.set_xlabel(notes, fontsize=8, color="0.3", labelpad=_GAP_POINTS)
    ax.set_title(wrapped(title, title_characters))


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
    # A logarithmic axis of `ax` hands on its ticks between the decades.
    top.xaxis.set_minor_locator(NullLocator())
    return top


def name_of(pool: str, task: str) -> str:
    """Name a task class of a pool."""
    return f"{pool} / {task}"


def wrapped(text: str, characters: int = _NAME_CHARACTERS) -> str:
    """Break a long text into lines, but not between a number and what it counts."""
    held = _AFTER_NUMBER.sub(_NO_BREAK, text)
    return "\n".join(wrap(held, characters)).replace(_NO_BREAK, " ") or text


def wrapped_path(path: str, characters: int = _NAME_CHARACTERS) -> str:
    """Break a long dotted path, or another name, after a dot, a slash, an underscore, a hyphen or at a space."""
    lines = [""]
    for part in _PATH_JOINTS.split(_AFTER_NUMBER.sub(_NO_BREAK, path)):
        if lines[-1] and len(lines[-1] + part) > characters:
            lines.append("")
        lines[-1] += part
    return "\n".join(wrapped(line.strip().replace(_NO_BREAK, " "), characters) for line in lines)


def calls(count: int) -> str:
    """Write a number of calls."""
    return "1 call" if count == 1 else f"{format_count(count)} calls"


def percentage(count: int, of: int, possible: bool = True) -> str:
    """Write `count` of `of` in percent as the tables do: never rounded to all, a bound if `possible` but not seen."""
    share = Share(count, of, possible)
    return f"{percent({'share': share.share, 'of': of, 'at_most': share.at_most})} %"


def say_empty(ax: Axes, text: str) -> None:
    """Write `text` into the middle of `ax`, which has nothing else to show."""
    written = ax.text(0.5, 0.5, text, transform=ax.transAxes, ha="center", va="center", color="0.3")
    written.set_bbox({"facecolor": "white", "edgecolor": "none"})


def legend(
    ax: Axes, handles: Sequence[Any] | None = None, title: str | None = None, beside: float | None = None
) -> None:
    """Put the legend to the right of `ax`; without `handles`, of everything in it that has a label.

    A handle may be a tuple, of which all are shown, with the label of the first.
    `beside`: where it begins, in widths of `ax`, if something else stands at its edge.

    In a figure of the reader's own there may be no room at the right, so there it goes into `ax`.
    """
    found = list(handles) if handles is not None else ax.get_legend_handles_labels()[0]
    if not found:
        return
    right: dict[str, Any] = {"loc": "upper left", "borderaxespad": 0, "borderpad": 0}
    right["bbox_to_anchor"] = (beside or 1.01, 1)
    inside: dict[str, Any] = {"loc": "best", "frameon": True, "facecolor": "white", "edgecolor": "none"}
    labels = [str((handle[0] if isinstance(handle, tuple) else handle).get_label()) for handle in found]
    several: dict[Any, Any] = {tuple: HandlerTuple(ndivide=None)}
    place = right if is_own(ax) else inside
    ax.legend(found, labels, title=title, alignment="left", handler_map=several, **place)


def shade_warmup(ax: Axes, result: "Result", label: str = "") -> None:
    """Hatch the warm-up in an Axes whose x is the simulated time."""
    if result.document["warmup_ns"]:
        ax.axvspan(0, result.document["warmup_ns"], zorder=3, label=label, **WARM_UP)


def mark_onset(ax: Axes, result: "Result", *, labelled: bool) -> None:
    """Mark since when the run has crawled or been deadlocked in an Axes whose x is the simulated time."""
    verdict = result.verdict
    if verdict.since_ns is not None:
        label = f"{verdict.word} since {format_duration(verdict.since_ns)}" if labelled else ""
        ax.axvline(verdict.since_ns, zorder=4, label=label, **ONSET)
