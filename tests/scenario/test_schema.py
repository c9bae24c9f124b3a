"""The published JSON Schema: kept up to date, and of one mind with the loader."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from sim.scenario import Scenario, ScenarioError
from sim.scenario.document import parse
from sim.scenario.schema import scenario_schema, schema_text

HERE = Path(__file__).parent
COMMITTED = HERE.parents[1] / "scenarios" / "scenario.schema.json"

# What a schema cannot say, because it is about the text of the file ...
ABOUT_YAML = {
    "alias-bomb", "alias-of-itself", "alias-of-nothing", "colon-in-value", "control-character", "deep-blocks",
    "deep-nesting", "duplicate-key", "duplicate-pool", "escape-out-of-range", "key-not-a-word", "not-utf8", "tab",
    "two-documents", "unclosed-bracket",
}  # fmt: skip
# ... or about two places of it, another file, or arithmetic.
BEYOND_A_SCHEMA = {
    "base-circle", "base-circle-back", "base-missing", "base-of-itself", "base-removes-needed",
    "base-removes-nothing", "bulk-fault-too-old", "bulk-mask", "bulk-too-old", "bursts-without-end", "csv-missing",
    "csv-not-numbers", "csv-unclosed-quote", "dirtier-without-writeback", "dirty-ratio-below-default",
    "dirty-ratios-reversed", "fault-injection-too-old", "fraction-for-whole", "free-too-many", "free-without-alloc",
    "gfp-too-new", "gfp-too-old", "gfp-unknown", "in-flight-of-closed-loop", "load-gfp-too-new", "load-gfp-unknown",
    "load-too-much", "locked-twice", "loop-without-time", "memory-and-pressure", "memory-for-reserves",
    "memory-in-use", "memory-kept-free", "memory-less-than-a-page", "memory-missing", "memory-swap-less-than-a-page",
    "memory-too-new", "memory-too-small", "memory-without-effect", "memory-without-zone", "nan", "never-allocates",
    "never-freed", "never-freed-in-repeat", "never-unlocked", "no-devices", "object-too-large", "outages-without-end",
    "program-too-long", "study-axes", "study-baseline", "study-no-points", "study-points",
    "study-range-without-count", "study-too-many-points", "study-values", "study-where", "swap-out-without-device",
    "swap-without-writer", "too-many-calls", "too-many-retries", "too-many-steps", "too-many-tasks", "unknown-device",
    "unknown-pool", "unlock-without-lock", "unused", "warmup-too-long", "watermarks-below-min",
    "watermarks-given-twice", "watermarks-out-of-order", "work-not-in-pages", "work-of-memory-unlimited",
    "writeback-too-much",
}  # fmt: skip

OUR_SPECS = [
    "Scenario", "MachineSpec", "CostsSpec", "PoolSpec", "TaskSpec", "LimitsSpec", "PolicySpec", "MemorySpec",
    "ZonesSpec", "WatermarksSpec", "AtStartSpec", "SwapDeviceSpec", "ZramSpec", "PageCostsSpec",
    "DirtierSpec", "ReaderSpec", "HogSpec", "AllocatorSpec", "Writeback", "SwapOut",
    "StudySpec", "SweepSpec", "LatinHypercubeSpec",
]  # fmt: skip


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    return Draft202012Validator(scenario_schema())


def plain(file: Path) -> object:
    root = parse(file.read_text(encoding="utf-8"), None, [])
    return root.plain() if root else None


def named(folder: str) -> list[Path]:
    return sorted((HERE / folder).rglob("*.yaml"))


def test_the_committed_schema_is_the_one_that_the_models_give():
    assert COMMITTED.read_text(encoding="utf-8") == schema_text(), "mempool-sim schema > scenarios/scenario.schema.json"


def test_it_is_a_schema_of_draft_2020_12():
    assert scenario_schema()["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(scenario_schema())


@pytest.mark.parametrize("file", [*named("valid"), *COMMITTED.parent.glob("*.yaml")], ids=lambda file: file.stem)
def test_it_accepts_what_the_loader_accepts(validator, file):
    assert [error.message for error in validator.iter_errors(plain(file))] == []


@pytest.mark.parametrize(
    "file", [f for f in named("invalid") if f.stem not in ABOUT_YAML | BEYOND_A_SCHEMA], ids=lambda file: file.stem
)
def test_it_refuses_what_the_loader_refuses(validator, file):
    assert not validator.is_valid(plain(file))


@pytest.mark.parametrize("name", sorted(BEYOND_A_SCHEMA))
def test_what_is_said_to_be_beyond_it_really_is(validator, name):
    assert validator.is_valid(plain(HERE / "invalid" / f"{name}.yaml"))


@pytest.mark.parametrize("name", OUR_SPECS)
def test_every_field_of_the_scenario_has_a_description(name):
    definitions = scenario_schema()["$defs"]
    for key, field in definitions[name]["properties"].items():
        shared = definitions.get(field.get("$ref", "").rpartition("/")[2], {})
        assert field.get("description") or shared.get("description"), f"{name}.{key}"


JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 10**12),
    st.floats(),
    st.sampled_from(["", "5 s", "250/s", "4 KiB", "none", "fail", "GFP_NOIO", "bio", "-1 s", "6.12"]),
    st.just([]),
    st.just({}),
    st.just({"lognormal": {"median": "1 ms"}}),
    st.just(["bio"]),
)


def places(value: object, path: tuple = ()) -> list[tuple]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, inner in items for place in places(inner, (*path, key)))]


def changed(value, path: tuple, junk):
    if not path:
        return junk
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = changed(value[path[0]], path[1:], junk)
    return copy


@pytest.mark.parametrize("name", ["everything", "with-memory", "study"])
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_one_value_replaced_by_junk_is_refused_by_the_loader_if_the_schema_refuses_it(validator, name, data):
    whole = plain(HERE / "valid" / f"{name}.yaml")
    path = data.draw(st.sampled_from(places(whole)[1:]))
    document = changed(whole, path, data.draw(JUNK))
    try:
        Scenario.from_mapping(document)
    except ScenarioError:
        return
    assert validator.is_valid(document)


def defaults_in(schema: dict) -> list[tuple[str, dict]]:
    return [
        (f"{name}.{key}", field)
        for name, definition in schema["$defs"].items()
        for key, field in definition.get("properties", {}).items()
        if "default" in field
    ]


def test_what_it_says_is_the_default_could_be_written_there():
    schema = scenario_schema()
    found = defaults_in(schema)
    assert len(found) > 50
    for name, field in found:
        wanted = {"$defs": schema["$defs"], **field}
        assert Draft202012Validator(wanted).is_valid(field["default"]), name
