"""The options that all experiments share, and what is done with them: run, print, keep."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import click

from sim.cli.main import INTERRUPTED, MISTAKE
from sim.cli.output import Shown, check_home, fail, show, tell_kept
from sim.cli.waiting import activity
from sim.cli.waiting import experiment as waiting

if TYPE_CHECKING:
    from sim.experiments.running.execution import Execution
    from sim.scenario import Scenario

_OPTIONS = (
    click.option(
        "--replications", type=click.IntRange(min=1), help="How many runs of each, with other random numbers."
    ),
    click.option("--seed", type=click.IntRange(min=0, max=2**63 - 1), help="Use this seed instead of the scenario's."),
    click.option("--jobs", type=click.IntRange(min=1), help="How many runs at once  [default: one per processor]"),
    click.option(
        "--cluster",
        metavar="tcp://HOST:PORT",
        help="Let the workers of this dask.distributed scheduler make the runs.",
    ),
    click.option("--keep-events", is_flag=True, help="Keep every call of every run beside the finished runs."),
    click.option(
        "--set", "settings", multiple=True, metavar="PATH=VALUE", help="Change a value of every scenario first."
    ),
    click.option(
        "--out", type=click.Path(path_type=Path), help="Where to keep the outcome  [default: results/NAME-KIND]"
    ),
    click.option("--no-plots", is_flag=True, help="Draw no pictures."),
    click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON instead of tables."),
)


class Kept(Shown, Protocol):
    """What comes of an experiment: it is printed, and kept in a folder."""

    def save(self, directory: Path, *, plots: bool, numbered: bool, failed: Callable[[str, Exception], object]) -> Path:
        """Write it, as `sim.experiments.outcome.Outcome.save` does."""


Found = TypeVar("Found", bound=Kept)


@dataclass(frozen=True)
class SharedOptions:
    """What was asked for with the shared options."""

    replications: int | None
    seed: int | None
    jobs: int | None
    cluster: str | None
    keep_events: bool
    settings: tuple[str, ...]
    out: Path | None
    no_plots: bool
    as_json: bool


def experiment_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a verb the shared options; it gets them as one argument, `asked`."""
    names = [field.name for field in fields(SharedOptions)]

    @wraps(command)
    def with_asked(*rest: Any, **more: Any) -> Any:
        asked = SharedOptions(**{name: more.pop(name) for name in names})
        return command(*rest, asked=asked, **more)

    for option in reversed(_OPTIONS):
        with_asked = option(with_asked)
    return with_asked


@contextmanager
def usage() -> Iterator[None]:
    """Tell what an experiment refuses before anything is run in a line; what is wrong with a scenario has its own."""
    from sim.scenario import ScenarioError

    try:
        yield
    except ScenarioError:
        raise
    except ValueError as error:
        raise click.UsageError(str(error)) from None


def warn(scenarios: "Iterable[Scenario]") -> None:
    """Print what is noticed about scenarios that are about to be run, once each."""
    from sim.scenario import advice

    for remark in dict.fromkeys(str(remark) for scenario in scenarios for remark in advice(scenario)):
        click.echo(f"warning: {remark}", err=True)


def perform(ctx: click.Context, asked: SharedOptions, name: str, experiment: "Callable[[Execution], Found]") -> Found:
    """Make an experiment with what was asked for, print its outcome and keep it; `name` is that of its folder.

    Finished runs are kept in the folder `runs` beside it, where the next experiment finds them. Without --out the next
    free folder is taken; with it, the folder must not exist or be empty.
    """
    from sim.experiments.running.execution import Execution
    from sim.experiments.running.job import ExecutionError

    if asked.cluster is not None and asked.keep_events:
        raise click.UsageError("--keep-events keeps what this machine runs; it does not go with --cluster")
    home = asked.out or Path("results") / name
    check_home(ctx, asked.out, home)
    try:
        with waiting(name) as told:
            execution = Execution(
                replications=asked.replications,
                seed=asked.seed,
                jobs=asked.jobs,
                cluster=asked.cluster,
                runs=home.parent / "runs",
                keep_events=asked.keep_events,
                progress=told,
                reused=lambda found: click.echo(f"{found:,} runs were made before and are used again", err=True),
                remark=lambda text: click.echo(f"mempool-sim: {text}", err=True),
            )
            outcome = experiment(execution)
    except ExecutionError as error:
        click.echo(f"mempool-sim: {error}", err=True)
        ctx.exit(MISTAKE)
    except KeyboardInterrupt:
        click.echo("mempool-sim: interrupted; finished runs are kept, the same command goes on from them", err=True)
        ctx.exit(INTERRUPTED)
    unprinted = show(outcome, as_json=asked.as_json)
    failed: list[Exception] = []
    try:
        with activity("saving and drawing"):
            kept = outcome.save(
                home,
                plots=not asked.no_plots,
                numbered=asked.out is None,
                failed=lambda _, error: failed.append(error),
            )
    except OSError as error:
        fail(ctx, error, home)
    tell_kept(ctx, kept, as_json=asked.as_json, unprinted=unprinted, undrawn=failed[0] if failed else None)
    return outcome
