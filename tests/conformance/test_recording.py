import gzip
import json

import pytest

from sim.conformance import ConformanceInputError, load_recording
from sim.conformance.expected import clock_of

HEADER = {"kind": "header", "hz": 250, "lost": 0}
EVENT = {"seq": 0, "t": 5, "j": 0, "task": -2, "op": -1, "ev": "create_call", "n": 1, "curr": -1, "min": -1}


@pytest.fixture
def write(tmp_path):
    def written(*lines):
        path = tmp_path / "6.12" / "s.jsonl.gz"
        path.parent.mkdir()
        path.write_bytes(gzip.compress("\n".join(map(str, lines)).encode()))
        return path

    return written


def test_a_recording_knows_its_kernel_and_script(write):
    recording = load_recording(write(json.dumps(HEADER), json.dumps(EVENT)))
    assert (recording.kernel, recording.script, recording.hz, len(recording.events)) == ("6.12", "s", 250, 1)


def test_a_recording_ends_at_the_rescue(cases):
    case = cases["6.1", "c06_same_task_twice_deadlock"]
    assert case.recording.rescued
    assert max(event.t_ns for event in case.recording.events) < case.script.rescue_ns


def test_a_recording_shows_the_clock_that_expected_gives(cases):
    for case in cases.values():
        shown = clock_of(case.recording.events, case.recording.hz)
        assert shown.start_jiffies == case.clock.start_jiffies
        if shown.start_jiffies is not None:
            assert shown.jiffy_0_at_ms == pytest.approx(case.clock.jiffy_0_at_ms, abs=0.01)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([], ":1: expected a header line before the events"),
        ([json.dumps(EVENT)], ":1: expected a header line before the events"),
        ([json.dumps({**HEADER, "lost": 3})], ": the recording lost 3 events"),
        ([json.dumps({**HEADER, "hz": 0})], ":1: hz(=0) must be a positive whole number"),
        ([json.dumps(HEADER), "{"], ":2: not JSON: "),
        ([json.dumps(HEADER), "[]"], ":2: expected a JSON object"),
        ([json.dumps(HEADER), json.dumps({**EVENT, "ev": "boom"})], ":2: 'boom' is not a valid Kind"),
    ],
)
def test_a_malformed_recording_says_where(write, lines, message):
    path = write(*lines)
    with pytest.raises(ConformanceInputError) as error:
        load_recording(path)
    assert str(error.value).startswith(f"{path}{message}")


def test_a_file_that_is_not_gzip_is_refused(tmp_path):
    path = tmp_path / "s.jsonl.gz"
    path.write_text("plain")
    with pytest.raises(ConformanceInputError, match="not a readable gzip file"):
        load_recording(path)


def test_a_truncated_file_is_refused(write):
    path = write(json.dumps(HEADER), json.dumps(EVENT))
    path.write_bytes(path.read_bytes()[:-12])
    with pytest.raises(ConformanceInputError, match="not a readable gzip file"):
        load_recording(path)
