"""`mempool-sim list`: the scenarios and studies that come with the simulator."""

import click


@click.command("list", short_help="List the scenarios and studies that come with mempool-sim.")
def list_() -> None:
    """List the scenarios that come with mempool-sim, and the studies, each with the first line of its description.

    A scenario is for mempool-sim run; a study asks what takes many runs, and stands beside the command that answers it.
    """
    from sim.catalogue import shipped, studies, summary, verb

    scenarios = {name: summary(path) for name, path in shipped().items()}
    questions = {f"{verb(path)} {name}": summary(path) for name, path in studies().items()}
    width = max(map(len, (*scenarios, *questions)), default=0)
    for title, listed in (("", scenarios), ("\nStudies", questions)):
        if title and listed:
            click.echo(title)
        for name, text in listed.items():
            click.echo(f"{name:{width}}  {text}".rstrip())
