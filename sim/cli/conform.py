"""`mempool-sim conform DIR`: hold the simulator against recordings of real kernels."""

import json
import sys
from pathlib import Path

import click


@click.command()
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of lines.")
def conform(directory: Path, as_json: bool) -> None:
    """Compare the simulator with recorded kernels, operation by operation.

    DIR holds scripts/NAME.json, traces/KERNEL/NAME.jsonl.gz and expected/NAME.json. Every script is run under the
    kernel of each folder in traces/. Printed are, per script and kernel, the operations compared and equal, each
    difference (field, recorded, simulated), each rule of the kernel that the simulated events break, and one line of
    totals.

    Exit status: 0 if the demand is met, 1 if not, 2 if DIR cannot be used.
    """
    from sim.conformance.conform import Conformity
    from sim.conformance.conform import conform as run
    from sim.conformance.directory import load_cases
    from sim.conformance.report import document, lines_of, total_line
    from sim.conformance.script import ConformanceInputError
    from sim.conformance.verdict import judge

    done: list[Conformity] = []
    try:
        for conformity in run(load_cases(directory)):
            done.append(conformity)
            if not as_json:
                click.echo("\n".join(lines_of(conformity)))
    except ConformanceInputError as error:
        click.echo(f"mempool-sim: {error}", err=True)
        sys.exit(2)
    verdict = judge(done)
    click.echo(json.dumps(document(done, verdict), indent=2) if as_json else total_line(verdict))
    if not verdict.met:
        sys.exit(1)
