from typing import Annotated, ClassVar

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, ValidationError

from sim.spec import ListOf, NonEmptyListOf, Omittable, RootSpec, Spec, listing, mistake_at, nearest, one_of
from sim.units import PositiveCount, PositiveDuration, Probability


class Fixed(RootSpec[PositiveDuration]):
    """Always the same."""


class Random(Spec):
    """Differs."""

    mean: PositiveDuration = Field(description="The mean of it.")
    skew: Omittable[Probability] = None


class Blend(RootSpec[NonEmptyListOf["Delay"]]):
    """Some of each."""


LIGHT = Random(mean="1 ms", skew=0.5)
Delay = Annotated[
    Fixed | Random | Blend,
    one_of("delay", {"fixed": Fixed, "random": Random, "blend": Blend}, bare="fixed", words={"light": LIGHT}),
]
Blend.model_rebuild()


class Alloc(Spec):
    shorthand: ClassVar[str] = "pool"
    pool: str
    n: PositiveCount = 1


class Free(Spec):
    pool: str


Step = Annotated[Alloc | Free, one_of("step", {"alloc": Alloc, "free": Free})]


class Plan(Spec):
    delay: Delay = Field("5 s", validate_default=True)
    steps: ListOf[Step] = ()
    limit: Omittable[PositiveCount] = None
    span: Annotated[tuple[PositiveDuration, PositiveCount], listing("[duration, count]")] = (1, 1)


def mistakes(value, model=Plan):
    with pytest.raises(ValidationError) as error:
        model.model_validate(value)
    return [(line["loc"], line["msg"]) for line in error.value.errors()]


def test_the_one_key_names_the_choice():
    assert Plan.model_validate({"delay": {"random": {"mean": "1 ms"}}}).delay == Random(mean="1 ms")


def test_a_bare_value_stands_for_its_tag():
    assert Plan.model_validate({"delay": "2 s"}).delay == Fixed("2 s")


def test_a_word_stands_for_its_value():
    assert Plan.model_validate({"delay": "light"}).delay == LIGHT


def test_a_choice_holds_further_choices():
    assert Plan.model_validate({"delay": {"blend": ["1 s", {"blend": ["light"]}]}}).delay.root[1].root == (LIGHT,)


def test_a_shorthand_stands_for_its_field():
    assert Plan.model_validate({"steps": [{"alloc": "bio"}]}).steps == (Alloc(pool="bio"),)


@pytest.mark.parametrize(
    "plan",
    [
        {"delay": "2 s"},
        {"delay": "light"},
        {"delay": {"random": {"mean": "3 ms"}}},
        {"delay": {"blend": ["1 s", {"random": {"mean": "3 ms", "skew": 0.25}}]}},
        {"delay": "2 s", "steps": [{"alloc": "bio"}, {"alloc": {"pool": "bio", "n": 4}}, {"free": {"pool": "bio"}}]},
        {"delay": "2 s", "limit": 3},
        {"delay": "2 s", "span": ["1 s", 2]},
    ],
)
def test_a_model_is_written_as_it_was_read(plan):
    assert Plan.model_validate(plan).model_dump(mode="json", exclude_unset=True) == plan


MISTAKES = [
    ({"delay": {"randm": {}}}, ("delay", "randm"), "unknown delay 'randm': did you mean 'random'?"),
    ({"delay": {"x": {}}}, ("delay", "x"), "unknown delay 'x': expected fixed, random or blend"),
    ({"delay": {1: {}}}, ("delay", 1), "unknown delay '1': expected fixed, random or blend"),
    ({"delay": "ligt"}, ("delay",), "unknown delay 'ligt': did you mean 'light'?"),
    (
        {"delay": "random"},
        ("delay",),
        "'random' alone says too little: expected its value too, as in {random: ...}",
    ),
    ({"delay": {}}, ("delay",), "expected one delay, found nothing"),
    (
        {"delay": {"fixed": "1 s", "random": {"mean": "1 s"}}},
        ("delay", "random"),
        "expected one delay, found 'fixed' and 'random'",
    ),
    ({"delay": {"fixed": "1 s", "skew": 1}}, ("delay", "skew"), "expected one delay, found 'fixed' and 'skew'"),
    ({"delay": None}, ("delay",), "expected a delay (light, fixed, random or blend), not nothing"),
    ({"delay": ["1 s"]}, ("delay",), "expected a delay (light, fixed, random or blend), not a list"),
    ({"delay": 5}, ("delay",), "expected a duration with its unit, such as '5 s', not 5"),
    ({"delay": "5 sec"}, ("delay",), "unknown unit 'sec' in '5 sec': expected ns, us, ms, s, min or h"),
    ({"delay": {"fixed": True}}, ("delay", "fixed"), "expected a duration with its unit, such as '5 s', not true"),
    (
        {"delay": {"blend": ["1 s", {"random": {"mean": 1}}]}},
        ("delay", "blend", 1, "random", "mean"),
        "expected a duration with its unit, such as '5 s', not 1",
    ),
    ({"delay": {"blend": []}}, ("delay", "blend"), "expected a list of at least 1, not one of 0"),
    ({"steps": [{"alloc": 5}]}, ("steps", 0, "alloc"), "Input should be a valid string"),
    (
        {"steps": [{"alloc": {"pool": "bio", "n": 0}}]},
        ("steps", 0, "alloc", "n"),
        "expected a whole number, 1 or more, not 0",
    ),
    ({"steps": [5]}, ("steps", 0), "expected a step (alloc or free), not 5"),
    ({"steps": "alloc"}, ("steps",), "expected a list, not 'alloc'"),
    ({"limit": None}, ("limit",), "expected a value, found nothing"),
    ({"limit": 0}, ("limit",), "expected a whole number, 1 or more, not 0"),
    ({"limt": 1}, ("limt",), "Extra inputs are not permitted"),
    ({"span": ["1 s"]}, ("span",), "expected [duration, count], not a list of 1"),
    ({"span": ["1 s", 0]}, ("span", 1), "expected a whole number, 1 or more, not 0"),
]


@pytest.mark.parametrize(("value", "loc", "message"), MISTAKES)
def test_a_mistake_is_one_error_at_its_place_in_the_file(value, loc, message):
    assert mistakes(value) == [(loc, message)]


def test_all_mistakes_are_told_at_once():
    found = mistakes({"delay": 5, "steps": [{"alloc": {"pool": 1}}, {"fee": 1}], "limit": -1})
    assert [loc for loc, _ in found] == [("delay",), ("steps", 0, "alloc", "pool"), ("steps", 1, "fee"), ("limit",)]


def test_a_model_never_changes():
    with pytest.raises(ValidationError, match="frozen"):
        LIGHT.mean = 5


def test_a_mistake_can_be_placed_below_the_value():
    error = mistake_at("order", "too early", "times", 3, found="1 s")
    assert error.errors()[0]["loc"] == ("times", 3)
    assert error.errors()[0]["msg"] == "too early"


def test_a_text_with_braces_in_it_is_told_as_it_is():
    assert mistakes({"delay": "{message}"})[0][1] == "expected a duration with its unit, such as '5 s', not '{message}'"


def test_two_tags_of_one_model_are_refused():
    with pytest.raises(ValueError, match="each tag of delay needs a model of its own"):
        one_of("delay", {"a": Fixed, "b": Fixed})


@pytest.mark.parametrize(
    ("name", "meant"), [("poison", "poisson"), ("GFP_NOIP", "GFP_NOIO"), ("Poisson", "poisson"), ("zzz", None)]
)
def test_the_nearest_name_is_the_one_that_was_meant(name, meant):
    assert nearest(name, ["poisson", "periodic", "GFP_NOIO"]) == meant


def test_the_json_schema_carries_the_descriptions():
    schema = Plan.model_json_schema()
    choices = schema["properties"]["delay"]["anyOf"][0]["properties"]
    assert choices["random"]["description"] == "Differs."
    assert schema["$defs"]["Random"]["properties"]["mean"]["description"] == "The mean of it."


@pytest.mark.parametrize("value", [value for value, _, _ in MISTAKES])
def test_the_json_schema_refuses_each_mistake(value):
    assert not _schema.is_valid(value)


_leaves = st.sampled_from(["2 s", "light", "random", "5", 5, 0, None, True, [], {}, "bio", 0.5])
_keys = st.sampled_from(["fixed", "random", "blend", "alloc", "free", "pool", "n", "mean", "skew", "other"])
_values = st.recursive(
    _leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_keys, inner, max_size=2), max_leaves=6
)
_plans = st.fixed_dictionaries(
    {}, optional={"delay": _values, "steps": st.lists(_values, max_size=3), "limit": _leaves, "span": _values}
)
_delay = st.recursive(
    st.sampled_from(["2 s", "light", {"random": {"mean": "1 ms"}}]),
    lambda inner: st.builds(lambda delays: {"blend": delays}, st.lists(inner, max_size=3)),
)
_schema = jsonschema.Draft202012Validator(Plan.model_json_schema())


@given(_plans | st.builds(lambda delay: {"delay": delay}, _delay))
def test_the_json_schema_accepts_exactly_what_the_model_accepts(plan):
    try:
        Plan.model_validate(plan)
        accepted = True
    except ValidationError:
        accepted = False
    assert _schema.is_valid(plan) == accepted
