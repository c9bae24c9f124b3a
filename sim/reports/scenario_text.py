"""A scenario as run, written as the YAML that makes it again: what is as by default is left out."""

import io
from collections.abc import Iterator, Mapping
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from sim.scenario import Scenario

_WIDTH = 96
_LONGEST_LINE = 76


def scenario_text(mapping: Mapping[str, Any]) -> str:
    """Return a scenario, given as `Scenario.to_mapping` does, as YAML that `sim.load` reads as an equal one.

    Its study is left out: a run ignores it.
    """
    yaml = YAML()
    yaml.width = _WIDTH
    yaml.brace_single_entry_mapping_in_flow_sequence = True
    text = io.StringIO()
    yaml.dump(_laid_out(essence(mapping), 0), text)
    return text.getvalue()


def essence(mapping: Mapping[str, Any]) -> dict[str, Any]:
    """Return a scenario without what is as by default, or all of it if it cannot be read (its CSV files are gone)."""
    whole = {key: value for key, value in mapping.items() if key != "study"}
    try:
        scenario = Scenario.from_mapping(whole)
        short = scenario.model_dump(mode="json", exclude_defaults=True)
        if Scenario.from_mapping(short) == scenario:
            return short
    except ValueError:
        pass
    return {key: value for key, value in whole.items() if value is not None}


def files_of(mapping: Mapping[str, Any]) -> list[str]:
    """Return the names of the CSV files that a scenario reads."""
    return list(dict.fromkeys(_files(mapping)))


def _files(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, entry in value.items():
            if key == "csv" and isinstance(entry, str):
                yield entry
            yield from _files(entry)
    elif isinstance(value, list):
        for entry in value:
            yield from _files(entry)


def _laid_out(value: Any, level: int) -> Any:
    """The value as people write it: what fits into a line stands in one, below the parts of the scenario."""
    if isinstance(value, Mapping):
        laid: Any = CommentedMap({key: _laid_out(entry, level + 1) for key, entry in value.items()})
    elif isinstance(value, list):
        laid = CommentedSeq(_laid_out(entry, level + 1) for entry in value)
    else:
        # A version such as 6.12 would be a number without.
        return DoubleQuotedScalarString(value) if isinstance(value, str) and _like_number(value) else value
    if level > 1 and len(str(value)) <= _LONGEST_LINE:
        laid.fa.set_flow_style()
    return laid


def _like_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
