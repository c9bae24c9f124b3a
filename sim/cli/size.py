"""`mempool-sim size`: how large a reserve must be to meet targets."""

from typing import TYPE_CHECKING

import click

from sim.cli.options import SharedOptions, experiment_options, perform, usage, warn

if TYPE_CHECKING:
    from sim.experiments.outcome import Outcome
    from sim.experiments.running.execution import Execution


@click.command(short_help="Find the smallest reserve that meets targets.")
@click.argument("scenario", metavar="FILE|NAME")
@click.option("--pool", metavar="NAME", help="The pool that is asked about  [default: that of study:, or the only one]")
@click.option(
    "--target",
    "targets",
    multiple=True,
    metavar="TARGET",
    help='What is to be met, such as "p99.9 <= 10 ms" or "P(wait) <= 1e-4"  [default: those of study:]',
)
@click.option("--confidence", type=click.FloatRange(0.5, 0.9999), default=0.95, show_default=True)
@click.option(
    "--most", type=click.IntRange(1, 1_000_000), default=4096, show_default=True, help="The largest min_nr to try."
)
@experiment_options
@click.pass_context
def size(
    ctx: click.Context,
    asked: SharedOptions,
    scenario: str,
    pool: str | None,
    targets: tuple[str, ...],
    confidence: float,
    most: int,
) -> None:
    """Find the smallest min_nr of a pool that meets every target, at the confidence asked.

    Each size is run 10, 20, 40, ... up to --replications times (160 unless the file's study: says otherwise), until it
    is plain whether it meets the targets; what is found is checked by other replications, against the next smaller
    size, too. Finished runs are kept in the folder runs beside the outcome: after a kill, or with more --replications,
    the same command goes on from them.

    Exit status: 0 if there is an answer, be it that no size helps or that two cannot be told apart; 1 if pictures are
    missing, 2 if the scenario has mistakes or the outcome cannot be printed or kept.
    """
    from sim.experiments.sizing.size import asked_of, replications_of
    from sim.experiments.sizing.size import size as size_
    from sim.scenario import load_with_settings

    loaded = load_with_settings(scenario, asked.settings)
    with usage():
        chosen, read = asked_of(loaded, pool, targets)
        replications_of(loaded, asked.replications)
    warn([loaded])

    def experiment(execution: "Execution") -> "Outcome":
        return size_(loaded, chosen, read, confidence=confidence, most=most, execution=execution)

    perform(ctx, asked, f"{loaded.name}-sizing", experiment)
