"""`--set path=value`: what it means and what is told when it is wrong."""

import pytest

from sim.scenario import ScenarioError, load_with_settings
from sim.scenario.overrides import parse_set


def mistakes_of(*settings) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        load_with_settings("quick.yaml", settings)
    return [str(mistake) for mistake in caught.value.mistakes]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("seed=3", 3),
        ("duration=5 s", "5 s"),
        ("pressure=none", "none"),
        ("machine={hz: 100}", {"hz": 100}),
        ("tasks.writer.steps=[{alloc: bio}]", [{"alloc": "bio"}]),
        ("devices=", None),
        ("kernel=6.10", "6.10"),
        ('kernel="6.10"', "6.10"),
        ("name=2024", "2024"),
        ("description=a=b", "a=b"),
    ],
)
def test_the_value_is_yaml(text, value):
    assert parse_set(text)[1].plain() == value


def test_settings_are_applied_in_order(valid):
    scenario = load_with_settings("quick.yaml", ["seed=3", "pools.bio.min_nr=16", "seed=4"])
    assert (scenario.seed, scenario.pools["bio"].min_nr) == (4, 16)


@pytest.mark.parametrize(
    ("setting", "mistake"),
    [
        ("pools.bio.min_nr=-1", "--set pools.bio.min_nr: found -1; expected a whole number from 0 to 1000000"),
        (
            "pools.bio.min_rn=4",
            (
                "--set pools.bio.min_rn: unknown key 'min_rn'; expected min_nr, backing, fault_injection, "
                "bulk_fault_injection or semantics; "
                "did you mean 'min_nr'?"
            ),
        ),
        ("pools.boi.min_nr=4", "--set pools.boi: nothing called 'boi' here; expected bio; did you mean 'bio'?"),
        ("durration=4 s", "--set durration: unknown key 'durration'; did you mean 'duration'?"),
        ("seed", "--set: found 'seed'; expected path=value"),
        ("=4", "--set: found '=4'; expected path=value"),
        ("pools..min_nr=4", "--set: found 'pools..min_nr=4'; expected path=value"),
        ("machine={hz: 100", "--set machine: not valid YAML: expected ',' or '}', but got '<stream end>'"),
        ("machine={hz: 100, hz: 250}", "--set machine: duplicate key 'hz'; it stands on line 1 already"),
        (
            "tasks.writer.steps.0.alloc=boi",
            "--set tasks.writer.steps.0.alloc: unknown pool 'boi'; expected bio; did you mean 'bio'?",
        ),
    ],
)
def test_a_mistake_is_placed_at_its_setting(valid, setting, mistake):
    assert mistakes_of(setting) == [mistake]


def test_an_empty_value_removes_a_key(valid):
    assert load_with_settings("quick.yaml", ["warmup="]).warmup == 0


def test_the_mistakes_of_all_settings_are_told_at_once(valid):
    assert mistakes_of("seed=x", "pools.boi.min_nr=4", "nonsense") == [
        "--set: found 'nonsense'; expected path=value",
        "--set pools.boi: nothing called 'boi' here; expected bio; did you mean 'bio'?",
        "--set seed: found 'x'; expected a whole number from 0 to 9223372036854775807",
    ]
