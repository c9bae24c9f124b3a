"""`mempool-sim sweep`: how measures change with what is varied."""

from typing import TYPE_CHECKING

import click

from sim.cli.options import SharedOptions, experiment_options, perform, usage, warn

if TYPE_CHECKING:
    from sim.experiments.outcome import Outcome
    from sim.experiments.running.execution import Execution
    from sim.scenario.study import LatinHypercubeSpec


@click.command(short_help="Run a scenario at many points, with intervals.")
@click.argument("scenario", metavar="FILE|NAME")
@click.option(
    "--vary",
    multiple=True,
    metavar="PATH=VALUES",
    help="An axis, such as pools.bio.min_nr=1,2,4..64  [default: the sweep of study:]",
)
@click.option("--where", multiple=True, metavar="CONSTRAINT", help="Only points where this holds, too.")
@click.option("--latin-hypercube", metavar="POINTS[:SEED]", help="Draw so many points instead of all combinations.")
@click.option("--one-at-a-time", is_flag=True, help="Change one value at a time instead of all combinations.")
@click.option("--pool", metavar="NAME", help="The pool that is shown  [default: that of study:, or all]")
@click.option("--measure", "measures", multiple=True, metavar="NAME", help='What is shown, such as p99 or "P(wait)".')
@click.option("--against", metavar="NAME", help="A measure that pictures hold the others against.")
@click.option("--confidence", type=click.FloatRange(0.5, 0.9999), default=0.95, show_default=True)
@experiment_options
@click.pass_context
def sweep(
    ctx: click.Context,
    asked: SharedOptions,
    scenario: str,
    vary: tuple[str, ...],
    where: tuple[str, ...],
    latin_hypercube: str | None,
    one_at_a_time: bool,
    pool: str | None,
    measures: tuple[str, ...],
    against: str | None,
    confidence: float,
) -> None:
    """Run a scenario at every combination of the values that are varied, and show how measures change.

    Values are written 1,2,4..64 or 0:1:11 or 1 ms:10 s:5:log, or as a list of anything. One axis gives lines with
    bands, two a map of cells as well, more of them, or --one-at-a-time, what each does by itself. Every point has the
    same random numbers. Finished runs are kept in the folder runs beside the outcome: after a kill, or with more
    --replications, the same command goes on from them.

    Exit status: 0 if the sweep was made, 1 if pictures are missing, 2 if a scenario or an axis has mistakes or the
    outcome cannot be printed or kept.
    """
    from sim.experiments.sweeps.sweep import asked_of
    from sim.experiments.sweeps.sweep import sweep as sweep_
    from sim.scenario import load_with_settings
    from sim.scenario.measures import MeasureName
    from sim.scenario.sweeps import sweep_of

    if latin_hypercube and one_at_a_time:
        raise click.UsageError("both --latin-hypercube and --one-at-a-time; expected one of them")
    loaded = load_with_settings(scenario, asked.settings)
    drawn = _drawn(latin_hypercube) if latin_hypercube else None
    design = sweep_of(loaded, vary, where, drawn, one_at_a_time=one_at_a_time)
    with usage():
        other = MeasureName.parse(against) if against else None
        chosen, shown = asked_of(loaded, design, pool, tuple(map(MeasureName.parse, measures)), other)
    warn([loaded])

    def experiment(execution: "Execution") -> "Outcome":
        return sweep_(
            loaded, design, pool=chosen, measures=shown, against=other, confidence=confidence, execution=execution
        )

    perform(ctx, asked, f"{loaded.name}-sweep", experiment)


def _drawn(text: str) -> "LatinHypercubeSpec":
    """Read ``40`` or ``40:2``: how many points, and the seed."""
    from sim.scenario.sweeps import hypercube_of

    points, colon, seed = text.partition(":")
    if not points.isdecimal() or (colon and not seed.isdecimal()):
        raise click.UsageError(f"--latin-hypercube: found '{text}'; expected POINTS, such as 40, or POINTS:SEED")
    try:
        return hypercube_of(int(points), *([int(seed)] if colon else []))
    except ValueError as error:
        raise click.UsageError(f"--latin-hypercube: {error}") from None
