import json

import pytest

from sim.conformance import ConformanceInputError, load_script
from sim.conformance.script import Mode

SCRIPT = {
    "pool": {"min_nr": 1},
    "rescue_ms": 3000,
    "tasks": [{"id": 0, "cpu": None}],
    "ops": [{"id": 0, "task": 0, "verb": "alloc", "at_ms": 10.5, "gfp": "NOIO", "slot": 0}],
}


@pytest.fixture
def load(tmp_path):
    def loaded(**changes):
        path = tmp_path / "s.json"
        path.write_text(json.dumps({**SCRIPT, **changes}))
        return load_script(path)

    return loaded


def op(**fields):
    return {"id": 0, "task": 0, "verb": "alloc", "at_ms": 10, "gfp": "NOIO", "slot": 0} | fields


def test_every_script_of_the_recordings_loads(cases):
    assert len({case.script.name for case in cases.values()}) == 39


def test_what_a_script_leaves_out_is_a_healthy_backing(load):
    script = load()
    assert (script.backing, script.backing_calls, script.alloc_fn_latency_ms, script.prealloc_fail_from) == (
        (),
        (),
        0,
        None,
    )


def test_a_script_is_named_after_its_file(load):
    assert load(name="other").name == "s"


def test_times_are_read_as_ns(load):
    assert load().ops[0].at_ns == 10_500_000


def test_keys_that_mean_nothing_here_are_ignored(load):
    assert load(seed=7, ops=[op(note="first")]).ops[0].slot == 0


@pytest.mark.parametrize(
    "bounds",
    [{"from_call": 2, "to_call": 5}, {"from": 2, "to": 5}, {"from_n": 2, "to_n": 5}, {"first": 2, "last": 5}],
)
def test_a_window_of_calls_is_read_however_its_bounds_are_spelled(load, bounds):
    (window,) = load(backing_calls=[{**bounds, "mode": "fail"}]).backing_calls
    assert (window.from_call, window.to_call, window.mode) == (2, 5, Mode.FAIL)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"pool": {"min_nr": -1}}, "pool.min_nr: Input should be greater than or equal to 0 (found -1)"),
        ({"tasks": [{"id": 0}, {"id": 0}]}, "Value error, two tasks have the same id"),
        ({"ops": [op(), op()]}, "Value error, two ops have the same id"),
        ({"ops": [op(task=3)]}, "Value error, ops of task 3, which is not among the tasks"),
        ({"ops": [op(at_ms=None)]}, "ops.0: Value error, needs exactly one of at_ms and after_ms"),
        ({"ops": [op(after_ms=1)]}, "ops.0: Value error, needs exactly one of at_ms and after_ms"),
        ({"ops": [op(gfp=None, slot=None)]}, "ops.0: Value error, alloc needs gfp and slot"),
        ({"ops": [op(verb="resize")]}, "ops.0: Value error, resize needs n"),
        ({"ops": [op(verb="resize", n=0)]}, "ops.0: Value error, a resize to 0: the kernel stops on n <= 0"),
        ({"rescue_ms": 0}, "rescue_ms: Input should be greater than 0 (found 0)"),
        (
            {"rescue_ms": "late"},
            "rescue_ms: Input should be a valid number, unable to parse string as a number (found 'late')",
        ),
    ],
)
def test_a_malformed_script_says_what_is_wrong_and_where(load, tmp_path, changes, message):
    with pytest.raises(ConformanceInputError) as error:
        load(**changes)
    assert str(error.value) == f"{tmp_path / 's.json'}: {message}"


def test_an_unknown_verb_is_refused_with_the_known_ones(load):
    with pytest.raises(ConformanceInputError, match=r"ops.0.verb: .*'alloc', 'free', .* \(found 'grab'\)"):
        load(ops=[op(verb="grab")])


def test_an_unknown_mode_is_refused_with_the_known_ones(load):
    with pytest.raises(ConformanceInputError, match=r"backing.0.mode: .*'fail_even_calls'.*\(found 'maybe'\)"):
        load(backing=[{"from_ms": 0, "to_ms": 1, "mode": "maybe"}])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", ":1:2: not JSON: Expecting property name enclosed in double quotes"),
        ("[]", ": expected a JSON object, found list"),
        ("[" * 100_000, ": "),
    ],
)
def test_a_file_that_is_no_json_object_is_refused(tmp_path, text, message):
    path = tmp_path / "s.json"
    path.write_text(text)
    with pytest.raises(ConformanceInputError) as error:
        load_script(path)
    assert str(error.value).startswith(f"{path}{message}")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ConformanceInputError, match="No such file or directory"):
        load_script(tmp_path / "none.json")
