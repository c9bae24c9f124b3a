"""Finding and reading scenario files."""

import os
import socket
from pathlib import Path

import pytest

from sim.catalogue import folder, shipped, summary
from sim.scenario import Scenario, ScenarioError, load
from sim.scenario.source import read


def mistake_of(name) -> str:
    with pytest.raises(ScenarioError) as caught:
        load(name)
    return str(caught.value)


def test_a_missing_file_is_said_to_be_missing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert mistake_of("nowhere.yaml") == "nowhere.yaml: no such file"


def test_a_misspelt_file_is_told_the_nearest(valid):
    assert mistake_of("quick.yml") == "quick.yml: no such file; did you mean 'quick.yaml'?"
    assert mistake_of("qiuck.yaml") == "qiuck.yaml: no such file; did you mean 'quick.yaml'?"


def test_a_path_is_never_taken_for_a_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert mistake_of(Path("quick")) == "quick: no such file"
    assert mistake_of("folder/quick") == "folder/quick: no such file"


def test_an_unknown_name_is_neither_a_file_nor_shipped(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert mistake_of("zzzzzz") == "no file and no shipped scenario is called 'zzzzzz'"


def test_a_name_too_long_for_any_file_is_missing_too(small):
    small["base"] = f"{'a' * 300}.yaml"
    with pytest.raises(ScenarioError, match="no such file"):
        Scenario.from_mapping(small)


def test_a_shipped_scenario_is_found_though_a_folder_has_its_name(monkeypatch, tmp_path, valid):
    (tmp_path / "quick.yaml").write_bytes(Path("quick.yaml").read_bytes())
    (tmp_path / "quick").mkdir()
    monkeypatch.setattr("sim.catalogue.folder", lambda: tmp_path)
    monkeypatch.chdir(tmp_path)
    assert load("quick").name == "quick"


def test_a_directory_is_not_a_scenario(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.yaml").mkdir()
    assert mistake_of("folder.yaml") == "folder.yaml: a directory; expected a scenario file"


def test_a_socket_is_no_scenario(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as unreadable:
        unreadable.bind("socket.yaml")
        assert mistake_of("socket.yaml") == "socket.yaml: not a regular file; expected a scenario file"


def test_a_pipe_is_refused_and_not_waited_for(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe.yaml")
    assert mistake_of("pipe.yaml") == "pipe.yaml: not a regular file; expected a scenario file"


def test_a_file_that_cannot_be_opened_says_why():
    with pytest.raises(ScenarioError, match=r"x\.yaml: cannot be read: file name too long"):
        read(Path("x" * 300 + "x.yaml"), [])


def test_a_byte_order_mark_is_passed_over(valid, tmp_path):
    path = tmp_path / "bom.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + Path("quick.yaml").read_bytes())
    assert load(path).name == "quick"


def test_windows_line_ends_do_no_harm(valid, tmp_path):
    path = tmp_path / "crlf.yaml"
    path.write_bytes(Path("quick.yaml").read_bytes().replace(b"\n", b"\r\n"))
    assert load(path) == load("quick.yaml")


def test_shipped_scenarios_are_found_by_name(monkeypatch, tmp_path, valid):
    text = Path("quick.yaml").read_text()
    (tmp_path / "alpha.yaml").write_text(text)
    monkeypatch.setattr("sim.catalogue.folder", lambda: tmp_path)
    assert load("alpha").name == "quick"
    assert mistake_of("alhpa") == "no file and no shipped scenario is called 'alhpa'; did you mean 'alpha'?"


def test_in_a_checkout_the_shipped_scenarios_are_those_of_the_top_folder():
    assert folder() == Path(__file__).parents[2] / "scenarios"


@pytest.mark.parametrize("name", sorted(shipped()))
def test_every_shipped_scenario_is_in_order_and_describes_itself(name):
    scenario = load(name)
    assert scenario.name == name
    assert summary(shipped()[name]) == scenario.description.strip().partition("\n")[0] != ""


@pytest.mark.parametrize("name", sorted(shipped()))
def test_every_shipped_scenario_names_the_schema_for_editors(name):
    assert shipped()[name].read_text().startswith("# yaml-language-server: $schema=./scenario.schema.json\n")


def test_the_summary_is_the_first_line_of_the_description(valid):
    assert summary(Path("quick.yaml")).startswith("Eight writers share")


def test_a_long_chain_of_bases_is_refused_in_one_line(valid, tmp_path, monkeypatch):
    quick = Path("quick.yaml").read_text()
    monkeypatch.chdir(tmp_path)
    Path("0.yaml").write_text(quick)
    for number in range(1, 1_500):
        Path(f"{number}.yaml").write_text(f"name: n{number}\nbase: {number - 1}.yaml\n")
    assert load("20.yaml").name == "n20"
    assert mistake_of("1499.yaml") == (
        "1479.yaml:2:7: base: more than 20 bases on top of each other; expected fewer files, or one that says it all"
    )
