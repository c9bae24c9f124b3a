"""Each file in invalid/ has the mistakes, word for word, that invalid/messages.txt says it has."""

from pathlib import Path

import pytest

from sim.scenario import ScenarioError, load

FOLDER = Path(__file__).parent / "invalid"


def messages() -> dict[str, str]:
    sections = (FOLDER / "messages.txt").read_text(encoding="utf-8").split("== ")[1:]
    return {name: text.rstrip("\n") for name, _, text in (section.partition("\n") for section in sections)}


def test_every_file_has_its_messages_and_the_other_way_round():
    assert sorted(messages()) == sorted(file.name for file in FOLDER.glob("*.yaml"))


def test_there_are_enough_of_them():
    assert len(messages()) >= 45


@pytest.mark.parametrize("name", messages())
def test_the_mistakes_are_told_exactly(name, monkeypatch):
    monkeypatch.chdir(FOLDER)
    with pytest.raises(ScenarioError) as caught:
        load(name)
    assert str(caught.value) == messages()[name]


@pytest.mark.parametrize("name", messages())
def test_no_message_speaks_the_language_of_the_implementation(name):
    jargon = ("pydantic", "Traceback", "input_type", "Input should", "ctx", "[type=", "Value error")
    assert not any(word in messages()[name] for word in jargon)


@pytest.mark.parametrize("name", messages())
def test_a_mistake_is_one_line_with_a_position(name, monkeypatch):
    monkeypatch.chdir(FOLDER)
    with pytest.raises(ScenarioError) as caught:
        load(name)
    for mistake in caught.value.mistakes:
        assert "\n" not in str(mistake)
        assert mistake.file
        assert mistake.line
        assert mistake.column
