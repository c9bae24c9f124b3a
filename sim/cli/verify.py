"""`mempool-sim verify`: the simulator held against theory."""

from pathlib import Path

import click

from sim.cli.output import check_home, show, tell_kept
from sim.cli.waiting import activity, counted

DISAGREES = 1
"""The exit code if a prediction differs or is not decided, or a run does not obey what it must."""


@click.command(short_help="Hold the simulator against queueing theory.")
@click.argument("scenarios", nargs=-1, metavar="[FILE|NAME...]")
@click.option(
    "--replications",
    type=click.IntRange(min=2),
    default=30,
    show_default=True,
    help="How many runs of each, with other random numbers.",
)
@click.option("--seed", type=click.IntRange(min=0, max=2**63 - 1), help="Use this seed instead of the scenarios'.")
@click.option("--jobs", type=click.IntRange(min=1), help="How many runs at once  [default: one per processor]")
@click.option(
    "--margin",
    type=click.FloatRange(min=0, max=1, min_open=True),
    help="How far from a prediction the truth may lie, relative to it, such as 0.02  "
    "[default: 0.05; 0.01 of calls/s, 0.1 of mean wait; of a share 0.002 if that is more, but no more than half of it]",
)
@click.option("--set", "settings", multiple=True, metavar="PATH=VALUE", help="Change a value of every scenario first.")
@click.option("--out", type=click.Path(path_type=Path), help="Keep the outcome, its table and a picture here.")
@click.option("--no-plots", is_flag=True, help="Draw no picture.")
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON instead of tables.")
@click.pass_context
def verify(
    ctx: click.Context,
    scenarios: tuple[str, ...],
    replications: int,
    seed: int | None,
    jobs: int | None,
    margin: float | None,
    settings: tuple[str, ...],
    out: Path | None,
    no_plots: bool,
    as_json: bool,
) -> None:
    """Hold the simulator against theory, by tests of equivalence.

    Without a scenario, a built-in set is run, in about a minute on two cores: Erlang B and C, the exact chains of
    independent failures and of on/off outages, the machine repairman. With some, files or names, each pool is held
    against the theory that covers it; where none does, it says why.

    A prediction is equivalent if the 90 % interval of the mean of the replications lies within theory plus or minus the
    margin, so that a simulator that is a margin off passes it with a probability of at most 5 %. If the interval lies
    beyond, it differs; otherwise it is not decided, which does not pass, either. One run of each scenario must also
    obey what every run must obey: elements are conserved, calls add up, Little's law holds.

    Exit status: 0 if all that theory covers is equivalent (though that be nothing), 1 if a prediction differs or is not
    decided, a run does not obey what it must, or the picture is missing, 2 if a scenario has mistakes or the outcome
    cannot be printed or kept.
    """
    from sim.experiments import verify as verify_
    from sim.scenario import advice, load_with_settings

    if settings and not scenarios:
        raise click.UsageError("--set changes scenarios, of which none is named")
    if out is not None:
        check_home(ctx, out, out)
    loaded = [load_with_settings(name, settings) for name in scenarios] or None
    if loaded and len({scenario.name for scenario in loaded}) < len(loaded):
        raise click.UsageError("two of the scenarios have the same name: their outcomes could not be told apart")
    for remark in (remark for scenario in loaded or () for remark in advice(scenario)):
        click.echo(f"warning: {remark}", err=True)
    with counted("verify") as told:
        done = verify_(loaded, replications=replications, seed=seed, margin=margin, jobs=jobs, progress=told)
    unprinted = show(done, as_json=as_json)
    if out is not None:
        missing: list[Exception] = []
        with activity("saving and drawing"):
            kept = done.save(out, plots=not no_plots, failed=lambda _, error: missing.append(error))
        undrawn = missing[0] if missing else None
        tell_kept(ctx, kept, as_json=as_json, unprinted=unprinted, undrawn=undrawn)
    elif unprinted:
        raise unprinted
    if not done.passed:
        ctx.exit(DISAGREES)
