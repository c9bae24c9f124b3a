"""The scenarios that come with the simulator, by name: files and descriptions, without the models that read them."""

import re
from pathlib import Path

_HERE = Path(__file__).parent
_VERBS = {"variants": "compare", "sweep": "sweep", "targets": "size"}


def folder() -> Path:
    """Where they are: inside the installed package, or beside it in a source checkout."""
    installed = _HERE / "scenario" / "shipped"
    return installed if installed.is_dir() else _HERE.parent / "scenarios"


def shipped() -> dict[str, Path]:
    """The files of the shipped scenarios by name, in alphabetical order."""
    return {path.stem: path for path in sorted(folder().glob("*.yaml"))}


def studies() -> dict[str, Path]:
    """The files of the shipped studies by name, in alphabetical order: scenarios with a question to answer."""
    return {path.stem: path for path in sorted((folder() / "studies").glob("*.yaml"))}


def verb(path: Path) -> str:
    """The command that answers a shipped study: which it is stands in its `study:`, and nothing else is read."""
    text = path.read_text(encoding="utf-8")
    found = re.search(r"^  (variants|sweep|targets):", text, re.MULTILINE)
    return _VERBS[found[1]] if found else "run"


def summary(path: Path) -> str:
    """The first line of a scenario's description, read without validating the rest; empty if there is none."""
    from ruamel.yaml import YAML  # noqa: PLC0415  only `list` asks
    from ruamel.yaml.events import CollectionEndEvent, CollectionStartEvent, ScalarEvent  # noqa: PLC0415

    depth, previous = 0, None
    for event in YAML(typ="rt", pure=True).parse(path.read_text(encoding="utf-8")):
        if isinstance(event, CollectionStartEvent):
            depth += 1
        elif isinstance(event, CollectionEndEvent):
            depth -= 1
        elif isinstance(event, ScalarEvent) and depth == 1:
            if previous == "description":
                return str(event.value).strip().partition("\n")[0]
            previous = str(event.value)
    return ""
