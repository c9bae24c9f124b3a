"""The JSON Schema (draft 2020-12) of a scenario file, for editors and other tools."""

import json
from typing import Any

from sim.scenario.names import PATH_PATTERN
from sim.scenario.scenario import Scenario

JsonSchema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_VARIANT = "-in-variant"
_OWN = ("StudySpec", "SweepSpec", "LatinHypercubeSpec")
"""What a variant never takes from its base, and therefore says in full."""
_DEMANDS = ("required", "minProperties", "default", "title")


def scenario_schema() -> JsonSchema:
    """The schema of a whole scenario, or of a variant when the file has a ``base:``.

    A variant may leave out whatever its base says, at any depth, and write null to remove it.
    """
    whole = Scenario.model_json_schema()
    definitions: JsonSchema = whole.pop("$defs")
    relaxed = {
        f"{name}{_VARIANT}": _relaxed(definition) for name, definition in definitions.items() if name not in _OWN
    }
    variant = _relaxed(whole)
    variant["properties"]["study"] = whole["properties"]["study"]
    changes = _changes(variant)
    by_name = definitions["StudySpec"]["properties"]["variants"]["patternProperties"]
    by_name.update({pattern: {"$ref": "#/$defs/Changes"} for pattern in by_name})
    base = {"type": "string", "minLength": 1, "description": "The scenario that this one is a variant of."}
    variant["properties"] = {"base": base, **variant["properties"], "name": whole["properties"]["name"]}
    variant["required"] = ["base", "name"]
    title = whole.pop("title")
    return {
        "$schema": DIALECT,
        "title": title,
        "type": "object",
        "if": {"required": ["base"]},
        "then": {"$ref": "#/$defs/Variant"},
        "else": {"$ref": "#/$defs/Scenario"},
        "$defs": {"Scenario": whole, "Variant": variant, "Changes": changes, **definitions, **relaxed},
    }


def schema_text() -> str:
    """The schema as it is published in scenarios/scenario.schema.json."""
    return json.dumps(scenario_schema(), indent=1, ensure_ascii=False) + "\n"


def _changes(variant: JsonSchema) -> JsonSchema:
    """What a variant in a study may change: parts of the scenario, nested as in a file or by dotted path."""
    parts = {name: part for name, part in variant["properties"].items() if name != "study"}
    return {
        "type": "object",
        "description": "Changes of the file, by dotted path or nested; null removes; {} is the file itself.",
        "properties": parts,
        "patternProperties": {PATH_PATTERN.replace(")*$", ")+$"): {}},
        "additionalProperties": False,
    }


def _relaxed(schema: Any) -> Any:
    """A copy in which nothing is demanded and every value of a mapping may be null."""
    if isinstance(schema, list):
        return [_relaxed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    copy: JsonSchema = {}
    for key, value in schema.items():
        if key in _DEMANDS and not isinstance(value, dict):
            continue
        if key in ("properties", "patternProperties"):
            copy[key] = {name: _or_null(_relaxed(inner)) for name, inner in value.items()}
        elif key == "$ref":
            copy[key] = f"{value}{_VARIANT}"
        elif key in ("oneOf", "anyOf") and all(set(choice) == {"required"} for choice in value):
            continue
        else:
            copy[key] = _relaxed(value)
    return copy


def _or_null(schema: JsonSchema) -> JsonSchema:
    description = {"description": schema["description"]} if "description" in schema else {}
    return {"anyOf": [schema, {"type": "null"}], **description}
