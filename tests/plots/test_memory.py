from dataclasses import replace

import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from sim.plots import memory
from sim.plots.memory import STALLS, STATES, pages_in_intervals
from sim.results.memory import MEMORY, MemoryRecord, MemoryRow

LINEAR = [{"name": "Normal", "managed": 80_000, "min": 10_000, "low": 12_500, "high": 15_000, "lowmem_reserve": 0}]


@pytest.fixture
def drawn(make, pages):
    """The six panels of a run with so many intervals and these zones."""

    def draw(*, ticks=400, zones=None, most_free=40_000, **options):
        record = pages(**({"zones": zones} if zones else {}), ticks=ticks, most_free=most_free)
        return memory(make(memory=record, **options))

    return draw


def stairs(axes, label):
    (patch,) = (patch for patch in axes.patches if patch.get_label() == label)
    return patch.get_data()


def pairs(record):
    """The columns of a record, two intervals side by side."""
    return {name: column.reshape(-1, 2) for name, column in zip(MEMORY, np.array(record.rows, float).T, strict=True)}


def legend(axes):
    return [text.get_text() for text in axes.get_legend().get_texts()]


def test_two_intervals_are_joined_to_what_fits_into_the_picture(make, pages):
    """400 intervals are too many: of two there are the least, and mean and most at their ends."""
    record = pages()
    free, reclaim, states, _, _, stalls = memory(make(memory=record))
    two = pairs(record)
    band, mean = stairs(free, "least to most"), stairs(free, "mean")
    assert list(band.edges) == [0, *two["t_ns"][:, 1]]
    assert np.array_equal(band.baseline, two["free_min"].min(axis=1))
    assert np.array_equal(band.values, two["free"].max(axis=1))
    assert mean.values == pytest.approx(two["free"].mean(axis=1))
    assert stairs(reclaim, "kswapd").values == pytest.approx(two["kswapd"].mean(axis=1))
    assert np.array_equal(
        stairs(states, "clean cache").values - stairs(states, "clean cache").baseline, two["clean"][:, 1]
    )
    assert len(stairs(stalls, "memory some").values) == 58
    for name in ("memory_some", "memory_full", "io_some", "io_full"):
        share = stairs(stalls, name.replace("_", " "))
        mean = np.average(share.values, weights=np.diff(share.edges))
        assert mean == pytest.approx(two[f"{name}_share"].mean())


def test_few_intervals_are_drawn_as_they_are(make, pages):
    record = pages(ticks=5)
    frame = make(memory=record).memory
    edges, columns = pages_in_intervals(frame)
    assert list(edges) == [0, *frame["t_ns"]]
    for name in ("free_min", "clean", "kswapd", "io_full"):
        assert list(columns[name]) == pytest.approx(list(frame[name]))
    assert list(columns["free_mean"]) == pytest.approx(list(frame["free"]))


def test_a_short_last_interval_weighs_less(make, pages):
    frame = make(memory=pages()).memory.iloc[:2].copy()
    frame["t_ns"], frame["reclaimers"] = [30, 40], [1.0, 5.0]
    assert pages_in_intervals(frame, most=1)[1]["reclaimers"] == pytest.approx([2.0])


def test_the_watermarks_are_marked_and_named(drawn):
    free = drawn()[0]
    marks = {line.get_label(): line.get_ydata()[0] for line in free.lines}
    assert marks == {"high = 3.33 MiB": 853, "low = 2.78 MiB": 711, "min = 2.22 MiB": 569}
    assert [text.get_text() for text in free.texts] == ["min", "low", "high"]


def test_the_watermarks_of_several_zones_are_added_up(drawn):
    zone = {"managed": 40_000, "min": 100, "low": 125, "high": 150, "lowmem_reserve": 0}
    zones = [{"name": name, **zone} for name in ("DMA32", "Normal")]
    free = drawn(zones=zones)[0]
    assert [line.get_ydata()[0] for line in free.lines] == [300, 250, 200]
    assert free.get_legend().get_title().get_text() == "of 2 zones together"


def test_what_a_zone_keeps_from_others_is_part_of_the_marks(drawn):
    zones = [{"name": "DMA32", "managed": 40_000, "min": 100, "low": 125, "high": 150, "lowmem_reserve": 1000}]
    free = drawn(zones=[*zones, {**zones[0], "name": "Normal", "lowmem_reserve": 0}])[0]
    assert [line.get_ydata()[0] for line in free.lines] == [1300, 1250, 1200]
    assert free.get_legend().get_title().get_text() == "of 2 zones together,\nwith lowmem_reserve"


def test_far_above_the_watermarks_free_pages_stand_on_a_logarithmic_axis_that_says_so(drawn):
    free = drawn()[0]
    assert free.get_yscale() == "symlog"
    assert free.get_ylabel() == "free memory\n(linear up to high)"
    assert free.get_ylim()[0] < 0


def test_near_the_watermarks_the_axis_is_linear(drawn):
    free = drawn(zones=LINEAR)[0]
    assert free.get_yscale() == "linear"
    assert free.get_ylabel() == "free memory (MiB)"


@pytest.mark.parametrize(("zones", "least"), [(None, 4), (LINEAR, 3)])
def test_ticks_of_free_memory_are_round_sizes(drawn, zones, least):
    free = drawn(zones=zones)[0]
    low, high = free.get_ylim()
    mib = np.array([tick for tick in free.get_yticks() if low <= tick <= high]) / 256
    assert len(mib) >= least
    assert mib[0] == 0
    assert np.allclose(mib * 2, np.round(mib * 2))


def test_ticks_on_a_logarithmic_axis_have_their_unit(drawn):
    form = drawn()[0].yaxis.get_major_formatter()
    assert [form(0), form(256), form(4**9)] == ["0", "1 MiB", "1 GiB"]


def test_kswapd_and_direct_reclaim_add_up(make, pages):
    record = pages(ticks=100)
    reclaim = memory(make(memory=record))[1]
    direct = stairs(reclaim, "direct reclaim")
    rows = np.array(record.rows)
    assert direct.baseline == pytest.approx(rows[:, MEMORY.index("kswapd")])
    assert direct.values - direct.baseline == pytest.approx(rows[:, MEMORY.index("reclaimers")])


def test_the_states_lie_on_each_other_and_add_up_to_the_memory(drawn):
    states = drawn()[2]
    below = 0
    for look in STATES.values():
        part = stairs(states, look.name)
        assert np.array_equal(part.baseline, below * np.ones_like(part.values))
        below = part.values
    assert set(below) == {80_000}


def test_the_legend_of_the_states_is_in_the_order_of_the_picture(drawn):
    assert legend(drawn()[2]) == [look.name for look in reversed(STATES.values())]


def test_the_states_can_be_told_apart_without_colour():
    looks = [(look.color, look.hatch) for look in STATES.values()]
    assert len(set(looks)) == len(looks)
    assert sum(bool(look.hatch) for look in STATES.values()) == 3


def test_the_reserve_and_the_waiters_are_those_of_the_pool(make, pages):
    result = make(memory=pages())
    level, waiters = memory(result, pool="crypt")[3:5]
    series = result.series[result.series["pool"] == "crypt"]
    two = {name: series[name].to_numpy().reshape(-1, 2) for name in ("reserve_mean", "waiters_mean")}
    assert stairs(level, "mean").values == pytest.approx(two["reserve_mean"].mean(axis=1))
    assert stairs(waiters, "mean").values == pytest.approx(two["waiters_mean"].mean(axis=1))
    assert "min_nr = 2" in legend(level)


def test_of_each_resource_some_is_an_area_and_full_a_line_of_the_same_colour(drawn):
    stalls = drawn()[5]
    assert [patch.get_label() for patch in stalls.patches] == ["memory some", "memory full", "io some", "io full"]
    assert [patch.get_fill() for patch in stalls.patches] == [True, False, True, False]
    assert [to_hex(patch.get_edgecolor()) for patch in stalls.patches[1::2]] == list(STALLS.values())
    assert [to_hex(patch.get_facecolor()) for patch in stalls.patches[::2]] == list(STALLS.values())
    assert stalls.yaxis.get_major_formatter()(0.25) == "25 %"


def test_what_lies_on_the_lists_of_the_processors_is_free(make, pages):
    record = pages(ticks=5)
    rows = [row._replace(pcp=100 * number) for number, row in enumerate(map(MemoryRow._make, record.rows))]
    edges, columns = pages_in_intervals(make(memory=replace(record, rows=rows)).memory)
    assert list(columns["free"]) == [row.free + row.pcp for row in rows]
    assert len(edges) == 6


def test_the_panels_share_one_time_axis(drawn):
    panels = drawn()
    assert {axes.get_xlim() for axes in panels} == {(0, 20_000_000_000)}
    assert [axes.get_xlabel() for axes in panels] == [""] * 5 + ["simulated time (s)"]


def test_the_panels_say_what_they_show(drawn):
    assert [axes.get_ylabel().replace("\n", " ") for axes in drawn()] == [
        "free memory (linear up to high)",
        "tasks that reclaim",
        "pages by state (MiB)",
        "elements in the reserve",
        "calls waiting",
        "stalled",
    ]


def test_the_title_names_the_pool(drawn):
    assert drawn()[0].get_title() == "Memory, reclaim and the pool bio, one of 2 pools"


def test_the_warm_up_is_hatched_in_every_panel(drawn):
    for axes in drawn(warmup_ns=3_000_000_000):
        hatched = [patch for patch in axes.patches if getattr(patch, "get_width", None) and patch.get_hatch()]
        assert [patch.get_width() for patch in hatched] == [3_000_000_000]


def test_a_memory_of_no_pages_in_no_zone_is_drawn(make):
    panels = memory(make(memory=MemoryRecord([(10**9 * (n + 1), *[0] * (len(MEMORY) - 1)) for n in range(20)])))
    assert not panels[0].lines
    assert all(axes.get_ylim()[0] < 0 for axes in panels)


def test_a_record_without_intervals_says_so(make):
    panels = memory(make(memory=MemoryRecord([], LINEAR)))
    assert [text.get_text() for text in panels[0].texts] == ["no interval"]


def test_in_a_figure_of_the_readers_own_the_names_of_the_marks_are_left_to_the_legend(make, pages):
    panels = Figure(figsize=(6, 9)).subplots(6)
    memory(make(memory=pages()), ax=panels)
    assert not panels[0].texts
    assert [name.partition(" ")[0] for name in legend(panels[0])[2:]] == ["high", "low", "min"]


def test_a_run_without_memory_is_answered_with_what_it_takes(make):
    with pytest.raises(ValueError, match="give its scenario memory: instead of pressure:"):
        memory(make())


def test_an_unknown_pool_is_refused(make, pages):
    with pytest.raises(ValueError, match="no pool 'boi'"):
        memory(make(memory=pages()), pool="boi")
