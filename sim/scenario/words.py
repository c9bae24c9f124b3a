"""A value or, in its place, one word: ``timeout: none``, ``in_flight: unlimited``."""

import re
from typing import Any

from pydantic import (
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    SerializerFunctionWrapHandler,
    ValidatorFunctionWrapHandler,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from sim.spec import mistake, nearest
from sim.units import shown


class OrWord:
    """Annotates a field whose value is of type `kind`, described by `what` in errors, or the word `word`."""

    def __init__(self, word: str, kind: Any, what: str) -> None:
        self.word, self.kind, self.what = word, kind, what

    def _read(self, value: Any, inner: ValidatorFunctionWrapHandler) -> Any:
        if value == self.word:
            return value
        if isinstance(value, str) and not re.search("[0-9]", value):
            hint = f"; did you mean '{self.word}'?" if nearest(value, [self.word]) else ""
            raise mistake("word", f"found {shown(value)}; expected {self.what} or {self.word}{hint}")
        return inner(value)

    def _write(self, value: Any, inner: SerializerFunctionWrapHandler) -> Any:
        return value if value == self.word else inner(value)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        inner = handler.generate_schema(self.kind)
        return core_schema.no_info_wrap_validator_function(
            self._read,
            inner,
            serialization=core_schema.wrap_serializer_function_ser_schema(self._write, schema=inner),
        )

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [handler(schema), {"const": self.word}]}
