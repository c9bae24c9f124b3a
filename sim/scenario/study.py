"""The `study:` key: a question that one run cannot answer, and the runs that can.

`variants` are compared, `sweep` varies values step by step, `targets` ask for a size. A scenario that is run by itself
ignores its study, and one that has this scenario as its base does not inherit it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Self

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from sim.scenario.measures import MeasureName
from sim.scenario.mistakes import ScenarioError, expected, meant
from sim.scenario.names import Closed, DottedPath, Name, VariantName
from sim.scenario.targets import EXAMPLES, Target
from sim.spec import ListOf, Omittable, Spec, mistake, mistake_at
from sim.units import shown

MAX_POINTS = 10_000
"""The most points of a sweep."""
_AXIS_TEXTS = ("1,2,4..64", "0:1:11", "1 ms:10 s:5:log", "one,all,hand_off")


@dataclass(frozen=True, eq=False)
class _Written:
    """A value that the file has as a text; `read` makes it, or raises a ScenarioError, and str writes it."""

    kind: type
    read: Callable[[str], Any]
    schema: JsonSchemaValue

    def _validate(self, value: Any) -> Any:
        if isinstance(value, self.kind):
            return value
        if not isinstance(value, str):
            raise mistake("text", f"found {shown(value)}; expected a text such as '{self.schema['examples'][0]}'")
        try:
            return self.read(value)
        except ScenarioError as error:
            raise mistake("text", error.mistakes[0].text) from None

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            self._validate, serialization=core_schema.plain_serializer_function_ser_schema(str)
        )

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string", **self.schema}


_MEASURES = {"minLength": 1, "examples": ["p99.9", "P(wait)", "fallback", "P(latency > 10 ms)"]}
MeasureText = Annotated[MeasureName, _Written(MeasureName, MeasureName.parse, _MEASURES)]
"""A measure, written by its name."""
TargetText = Annotated[Target, _Written(Target, Target.parse, {"pattern": "[<≤]", "examples": list(EXAMPLES)})]
"""A target, written ``measure <= bound``."""


class _AxisValues:
    """The values of an axis as written: a text of the mini language, a list of anything, or a single value."""

    def _validate(self, value: Any) -> Any:
        if isinstance(value, (list, tuple)):
            if not value:
                raise mistake("axis", "found an empty list; expected at least one value")
            return list(value)
        if value is None or value == "" or isinstance(value, dict):
            text = f"found {shown(value or None)}" if not isinstance(value, dict) else "found a mapping"
            raise mistake("axis", f"{text}; expected values such as {' or '.join(_AXIS_TEXTS[:2])}, or a list")
        return value

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self._validate)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {
            "description": "The values: a text such as 1,2,4..64 or 0:1:11, or a list of anything.",
            "anyOf": [
                {"type": "string", "minLength": 1, "examples": list(_AXIS_TEXTS)},
                {"type": "array", "minItems": 1},
                {"type": ["number", "boolean"]},
            ],
        }


class LatinHypercubeSpec(Spec):
    """Points drawn so that each value, or each equal part of a range, is met equally often (McKay et al. 1979)."""

    shorthand: ClassVar[str | None] = "points"

    points: int = Field(ge=1, le=MAX_POINTS, description="How many points.")
    seed: int = Field(default=1, ge=0, lt=1 << 63, description="Same seed, same points.")


class SweepSpec(Spec):
    """What is varied, and which of the combinations are run: all, a Latin hypercube, or one change at a time."""

    vary: Annotated[dict[DottedPath, Annotated[Any, _AxisValues()]], Closed()] = Field(
        min_length=1, description="The values to run, by the path that --set takes, such as pools.bio.min_nr."
    )
    where: ListOf[str] = Field(
        default=(),
        description="Only points where all of these hold, such as pools.bio.min_nr * 4 KiB <= 1 MiB.",
    )
    latin_hypercube: Omittable[LatinHypercubeSpec] = Field(
        default=None, description="So many points drawn instead of all combinations."
    )
    one_at_a_time: Omittable[bool] = Field(
        default=None, description="Each value alone, with all others as in the file, instead of all combinations."
    )

    @model_validator(mode="after")
    def _one_plan(self) -> Self:
        if self.one_at_a_time and self.latin_hypercube is not None:
            raise mistake_at("cross", "both latin_hypercube and one_at_a_time; expected one of them", "one_at_a_time")
        return self


class StudySpec(Spec):
    """A question, and what is compared, varied or demanded to answer it."""

    question: str = Field(default="", description="The question in a sentence.")
    replications: Omittable[int] = Field(
        default=None, ge=1, le=1_000_000, description="How many runs of each, with other random numbers."
    )
    variants: Annotated[dict[VariantName, dict[str, Any]], Closed()] = Field(
        default={},
        description="What is compared, by name: changes of this file, by dotted path or nested; {} is the file itself.",
        max_length=100,
    )
    baseline: Omittable[VariantName] = Field(
        default=None, description="The variant that the others are compared with; left out: the first."
    )
    sweep: Omittable[SweepSpec] = Field(default=None, description="What is varied step by step.")
    pool: Omittable[Name] = Field(default=None, description="The pool that targets and measures are about.")
    targets: ListOf[TargetText] = Field(
        default=(), description="What the pool is to meet, such as p99.9 <= 10 ms or P(wait) <= 1e-4."
    )
    measures: ListOf[MeasureText] = Field(default=(), description="What is shown first, such as p99 or P(wait).")

    @model_validator(mode="after")
    def _baseline_is_a_variant(self) -> Self:
        if self.baseline is not None and self.baseline not in self.variants:
            names = expected(self.variants) or "; expected it under variants"
            text = f"no variant is called '{self.baseline}'{names}{meant(self.baseline, self.variants)}"
            raise mistake_at("cross", text, "baseline", found=self.baseline)
        return self

    def other_verb(self, *but: str) -> str:
        """A hint at the command that answers the question, if it is none of `but`; otherwise nothing."""
        return f"; its study is answered by mempool-sim {self.verb}" if self.verb and self.verb not in but else ""

    @property
    def verb(self) -> str | None:
        """The command that answers the question, None if there is nothing to run."""
        if self.variants:
            return "compare"
        if self.sweep is not None:
            return "sweep"
        return "size" if self.targets else None
