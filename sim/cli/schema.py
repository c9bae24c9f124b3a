"""`mempool-sim schema`: the JSON Schema of scenario files."""

import click


@click.command(short_help="Print the JSON Schema of scenario files.")
def schema() -> None:
    """Print the JSON Schema (draft 2020-12) of scenario files.

    An editor that knows YAML completes and checks a scenario that begins with the line
    # yaml-language-server: $schema=./scenario.schema.json
    """
    from sim.scenario.schema import schema_text

    click.echo(schema_text(), nl=False)
