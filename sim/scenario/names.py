"""Names that the author of a scenario chooses, and the mappings from such a name to what it names."""

from typing import Annotated, Any, TypeVar

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, StringConstraints
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

T = TypeVar("T")

# No dot, so that a path such as pools.bio.min_nr reads in one way only.
NAME_PATTERN = r"^[A-Za-z][A-Za-z0-9_-]{0,63}$"
NAME_EXPECTED = "a name of letters, digits, '-' and '_' that begins with a letter"
TITLE_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$"
TITLE_EXPECTED = "a name of letters, digits, '.', '-' and '_' (the results folder is called after it)"

VARIANT_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._+-]{0,39}$"
VARIANT_EXPECTED = "a name of up to 40 letters, digits, '.', '-', '+' and '_' that begins with a letter or digit"
PATH_PATTERN = r"^[A-Za-z0-9_-]+([.][A-Za-z0-9_-]+)*$"
PATH_EXPECTED = "a path into the scenario, such as pools.bio.min_nr"

Name = Annotated[str, StringConstraints(pattern=NAME_PATTERN)]
"""The name of a pool, device or task class."""
Title = Annotated[str, StringConstraints(pattern=TITLE_PATTERN)]
"""The name of a scenario, which is also a folder name."""
VariantName = Annotated[str, StringConstraints(pattern=VARIANT_PATTERN)]
"""The name of a variant in a study, short enough for the head of a column and the legend of a plot."""
DottedPath = Annotated[str, StringConstraints(pattern=PATH_PATTERN)]
"""Where a value stands in a scenario: ``pools.bio.min_nr``."""

EXPECTED_BY_PATTERN = {
    NAME_PATTERN: NAME_EXPECTED,
    TITLE_PATTERN: TITLE_EXPECTED,
    VARIANT_PATTERN: VARIANT_EXPECTED,
    PATH_PATTERN: PATH_EXPECTED,
}


class Closed:
    """Makes the published schema refuse the names that the loader refuses."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return handler(source)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {**handler(schema), "additionalProperties": False}


Named = Annotated[dict[Name, T], Closed()]
"""A mapping from names to what they name."""
