"""`mempool-sim list`: the scenarios that come with the simulator."""

import click


@click.command("list", short_help="List the scenarios that come with mempool-sim.")
def list_() -> None:
    """List the scenarios that come with mempool-sim, with the first line of their description."""
    from sim.catalogue import shipped, summary

    files = shipped()
    width = max(map(len, files), default=0)
    for name, path in files.items():
        click.echo(f"{name:{width}}  {summary(path)}".rstrip())
