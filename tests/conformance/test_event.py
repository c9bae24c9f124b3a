import pytest

from sim.conformance import Event, Kind
from sim.conformance.event import EventError, before_rescue

RECORD = {
    "seq": 7,
    "t": 1_000,
    "j": 2,
    "task": 0,
    "op": 3,
    "ev": "ret",
    "curr": 1,
    "min": 4,
    "src": "reserve",
    "elem": 2,
}


def test_a_record_is_read_into_its_fields():
    event = Event.from_record(RECORD)
    assert (event.t_ns, event.jiffy, event.kind, event.curr_nr, event.min_nr) == (1_000, 2, Kind.RET, 1, 4)
    assert (event.src, event.elem) == ("reserve", 2)


def test_a_mask_is_read_from_hexadecimal():
    assert Event.from_record({**RECORD, "ev": "call", "gfp": "0xcc0"}).gfp == 0xCC0


def test_every_recorded_event_survives_being_written_and_read(cases):
    for case in cases.values():
        assert all(Event.from_record(event.record()) == event for event in case.recording.events)


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({"seq": 1}, "an event without 'ev'"),
        ({**RECORD, "ev": "explode"}, "'explode' is not a valid Kind"),
        ({**RECORD, "t": "soon"}, "'soon' where a whole number belongs"),
        ({**RECORD, "gfp": "GFP_NOIO"}, "invalid literal for int() with base 16: 'GFP_NOIO'"),
    ],
)
def test_a_record_that_is_no_event_is_refused(record, message):
    with pytest.raises(EventError) as error:
        Event.from_record(record)
    assert str(error.value) == message


def test_events_from_the_rescue_on_do_not_count():
    events = [Event.from_record({**RECORD, "ev": kind, "t": t}) for kind, t in (("call", 1), ("rescue", 2), ("ret", 3))]
    assert before_rescue(events) == (events[0],)


def test_events_from_the_time_of_the_rescue_on_do_not_count():
    events = [Event.from_record({**RECORD, "t": t}) for t in (1, 2, 3)]
    assert before_rescue(events, rescue_ns=2) == (events[0],)
