"""The `kernel:` key: a release of Linux, written in quotes because 6.10 is not the number 6.1."""

import re
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from sim.spec import mistake
from sim.units import shown

# A stable suffix (6.1.192) is accepted; what counts is the mainline release.
KERNEL_PATTERN = (
    r"^(?:2\.6\.(?:[12]?[0-9]|3[0-9])|3\.1?[0-9]|4\.(?:1?[0-9]|20)|[56]\.1?[0-9]|7\.[0-2])(?:\.[0-9]{1,4}){0,2}(?!\n)$"
)


class _Kernel:
    @staticmethod
    def _read(value: Any) -> str:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            raise mistake("kernel", f'expected the version in quotes, as in "6.12", not {shown(value)}')
        if not isinstance(value, str) or not re.search(KERNEL_PATTERN, value):
            raise mistake("kernel", f'expected a kernel version from "2.6.0" to "7.2", not {shown(value)}')
        return value

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self._read)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string", "pattern": KERNEL_PATTERN, "examples": ["6.12", "2.6.34"]}


Kernel = Annotated[str, _Kernel()]
"""The text of a release that `sim.kernel.KernelVersion.parse` reads."""
