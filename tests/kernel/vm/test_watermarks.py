import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.kernel.versions import KernelVersion
from sim.kernel.vm.watermarks import (
    RESERVE_RATIO,
    Watermarks,
    lowmem_reserve,
    min_free_kbytes,
    raised_for_thp,
    watermarks_of,
)

OLD, NEW = KernelVersion.parse("4.5"), KernelVersion.parse("6.12")
MIB = 256
GIB = 1024 * MIB
"""In pages of 4 KiB."""

DESKTOP = {"DMA": 3840, "DMA32": 3 * GIB // 4, "Normal": 15 * GIB}

versions = st.sampled_from(
    [KernelVersion.parse(release) for release in ("2.6.18", "2.6.38", "4.5", "4.6", "5.6", "7.2")]
)
sizes = st.integers(1, 64 * GIB)
machines = st.lists(sizes, min_size=1, max_size=3).map(lambda pages: dict(zip(RESERVE_RATIO, pages, strict=False)))
deterministic = settings(derandomize=True)


def test_the_twelve_marks_of_a_machine_stuck_in_2010():
    """Linux 2.6.36-rc8, two nodes: what it printed as `present`, and as marks, in KiB.

    The low memory is what all four zones have, 4129208 KiB: each node falls back to the other.
    """
    present = {"0 DMA": 15768, "0 DMA32": 2052320, "1 DMA32": 1544000, "1 Normal": 517120}
    assert min_free_kbytes(sum(present.values()), KernelVersion.parse("2.6.36")) == 8128
    marks = watermarks_of({name: kb // 4 for name, kb in present.items()}, KernelVersion.parse("2.6.36"))
    assert {name: (4 * mark.min, 4 * mark.low, 4 * mark.high) for name, mark in marks.items()} == {
        "0 DMA": (28, 32, 40),
        "0 DMA32": (4036, 5044, 6052),
        "1 DMA32": (3036, 3792, 4552),
        "1 Normal": (1016, 1268, 1524),
    }


@pytest.mark.parametrize(
    ("mib", "kbytes", "marks"),
    [
        (64, 1024, (256, 320, 384)),
        (128, 1448, (362, 452, 542)),
        (256, 2048, (512, 640, 768)),
        (512, 2896, (724, 905, 1086)),
        (1024, 4096, (1024, 1286, 1548)),
        (2048, 5792, (1448, 1972, 2496)),
        (4096, 8192, (2048, 3096, 4144)),
        (8192, 11585, (2896, 4993, 7090)),
        (16384, 16384, (4096, 8290, 12484)),
        (32768, 23170, (5792, 14180, 22568)),
        (65536, 32768, (8192, 24969, 41746)),
        (131072, 46340, (11585, 45139, 78693)),
        (262144, 65536, (16384, 83492, 150600)),
    ],
)
def test_one_zone_has_the_marks_of_its_size(mib, kbytes, marks):
    assert min_free_kbytes(mib * 1024, NEW) == kbytes
    assert watermarks_of({"Normal": mib * MIB}, NEW)["Normal"] == Watermarks(*marks)


@pytest.mark.parametrize(("gib", "marks"), [(1, (1024, 1280, 1536)), (4, (2048, 2560, 3072))])
def test_up_to_4_5_low_and_high_are_a_quarter_and_a_half_above_min(gib, marks):
    assert watermarks_of({"Normal": gib * GIB}, OLD)["Normal"] == Watermarks(*marks)


def test_the_scale_factor_counts_from_4_6_on():
    marks = [
        watermarks_of({"Normal": GIB}, KernelVersion.parse(release), watermark_scale_factor=1000)["Normal"].low
        for release in ("4.5", "4.6")
    ]
    assert marks == [1280, 1024 + GIB // 10]


@pytest.mark.parametrize(("lowmem_kb", "kbytes"), [(1, 128), (1024, 128), (1041, 129)])
def test_min_free_kbytes_is_at_least_128(lowmem_kb, kbytes):
    assert min_free_kbytes(lowmem_kb, NEW) == kbytes


@pytest.mark.parametrize(("release", "most"), [("2.6.18", 65536), ("4.19", 65536), ("5.10", 262144), ("7.2", 262144)])
def test_min_free_kbytes_has_an_upper_bound_that_rose_after_4_19(release, most):
    assert min_free_kbytes(10**12, KernelVersion.parse(release)) == most


@pytest.mark.parametrize(("zones", "kbytes"), [(3, 67584), (2, 45056), (1, 22528)])
def test_khugepaged_raises_min_free_kbytes_by_eleven_blocks_a_zone(zones, kbytes):
    assert raised_for_thp(8192, 16 * GIB, zones, NEW) == kbytes


def test_khugepaged_asks_for_no_more_than_a_twentieth():
    assert raised_for_thp(4096, GIB, 3, NEW) == GIB // 20 * 4


def test_khugepaged_never_lowers_min_free_kbytes():
    assert raised_for_thp(100_000, 64 * GIB, 3, NEW) == 100_000


def test_there_is_no_khugepaged_before_2_6_38():
    assert raised_for_thp(8192, 16 * GIB, 3, KernelVersion.parse("2.6.37")) == 8192
    assert raised_for_thp(8192, 16 * GIB, 3, KernelVersion.parse("2.6.38")) == 67584


def test_with_thp_the_zones_share_the_raised_min_free():
    marks = watermarks_of(DESKTOP, NEW, thp=True)
    lowmem = sum(DESKTOP.values())
    assert {name: mark.min for name, mark in marks.items()} == {
        name: 67584 // 4 * pages // lowmem for name, pages in DESKTOP.items()
    }


def test_the_twentieth_is_of_what_lies_above_the_high_marks():
    """440 MiB in one zone: 2684 KiB, high at 1005 pages, so that 112640 - 1005 pages are low memory to khugepaged."""
    assert watermarks_of({"Normal": 440 * MIB}, NEW)["Normal"].high == 1005
    assert watermarks_of({"Normal": 440 * MIB}, NEW, thp=True)["Normal"].min == (112640 - 1005) // 20


def test_a_written_min_free_kbytes_stands():
    assert watermarks_of({"Normal": GIB}, NEW, min_free_kbytes=400_000, thp=True)["Normal"].min == 100_000
    assert watermarks_of({"Normal": GIB}, NEW, min_free_kbytes=64)["Normal"].min == 16


def test_a_zone_keeps_pages_from_requests_that_could_use_a_higher_one():
    reserve = lowmem_reserve(DESKTOP)
    above = 3 * GIB // 4
    assert reserve == {
        "DMA": {"DMA": 0, "DMA32": above // 256, "Normal": (above + 15 * GIB) // 256},
        "DMA32": {"DMA32": 0, "Normal": 15 * GIB // 256},
        "Normal": {"Normal": 0},
    }


def test_one_zone_keeps_nothing_back():
    assert lowmem_reserve({"Normal": GIB}) == {"Normal": {"Normal": 0}}


@pytest.mark.parametrize(
    ("zones", "message"),
    [
        ({}, "a machine has at least one zone"),
        ({"Normal": 0}, r"zone Normal: managed\(=0\) must be > 0 pages"),
        ({"DMA": 4, "Normal": -1}, r"zone Normal: managed\(=-1\) must be > 0 pages"),
    ],
)
def test_every_zone_has_pages(zones, message):
    with pytest.raises(ValueError, match=message):
        watermarks_of(zones, NEW)
    with pytest.raises(ValueError, match=message):
        lowmem_reserve(zones)


@pytest.mark.parametrize("zones", [{"Normal": 5, "DMA32": 5}, {"Movable": 5}])
def test_a_reserve_needs_known_zones_in_their_order(zones):
    with pytest.raises(ValueError, match="must be some of DMA, DMA32, Normal, in this order"):
        lowmem_reserve(zones)


@pytest.mark.parametrize("factor", [0, 3001])
def test_a_scale_factor_is_1_to_3000(factor):
    with pytest.raises(ValueError, match=rf"watermark_scale_factor\(={factor}\) must be 1 to 3000"):
        watermarks_of({"Normal": GIB}, NEW, watermark_scale_factor=factor)


def test_min_free_kbytes_is_not_negative():
    with pytest.raises(ValueError, match=r"min_free_kbytes\(=-1\) must be >= 0 KiB"):
        watermarks_of({"Normal": GIB}, NEW, min_free_kbytes=-1)


@pytest.mark.parametrize("marks", [(-1, 0, 0), (2, 1, 3), (1, 3, 2)])
def test_marks_are_in_order(marks):
    with pytest.raises(ValueError, match=r"watermarks must be 0 <= min\(="):
        Watermarks(*marks)


@deterministic
@given(kb=st.integers(1, 2**40), more=st.integers(0, 2**40), version=versions)
def test_min_free_kbytes_grows_with_memory_and_stays_within_its_bounds(kb, more, version):
    less = min_free_kbytes(kb, version)
    assert 128 <= less <= min_free_kbytes(kb + more, version) <= 262144


@deterministic
@given(zones=machines, version=versions, thp=st.booleans(), factor=st.integers(1, 3000))
def test_the_zones_share_min_free_by_their_size(zones, version, thp, factor):
    marks = watermarks_of(zones, version, thp=thp, watermark_scale_factor=factor)
    lowmem = sum(zones.values())
    kbytes = min_free_kbytes(4 * lowmem, version)
    total = sum(mark.min for mark in marks.values())
    assert total <= max(kbytes // 4, lowmem // 20)
    assert total + len(zones) > kbytes // 4
    by_size = sorted(zones, key=zones.__getitem__)
    assert [marks[name].min for name in by_size] == sorted(mark.min for mark in marks.values())


@deterministic
@given(pages=sizes, version=versions, factor=st.integers(1, 2999))
def test_no_mark_falls_when_the_scale_factor_rises(pages, version, factor):
    less = watermarks_of({"Normal": pages}, version, watermark_scale_factor=factor)["Normal"]
    more = watermarks_of({"Normal": pages}, version, watermark_scale_factor=factor + 1)["Normal"]
    assert less.min == more.min
    assert less.low <= more.low
    assert less.high <= more.high


@deterministic
@given(zones=machines)
def test_a_reserve_grows_with_the_highest_zone_that_a_request_may_use(zones):
    for kept in lowmem_reserve(zones).values():
        pages = list(kept.values())
        assert pages[0] == 0
        assert pages == sorted(pages)
