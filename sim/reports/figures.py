"""Pictures of a page, with the data behind them."""

import base64
import struct
from collections.abc import Iterator, Sequence

from sim.reports.content import Figure
from sim.reports.markup import Markup, element
from sim.reports.tables import data_behind

_DENSITY = 1.4
"""Pixels of a picture for one of the page: its text is then as large as that around it."""


_NARROWEST = 0.67
"""How much smaller a picture may become on a phone, before it scrolls in its box."""


def figures(several: Sequence[Figure]) -> Iterator[Markup]:
    """Yield the pictures; data that several of them show are there once, and so is how to read them."""
    seen: dict[str, str] = {}
    read: set[str] = set()
    for number, figure in enumerate(several, 1):
        anchor = f"data-{number}"
        text = figure.data.text if figure.data else ""
        yield _figure(figure, anchor, seen.get(text), told=figure.reading in read)
        read.add(figure.reading)
        if text:
            seen.setdefault(text, anchor)


def _size(png: bytes) -> tuple[int, int]:
    """Width and height of a picture on the page, in CSS pixels."""
    width, height = struct.unpack(">II", png[16:24])
    return round(width / _DENSITY), round(height / _DENSITY)


def _figure(figure: Figure, anchor: str, elsewhere: str | None, *, told: bool) -> Markup:
    parts = [element("h3", figure.title)]
    if figure.png is None:
        parts.append(element("p", "There is no picture here; these are its data.", class_="missing"))
    else:
        coded = base64.b64encode(figure.png).decode()
        width, height = _size(figure.png)
        image = element(
            "img",
            src=f"data:image/png;base64,{coded}",
            alt=figure.alt,
            width=str(width),
            height=str(height),
            # A picture is no larger than it was drawn, and on a phone no smaller than can be read.
            style=f"width: min(100%, {width}px); min-width: {round(width * _NARROWEST)}px",
        )
        parts.append(element("div", image, class_="picture", tabindex="0", role="region", aria_label=figure.title))
    if figure.reading and not told:
        parts.append(element("figcaption", figure.reading))
    if figure.data and elsewhere:
        parts.append(element("p", "Its data are ", element("a", "those above", href=f"#{elsewhere}"), "."))
    elif figure.data:
        parts.append(data_behind(figure.data, anchor))
    return element("figure", *parts)
