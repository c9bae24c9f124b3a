import io
import re

import pytest
from rich.console import Console

from sim.results.table import headline, latency, page, percent, tables


def printed(document: dict, width: int = 80) -> str:
    console = Console(width=width, file=io.StringIO(), color_system=None)
    console.print(page(document))
    return console.file.getvalue()


def share(count: int, of: int) -> dict:
    return {
        "count": count,
        "of": of,
        "share": count / of if of else None,
        "at_most": 3 / of if of and not count else None,
    }


@pytest.mark.parametrize(
    ("count", "of", "text"),
    [
        (633, 1000, "63.3"),
        (1, 1_000_000, "0.0001"),
        (5, 5, "100"),
        (999_999, 1_000_000, ">99.9"),
        (0, 1000, "<=0.3"),
        (0, 7_000_000, "<=0.00005"),
        (0, 160_000, "<=0.0019"),
        (0, 2, "<=100"),
        (0, 0, "-"),
    ],
)
def test_a_share_is_told_in_percent(count, of, text):
    assert percent(share(count, of)) == text


def test_a_share_of_what_cannot_happen_is_zero():
    assert percent({"count": 0, "of": 1000, "share": 0.0, "at_most": 0.0}) == "0"


@pytest.mark.parametrize("of", [7, 333, 1001, 123_457])
def test_the_bound_of_zero_events_is_never_rounded_down(of):
    assert float(percent(share(0, of)).removeprefix("<=")) >= 300 / of


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        ({"ns": 5_123_000_000, "at_least": False, "needs": None}, "5.12 s"),
        ({"ns": 5_123_000_000, "at_least": True, "needs": None}, ">= 5.12 s"),
        ({"ns": None, "at_least": False, "needs": 1000}, "-"),
    ],
)
def test_a_latency_is_told_in_the_unit_that_suits_it(entry, text):
    assert latency(entry) == text


def test_devices_are_told_of_if_there_are_any(finish):
    document = finish(10).document
    shown = next(table for table in tables(document) if table.names == ("device",))
    assert shown.rows == (("disk", "12,345", "1,230", "7.5", "23.4", "1.25"), ("ram", "0", "0", "0", "-", "0"))
    document["devices"] = {}
    assert not any(table.names == ("device",) for table in tables(document))


def test_the_terminal_shows_every_cell_in_80_columns(finish, closed_loop):
    document = finish(20_000, memory=closed_loop).document
    document["rows"][0] |= {"calls": 1_234_567_890, "sleeps": 1_234_567_890, "wakes": 9_876_543_210}
    text = printed(document)
    assert max(map(len, text.splitlines())) <= 80
    assert "…" not in text
    words = set(text.split())
    for table in tables(document):
        for row in table.rows:
            assert set(" ".join(row).split()) <= words


def test_a_long_name_is_folded_and_no_number_cut(finish):
    document = finish().document
    document["rows"][0] |= {"pool": "p" * 60, "task": "t" * 60}
    text = printed(document)
    assert max(map(len, text.splitlines())) <= 80
    assert text.count("p" * 24) == text.count("t" * 24) > 0
    assert "…" not in text


def test_a_wide_terminal_gets_each_table_in_one(finish):
    document = finish().document
    assert printed(document, 200).count("Where the elements came from") == 1


def test_the_total_of_a_pool_is_told_from_a_class_called_all(finish):
    assert [row[1] for row in tables(finish().document)[0].rows] == ["writer", "reader", "(all)", "writer"]


def test_numbers_stand_to_the_right(finish):
    lines = printed(finish().document).splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith("Allocation latency"))
    ends = {len(line.rstrip()) for line in lines[first + 1 : first + 6]}
    assert len(ends) == 1


def test_the_terminal_ends_with_the_notes(finish):
    document = finish(300).document
    text = " ".join(printed(document).split())
    assert all(note in text for note in document["notes"])


def test_a_flood_of_notes_is_cut_and_says_so(finish):
    document = finish().document
    document["notes"] = [f"note {number}" for number in range(40)]
    text = printed(document)
    assert "note 11\n" in text
    assert "note 12\n" not in text
    assert "28 more notes in the summary." in text


def test_the_verdict_stands_first_under_the_headline(finish):
    lines = printed(finish().document, 200).splitlines()
    assert lines[1] == "verdict: deadlock since 2.1 s: a cycle of 2 tasks, with 1 more behind it"


def test_what_the_verdict_rests_on_stands_below_it(finish, deadlock):
    lines = printed(finish().document, 200).splitlines()
    assert lines[2:6] == [f"  {line}" for line in deadlock.details]
    assert lines[6] == ""


def test_the_notebook_tells_the_verdict_too(finish, deadlock):
    text = page(finish().document).html()
    assert f"<br>verdict: {deadlock.headline}<br>" in text
    assert all(line in text for line in deadlock.details)


def test_the_notebook_shows_the_cells_of_the_terminal(finish):
    document = finish().document
    cells = re.findall(r"<td[^>]*>([^<]*)</td>", page(document).html())
    expected = [cell for table in tables(document) for row in table.rows for cell in row]
    assert [cell.replace("&lt;", "<").replace("&gt;", ">") for cell in cells] == expected


def test_the_notebook_escapes_names(finish):
    document = finish().document
    document["rows"][0]["pool"] = "<script>"
    assert "<script>" not in page(document).html()
    assert "&lt;script&gt;" in page(document).html()


def test_square_brackets_in_a_name_are_printed_as_they_are(finish):
    document = finish().document
    document["rows"][0]["pool"] = "[red]bio"
    assert "[red]bio" in printed(document)


def test_the_headline_is_one_line_that_tells_the_run(finish):
    document = finish().document
    assert headline(document) == f"demo, seed 7, 10 s simulated, 5,000 calls, digest {document['digest'][:12]}"


def test_the_terminal_tells_what_is_left_out_and_how_fast_it_was(finish):
    text = " ".join(printed(finish(warmup_ns=2_000_000_000).document).split())
    assert "the first 2 s left out; took 500 ms (10,000 calls/s)" in text
