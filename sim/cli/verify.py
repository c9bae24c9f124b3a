"""`mempool-sim verify`: the simulator held against theory."""

from typing import TYPE_CHECKING

import click

from sim.cli.options import SharedOptions, experiment_options, perform, warn

if TYPE_CHECKING:
    from sim.experiments import Verification
    from sim.experiments.running.execution import Execution

DISAGREES = 1
"""The exit code if a prediction differs or is not decided, or a run does not obey what it must."""


@click.command(short_help="Hold the simulator against queueing theory.")
@click.argument("scenarios", nargs=-1, metavar="[FILE|NAME...]")
@click.option(
    "--margin",
    type=click.FloatRange(min=0, max=1, min_open=True),
    help="How far from a prediction the truth may lie, relative to it, such as 0.02  "
    "[default: 0.05; 0.01 of calls/s, 0.1 of mean wait; of a share 0.002 if that is more, but no more than half of it]",
)
@experiment_options
@click.pass_context
def verify(ctx: click.Context, asked: SharedOptions, scenarios: tuple[str, ...], margin: float | None) -> None:
    """Hold the simulator against theory, by tests of equivalence.

    Without a scenario, a built-in set is run: Erlang B and C, the exact chains of independent failures and of on/off
    outages, the machine repairman. With some, files or names, each pool is held against the theory that covers it;
    where none does, it says why. There are 30 replications unless --replications says otherwise. Finished runs are kept
    in the folder runs beside the outcome: after a kill, or with more --replications, the same command goes on from
    them.

    A prediction is equivalent if the 90 % interval of the mean of the replications lies within theory plus or minus the
    margin, so that a simulator that is a margin off passes it with a probability of at most 5 %. If the interval lies
    beyond, it differs; otherwise it is not decided, which does not pass, either. One run of each scenario must also
    obey what every run must obey: elements are conserved, calls add up, Little's law holds.

    Exit status: 0 if all that theory covers is equivalent (though that be nothing), 1 if a prediction differs or is not
    decided, a run does not obey what it must, or the picture is missing, 2 if a scenario has mistakes or the outcome
    cannot be printed or kept.
    """
    from sim.experiments import verify as verify_
    from sim.scenario import load_with_settings

    if asked.settings and not scenarios:
        raise click.UsageError("--set changes scenarios, of which none is named")
    if asked.replications == 1:
        raise click.UsageError("expected two or more --replications: one run has no interval")
    loaded = [load_with_settings(name, asked.settings) for name in scenarios]
    if len({scenario.name for scenario in loaded}) < len(loaded):
        raise click.UsageError("two of the scenarios have the same name: their outcomes could not be told apart")
    warn(loaded)

    def experiment(execution: "Execution") -> "Verification":
        return verify_(loaded or None, margin=margin, execution=execution)

    done = perform(ctx, asked, "-".join([*(scenario.name for scenario in loaded), "verification"]), experiment)
    if not done.passed:
        ctx.exit(DISAGREES)
