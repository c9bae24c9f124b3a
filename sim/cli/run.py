"""`mempool-sim run`: simulate one scenario, print what came out, keep it."""

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sim.cli.output import check_home, fail, show, tell_kept
from sim.cli.waiting import activity, progress

if TYPE_CHECKING:
    from sim.results import Result


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
    from sim.scenario import advice, load_with_settings

    loaded = load_with_settings(scenario, settings)
    if loaded.study and loaded.study.verb:
        click.echo(f"this file asks a question: mempool-sim {loaded.study.verb} {scenario}", err=True)
    seed = loaded.seed if seed is None else seed
    for remark in advice(loaded):
        click.echo(f"warning: {remark}", err=True)
    home = out or Path("results") / f"{loaded.name}-{seed}"
    check_home(ctx, out, home)
    with progress(f"{loaded.name}, seed {seed}") as told, warnings.catch_warnings():
        # The advice above has told them, with their place in the file.
        warnings.simplefilter("ignore", KernelWarning)
        result = loaded.run(seed=seed, progress=told)
    # A run that cannot be kept is still seen, and one that cannot be seen is still kept.
    unprinted = show(result, as_json=as_json)
    try:
        kept, undrawn = _keep(result, home, numbered=out is None, plots=not no_plots)
    except OSError as error:
        fail(ctx, error, home)
    tell_kept(ctx, kept, as_json=as_json, unprinted=unprinted, undrawn=undrawn)


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
