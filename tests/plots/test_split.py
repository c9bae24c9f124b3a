import pytest

from sim.kernel.call import Path
from sim.plots import split


def bars(axes):
    """Label of a part to (left, width) of every bar."""
    return {part.get_label(): [(bar.get_x(), bar.get_width()) for bar in part] for part in axes.containers}


def beside(axes):
    """What stands to the right of the bars."""
    return [text.get_text() for text in axes.texts if text.get_position()[0] > 1]


def test_a_bar_is_the_latency_of_the_events_of_a_class(make):
    result = make()
    axes = split(result)
    events = result.events
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert names == ["bio / writer", "bio / reader", "crypt / writer"]
    for position, name in enumerate(names):
        pool, task = name.split(" / ")
        mine = events[(events["pool"] == pool) & (events["task"] == task)]
        blocked = mine[["reclaim_ns", "asleep_ns", "vain_ns"]].sum()
        total = mine["latency_ns"].sum()
        widths = {part: drawn[position][1] for part, drawn in bars(axes).items()}
        assert widths == pytest.approx(
            {
                "operations": (total - blocked.sum()) / total,
                "direct reclaim": blocked["reclaim_ns"] / total,
                "asleep on the pool": blocked["asleep_ns"] / total,
                "woken in vain": blocked["vain_ns"] / total,
            }
        )


def test_the_parts_of_a_bar_join_and_end_at_100_percent(make):
    parts = list(bars(split(make())).values())
    for position in range(3):
        end = 0
        for drawn in parts:
            left, width = drawn[position]
            assert left == pytest.approx(end)
            end = left + width
        assert end == pytest.approx(1)


def test_the_mean_of_a_call_stands_beside_its_bar(make):
    def add(log, classes, calls):
        kind = log.kind(*classes[0], "GFP_NOIO")
        log.short(0, 1000, kind, Path.FIRST, 1)
        log.long(5, 3_000_000, kind, Path.RECLAIM, 2, 0, 0, 0, 0, 2_000_000, 0, 0, False)

    assert beside(split(make([("bio", "writer")], add=add))) == ["mean 1.5 ms\n2 calls"]


def test_a_share_of_almost_all_is_not_rounded_to_100_percent(make):
    def add(log, classes, calls):
        log.long(0, 100_000, log.kind(*classes[0], "GFP_NOIO"), Path.WAIT, 2, 1, 1, 0, 0, 0, 99_999, 0, False)

    axes = split(make([("bio", "writer")], add=add))
    assert [text.get_text() for text in axes.texts if "%" in text.get_text()] == [">99.9 %"]


def test_a_class_whose_calls_took_no_time_says_so(make):
    def add(log, classes, calls):
        for latency_ns, pair in zip((0, 1000), classes, strict=True):
            log.short(0, latency_ns, log.kind(*pair, "GFP_NOIO"), Path.FIRST, 1)

    axes = split(make([("bio", "writer"), ("bio", "reader")], add=add))
    said = [text.get_position()[1] for text in axes.texts if text.get_text() == "no call took any time"]
    assert said == [0]


def test_shares_are_written_where_there_is_room(make):
    def add(log, classes, calls):
        log.long(0, 100, log.kind(*classes[0], "GFP_NOIO"), Path.WAIT, 2, 1, 1, 0, 0, 30, 65, 3, False)

    axes = split(make([("bio", "writer")], add=add))
    assert [text.get_text() for text in axes.texts if "%" in text.get_text()] == ["30 %", "65 %"]


def test_unfinished_calls_are_told(make):
    result = make()
    unfinished = (result.events["path"] == "unfinished").sum()
    (top,) = split(result).child_axes
    assert f"{unfinished} calls unfinished, counted so far" in top.get_xlabel().replace("\n", " ")


@pytest.mark.parametrize(("vain_ns", "told"), [(0, False), (20, True)])
def test_it_is_told_that_rounds_woken_in_vain_contain_their_reclaim(make, vain_ns, told):
    def add(log, classes, calls):
        log.long(0, 100, log.kind(*classes[0], "GFP_NOIO"), Path.WAIT, 4, 2, 2, 1, 0, 30, 40, vain_ns, False)

    (top,) = split(make([("bio", "writer")], add=add)).child_axes
    assert ('"woken in vain" contains the reclaim of those rounds' in top.get_xlabel().replace("\n", " ")) is told


def test_of_many_classes_the_slowest_have_bars_and_the_others_share_one(make):
    def add(log, classes, calls):
        for number, (pool, task) in enumerate(classes):
            log.short(0, 1000 * (number + 1), log.kind(pool, task, "GFP_NOIO"), Path.FIRST, 1)

    axes = split(make([(f"p{number}", "t") for number in range(1000)], add=add))
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert names == [*(f"p{number} / t" for number in range(989, 1000)), "989 other classes"]
    assert beside(axes)[-1] == "mean 495 us\n989 calls"


def test_a_class_called_all_is_not_taken_for_the_sum(make):
    axes = split(make([("bio", "all"), ("bio", "writer")]))
    assert [label.get_text() for label in axes.get_yticklabels()] == ["bio / all", "bio / writer"]


def test_a_class_without_calls_says_so(make):
    assert beside(split(make([("bio", "writer")], calls=0, add=lambda log, classes, _: log.kind(*classes[0], "")))) == [
        "no call"
    ]
