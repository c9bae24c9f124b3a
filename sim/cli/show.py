"""`mempool-sim show`: the text of a shipped scenario."""

import click


@click.command(short_help="Print a shipped scenario.")
@click.argument("name")
def show(name: str) -> None:
    """Print a shipped scenario or study, to read or to start from: mempool-sim show quickstart > mine.yaml."""
    from sim.catalogue import shipped, studies

    files = {**shipped(), **studies()}
    if name not in files:
        from sim.scenario.mistakes import Mistake, ScenarioError, expected, meant

        text = f"no shipped scenario or study is called '{name}'{expected(files, 20)}{meant(name, files)}"
        raise ScenarioError([Mistake(None, None, None, "", text)])
    click.echo(files[name].read_text(encoding="utf-8"), nl=False)
