"""Scenario files: found by path or by the name of a shipped one, and read with care."""

import os
from pathlib import Path

from sim.catalogue import shipped, studies
from sim.scenario.document import MAX_BYTES, Node, parse
from sim.scenario.expectations import WHOLE
from sim.scenario.mistakes import Mistake, ScenarioError, meant
from sim.spec import nearest

SUFFIXES = (".yaml", ".yml")


def find(name: str | Path, directory: Path = Path()) -> Path:
    """The file of a scenario: a path, relative to `directory`, or the name of a shipped scenario or study.

    Raise a ScenarioError if there is none.
    """
    path = directory / name
    if os.path.isfile(path):  # noqa: PTH113  Path.is_file raises for a name that is too long
        return path
    text = str(name)
    by_name = {**shipped(), **studies()}
    if text in by_name:
        return by_name[text]
    if os.path.exists(path):  # noqa: PTH110  as above
        return path
    if isinstance(name, Path) or path.suffix in SUFFIXES or len(path.parts) > len(directory.parts) + 1:
        beside = {file.stem: file.name for file in _scenarios_in(path.parent)}
        near = nearest(path.stem, beside)
        meant_name = beside[near] if near else path.stem if path.stem in by_name else None
        hint = f"; did you mean '{meant_name}'?" if meant_name else ""
        raise ScenarioError([Mistake(str(path), None, None, "", f"no such file{hint}")])
    problem = f"no file and no shipped scenario is called '{text}'{meant(text, by_name)}"
    raise ScenarioError([Mistake(None, None, None, "", problem)])


def read(path: Path, found: list[Mistake]) -> Node:
    """The document in a file; duplicate keys and tags are added to `found`.

    Raise a ScenarioError if the file cannot be read or its YAML is broken.
    """
    file = str(path)
    root = parse(_text(path), file, found)
    if root is None or root.value is None:
        raise ScenarioError([Mistake(file, 1, 1, "", f"the file is empty; expected {WHOLE}")])
    return root


def _text(path: Path) -> str:
    file = str(path)
    try:
        # A pipe would be waited for, a device may never end.
        if not path.is_file() and not path.is_dir():
            path.stat()
            raise ScenarioError([Mistake(file, None, None, "", "not a regular file; expected a scenario file")])
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except IsADirectoryError:
        raise ScenarioError([Mistake(file, None, None, "", "a directory; expected a scenario file")]) from None
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise ScenarioError([Mistake(file, None, None, "", f"cannot be read: {reason}")]) from None
    if len(content) > MAX_BYTES:
        text = f"more than {MAX_BYTES >> 20} MiB; expected a scenario, not a trace"
        raise ScenarioError([Mistake(file, None, None, "", text)])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8", "replace")
        line, column = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
        text = f"byte 0x{content[error.start]:02x} is not UTF-8; expected text in UTF-8"
        raise ScenarioError([Mistake(file, line, column, "", text)]) from None


def _scenarios_in(folder: Path) -> list[Path]:
    return [file for suffix in SUFFIXES for file in sorted(folder.glob(f"*{suffix}"))] if folder.is_dir() else []
