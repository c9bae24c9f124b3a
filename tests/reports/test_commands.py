import json
import shlex
from itertools import pairwise

import pytest
from click.testing import CliRunner

import sim
from sim.catalogue import shipped
from sim.cli.main import main
from sim.experiments import Execution, sweep
from sim.experiments.verification.known import known
from sim.reports.commands import compare_command, file_of, run_command, size_command, sweep_command, verify_command
from sim.reports.variants import changed
from sim.scenario import load_with_settings
from sim.scenario.measures import MeasureName
from sim.scenario.study import LatinHypercubeSpec
from sim.scenario.sweeps import sweep_of
from sim.scenario.variants import variants_of


def options(command, name):
    words = shlex.split(command)
    return [value for option, value in pairwise(words) if option == name]


def mappings(scenarios):
    return {name: scenario.to_mapping() for name, scenario in scenarios.items()}


@pytest.mark.parametrize("name", shipped())
def test_a_shipped_scenario_is_run_by_its_name(name):
    assert run_command(sim.load(name).to_mapping(), 7, 0) == (f"mempool-sim run {name} --seed 7",)


@pytest.mark.parametrize(
    "changes",
    [
        {"kernel": "6.10"},
        {"pools.bio.min_nr": 16, "duration": "10 s"},
        {"semantics.wake": "one"},
        {"pressure": "none"},
        {"pressure": {"on_off": None, "constant": {"first_attempt": 0.5, "with_reclaim": 0.25}}},
        {"tasks.writer.steps": [{"alloc": "bio"}, {"io": "ssd"}, {"sleep": "1 ms"}, {"free": "bio"}]},
        {"devices.ssd.queue_depth": 8, "tasks.writer.memalloc": True},
    ],
    ids=str,
)
def test_settings_make_a_changed_one_of_it(changes):
    scenario = sim.load("quickstart", changes)
    (command,) = run_command(scenario.to_mapping(), 1, 0)
    words = shlex.split(command)
    assert words[:3] == ["mempool-sim", "run", "quickstart"]
    made = load_with_settings("quickstart", options(command, "--set"))
    assert changed(made.to_mapping(), scenario.to_mapping()) == {}


def test_another_scenario_is_run_from_its_file():
    mapping = {**sim.load("quickstart").to_mapping(), "name": "my own"}
    assert run_command(mapping, 3, 0) == ("mempool-sim run my-own.yaml --seed 3",)


def test_one_that_only_bears_the_name_of_a_shipped_one_is_run_from_its_file():
    mapping = {**sim.load("dm-crypt").to_mapping(), "name": "quickstart"}
    assert run_command(mapping, 3, 0) == ("mempool-sim run quickstart.yaml --seed 3",)


def test_a_replication_is_made_in_python():
    assert run_command(sim.load("quickstart").to_mapping(), 3, 4) == (
        "import sim",
        'sim.load("quickstart").run(seed=3, replication=4)',
    )


@pytest.mark.parametrize("name", ["../../etc/passwd", "a b", "<script>", "...", "ä"])
def test_the_name_of_a_file_is_harmless(name):
    assert set(file_of(name)) <= set("abcdefghijklmnopqrstuvwxyz-.")
    assert file_of(name)[0] not in "-."


def compared(variants, baseline, **more):
    runs = {"replications": 20, "seed": 1, "confidence": 0.95, "measures": []}
    return compare_command({"variants": variants, "baseline": baseline, **runs, **more})


def test_variants_of_a_file_are_compared_as_changes_of_it():
    texts = ["small:", "large:pools.bio.min_nr=16,semantics.wake=one"]
    variants = mappings(variants_of(sim.load("quickstart"), texts))
    (command,) = compared(variants, "small")
    assert command == (
        "mempool-sim compare quickstart --variant small: "
        "--variant large:pools.bio.min_nr=16,semantics.wake=one --replications 20 --seed 1"
    )
    again = mappings(variants_of(sim.load("quickstart"), options(command, "--variant")))
    assert {name: changed(again[name], variants[name]) for name in variants} == {"small": {}, "large": {}}


def test_a_baseline_that_is_not_the_first_is_named():
    variants = mappings(variants_of(sim.load("quickstart"), ["a:pools.bio.min_nr=16", "b:"]))
    assert "--baseline b" in compared(variants, "b")[0]


def test_scenarios_that_have_little_in_common_are_compared_as_files():
    variants = {name: {**sim.load(name).to_mapping(), "name": f"my-{name}"} for name in ("quickstart", "guest-320m")}
    (command,) = compared(variants, "quickstart")
    assert "--variant" in command or "quickstart.yaml guest-320m.yaml" in command


def verified(scenarios, seed, margin=None):
    return verify_command({"variants": scenarios, "seed": seed, "replications": 30, "margin": margin})


def test_the_built_in_set_is_verified_without_naming_it():
    scenarios = {each.scenario.name: each.scenario.to_mapping() for each in known()}
    assert verified(scenarios, 1) == ("mempool-sim verify --replications 30",)
    assert verified(scenarios, 7, 0.02) == ("mempool-sim verify --replications 30 --seed 7 --margin 0.02",)


def test_named_scenarios_are_verified_by_name():
    scenarios = {"erlang-b": sim.load("erlang-b").to_mapping(), "own": sim.load("erlang-c").to_mapping()}
    assert verified(scenarios, 5) == ("mempool-sim verify erlang-b own.yaml --replications 30 --seed 5",)


def test_a_sizing_is_made_again_from_the_shipped_scenario_or_from_its_file():
    asked = {"pool": "elements", "targets": ["P(NULL) <= 3 %"], "own": 16, "most": 64}
    scenario = sim.load("erlang-b", {"duration": "5 s", "pools.elements.min_nr": 4})
    document = {
        "variants": {"min_nr 4": scenario.to_mapping()},
        "sizing": asked,
        "confidence": 0.95,
        "replications": 160,
        "seed": 1,
    }
    (command,) = size_command(document)
    what = "mempool-sim size erlang-b --set 'duration=5 s' --pool elements --target 'P(NULL) <= 3 %' --most 64"
    assert command == f"{what} --replications 160 --seed 1"
    own = {"min_nr 4": {**scenario.to_mapping(), "name": "mine"}}
    (command,) = size_command({**document, "variants": own, "sizing": {**asked, "most": 4096}, "confidence": 0.9})
    assert command.startswith("mempool-sim size mine.yaml --pool elements --target 'P(NULL) <= 3 %' --rep")
    assert command.endswith(" --confidence 0.9")


def test_what_a_study_is_asked_besides_is_typed(tmp_path):
    execution = Execution(replications=2, jobs=1, runs=tmp_path)
    study = sim.load("which-knob", {"duration": "100 ms", "warmup": "0 s"})
    own = sweep(study, sweep_of(study), execution=execution)
    other = sweep(study, sweep_of(study), measures=[MeasureName.parse("p50")], execution=execution)
    assert "--measure" not in sweep_command({**own.document, "variants": {"": sim.load("which-knob").to_mapping()}})[0]
    assert (
        "--measure p50" in sweep_command({**other.document, "variants": {"": sim.load("which-knob").to_mapping()}})[0]
    )


def test_a_comparison_is_typed_with_what_it_was_asked():
    variants = mappings(variants_of(sim.load("quickstart"), ["a:pools.bio.min_nr=16", "b:"]))
    assert "--measure p99" in compared(variants, "a", measures=["p99"])[0]
    listed = sim.load("kernels")
    assert compared(mappings(variants_of(listed)), list(variants_of(listed))[-1])[0].startswith(
        f"mempool-sim compare kernels --baseline {list(variants_of(listed))[-1]} "
    )


@pytest.mark.parametrize(
    ("words", "made"),
    [
        (["pools.bio.min_nr=1,2", "semantics.wake=one,all"], {}),
        (["pools.bio.min_nr=1..3"], {"where": ["pools.bio.min_nr > 1"]}),
        (["pools.bio.min_nr=1:64:log"], {"latin_hypercube": LatinHypercubeSpec(points=3, seed=2)}),
        (["devices.ssd.latency={constant: 1 ms},2 ms", "pools.bio.min_nr=1,2"], {"one_at_a_time": True}),
    ],
)
def test_a_sweep_is_typed_again(tmp_path, words, made):
    scenario = sim.load("quickstart", {"duration": "200 ms", "warmup": "0 s"})
    execution = Execution(replications=2, jobs=1, runs=tmp_path)
    against = MeasureName.parse("mean wait")
    outcome = sweep(scenario, sweep_of(scenario, words, **made), against=against, confidence=0.9, execution=execution)
    (command,) = sweep_command(outcome.document)
    assert "--against 'mean wait'" in command
    done = CliRunner().invoke(main, [*shlex.split(command)[1:], "--out", str(tmp_path / "out"), "--json", "--no-plots"])
    assert json.loads(done.stdout)["digests"] == outcome.document["digests"]
