"""`mempool-sim check`: look for mistakes without running anything."""

import json

import click


@click.command(short_help="Look for mistakes in scenarios without running them.")
@click.argument("scenarios", nargs=-1, required=True, metavar="FILE|NAME...")
@click.option("--set", "settings", multiple=True, metavar="PATH=VALUE", help="Change a value first, in every scenario.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON list of findings instead of lines.")
@click.pass_context
def check(ctx: click.Context, scenarios: tuple[str, ...], settings: tuple[str, ...], as_json: bool) -> None:
    """Look for mistakes in scenarios without running them.

    Every mistake is one line: file:line:column: path: what is wrong; what was expected. Warnings do not count as
    mistakes.

    Exit status: 0 if all are in order, 2 if one has mistakes.
    """
    from sim.scenario import Mistake, ScenarioError, advice, load_with_settings

    found: list[tuple[str, Mistake]] = []
    for name in scenarios:
        try:
            scenario = load_with_settings(name, settings)
        except ScenarioError as error:
            found += [("mistake", mistake) for mistake in error.mistakes]
            continue
        remarks = advice(scenario)
        found += [("warning", remark) for remark in remarks]
        if not as_json:
            warnings = f", {len(remarks)} warning{'s' * (len(remarks) > 1)}" if remarks else ""
            click.echo(f"{name}: ok{warnings}")
    if as_json:
        keys = ("file", "line", "column", "path", "text")
        findings = [{"severity": s, **{key: getattr(m, key) for key in keys}} for s, m in found]
        click.echo(json.dumps(findings, indent=1, ensure_ascii=False))
    else:
        for severity, mistake in found:
            click.echo(f"warning: {mistake}" if severity == "warning" else str(mistake), err=True)
    if any(severity == "mistake" for severity, _ in found):
        ctx.exit(2)
