"""Labels beside points, placed so that none lies over another, over a point, or beyond the edge."""

import itertools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Annotation
from matplotlib.transforms import Bbox
from numpy.typing import NDArray

_NEAR, _FAR = 5.0, 13.0
# Half of a point, which is nearer than any label, and the boxes that cover a line.
_POINT, _STEP = 3.0, 4.0
_EDGE = 2.0
# Where a label may stand about its point, the best first: to the right or left, and above or below.
_PLACES = ((1, 1), (-1, 1), (1, -1), (-1, -1), (1, 0), (-1, 0), (0, 1), (0, -1))
_ACROSS = {1: "left", 0: "center", -1: "right"}
_UP = {1: "bottom", 0: "center", -1: "top"}

LABEL = "mempool-sim label"


class Labelled(NamedTuple):
    """A point in the units of the axes and what is written beside it.

    `needed`: rather across the line than not at all.
    """

    x: float
    y: float
    text: str
    needed: bool = True


def place_labels(axes: Axes, points: Sequence[Labelled], line: Sequence[Sequence[float]] = ()) -> int:
    """Write the label of each point beside it, the first ones first; return how many found no room.

    Labels keep clear of `line`. Call it last: the figure is laid out to know the room.
    """
    root = axes.figure
    while not isinstance(root, Figure):
        root = root.figure
    root.draw_without_rendering()
    scale = root.dpi / 72
    edge = axes.bbox.padded(-_EDGE * scale)
    occupied = [_around(axes, (point.x, point.y), _POINT * scale) for point in points]
    avoided = _along(axes, line, _STEP * scale)
    left_out = 0
    for point in points:
        box = _place(axes, point, [*occupied, *avoided], edge) or (
            _place(axes, point, occupied, edge) if point.needed else None
        )
        if box is None:
            left_out += 1
        else:
            occupied.append(box)
    return left_out


def _along(axes: Axes, line: Sequence[Sequence[float]], step: float) -> list[Bbox]:
    """Cover a line with small boxes."""
    boxes: list[Bbox] = []
    corners = [axes.transData.transform(point) for point in line]
    for start, end in itertools.pairwise(corners):
        parts = max(1, int(np.hypot(*(end - start)) / step))
        boxes += [_box(start + (end - start) * part / parts, step / 3) for part in range(parts + 1)]
    return boxes


def _around(axes: Axes, point: tuple[float, float], half: float) -> Bbox:
    return _box(axes.transData.transform(point), half)


def _box(middle: NDArray[np.float64], half: float) -> Bbox:
    across, up = map(float, middle)
    return Bbox.from_extents(across - half, up - half, across + half, up + half)


def _place(axes: Axes, point: Labelled, occupied: list[Bbox], edge: Bbox) -> Bbox | None:
    """Write one label where there is room and return what it covers; None if there is none."""
    for distance in (_NEAR, _FAR):
        for right, up in _PLACES:
            text = _written(axes, point, right, up, distance)
            box = text.get_window_extent()
            inside = edge.x0 <= box.x0 and edge.x1 >= box.x1 and edge.y0 <= box.y0 and edge.y1 >= box.y1
            if inside and not any(box.overlaps(other) for other in occupied):
                return box
            text.remove()
    return None


def _written(axes: Axes, point: Labelled, right: int, up: int, distance: float) -> Annotation:
    reach = distance if not right or not up else 0.7 * distance
    leader = {"arrowstyle": "-", "color": "0.6", "linewidth": 0.6, "shrinkA": 0, "shrinkB": 2}
    text = axes.annotate(
        point.text,
        (point.x, point.y),
        (right * reach, up * reach),
        textcoords="offset points",
        ha=_ACROSS[right],
        va=_UP[up],
        fontsize=7.5,
        color="0.15",
        gid=LABEL,
        arrowprops=leader if distance > _NEAR else None,
    )
    # It is placed in the room that there is, which must not change for its sake.
    text.set_in_layout(False)
    return text
