"""What a verb prints and keeps: a page or JSON on standard output, a folder, and one line if that cannot be done."""

import io
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

import click

from sim.cli.main import MISTAKE

if TYPE_CHECKING:
    from sim.results.page import Page

PICTURES_MISSING = 1
"""The exit code for what was kept without some of its pictures."""


class Shown(Protocol):
    """A result, or the outcome of an experiment."""

    @property
    def document(self) -> dict[str, Any]:
        """What is printed as JSON."""

    def __rich__(self) -> "Page":
        """What is printed otherwise."""


def show(shown: Shown, *, as_json: bool) -> OSError | None:
    """Print the page, or the document as JSON; give what kept it from being printed."""
    if as_json:
        text = json.dumps(shown.document, indent=2) + "\n"
    else:
        from rich.console import Console

        page = io.StringIO()
        Console(file=page, force_terminal=sys.stdout.isatty()).print(shown)
        text = page.getvalue()
    try:
        click.echo(text, nl=False)
    except OSError as error:
        return error
    return None


def check_home(ctx: click.Context, out: Path | None, home: Path) -> None:
    """End with one line unless something can be kept in `home`, or, without `out`, in the next free one like it."""
    from sim.results.place import check_place, next_free

    try:
        check_place(home if out else next_free(home))
    except OSError as error:
        fail(ctx, error, home)


def tell_kept(
    ctx: click.Context, kept: Path, *, as_json: bool, unprinted: OSError | None, undrawn: Exception | None
) -> None:
    """Say where something was kept, and what is missing there or on standard output."""
    click.echo(f"kept in {kept}", err=as_json or unprinted is not None)
    if unprinted:
        raise unprinted
    if undrawn:
        click.echo(f"mempool-sim: not all pictures could be drawn: {undrawn!r}; {kept} holds the rest", err=True)
        ctx.exit(PICTURES_MISSING)


def fail(ctx: click.Context, error: OSError, home: Path) -> NoReturn:
    """Say in one line why the results cannot be kept, and end."""
    reason = f"{error.filename or home}: {error.strerror}" if error.strerror else str(error)
    click.echo(f"mempool-sim: {reason}", err=True)
    ctx.exit(MISTAKE)
