"""Which points of a sweep are run."""

from collections import Counter

import pytest

from sim.scenario import Scenario, ScenarioError
from sim.scenario.axes import Constraint, designed, label, parse_vary

SIZE, WAKE, SHARE = "pools.bio.min_nr", "semantics.wake", "pressure.constant.first_attempt"


@pytest.fixture
def design(small):
    """The design of axes and constraints given as texts."""

    def of(*axes, where=(), **more):
        return designed(
            Scenario.from_mapping(small),
            [parse_vary(axis) for axis in axes],
            [Constraint.parse(w) for w in where],
            **more,
        )

    return of


def told(design, *axes, **more) -> str:
    with pytest.raises(ScenarioError) as caught:
        design(*axes, **more)
    return str(caught.value)


def column(found, path) -> list:
    return [point.changes[path] for point in found.points]


def test_a_grid_has_all_combinations_and_its_last_axis_is_the_fastest(design):
    found = design(f"{SIZE}=1,2", f"{WAKE}=one,all")
    assert [dict(point.changes) for point in found.points] == [
        {SIZE: 1, WAKE: "one"},
        {SIZE: 1, WAKE: "all"},
        {SIZE: 2, WAKE: "one"},
        {SIZE: 2, WAKE: "all"},
    ]


def test_points_that_do_not_satisfy_a_constraint_are_left_out_and_counted(design):
    found = design(f"{SIZE}=1,2,4..64", where=[f"{SIZE} * 264 B <= 4 KiB", "duration >= 10 s", f"{SIZE} != 1"])
    assert column(found, SIZE) == [2, 4, 8]
    assert found.left_out == 4


def test_a_constraint_reads_defaults_of_the_scenario(design):
    assert column(design(f"{SIZE}=1..8", where=[f"{SIZE} > machine.cpus"]), SIZE) == [5, 6, 7, 8]


def test_a_constraint_reads_inside_of_a_value(design):
    axis = "pressure={constant: {first_attempt: 0.5}},{constant: {first_attempt: 1}}"
    (point,) = design(axis, where=["pressure.constant.first_attempt < 1"]).points
    assert point.changes == {"pressure": {"constant": {"first_attempt": 0.5}}}


def test_a_constraint_does_not_read_what_an_axis_takes_the_place_of(design):
    axis = "devices.nvme.latency={exponential: {mean: 1 ms}},{exponential: {mean: 2 ms}}"
    assert told(design, axis, where=["devices.nvme.latency > 0"]).startswith("unknown path 'devices.nvme.latency'")
    assert len(design(axis, where=["devices.nvme.latency.exponential.mean > 1 ms"]).points) == 1


def test_a_text_of_the_scenario_is_compared_as_a_text(design):
    assert len(design(f"{SIZE}=1,2", where=["kernel == '6.12'"]).points) == 2
    assert len(design("kernel=6.12,7.1", where=["kernel != '7.1'"]).points) == 1


def test_no_point_left_is_a_mistake(design):
    assert told(design, f"{SIZE}=1,2", where=[f"{SIZE} > 2"]) == (
        "none of 2 points satisfies 'pools.bio.min_nr > 2'; expected a constraint that leaves some"
    )


def test_the_mistakes_of_all_constraints_are_told(design):
    assert told(design, f"{SIZE}=1,2", where=["pools.boi.min_nr > 2", "duration > 1"]).splitlines() == [
        (
            "unknown path 'pools.boi.min_nr'; expected an axis or a single value of the scenario; "
            "did you mean 'pools.bio.min_nr'?"
        ),
        "a duration > a number in 'duration > 1'; expected two of one unit",
    ]


def test_a_grid_has_a_limit_that_is_told_before_it_is_made(design):
    assert told(design, f"{SIZE}=1..1000", "machine.cpus=1..1000", "warmup=1 s,2 s") == (
        "1000 x 1000 x 2 values are 2,000,000 points; expected at most 10,000: fewer values, or latin_hypercube"
    )


def test_a_range_without_a_number_of_values_is_for_a_latin_hypercube_alone(design):
    assert told(design, f"{SIZE}=1:64") == (
        "pools.bio.min_nr is a range without a number of values; expected that too, as in 1:64:11, or latin_hypercube"
    )


def test_a_latin_hypercube_meets_each_part_of_a_range_once(design):
    shares = column(design(f"{SHARE}=0:1", f"{SIZE}=1:64", drawn=(50, 1)), SHARE)
    assert sorted(int(share * 50) for share in shares) == list(range(50))


def test_a_latin_hypercube_meets_each_part_of_a_logarithmic_range_once(design):
    durations = column(design("duration=1 ms:100 s:log", drawn=(5, 3)), "duration")
    assert sorted(duration.split()[1] for duration in durations) == ["ms", "ms", "ms", "s", "s"]


def test_a_latin_hypercube_meets_each_single_value_equally_often(design):
    words = column(design(f"{WAKE}=one,all,hand_off", f"{SHARE}=0:1", drawn=(20, 1)), WAKE)
    assert sorted(Counter(words).values()) == [6, 7, 7]


def test_a_latin_hypercube_meets_each_whole_number_equally_often(design):
    sizes = column(design(f"{SIZE}=1:4", f"{SHARE}=0:1", drawn=(40, 1)), SIZE)
    assert Counter(sizes) == {1: 10, 2: 10, 3: 10, 4: 10}


def test_the_values_of_a_pattern_are_the_only_ones_that_are_drawn(design):
    assert set(column(design(f"{SIZE}=1,2,4..64", f"{SHARE}=0:1", drawn=(30, 1)), SIZE)) == {1, 2, 4, 8, 16, 32, 64}


def test_the_axes_of_a_latin_hypercube_are_shuffled_apart(design):
    found = design(f"{SIZE}=1:1000", "machine.cpus=1:1000", drawn=(100, 1))
    assert column(found, SIZE) != column(found, "machine.cpus")


def test_the_same_seed_draws_the_same_points(design):
    axes = (f"{SIZE}=1:64:log", f"{SHARE}=0:1")
    assert design(*axes, drawn=(9, 4)) == design(*axes, drawn=(9, 4)) != design(*axes, drawn=(9, 5))


def test_a_point_that_is_drawn_twice_is_run_once(design):
    found = design(f"{WAKE}=one,all", drawn=(7, 1))
    assert len(found.points) == 2
    assert found.repeated == 5


def test_a_point_shows_its_values_as_a_table_has_them(design):
    (point,) = design(f"{SIZE}=4", "duration=10 s", "devices.nvme.latency={exponential: {mean: 1 ms}}").points
    assert point.labels == {SIZE: 4, "duration": "10 s", "devices.nvme.latency": "{exponential: {mean: 1 ms}}"}
    assert str(point) == "pools.bio.min_nr=4, duration=10 s, devices.nvme.latency={exponential: {mean: 1 ms}}"


@pytest.mark.parametrize(
    ("value", "text"), [(None, "null"), (True, "true"), (0.5, 0.5), ([1, {"a": None}], "[1, {a: null}]"), ("x", "x")]
)
def test_a_label_is_a_number_or_one_line(value, text):
    assert label(value) == text
