import gzip
import json
import shutil
from dataclasses import replace

import pytest
from click.testing import CliRunner

from sim.cli.conform import conform as command
from sim.conformance import ConformanceInputError, Kind, conform, conform_case, judge, load_cases
from sim.conformance.report import lines_of, total_line


@pytest.fixture
def copied(recordings, tmp_path):
    """A function that copies the files of single scripts into a directory of their own."""

    def copy(*names):
        for name in names:
            for path in (
                f"scripts/{name}.json",
                f"expected/{name}.json",
                *(f"traces/{k}/{name}.jsonl.gz" for k in ("6.1", "6.12")),
            ):
                target = tmp_path / path
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(recordings / path, target)
        return tmp_path

    return copy


def run(*args):
    return CliRunner().invoke(command, [str(arg) for arg in args])


def test_the_simulator_meets_the_demand_on_every_recording(cases):
    verdict = judge(conform(cases.values()))
    assert verdict.reasons == ()
    assert verdict.total.robust.compared == 6040


def test_a_simulator_that_ignores_the_reserve_does_not_meet_the_demand(cases):
    case = cases["6.12", "a02_reserve_lifo"]
    deaf = [replace(event, src="null", elem=-1) if event.kind is Kind.RET else event for event in case.recording.events]
    verdict = judge([conform_case(case, deaf)])
    assert not verdict.met
    assert verdict.total.rules_broken > 0


def test_scripts_run_under_every_kernel_of_the_directory(copied):
    cases = load_cases(copied("a01_backing_ok", "f04_create_fails"))
    assert [(case.script.name, case.kernel) for case in cases] == [
        ("a01_backing_ok", "6.1"),
        ("a01_backing_ok", "6.12"),
        ("f04_create_fails", "6.1"),
        ("f04_create_fails", "6.12"),
    ]


def test_a_missing_recording_leaves_the_comparison_with_expected(copied):
    directory = copied("a01_backing_ok", "a02_reserve_lifo")
    (directory / "traces/6.1/a02_reserve_lifo.jsonl.gz").unlink()
    result = list(conform(load_cases(directory)))[2]
    assert (result.kernel, len(result.comparisons)) == ("6.1", 30)
    assert result.notes == ("no recording of it on 6.1: compared with expected alone, without exact time-outs",)
    assert judge([result]).met


def test_a_missing_expected_leaves_nothing_to_demand(copied):
    directory = copied("c01_timeout_backing_recovered")
    (directory / "expected/c01_timeout_backing_recovered.json").unlink()
    result = next(conform(load_cases(directory)))
    assert judge([result]).total.robust.compared == 0
    assert result.notes == (
        "no expected/c01_timeout_backing_recovered.json: no operation is known as robust or stable",
        "no clock in expected: the recording's own is used",
    )


def test_the_command_prints_scores_and_totals_and_exits_0(copied):
    result = run(copied("a01_backing_ok"))
    *scores, total = result.stdout.splitlines()
    assert scores == [
        "6.1    a01_backing_ok: 16 operations compared, 16 equal",
        "6.12   a01_backing_ok: 16 operations compared, 16 equal",
    ]
    assert total == (
        "total: 32 operations compared, 32 equal; robust 32/32; stable 32/32 (100.00 %); time-outs on their jiffy 0/0; "
        "return times 20/20; rules broken 0: the demand is met"
    )
    assert result.exit_code == 0


def test_the_command_prints_each_difference_and_exits_1(copied):
    directory = copied("a01_backing_ok")
    path = directory / "traces/6.12/a01_backing_ok.jsonl.gz"
    changed = gzip.decompress(path.read_bytes()).replace(b'"dst":"free_fn"', b'"dst":"reserve"', 1)
    path.write_bytes(gzip.compress(changed))
    result = run(directory)
    assert "    op 8 free [robust] dst: recorded reserve, simulated free_fn" in result.stdout.splitlines()
    assert "the demand is NOT met: 1 robust operations differ; " in result.stdout
    assert result.exit_code == 1


def test_the_command_prints_the_same_as_json(copied):
    result = run(copied("a01_backing_ok"), "--json")
    document = json.loads(result.stdout)
    assert document["met"] is True
    assert document["total"]["robust"] == {"compared": 32, "equal": 32}
    assert [(case["kernel"], case["differences"], case["rules"]) for case in document["cases"]] == [
        ("6.1", [], []),
        ("6.12", [], []),
    ]


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (shutil.rmtree, ": not a directory"),
        (lambda directory: shutil.rmtree(directory / "scripts"), "scripts: no scripts (*.json)"),
        (lambda directory: (directory / "traces/6.1").rename(directory / "traces/new"), "traces: unknown kernel 'new'"),
        (lambda directory: (directory / "scripts/a01_backing_ok.json").write_text("{}"), "pool: Field required"),
        (lambda directory: (directory / "expected/a01_backing_ok.json").write_text("{}"), "ops: Field required"),
        (lambda directory: (directory / "traces/6.1/a01_backing_ok.jsonl.gz").write_text("x"), "not a readable gzip"),
    ],
)
def test_a_directory_that_cannot_be_used_exits_2_and_says_why(copied, spoil, message):
    directory = copied("a01_backing_ok")
    spoil(directory)
    result = run(directory)
    assert message in result.stderr
    assert result.stdout == ""
    assert result.exit_code == 2


def test_a_gfp_word_that_the_kernel_does_not_know_is_refused(copied):
    directory = copied("a01_backing_ok")
    script = directory / "scripts/a01_backing_ok.json"
    script.write_text(script.read_text().replace('"NOIO"', '"NOPE"', 1))
    result = run(directory)
    assert f"{script}: op 0: unknown gfp word 'NOPE' under kernel 6.1" in result.stderr
    assert result.exit_code == 2


def test_a_directory_without_kernels_is_refused(copied):
    directory = copied("a01_backing_ok")
    shutil.rmtree(directory / "traces")
    shutil.rmtree(directory / "expected")
    with pytest.raises(ConformanceInputError, match="no folder that names a kernel"):
        load_cases(directory)


def test_a_broken_rule_is_told_with_its_number_and_time(cases):
    case = cases["6.12", "b04_four_waiters_one_free"]
    events = [replace(event, state=1) if event.kind is Kind.SLEEP else event for event in case.recording.events]
    result = conform_case(case, events)
    assert "    rule 5 at 30.071 ms (event 10): slept in state 1, not uninterruptibly" in list(lines_of(result))
    assert f"rules broken {len(result.deviations)}" in total_line(judge([result]))
