import hashlib
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.engine.recording import CallLog
from sim.kernel.call import Path
from sim.results.calls import CALL, EventsNotKeptError, Kind

SECOND = 1_000_000_000

SHORT = (1_000, 350, Path.FIRST, 1)
WAITED = (2_000, 5_004_000_700, Path.WAIT_RESERVE, 6, 2, 1, 1, 1, 300_000, 5_003_000_000, 700_000, True)

shorts = st.tuples(st.integers(0, 10**12), st.integers(0, 10**10), st.sampled_from(Path), st.integers(0, 2**32 - 1))
counts = st.integers(0, 2**32 - 1)
times = st.integers(0, 10**14)
longs = st.tuples(
    times, times, st.sampled_from(Path), counts, counts, counts, counts, counts, times, times, times, st.booleans()
)


def add(log: CallLog, kind: int, call: tuple) -> None:
    call_ns, latency_ns, path, *rest = call
    (log.short if len(rest) == 1 else log.long)(call_ns, latency_ns, kind, path, *rest)


def logged(calls: list[tuple], **options: object) -> CallLog:
    log = CallLog(10 * SECOND, **options)
    kind = log.kind("bio", "writer", "GFP_NOIO")
    for call in calls:
        add(log, kind, call)
    log.finish()
    return log


@given(st.lists(st.one_of(shorts, longs), max_size=30), st.integers(1, 8))
def test_every_column_comes_back_as_it_was_added(calls, block_rows):
    log = logged(calls, block_rows=block_rows)
    order = ("call_ns", "latency_ns", "path", "attempts", "sleeps", "wakes", "wasted_wakes", "timeouts", "reclaim_ns")
    order += ("asleep_ns", "vain_ns", "barged")
    padded = [(*call, *[0] * (12 - len(call))) for call in calls]
    assert [log.column(name).tolist() for name in order] == [[call[i] for call in padded] for i in range(12)]


def test_blocks_follow_each_other_without_gap_or_overlap():
    log = logged([SHORT, WAITED, SHORT], block_rows=2)
    assert [len(log.block(number)["path"]) for number in range(log.blocks)] == [2, 1]
    assert set(log.block(0)) == set(CALL.names)


def test_a_short_call_in_the_place_of_a_long_one_inherits_nothing():
    log = logged([WAITED, SHORT], block_rows=1)
    assert log.column("asleep_ns").tolist() == [5_003_000_000, 0]


def test_a_call_counts_before_its_block_is_sealed():
    log = CallLog(SECOND, block_rows=2)
    kind = log.kind("bio", "writer", "GFP_NOIO")
    lengths = []
    for _ in range(3):
        add(log, kind, SHORT)
        lengths.append(len(log))
    log.finish()
    assert [*lengths, len(log)] == [1, 2, 3, 3]


def test_the_same_kind_has_the_same_number():
    log = CallLog(SECOND)
    numbers = [log.kind("bio", "writer", "GFP_NOIO"), log.kind("bio", "writer", "GFP_NOIO", 2)]
    assert numbers == [0, 1]
    assert log.kind("bio", "writer", "GFP_NOIO") == 0
    assert log.kinds == (Kind("bio", "writer", "GFP_NOIO"), Kind("bio", "writer", "GFP_NOIO", 2))


def test_too_many_kinds_are_refused(monkeypatch):
    monkeypatch.setattr("sim.engine.recording._MOST_KINDS", 1)
    log = CallLog(SECOND)
    log.kind("bio", "writer", "GFP_NOIO")
    with pytest.raises(ValueError, match=r"more than 1 kinds of calls: .*'reader'"):
        log.kind("bio", "reader", "GFP_NOIO")


MIXED = [SHORT, WAITED] * 20


@pytest.mark.parametrize("options", [{"block_rows": 3}, {"streaming": True}, {"streaming": True, "block_rows": 7}])
def test_the_digest_depends_on_neither_blocks_nor_streaming(options):
    assert logged(MIXED, **options).digest == logged(MIXED).digest


@pytest.mark.parametrize(
    "other",
    [
        (1_001, 350, Path.FIRST, 1),
        (1_000, 351, Path.FIRST, 1),
        (1_000, 350, Path.RESERVE, 1),
    ],
    ids=["call a nanosecond later", "latency a nanosecond longer", "another path"],
)
def test_the_digest_tells_any_difference(other):
    assert logged([*MIXED, other]).digest != logged([*MIXED, SHORT]).digest


def test_the_digest_tells_the_order_of_completion():
    assert logged([SHORT, WAITED]).digest != logged([WAITED, SHORT]).digest


def digest_with_kinds(*registered: Kind, used: Kind) -> str:
    log = CallLog(SECOND)
    numbers = {kind: log.kind(*kind) for kind in registered}
    add(log, numbers[used], SHORT)
    log.finish()
    return log.digest


WRITER, READER = Kind("bio", "writer", "GFP_NOIO"), Kind("bio", "reader", "GFP_NOIO")


def test_the_digest_does_not_depend_on_the_order_in_which_kinds_were_registered():
    assert digest_with_kinds(WRITER, READER, used=READER) == digest_with_kinds(READER, WRITER, used=READER)


@pytest.mark.parametrize("other", [READER, Kind("bio", "writer", "GFP_NOWAIT"), Kind("bio", "writer", "GFP_NOIO", 2)])
def test_the_digest_tells_kinds_apart(other):
    assert digest_with_kinds(WRITER, other, used=other) != digest_with_kinds(WRITER, other, used=WRITER)


def test_the_digest_is_the_one_of_the_published_rows():
    mark = hashlib.sha256(b"bio\0writer\0GFP_NOIO\x001").digest()[:7]
    row = (1_000).to_bytes(8, "little") + (350).to_bytes(8, "little") + bytes([Path.RESERVE]) + mark
    assert logged([(1_000, 350, Path.RESERVE, 1)]).digest == hashlib.sha256(row).hexdigest()


def test_a_call_takes_less_than_40_bytes_even_if_every_call_waits():
    wide = [3600 * SECOND, 10 * SECOND, 7, 200, 9, 200, 200, 9, 5 * SECOND, 10 * SECOND, 5 * SECOND, 2]
    draw = random.Random(1)
    log = logged([tuple(map(draw.randrange, wide)) for _ in range(4000)], block_rows=1000)
    assert 30 < log.nbytes() / len(log) < 40


def test_a_call_that_did_not_block_takes_less_than_16_bytes():
    calls = [(i * 10**6, 200 + 7919 * i % 1000, Path.FIRST, 1) for i in range(5000)]
    assert logged(calls, block_rows=1000).nbytes() / 5000 < 16


def test_streaming_takes_the_same_memory_for_ten_times_the_calls():
    sizes = [logged(MIXED * times, streaming=True, block_rows=16).nbytes() for times in (1, 10)]
    assert sizes[0] == sizes[1] > 0


def test_streamed_calls_are_not_there_to_see():
    with pytest.raises(EventsNotKeptError, match="run it again without streaming"):
        logged(MIXED, streaming=True).column("latency_ns")


def test_an_empty_log_has_empty_columns():
    assert logged([]).column("latency_ns").tolist() == []
