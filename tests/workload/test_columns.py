from pathlib import Path

import pytest

from sim.units import MS, US, S
from sim.workload.columns import ColumnError, read_column


@pytest.fixture
def write(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def written(text):
        path = Path("times.csv")
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return written


def test_a_file_of_numbers_needs_no_header(write):
    assert read_column(write("1\n2.5\n"), "ms").tolist() == [MS, 2_500_000]


def test_a_header_is_passed_over(write):
    assert read_column(write("hold\n1\n"), "us").tolist() == [US]


def test_a_column_is_found_by_its_name(write):
    assert read_column(write("id,hold\n7,1\n8,2\n"), "us", "hold").tolist() == [US, 2 * US]


def test_blank_lines_comments_and_a_byte_order_mark_do_not_count(write):
    assert read_column(write("\ufeff# measured\n\nhold\n1\n \n2\n"), "s").tolist() == [S, 2 * S]


def test_numbers_are_read_exactly(write):
    assert read_column(write("12345678.123456789\n"), "s").tolist() == [12_345_678_123_456_789]


def test_numbers_as_numpy_writes_them_are_read(write):
    assert read_column(write("5.000000000000000000e+00\n"), "ms").tolist() == [5 * MS]


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("", None, "times.csv: no numbers in it"),
        ("hold\n", None, "times.csv: no numbers in it"),
        ("1\n\nx\n", None, "times.csv:3: expected a number of ms, 0 or more, not 'x'"),
        ("1\n-2\n", None, "times.csv:2: expected a number of ms, 0 or more, not '-2'"),
        ("1\nnan\n", None, "times.csv:2: expected a number of ms, 0 or more, not 'nan'"),
        ("1\n1e300\n", None, "times.csv:2: '1e300 ms' is out of range: expected a duration below 1e12 ms"),
        ('"1\n2\n3\n', None, "times.csv:3: a quote is never closed"),
        ("a,hold\n1,2\n", None, "times.csv:1: 2 columns: expected `column:` with the name of one"),
        ("a,hold\n1,2\n", "hald", "times.csv:1: no column 'hald': did you mean 'hold'?"),
        ("a,hold\n1,2\n", "zzz", "times.csv:1: no column 'zzz': its columns are a or hold"),
        ("a,hold\n1\n", "hold", "times.csv:2: expected 2 cells, found 1"),
        (b"\xff\xfe1\n", None, "times.csv: not text in UTF-8"),
    ],
)
def test_a_file_that_is_no_column_of_numbers_says_where(write, text, column, message):
    with pytest.raises(ColumnError) as error:
        read_column(write(text), "ms", column)
    assert str(error.value) == message


def test_a_missing_file_is_told():
    with pytest.raises(ColumnError, match=r"nowhere\.csv: no such file"):
        read_column(Path("nowhere.csv"), "ms")


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(ColumnError, match="not a regular file"):
        read_column(tmp_path, "ms")


def test_times_must_be_in_order_when_asked(write):
    path = write("t\n1\n3\n2\n")
    assert read_column(path, "ms").tolist() == [MS, 3 * MS, 2 * MS]
    with pytest.raises(ColumnError) as error:
        read_column(path, "ms", in_order=True)
    assert str(error.value) == "times.csv:4: 2 is earlier than the time before it: expected times in order"
