"""The HTML of a page: one file that needs nothing else, neither a network nor JavaScript."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import sim
from sim.reports.commands import file_of
from sim.reports.content import Content, Data, Origin
from sim.reports.figures import figures
from sim.reports.markup import Markup, element, listed, together
from sim.reports.scenario_text import files_of, scenario_text
from sim.reports.tables import data_behind, download, summary_table
from sim.reports.variants import differing
from sim.results.columns import Table

STYLE = Path(__file__).with_name("page.css")

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
"""What a browser may load for the page: pictures and styles that are in it, and nothing else."""

_MOST_VARIANTS = 12
"""Of more variants, only the baseline is written out; the table of differences tells the others."""
_MOST_ROWS = 60
_MOST_COLUMNS = 6


def html_page(content: Content) -> str:
    """Return a page as HTML."""
    sections = {title: body for title, body in _sections(content) if body}
    links = [element("a", title, href=f"#{_anchor(title)}") for title in sections]
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="generator", content=f"mempool-sim {sim.__version__}"),
        element("title", f"{content.name}: {content.kind}"),
        element("style", Markup(STYLE.read_text(encoding="utf-8"))),
    )
    header = element(
        "header",
        element("p", content.kind, class_="kind"),
        element("h1", content.name),
        element("p", content.question, class_="question") if content.question else "",
        element("nav", listed(links), aria_label="On this page"),
    )
    body = [
        element("section", element("h2", title), parts, id=_anchor(title), class_=_anchor(title))
        for title, parts in sections.items()
    ]
    footer = element("footer", element("p", f"Written by mempool-sim {sim.__version__}."))
    html = element("html", head, element("body", header, element("main", *body), footer), lang="en")
    return f"<!doctype html>\n{html}\n"


def _anchor(title: str) -> str:
    return title.lower().replace(" ", "-")


def _sections(content: Content) -> Iterator[tuple[str, Markup]]:
    yield "Answer", _answer(content)
    yield "Tables", together(summary_table(table) for table in content.page.tables)
    yield "Plots", together(figures(content.figures))
    yield "More data", together(data_behind(data, _anchor(data.file), data.file) for data in content.tables_behind)
    yield "Scenario" if len(content.variants) == 1 else "Scenarios", _scenarios(content.variants, content.baseline)
    yield "How it was made", _origin(content.origin)
    yield "Notes", listed(content.notes)
    yield "Limits", listed(content.limits)


def _answer(content: Content) -> Markup:
    told, *rest = content.page.told or ("no answer",)
    lines = [element("p", told, class_=f"told {content.tone}"), listed(rest)]
    return together([*lines, element("p", content.page.preface, class_="preface")])


def _scenarios(variants: Mapping[str, Mapping[str, Any]], baseline: str | None) -> Markup:
    if len(variants) == 1:
        return together(_written(*next(iter(variants.items()))))
    parts = list(_differences(variants)) if baseline else []
    names = list(variants) if baseline is None or len(variants) <= _MOST_VARIANTS else [baseline]
    parts += [element("details", element("summary", name), *_written(name, variants[name])) for name in names]
    return together(parts)


def _differences(variants: Mapping[str, Mapping[str, Any]]) -> Iterator[Markup]:
    rows = differing(variants)
    if not rows:
        return
    names, paths = list(variants), list(rows)
    if len(names) <= _MOST_COLUMNS or len(paths) > _MOST_COLUMNS:
        cells = [(path, *rows[path]) for path in paths]
        heading, columns = "path", names
    else:
        cells = [(name, *(rows[path][number] for path in paths)) for number, name in enumerate(names)]
        heading, columns = "variant", paths
    yield summary_table(Table("What differs", (heading,), tuple(columns), tuple(cells[:_MOST_ROWS])))
    if len(cells) > _MOST_ROWS:
        yield element("p", f"and {len(cells) - _MOST_ROWS:,} more rows")


def _written(name: str, scenario: Mapping[str, Any]) -> tuple[Markup, ...]:
    text = scenario_text(scenario)
    read = files_of(scenario)
    beside = f" It reads {', '.join(read)}, which must lie beside it." if read else ""
    return (
        element("p", download(Data(file_of(name), text), "application/yaml"), beside),
        element("pre", element("code", text), class_="box", tabindex="0"),
    )


def _origin(origin: Origin) -> Markup:
    commands = element("pre", element("code", "\n".join(origin.commands)), class_="box", tabindex="0")
    facts = element(
        "dl", *(part for name, fact in origin.facts.items() for part in (element("dt", name), element("dd", fact)))
    )
    digests = data_behind(origin.digests, "digests", "Digests") if origin.digests else ""
    return together([commands if origin.commands else "", facts, digests])
