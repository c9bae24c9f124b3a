"""The JSON Schema (draft 2020-12) of a scenario file, for editors and other tools."""

import json
from typing import Any

from sim.scenario.scenario import Scenario

JsonSchema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_VARIANT = "-in-variant"
_DEMANDS = ("required", "minProperties", "default", "title")


def scenario_schema() -> JsonSchema:
    """The schema of a whole scenario, or of a variant when the file has a ``base:``.

    A variant may leave out whatever its base says, at any depth, and write null to remove it.
    """
    whole = Scenario.model_json_schema()
    definitions: JsonSchema = whole.pop("$defs")
    relaxed = {f"{name}{_VARIANT}": _relaxed(definition) for name, definition in definitions.items()}
    variant = _relaxed(whole)
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
        "$defs": {"Scenario": whole, "Variant": variant, **definitions, **relaxed},
    }


def schema_text() -> str:
    """The schema as it is published in scenarios/scenario.schema.json."""
    return json.dumps(scenario_schema(), indent=1, ensure_ascii=False) + "\n"


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
