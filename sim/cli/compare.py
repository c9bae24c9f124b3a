"""`mempool-sim compare`: whether one is better than the other, and by how much."""

from typing import TYPE_CHECKING

import click

from sim.cli.options import SharedOptions, experiment_options, perform, usage, warn

if TYPE_CHECKING:
    from sim.experiments.outcome import Outcome
    from sim.experiments.running.execution import Execution


@click.command(short_help="Compare scenarios, or variants of one, with intervals.")
@click.argument("scenarios", nargs=-1, required=True, metavar="FILE|NAME...")
@click.option(
    "--variant",
    "variants",
    multiple=True,
    metavar="NAME:PATH=VALUE,...",
    help="Compare the file with this variant of it; NAME: alone is the file itself.",
)
@click.option("--baseline", metavar="NAME", help="What the others are compared with  [default: the first]")
@click.option("--measure", "measures", multiple=True, metavar="NAME", help='What to compare, such as p99 or "P(wait)".')
@click.option("--confidence", type=click.FloatRange(0.5, 0.9999), default=0.95, show_default=True)
@experiment_options
@click.pass_context
def compare(
    ctx: click.Context,
    asked: SharedOptions,
    scenarios: tuple[str, ...],
    variants: tuple[str, ...],
    baseline: str | None,
    measures: tuple[str, ...],
    confidence: float,
) -> None:
    """Compare scenarios, files or names, or variants of one file, replication by replication.

    All see the same arrivals, holds and outages. With one file, the variants are those of --variant, or those that the
    file itself lists under study:. Finished runs are kept in the folder runs beside the outcome: after a kill, or with
    more --replications, the same command goes on from them.

    Exit status: 0 if the comparison was made, 1 if pictures are missing, 2 if a scenario has mistakes or the outcome
    cannot be printed or kept.
    """
    from sim.experiments.comparison.asked import comparison_of
    from sim.scenario import load_with_settings

    loaded = [load_with_settings(scenario, asked.settings) for scenario in scenarios]
    with usage():
        chosen = comparison_of(loaded, variants, baseline, measures)
    warn(loaded)

    def experiment(execution: "Execution") -> "Outcome":
        return chosen.made(confidence, execution)

    perform(ctx, asked, chosen.name, experiment)
