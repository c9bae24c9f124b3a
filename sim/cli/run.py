"""`mempool-sim run`: simulate one scenario, print what came out, keep it."""

import io
import json
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from sim.cli.main import MISTAKE
from sim.cli.waiting import activity, progress

if TYPE_CHECKING:
    from sim.results import Result

PICTURES_MISSING = 1
"""The exit code for a run that was kept without some of its pictures."""


@click.command(short_help="Run a scenario; print a table, keep events and plots.")
@click.argument("scenario", metavar="FILE|NAME")
@click.option("--set", "settings", multiple=True, metavar="PATH=VALUE", help="Change a value of the scenario first.")
@click.option("--seed", type=click.IntRange(min=0, max=2**63 - 1), help="Use this seed instead of the scenario's.")
@click.option("--out", type=click.Path(path_type=Path), help="Where to keep the results  [default: results/NAME-SEED]")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON instead of tables.")
@click.option("--no-plots", is_flag=True, help="Draw no pictures.")
@click.pass_context
def run(
    ctx: click.Context,
    scenario: str,
    settings: tuple[str, ...],
    seed: int | None,
    out: Path | None,
    as_json: bool,
    no_plots: bool,
) -> None:
    """Run a scenario, a file or one by its name; print a table, keep events, series, summary and plots.

    Nothing is overwritten: without --out, a run whose folder is taken goes to the next free one (NAME-SEED-2, ...);
    with it, the folder must not exist or be empty.

    Exit status: 0 if it ran and all was kept, 1 if pictures are missing (the data are kept), 2 if the scenario has
    mistakes, or the results cannot be printed or kept.
    """
    from sim.kernel import KernelWarning
    from sim.results.place import check_place, next_free
    from sim.scenario import advice, load_with_settings

    loaded = load_with_settings(scenario, settings)
    if loaded.study and loaded.study.verb:
        click.echo(f"this file asks a question: mempool-sim {loaded.study.verb} {scenario}", err=True)
    seed = loaded.seed if seed is None else seed
    for remark in advice(loaded):
        click.echo(f"warning: {remark}", err=True)
    home = out or Path("results") / f"{loaded.name}-{seed}"
    try:
        check_place(home if out else next_free(home))
    except OSError as error:
        _fail(ctx, error, home)
    with progress(f"{loaded.name}, seed {seed}") as told, warnings.catch_warnings():
        # The advice above has told them, with their place in the file.
        warnings.simplefilter("ignore", KernelWarning)
        result = loaded.run(seed=seed, progress=told)
    # A run that cannot be kept is still seen, and one that cannot be seen is still kept.
    unprinted = _print(result, as_json=as_json)
    try:
        kept, undrawn = _keep(result, home, numbered=out is None, plots=not no_plots)
    except OSError as error:
        _fail(ctx, error, home)
    click.echo(f"kept in {kept}", err=as_json or unprinted is not None)
    if unprinted:
        raise unprinted
    if undrawn:
        click.echo(f"mempool-sim: not all pictures could be drawn: {undrawn!r}; {kept} holds the rest", err=True)
        ctx.exit(PICTURES_MISSING)


def _print(result: "Result", *, as_json: bool) -> OSError | None:
    """Print the tables, or the summary as JSON; give what kept it from being printed."""
    if as_json:
        text = json.dumps(result.document, indent=2) + "\n"
    else:
        from rich.console import Console

        page = io.StringIO()
        Console(file=page, force_terminal=sys.stdout.isatty()).print(result)
        text = page.getvalue()
    try:
        click.echo(text, nl=False)
    except OSError as error:
        return error
    return None


def _keep(result: "Result", home: Path, *, numbered: bool, plots: bool) -> tuple[Path, Exception | None]:
    """Write the result; gives where, and why pictures are missing: one that cannot be drawn does not cost the run."""
    from sim.results.store import save

    failed: list[Exception] = []
    with activity("saving") as doing:

        def draw(unfinished: Path) -> None:
            from sim.plots import save_all

            doing("drawing")
            try:
                save_all(result, unfinished)
            except Exception as error:  # noqa: BLE001  whatever it is, the data are worth more
                failed.append(error)

        kept = save(result, home, also=draw if plots else None, numbered=numbered)
    return kept, failed[0] if failed else None


def _fail(ctx: click.Context, error: OSError, home: Path) -> NoReturn:
    """Say in one line why the results cannot be kept, and end."""
    reason = f"{error.filename or home}: {error.strerror}" if error.strerror else str(error)
    click.echo(f"mempool-sim: {reason}", err=True)
    ctx.exit(MISTAKE)
