import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.kernel.gfp import (
    ACCOUNT,
    ATOMIC,
    DIRECT_RECLAIM,
    FS,
    HARDWALL,
    HIGH,
    HIGHMEM,
    IO,
    KSWAPD_RECLAIM,
    NOWARN,
    GfpError,
    flags,
    gfp_name,
    masks,
    parse_gfp,
)
from sim.kernel.versions import KernelVersion

WAIT = DIRECT_RECLAIM
RECLAIM = DIRECT_RECLAIM | KSWAPD_RECLAIM

versions = st.sampled_from(
    ["2.6.0", "2.6.11", "2.6.18", "3.6", "4.3", "4.4", "4.19", "6.2", "6.3", "6.7", "6.8", "7.2"]
).map(KernelVersion.parse)


def parse(text, version):
    return parse_gfp(text, KernelVersion.parse(version))


@pytest.mark.parametrize(
    ("name", "releases", "bits"),
    [
        ("GFP_KERNEL", ["2.6.0", "2.6.18", "3.19", "4.3"], WAIT | IO | FS),
        ("GFP_KERNEL", ["4.4", "5.15", "6.12", "7.2"], RECLAIM | IO | FS),
        ("GFP_NOFS", ["2.6.0", "2.6.18", "3.19", "4.3"], WAIT | IO),
        ("GFP_NOFS", ["4.4", "5.15", "6.12", "7.2"], RECLAIM | IO),
        ("GFP_NOIO", ["2.6.0", "2.6.18", "3.19", "4.3"], WAIT),
        ("GFP_NOIO", ["4.4", "5.15", "6.12", "7.2"], RECLAIM),
        ("GFP_ATOMIC", ["2.6.0", "2.6.18", "4.3"], HIGH),
        ("GFP_ATOMIC", ["4.4", "5.15", "6.1", "6.2"], HIGH | ATOMIC | KSWAPD_RECLAIM),
        ("GFP_ATOMIC", ["6.3", "6.8", "7.2"], HIGH | KSWAPD_RECLAIM),
        ("GFP_NOWAIT", ["2.6.0", "2.6.18", "4.3"], 0),
        ("GFP_NOWAIT", ["4.4", "5.15", "6.1", "6.7"], KSWAPD_RECLAIM),
        ("GFP_NOWAIT", ["6.8", "6.12", "7.2"], KSWAPD_RECLAIM | NOWARN),
        ("GFP_USER", ["2.6.0", "2.6.13"], WAIT | IO | FS),
        ("GFP_USER", ["2.6.14", "4.3"], WAIT | IO | FS | HARDWALL),
        ("GFP_HIGHUSER", ["4.4", "7.2"], RECLAIM | IO | FS | HARDWALL | HIGHMEM),
        ("GFP_KERNEL_ACCOUNT", ["4.5", "7.2"], RECLAIM | IO | FS | ACCOUNT),
    ],
)
def test_a_named_mask_has_the_bits_of_its_release(name, releases, bits):
    assert [parse(name, release) for release in releases] == [bits] * len(releases)


@pytest.mark.parametrize(
    ("flag", "known", "unknown"),
    [
        ("__GFP_WAIT", ["2.6.0", "4.3"], ["4.4", "7.2"]),
        ("__GFP_DIRECT_RECLAIM", ["4.4", "7.2"], ["2.6.0", "4.3"]),
        ("__GFP_KSWAPD_RECLAIM", ["4.4", "7.2"], ["2.6.0", "4.3"]),
        ("__GFP_ATOMIC", ["4.4", "6.2"], ["4.3", "6.3"]),
        ("__GFP_NOMEMALLOC", ["2.6.12", "7.2"], ["2.6.11"]),
        ("__GFP_MEMALLOC", ["3.6", "7.2"], ["3.5"]),
        ("__GFP_RETRY_MAYFAIL", ["4.13", "7.2"], ["4.12"]),
        ("__GFP_ACCOUNT", ["4.5", "7.2"], ["4.4"]),
        ("__GFP_THISNODE", ["2.6.19", "7.2"], ["2.6.18"]),
        ("__GFP_REPEAT", ["2.6.0", "4.12"], ["4.13"]),
        ("__GFP_COLD", ["2.6.0", "4.14"], ["4.15"]),
    ],
)
def test_a_flag_is_known_while_it_existed(flag, known, unknown):
    assert all(flag in flags(KernelVersion.parse(release)) for release in known)
    assert not any(flag in flags(KernelVersion.parse(release)) for release in unknown)


def test_flags_are_joined_by_bars_with_or_without_blanks():
    assert parse("GFP_NOIO | __GFP_HIGH|__GFP_NOWARN", "6.12") == RECLAIM | HIGH | NOWARN


def test_zero_is_the_empty_mask():
    assert parse("0", "6.12") == 0


@pytest.mark.parametrize(
    ("text", "version", "message"),
    [
        ("GFP_NOOI", "6.12", r"unknown gfp flag 'GFP_NOOI' in kernel 6\.12"),
        ("GFP_NOIO|", "6.12", r"unknown gfp flag '' in kernel 6\.12"),
        (
            "__GFP_WAIT",
            "6.12",
            r"__GFP_WAIT does not exist in kernel 6\.12: it is known in 2\.6\.0 and later, before 4\.4",
        ),
        ("__GFP_MEMALLOC", "3.5", r"__GFP_MEMALLOC does not exist in kernel 3\.5: it is known from 3\.6 on"),
    ],
)
def test_an_unknown_name_is_refused_by_name_and_version(text, version, message):
    with pytest.raises(GfpError, match=message):
        parse(text, version)


def test_the_refusal_lists_the_names_that_are_known():
    with pytest.raises(GfpError) as refusal:
        parse("GFP_NOOI", "6.12")
    assert {"GFP_NOIO", "__GFP_DIRECT_RECLAIM"} <= set(refusal.value.known)
    assert "__GFP_WAIT" not in refusal.value.known


@pytest.mark.parametrize(
    ("mask", "version", "name"),
    [
        (WAIT | IO | FS, "2.6.18", "GFP_KERNEL"),
        (RECLAIM, "6.12", "GFP_NOIO"),
        (RECLAIM | HIGH, "6.12", "GFP_NOIO|__GFP_HIGH"),
        (KSWAPD_RECLAIM, "6.12", "__GFP_KSWAPD_RECLAIM"),
        (KSWAPD_RECLAIM | NOWARN | FS, "6.12", "GFP_NOWAIT|__GFP_FS"),
        (0, "6.12", "0"),
    ],
)
def test_a_mask_is_told_by_the_largest_name_it_contains_and_the_flags_left_over(mask, version, name):
    assert gfp_name(mask, KernelVersion.parse(version)) == name


@settings(derandomize=True)
@given(version=versions, data=st.data())
def test_a_name_means_the_mask_that_it_was_made_from(version, data):
    chosen = data.draw(st.sets(st.sampled_from(sorted(masks(version) | flags(version)))))
    mask = parse_gfp("|".join(["0", *chosen]), version)
    assert parse_gfp(gfp_name(mask, version), version) == mask


@given(version=versions)
def test_no_two_flags_of_a_release_share_a_bit_but_the_compound_ones(version):
    bits = [bits for name, bits in flags(version).items() if name != "__GFP_RECLAIM"]
    assert len(set(bits)) == len(bits)
    assert all(bit.bit_count() == 1 for bit in bits)


@pytest.mark.parametrize(
    ("name", "since", "before"),
    [
        ("GFP_DMA32", "2.6.15", "2.6.14"),
        ("GFP_HIGHUSER_MOVABLE", "2.6.23", "2.6.22"),
        ("GFP_KERNEL_ACCOUNT", "4.5", "4.4"),
    ],
)
def test_a_named_mask_is_unknown_before_its_release(name, since, before):
    assert parse(name, since)
    with pytest.raises(GfpError, match=name):
        parse(name, before)
