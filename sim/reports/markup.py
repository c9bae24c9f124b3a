"""HTML from Python values: whatever is not markup already is escaped on its way in."""

from collections.abc import Iterable
from html import escape

_VOID = frozenset({"img", "meta"})


class Markup(str):
    """Text that is HTML. Adding other text to it gives mere text, which is escaped: that shows, and is harmless."""

    __slots__ = ()


def element(tag: str, *children: str, **attributes: str | None) -> Markup:
    """Return an element with these children and attributes, escaped unless they are Markup.

    ``class_`` stands for class, ``aria_label`` for aria-label; an attribute that is None is left out.
    """
    written = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(value)}"'
        for name, value in attributes.items()
        if value is not None
    )
    return Markup(f"<{tag}{written}>" if tag in _VOID else f"<{tag}{written}>{together(children)}</{tag}>")


def together(children: Iterable[str]) -> Markup:
    """Return children one after the other, escaped unless they are Markup."""
    return Markup("".join(child if isinstance(child, Markup) else escape(child) for child in children))


def listed(items: Iterable[str], tag: str = "ul", **attributes: str | None) -> Markup:
    """Return a list of items; nothing if there are none."""
    written = [element("li", item) for item in items]
    return element(tag, *written, **attributes) if written else Markup()
