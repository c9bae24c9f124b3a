import pytest

from sim.results.columns import Table, percentage


def test_a_table_that_is_too_wide_is_continued_below_with_its_names():
    table = Table("T", ("pool",), ("a", "b", "c"), (("bio", "1" * 10, "2" * 10, "3" * 10),))
    parts = list(table.fitted(36))
    assert [part.numbers for part in parts] == [("a", "b"), ("c",)]
    assert [part.rows[0] for part in parts] == [("bio", "1" * 10, "2" * 10), ("bio", "3" * 10)]


@pytest.mark.parametrize(("width", "gap", "parts"), [(40, 2, 1), (39, 1, 1), (37, 1, 1), (36, 1, 2)])
def test_columns_move_closer_together_before_one_goes_to_the_next_table(width, gap, parts):
    table = Table("T", ("pool",), ("a", "b", "c"), (("bio", "1" * 10, "2" * 10, "3" * 10),))
    fitted = list(table.fitted(width))
    assert (fitted[0].gap, len(fitted)) == (gap, parts)


def test_what_belongs_together_goes_to_the_next_table_together():
    row = ("bio", *("1" * 10 for _ in range(6)))
    table = Table("T", ("pool",), ("a", "its interval", "b", "its interval", "c", "its interval"), (row,), together=2)
    parts = [part.numbers for part in table.fitted(60)]
    assert parts == [("a", "its interval", "b", "its interval"), ("c", "its interval")]
    assert [part.numbers for part in table.fitted(20)] == [(name, "its interval") for name in "abc"]


def test_a_number_wider_than_the_terminal_is_not_dropped():
    table = Table("T", ("pool",), ("a", "b"), (("bio", "1" * 50, "2"),))
    assert [part.numbers for part in table.fitted(30)] == [("a",), ("b",)]


@pytest.mark.parametrize(
    ("share", "text"), [(0, "0"), (0.5, "50"), (1, "100"), (0.999999, ">99.9"), (1e-6, "0.0001"), (None, "-")]
)
def test_a_share_is_written_in_percent_and_never_rounded_to_all(share, text):
    assert percentage(share) == text
