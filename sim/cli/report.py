"""`mempool-sim report`: what was kept, printed again or as one HTML page."""

import io
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.cli.main import MISTAKE
from sim.cli.waiting import activity

if TYPE_CHECKING:
    from sim.reports import Report


@click.command(short_help="Print what was kept again, or make an HTML page of it.")
@click.argument("directory", metavar="OUT", type=click.Path(path_type=Path))
@click.option("--html", "as_html", is_flag=True, help="Write one HTML page that needs nothing else: OUT/report.html.")
@click.option("--out", "file", type=click.Path(path_type=Path), help="Write the HTML page to this file instead.")
@click.option("--json", "as_json", is_flag=True, help="Print the document of the run or experiment as JSON.")
@click.pass_context
def report(ctx: click.Context, directory: Path, as_html: bool, file: Path | None, as_json: bool) -> None:
    """Show again what a run, a comparison, a sweep, a sizing or a verification left in the directory OUT.

    Without options: the tables and the answer, as they were printed then. With --html: a page with question, answer,
    tables, plots and the data behind them, scenario, seeds, versions, digests and limits, in one file to send around.

    Nothing is overwritten: if OUT/report.html is there and differs, the page goes to the next free of report-2.html,
    ...; a file that --out names must not exist, unless it holds the same page.

    Exit status: 0 if it was shown, 2 if OUT holds neither a run nor an experiment, or the page cannot be kept.
    """
    from sim.reports import report as report_
    from sim.reports.kept import FILE
    from sim.results import NotAResultError

    try:
        found = report_(directory)
        if not (as_html or file):
            _print(found, as_json=as_json)
            return
        with activity("writing the page"):
            kept = found.save(file)
    except NotAResultError as error:
        click.echo(f"mempool-sim: {error}", err=True)
        ctx.exit(MISTAKE)
    except OSError as error:
        reason = f"{error.filename or file or directory}: {error.strerror}" if error.strerror else str(error)
        click.echo(f"mempool-sim: {reason}", err=True)
        ctx.exit(MISTAKE)
    if as_json:
        _print(found, as_json=True)
    if file is None and kept.name != FILE:
        click.echo(f"{directory / FILE} holds another page, which stays as it is", err=True)
    click.echo(kept, err=as_json)


def _print(found: "Report", *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(found.document, indent=2))
        return
    from rich.console import Console

    shown = io.StringIO()
    Console(file=shown, force_terminal=sys.stdout.isatty()).print(found)
    click.echo(shown.getvalue(), nl=False)
