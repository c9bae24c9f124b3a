"""What the models of a scenario share: strictness, and the tagged union that the YAML is written in.

Wherever a scenario offers a choice it is written as a mapping with one key, the key naming the choice::

    hold: {lognormal: {median: 74 us, sigma: 0.14}}

`one_of` turns a union of models into that form. The location of every error is the path in the YAML and nothing else,
so that a loader can point at the line and column.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, ClassVar, Generic, NoReturn, TypeVar, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    RootModel,
    SerializerFunctionWrapHandler,
    ValidationError,
    ValidatorFunctionWrapHandler,
    model_serializer,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError, core_schema

from sim.units import shown

T = TypeVar("T")
_STRICT = ConfigDict(frozen=True, strict=True, allow_inf_nan=False)


def mistake(kind: str, message: str) -> PydanticCustomError:
    """Return an error for a validator to raise, whose text is `message` and nothing else."""
    return PydanticCustomError(kind, "{message}", {"message": message})


def mistake_at(kind: str, message: str, *loc: str | int, found: object = None) -> ValidationError:
    """Return an error for a validator to raise, placed at the path `loc` below the value being validated."""
    return ValidationError.from_exception_data(
        kind, [InitErrorDetails(type=mistake(kind, message), loc=loc, input=found)]
    )


def nearest(name: str, names: Iterable[str]) -> str | None:
    """Return the one of `names` that `name` was probably meant to be, or None."""
    from difflib import get_close_matches  # noqa: PLC0415  only a mistake pays for it

    by_folded = {candidate.casefold(): candidate for candidate in names}
    found = get_close_matches(name.casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[found[0]] if found else None


def listed(names: Iterable[str]) -> str:
    """Return names as prose: ``a, b or c``."""
    *most, last = names
    return f"{', '.join(most)} or {last}" if most else last


def _unknown(what: str, name: str, names: Iterable[str]) -> str:
    names = list(names)
    meant = nearest(name, names)
    hint = f"did you mean '{meant}'?" if meant else f"expected {listed(names)}"
    return f"unknown {what} {shown(name)}: {hint}"


def _raise_from(error: ValidationError, field: str) -> NoReturn:
    """Raise the errors of `error` again, those under `field` as if they were at its parent."""
    standard = get_args(core_schema.ErrorType)
    details = []
    for line in error.errors(include_url=False):
        loc = line["loc"][1:] if line["loc"][:1] == (field,) else line["loc"]
        kind = line["type"] if line["type"] in standard else mistake(line["type"], line["msg"])
        details.append(InitErrorDetails(type=kind, loc=loc, input=line["input"], ctx=line.get("ctx", {})))
    raise ValidationError.from_exception_data(error.title, details) from None


class Spec(BaseModel):
    """A mapping of the scenario file: unknown keys, wrong types, NaN and infinity are mistakes; values never change.

    A subclass may name one of its fields as `shorthand`: a value that is not a mapping then stands for that field, and
    a model whose other fields have their defaults is written that way (``{alloc: bio}`` for ``{alloc: {pool: bio}}``).
    A field that is None is one that was left out, and is left out when written.
    """

    model_config = ConfigDict(extra="forbid", **_STRICT)
    shorthand: ClassVar[str | None] = None

    @model_serializer(mode="wrap")
    def _write(self, handler: SerializerFunctionWrapHandler) -> Any:
        written = {name: value for name, value in handler(self).items() if value is not None}
        field = self.shorthand
        if field in written and not isinstance(written[field], dict):
            others = (name for name in type(self).model_fields if name != field)
            if all(getattr(self, name) == type(self).model_fields[name].get_default() for name in others):
                return written[field]
        return written

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        schema = handler(source)
        field = cls.shorthand
        if field is None:
            return schema

        def read(value: Any, inner: ValidatorFunctionWrapHandler) -> Any:
            if isinstance(value, (Mapping, cls)):
                return inner(value)
            try:
                return inner({field: value})
            except ValidationError as error:
                _raise_from(error, field)

        return core_schema.no_info_wrap_validator_function(read, schema)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        written = handler(schema)
        model = handler.resolve_ref_schema(written)
        defaults = cls.model_construct().model_dump(mode="json")
        for name, field in model.get("properties", {}).items():
            field.pop("title", None)
            if field.get("default", ...) is None:
                del field["default"]
            elif "default" in field and name in defaults:
                field["default"] = defaults[name]
        # pydantic asks twice about the wrapping schema, the second time with the first answer at hand.
        if cls.shorthand is not None and schema["type"] == "function-wrap" and "properties" in model:
            return {"anyOf": [model["properties"][cls.shorthand], written]}
        return written


class RootSpec(RootModel[T], Generic[T]):
    """A choice whose value is not a mapping of fields but one value of type T, kept in `.root`."""

    model_config = _STRICT


class _Omittable:
    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        def read(value: Any, inner: ValidatorFunctionWrapHandler) -> Any:
            if value is None:
                raise mistake("empty", "expected a value, found nothing")
            return inner(value)

        return core_schema.no_info_wrap_validator_function(read, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        written = handler(schema)
        given = [choice for choice in written.pop("anyOf", []) if choice != {"type": "null"}]
        return {**written, **given[0]} if len(given) == 1 else {**written, "anyOf": given}


Omittable = Annotated[T | None, _Omittable()]
"""A field that may be left out (then it is None), but not be given as null: an empty value in YAML is a slip."""


class _List:
    def __init__(self, least: int = 0, exactly: str = "") -> None:
        self.least, self.exactly = least, exactly

    def _read(self, value: Any) -> Any:
        if not isinstance(value, (list, tuple)):
            raise mistake("list", f"expected {self.exactly or 'a list'}, not {shown(value)}")
        if self.exactly and len(value) != self.least:
            raise mistake("list", f"expected {self.exactly}, not a list of {len(value)}")
        if len(value) < self.least:
            raise mistake("list", f"expected a list of at least {self.least}, not one of {len(value)}")
        return tuple(value)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self._read, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        written = handler(schema)
        return {**written, "minItems": self.least} if self.least else written


ListOf = Annotated[tuple[T, ...], _List()]
"""A list in the YAML, a tuple in the model."""
NonEmptyListOf = Annotated[tuple[T, ...], _List(least=1)]
"""A list of at least one in the YAML, a tuple in the model."""


def listing(what: str) -> Any:
    """Mark a tuple of fixed length that is written as a list; `what` shows it in errors, such as ``[low, high]``."""
    return _List(least=what.count(",") + 1, exactly=what)


class _OneOf:
    """The schema of `one_of`."""

    def __init__(
        self, what: str, tags: Mapping[str, type[BaseModel]], bare: str | None, words: Mapping[str, object]
    ) -> None:
        self.what, self.tags, self.bare, self.words = what, tags, bare, words
        self.tag_of = {model: tag for tag, model in tags.items()}
        if len(self.tag_of) != len(tags):
            raise ValueError(f"each tag of {what} needs a model of its own, to be written back under its name")

    def _read(self, value: Any, inner: ValidatorFunctionWrapHandler) -> Any:
        if type(value) in self.tag_of or any(value is word for word in self.words.values()):
            return value
        if not isinstance(value, Mapping):
            return self._read_bare(value, inner)
        tags = list(value)
        for tag in tags:
            if tag not in self.tags:
                if len(tags) > 1 and tags[0] in self.tags:
                    break
                raise mistake_at("unknown_choice", _unknown(self.what, str(tag), self.tags), _step(tag), found=tag)
        if len(tags) != 1:
            found = " and ".join(shown(tag) for tag in tags) or "nothing"
            message = f"expected one {self.what}, found {found}"
            raise mistake_at("choices", message, *map(_step, tags[1:2]), found=found)
        return inner({tags[0]: value[tags[0]]})[tags[0]]

    def _read_bare(self, value: Any, inner: ValidatorFunctionWrapHandler) -> Any:
        if isinstance(value, str):
            if value in self.words:
                return self.words[value]
            if value in self.tags:
                example = f"{{{value}: ...}}"
                raise mistake(
                    "bare_choice", f"'{value}' alone says too little: expected its value too, as in {example}"
                )
            if value[:1].isalpha():
                raise mistake("unknown_choice", _unknown(self.what, value, [*self.words, *self.tags]))
        if self.bare is None or value is None or isinstance(value, (list, tuple)):
            raise mistake("choice", f"expected a {self.what} ({listed([*self.words, *self.tags])}), not {shown(value)}")
        try:
            return inner({self.bare: value})[self.bare]
        except ValidationError as error:
            _raise_from(error, self.bare)

    def _write(self, value: Any, inner: SerializerFunctionWrapHandler) -> Any:
        for word, meaning in self.words.items():
            if value is meaning or (value is not None and value == meaning):
                return word
        tag = self.tag_of.get(type(value))
        if tag is None:
            return inner(value)
        return inner(value) if tag == self.bare else {tag: inner(value)}

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        fields = {
            tag: core_schema.typed_dict_field(handler.generate_schema(model), required=False)
            for tag, model in self.tags.items()
        }
        return core_schema.no_info_wrap_validator_function(
            self._read,
            core_schema.typed_dict_schema(fields),
            serialization=core_schema.wrap_serializer_function_ser_schema(self._write, schema=core_schema.any_schema()),
        )

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        written = handler(schema)
        properties = written["properties"]
        for name, choice in properties.items():
            choice.pop("title", None)
            text = (self.tags[name].__doc__ or "").partition("\n")[0]
            if text:
                choice.setdefault("description", text)
        # One closed object with exactly one key says the same as a oneOf of single-key objects, but an editor can
        # complete it and name the wrong key instead of "matches none of 12 schemas".
        tagged = {
            "type": "object",
            "properties": properties,
            "additionalProperties": False,
            "minProperties": 1,
            "maxProperties": 1,
        }
        choices: list[JsonSchemaValue] = [tagged]
        if self.words:
            choices.append({"enum": list(self.words)})
        if self.bare is not None:
            choices.append({key: value for key, value in properties[self.bare].items() if key != "description"})
        return tagged if len(choices) == 1 else {"anyOf": choices}


def key_of(union: Any, value: object) -> str:
    """Return the key that `value` is written under, a choice of a union that `one_of` has marked."""
    _, mark = get_args(getattr(union, "__value__", union))
    return str(mark.tag_of[type(value)])


def _step(key: object) -> str | int:
    return key if isinstance(key, (str, int)) else str(key)


def one_of(
    what: str,
    tags: Mapping[str, type[BaseModel]],
    *,
    bare: str | None = None,
    words: Mapping[str, object] | None = None,
) -> Any:
    """Mark a union of models as externally tagged: a mapping with exactly one key, which names the choice.

    Use as ``Annotated[Constant | Poisson, one_of("arrival", {"constant": Constant, "poisson": Poisson})]``.

    what: the noun for error texts, without an article ("distribution").
    tags: the key of each choice and its model, `Spec` or `RootSpec`; each model has one key.
    bare: the key that a value which is not a mapping stands for (``5 s`` for ``{constant: 5 s}``); its model must be a
        `RootSpec` of something that is not a mapping. It is also written that way.
    words: names that stand for a ready-made value each (``severe``), and are written back as the name.

    Raises a ValueError when two keys share a model.
    """
    return _OneOf(what, dict(tags), bare, dict(words or {}))
