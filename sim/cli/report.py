"""`mempool-sim report`: what was kept, printed again or as one HTML page."""

from errno import EPIPE
from pathlib import Path

import click

from sim.cli.main import MISTAKE
from sim.cli.output import fail, show
from sim.cli.waiting import activity


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
            unprinted = show(found, as_json=as_json)
            if unprinted:
                raise unprinted
            return
        with activity("writing the page"):
            kept = found.save(file)
    except NotAResultError as error:
        click.echo(f"mempool-sim: {error}", err=True)
        ctx.exit(MISTAKE)
    except OSError as error:
        if error.errno == EPIPE:
            raise
        fail(ctx, error, file or directory)
    unprinted = show(found, as_json=True) if as_json else None
    if file is None and kept.name != FILE:
        click.echo(f"{directory / FILE} holds another page, which stays as it is", err=True)
    click.echo(kept, err=as_json)
    if unprinted:
        raise unprinted
