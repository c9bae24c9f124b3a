"""The studies that come with the simulator: each asks one question, and says which command answers it."""

import re

import pytest

from sim.catalogue import studies, summary, verb
from sim.experiments.sample.reserved import reserved_bytes
from sim.experiments.sizing.size import asked_of
from sim.scenario import load
from sim.scenario.sweeps import scenarios_at, sweep_of
from sim.scenario.variants import variants_of

MODELINE = "# yaml-language-server: $schema=../scenario.schema.json"

each = pytest.mark.parametrize("name", sorted(studies()))


@each
def test_it_loads_under_its_own_name_and_asks_a_question(name):
    study = load(name)
    assert study.name == name
    assert study.study.question.endswith("?")
    assert study.study.replications


@each
def test_the_list_names_the_command_that_answers_it(name):
    assert verb(studies()[name]) == load(name).study.verb


@each
def test_its_line_of_the_list_fits(name):
    assert 40 <= len(summary(studies()[name])) <= 110


@each
def test_all_that_it_runs_can_be_run(name):
    study = load(name)
    made = {
        "compare": lambda: variants_of(study),
        "sweep": lambda: scenarios_at(study, sweep_of(study)),
        "size": lambda: asked_of(study)[1],
    }[study.study.verb]()
    assert len(made) >= 2


@each
def test_no_two_points_or_variants_are_the_same(name):
    study = load(name)
    if study.study.verb == "compare":
        made = [scenario.with_(name="same").to_mapping() for scenario in variants_of(study).values()]
    elif study.study.verb == "sweep":
        made = [scenario.to_mapping() for scenario in scenarios_at(study, sweep_of(study))]
    else:
        return
    assert all(one != other for number, one in enumerate(made) for other in made[:number])


def test_shared_or_own_takes_the_same_memory():
    sizes = {reserved_bytes(variant) for variant in variants_of(load("shared-or-own")).values()}
    assert len(sizes) == 1


def test_the_names_are_told_apart():
    assert all(re.fullmatch(r"[a-z][a-z0-9-]+", name) for name in studies())


@pytest.mark.parametrize(
    ("ask", "name", "verb_of_it"),
    [(variants_of, "null-rate", "sweep"), (sweep_of, "kernels", "compare"), (asked_of, "kernels", "compare")],
)
def test_another_command_names_the_one_that_answers_it(ask, name, verb_of_it):
    with pytest.raises(ValueError, match=f"its study is answered by mempool-sim {verb_of_it}"):
        ask(load(name))
