from dataclasses import fields

import pytest

from sim.kernel.versions import (
    Bulk,
    Insert,
    KernelVersion,
    Nomemalloc,
    Order,
    Reclaim,
    Semantics,
    Timer,
    Wake,
    ZeroMin,
    semantics_of,
)

RELEASES = (
    *(f"2.6.{patch}" for patch in range(40)),
    *(f"3.{minor}" for minor in range(20)),
    *(f"4.{minor}" for minor in range(21)),
    *(f"5.{minor}" for minor in range(20)),
    *(f"6.{minor}" for minor in range(20)),
    *(f"7.{minor}" for minor in range(3)),
)

HISTORY = {
    "order": [("2.6.0", Order.ALLOC_FIRST)],
    "reclaim": [("2.6.0", Reclaim.HALF_EMPTY), ("2.6.12", Reclaim.AFTER_SLEEP), ("3.3", Reclaim.BEFORE_SLEEP)],
    "timeout": [("2.6.0", None), ("2.6.18", 5_000_000_000)],
    "timer": [("2.6.0", Timer.EXACT), ("4.8", Timer.WHEEL)],
    "wake": [("2.6.0", Wake.ALL)],
    "insert": [("2.6.0", Insert.HEAD)],
    "zero_min": [("2.6.0", ZeroMin.NEVER_REFILLED), ("6.17", ZeroMin.ONE_ELEMENT)],
    "nomemalloc": [
        ("2.6.0", Nomemalloc.NEVER),
        ("2.6.12", Nomemalloc.ALWAYS),
        ("4.6", Nomemalloc.WHILE_RESERVE),
        ("4.8", Nomemalloc.ALWAYS),
    ],
    "noretry": [("2.6.0", False), ("2.6.12", True)],
    "bulk": [("2.6.0", Bulk.ABSENT), ("6.19", Bulk.SPARSE), ("7.2", Bulk.CONTIGUOUS)],
    "preallocated": [("2.6.0", False), ("6.8", True)],
    "fault_injection": [("2.6.0", False), ("6.19", True)],
    "free_null": [("2.6.0", False), ("2.6.23", True)],
    "destroy_needs_full_reserve": [("2.6.0", True), ("3.3", False)],
    "warns_on_zero": [("2.6.0", False), ("3.18", True)],
    "resize_takes_gfp": [("2.6.0", True), ("4.1", False)],
}
"""Since which release each field has which value."""


def spelled_out(history):
    """The value in every release, oldest first."""
    since = dict(history)
    values, value = [], None
    for release in RELEASES:
        value = since.get(release, value)
        values.append(value)
    return values


@pytest.mark.parametrize("field", [field.name for field in fields(Semantics)])
def test_each_field_changed_at_the_releases_of_its_history(field):
    assert [getattr(semantics_of(release), field) for release in RELEASES] == spelled_out(HISTORY[field])


@pytest.mark.parametrize(
    ("text", "canonical"), [("2.6.18.8", "2.6.18"), ("6.1.192", "6.1"), ("7.2", "7.2"), ("3.0", "3.0")]
)
def test_a_stable_suffix_is_accepted_and_ignored(text, canonical):
    assert str(KernelVersion.parse(text)) == canonical


@pytest.mark.parametrize(
    "text", ["2.6", "2.6.40", "2.4.20", "3.20", "4.21", "6.20", "7.3", "8.0", "6.12-rc1", "6", "", "v6.1", "6.1 "]
)
def test_what_never_was_a_release_is_refused(text):
    with pytest.raises(ValueError, match=r"unknown kernel '.*': expected 2\.6\.0 to 2\.6\.39 or 3\.0 to 7\.2"):
        KernelVersion.parse(text)


def test_releases_are_ordered_by_number_not_by_text():
    versions = [KernelVersion.parse(release) for release in RELEASES]
    assert versions == sorted(versions)
    assert (
        KernelVersion.parse("2.6.9")
        < KernelVersion.parse("2.6.18")
        < KernelVersion.parse("4.9")
        < KernelVersion.parse("4.10")
    )


def test_semantics_are_looked_up_by_version_as_by_its_text():
    assert semantics_of(KernelVersion.parse("4.6")) == semantics_of("4.6")


def test_an_override_changes_its_fields_and_no_other():
    changed = semantics_of("6.12").override(wake=Wake.ONE, timeout=None)
    assert changed.wake is Wake.ONE
    assert changed.timeout is None
    assert changed.override(wake=Wake.ALL, timeout=5_000_000_000) == semantics_of("6.12")


@pytest.mark.parametrize("timeout", [0, -1])
def test_a_timeout_must_be_positive(timeout):
    with pytest.raises(ValueError, match=rf"timeout\(={timeout}\) must be > 0 ns"):
        semantics_of("6.12").override(timeout=timeout)


@pytest.mark.parametrize(
    ("field", "word"),
    [
        ("order", Order.POOL_FIRST),
        ("reclaim", Reclaim.NEVER),
        ("timer", Timer.EXACT),
        ("wake", Wake.HAND_OFF),
        ("insert", Insert.TAIL),
        ("zero_min", ZeroMin.NEVER_REFILLED),
        ("nomemalloc", Nomemalloc.NEVER),
        ("bulk", Bulk.ABSENT),
    ],
)
def test_a_closed_set_may_be_given_by_its_word(field, word):
    overridden = semantics_of("7.2").override(**{field: str(word)})
    assert getattr(overridden, field) is word


def test_an_unknown_word_is_refused():
    with pytest.raises(ValueError, match="'pool_frist' is not a valid Order"):
        semantics_of("7.2").override(order="pool_frist")
