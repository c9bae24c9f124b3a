"""Labels beside points, placed so that none lies over another, over a point, or beyond the edge."""

import itertools
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

_FONT_SIZE = 7.5
_NEAR, _FAR, _DIAGONAL = 5.0, 13.0, 0.7
# Half of a point, which is nearer than any label, and the boxes that cover a line.
_POINT, _STEP = 3.0, 4.0
_EDGE = 2.0
# Where a label may stand about its point, the best first: to the right or left, and above or below.
_PLACES = ((1, 1), (-1, 1), (1, -1), (-1, -1), (1, 0), (-1, 0), (0, 1), (0, -1))
_ACROSS = {1: "left", 0: "center", -1: "right"}
_UP = {1: "bottom", 0: "center", -1: "top"}

Floats = NDArray[np.float64]

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
    where = axes.transData.transform([(point.x, point.y) for point in points]) if points else np.empty((0, 2))
    occupied = [_about(middle, _POINT * scale) for middle in where]
    avoided = _along(axes, line, _STEP * scale)
    left_out = 0
    for point, middle in zip(points, where, strict=True):
        width, height = _size(axes, point.text)
        places = [
            (right, up, distance, _box(middle, right, up, _reach(right, up, distance) * scale, width, height))
            for distance in (_NEAR, _FAR)
            for right, up in _PLACES
        ]
        inside = [place for place in places if _is_inside(axes, place[3], _EDGE * scale)]
        chosen = next((place for place in inside if _is_free(place[3], [*occupied, *avoided])), None)
        if chosen is None and point.needed:
            chosen = next((place for place in inside if _is_free(place[3], occupied)), None)
        if chosen is None:
            left_out += 1
        else:
            occupied.append(chosen[3])
            _write(axes, point, *chosen[:3])
    return left_out


def _about(middle: Floats, half: float) -> Floats:
    """The box about a point: left, lower, right and upper edge, in pixels."""
    box: Floats = np.concatenate([middle - half, middle + half])
    return box


def _along(axes: Axes, line: Sequence[Sequence[float]], step: float) -> list[Floats]:
    """Cover a line with small boxes."""
    boxes = []
    corners = [axes.transData.transform(point) for point in line]
    for start, end in itertools.pairwise(corners):
        parts = max(1, int(np.hypot(*(end - start)) / step))
        boxes += [_about(start + (end - start) * part / parts, step / 3) for part in range(parts + 1)]
    return boxes


def _size(axes: Axes, text: str) -> tuple[float, float]:
    """Width and height of a label in pixels."""
    tried = axes.text(0, 0, text, fontsize=_FONT_SIZE)
    box = tried.get_window_extent()
    tried.remove()
    return box.width, box.height


def _reach(right: int, up: int, distance: float) -> float:
    """How far a label is from its point in each direction, in points."""
    return distance if not right or not up else _DIAGONAL * distance


def _box(middle: Floats, right: int, up: int, reach: float, width: float, height: float) -> Floats:
    """What a label covers that stands to the `right` (1, 0 or -1) and above (`up`) its point."""
    left = float(middle[0]) + right * reach - width * (1 - right) / 2
    lower = float(middle[1]) + up * reach - height * (1 - up) / 2
    return np.array([left, lower, left + width, lower + height])


def _is_inside(axes: Axes, box: Floats, margin: float) -> bool:
    edge = axes.bbox
    lower = box[0] >= edge.x0 + margin and box[1] >= edge.y0 + margin
    return bool(lower and box[2] <= edge.x1 - margin and box[3] <= edge.y1 - margin)


def _is_free(box: Floats, occupied: list[Floats]) -> bool:
    others = np.array(occupied)
    return not bool(np.any(np.all((others[:, :2] < box[2:]) & (others[:, 2:] > box[:2]), axis=1)))


def _write(axes: Axes, point: Labelled, right: int, up: int, distance: float) -> None:
    reach = _reach(right, up, distance)
    leader = {"arrowstyle": "-", "color": "0.6", "linewidth": 0.6, "shrinkA": 0, "shrinkB": 2}
    text = axes.annotate(
        point.text,
        (point.x, point.y),
        (right * reach, up * reach),
        textcoords="offset points",
        ha=_ACROSS[right],
        va=_UP[up],
        fontsize=_FONT_SIZE,
        color="0.15",
        gid=LABEL,
        arrowprops=leader if distance > _NEAR else None,
    )
    # It is placed in the room that there is, which must not change for its sake.
    text.set_in_layout(False)
