"""`mempool-sim`: finds the verb, and only then imports it."""

import os
import sys
from contextlib import suppress
from errno import EPIPE
from importlib import import_module
from typing import Any

import click

VERBS = {
    "run": "Run a scenario; print a table, keep events and plots.",
    "check": "Look for mistakes in scenarios without running them.",
    "list": "List the scenarios that come with mempool-sim.",
    "show": "Print a shipped scenario.",
    "schema": "Print the JSON Schema of scenario files.",
    "conform": "Compare the simulator with recorded kernels.",
    "compare": "Compare scenarios, or variants of one, with intervals.",
    "sweep": "Run a scenario at many points, with intervals.",
    "size": "Find the smallest reserve that meets targets.",
    "verify": "Hold the simulator against queueing theory.",
    "report": "Print what was kept again, or make an HTML page of it.",
}
"""Each verb with its line in the help; the command lives in `sim.cli.VERB` under the verb's own name."""

MISTAKE = 2
"""The exit code for a scenario that cannot be used, as for a wrong option."""
INTERRUPTED = 130
"""The exit code after Ctrl-C, as a shell gives it: 128 + SIGINT."""


class Verbs(click.Group):
    """A group whose commands are imported when they are used, so that ``--help`` imports nothing."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The verbs in the order of `VERBS`."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a verb; its command is called after it, with a ``_`` where that name is Python's own."""
        if cmd_name not in VERBS:
            return None
        module = import_module(f"sim.cli.{cmd_name}")
        command = getattr(module, cmd_name, None) or getattr(module, f"{cmd_name}_")
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the verbs without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(VERBS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the verb, or name the nearest."""
        if args and args[0] not in VERBS and not args[0].startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(args[0], VERBS, n=1)
            hint = f" did you mean '{near[0]}'?" if near else f" expected one of {', '.join(VERBS)}"
            ctx.fail(f"no command '{args[0]}';{hint}")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the verb; the mistakes of a scenario, or of a full disk, are told one a line, without a traceback."""
        try:
            return super().invoke(ctx)
        except OSError as error:
            # A reader that has gone away, such as head, is no mistake: click ends the program without a word.
            if error.errno == EPIPE:
                raise
            _drop_output()
            click.echo(f"mempool-sim: {error.filename or 'standard output'}: {error.strerror or error}", err=True)
            ctx.exit(MISTAKE)
        except ValueError as error:
            from sim.scenario.mistakes import ScenarioError

            if not isinstance(error, ScenarioError):
                raise
            click.echo("\n".join([str(error), *getattr(error, "__notes__", ())]), err=True)
            ctx.exit(MISTAKE)
        except KeyboardInterrupt:
            click.echo("mempool-sim: interrupted", err=True)
            ctx.exit(INTERRUPTED)


def _drop_output() -> None:
    """Forget what could not be printed: Python would try once more as it ends."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def _print_version(ctx: click.Context, _: click.Parameter, asked: bool) -> None:
    if asked:
        import sim

        click.echo(f"mempool-sim {sim.__version__}")
        ctx.exit()


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Show the version and exit.",
)
def main() -> None:
    """Simulate the Linux kernel's memory pools under memory pressure.

    Start with: mempool-sim run quickstart
    """
