"""Sizing where theory knows the answer; benchmarks/sizing_rate.py counts how often it is right."""

import importlib.util
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def benchmark():
    spec = importlib.util.spec_from_file_location("sizing_rate", ROOT / "benchmarks" / "sizing_rate.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


RATE = benchmark()
SETTINGS = {setting.name: setting for setting in RATE.settings()}
QUICK = ("Erlang B", "Erlang C", "independent failures")
STUDIES = 200


@pytest.mark.parametrize("name", SETTINGS)
def test_the_target_lies_between_two_sizes_or_just_above_one(name):
    setting = SETTINGS[name]
    answer, bound = setting.answer, RATE.Target.parse(setting.target).bound
    if setting.close:
        assert 1 < bound / setting.share(answer) < 1.01
    else:
        assert setting.share(answer) * 1.25 < bound < setting.share(answer - 1) / 1.25


@pytest.mark.parametrize("name", QUICK)
def test_a_study_of_the_simulator_tells_what_theory_says(name):
    assert SETTINGS[name].study(seed=1000)[0] == RATE.TOLD


@pytest.mark.parametrize("name", [name for name in SETTINGS if name not in QUICK])
def test_a_study_whose_answer_is_hard_to_tell_leaves_the_true_one(name):
    assert SETTINGS[name].study(seed=1000)[0] != RATE.WRONG


@pytest.mark.long
@pytest.mark.parametrize("name", SETTINGS)
def test_it_is_wrong_no_more_often_than_it_says(name):
    found, _ = RATE.repeated(list(SETTINGS).index(name), STUDIES, seed=1, jobs=1)
    assert found[RATE.WRONG] <= (1 - RATE.CONFIDENCE) * STUDIES
