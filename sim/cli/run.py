"""`mempool-sim run`: simulate one scenario, print what came out, keep it."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from sim.results import Result
    from sim.scenario import Scenario


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

    Exit status: 0 if it ran, 2 if the scenario has mistakes or the results cannot be kept.
    """
    from sim.scenario import advice, load_with_settings

    loaded = load_with_settings(scenario, settings)
    seed = loaded.seed if seed is None else seed
    for remark in advice(loaded):
        click.echo(f"warning: {remark}", err=True)
    try:
        home = out or _free(Path("results") / f"{loaded.name}-{seed}")
        _check_writable(home)
        result = _simulate(loaded, seed)
        _keep(result, home, plots=not no_plots)
    except OSError as error:
        click.echo(f"mempool-sim: {_reason(error)}", err=True)
        ctx.exit(2)
    if as_json:
        click.echo(json.dumps(result.document, indent=2))
    else:
        from rich.console import Console

        Console().print(result)
    click.echo(f"kept in {home}", err=as_json)


def _free(home: Path) -> Path:
    """The folder, or the first of FOLDER-2, FOLDER-3, ... that is not there."""
    number, free = 1, home
    while free.exists():
        number += 1
        free = home.with_name(f"{home.name}-{number}")
    return free


def _check_writable(home: Path) -> None:
    """Find out before a long run, not after it, that its results cannot be kept."""
    from sim.results.store import refuse_existing

    refuse_existing(home)
    home.parent.mkdir(parents=True, exist_ok=True)


def _simulate(scenario: "Scenario", seed: int) -> "Result":
    with _progress(f"{scenario.name}, seed {seed}") as progress:
        return scenario.run(seed=seed, progress=progress)


@contextmanager
def _progress(title: str) -> Iterator[Callable[[float], None] | None]:
    """A bar on a terminal, told the share that is done."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=1.0)
        yield lambda share: bar.update(task, completed=share)


def _keep(result: "Result", home: Path, *, plots: bool) -> None:
    """Write the result; a picture that cannot be drawn does not cost the user the run."""
    from sim.results.store import save

    failed: list[Exception] = []

    def draw(unfinished: Path) -> None:
        from sim.plots import save_all

        try:
            save_all(result, unfinished)
        except Exception as error:  # noqa: BLE001  whatever it is, the data are worth more
            failed.append(error)

    save(result, home, also=draw if plots else None)
    if failed:
        click.echo(f"mempool-sim: not all pictures could be drawn: {failed[0]!r}; {home} holds the rest", err=True)


def _reason(error: OSError) -> str:
    """What went wrong, in one line."""
    return f"{error.filename}: {error.strerror}" if error.strerror else str(error)
