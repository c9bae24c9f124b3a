import base64
import gzip

from sim.reports.content import Data
from sim.reports.tables import data_behind, download, summary_table
from sim.results.columns import Table


def content(parsed, markup):
    (link,) = parsed(markup).all("a")
    return link["download"], base64.b64decode(link["href"].partition(";base64,")[2])


def test_a_download_is_the_whole_file(parsed):
    text = "name,value\nä,1.25\n"
    assert content(parsed, download(Data("a.csv", text))) == ("a.csv", text.encode())


def test_a_large_download_is_compressed(parsed):
    text = "x\n" + "1.2345\n" * 30_000
    name, packed = content(parsed, download(Data("a.csv", text)))
    assert name == "a.csv.gz"
    assert gzip.decompress(packed).decode() == text


def test_a_compressed_download_does_not_tell_when_it_was_made(parsed):
    _, packed = content(parsed, download(Data("a.csv", "1\n" * 60_000)))
    assert packed[4:8] == bytes(4)


def test_few_rows_are_shown_in_full(parsed):
    page = parsed(data_behind(Data("a.csv", "pool,calls\nbio,12\ncrypt,7\n"), "data-1"))
    assert page.text("summary") == ["Data: 2 rows"]
    assert page.text("th") == ["pool", "calls"]
    assert page.text("td") == ["bio", "12", "crypt", "7"]


def test_of_many_rows_the_first_are_shown_and_the_rest_is_counted(parsed):
    page = parsed(data_behind(Data("a.csv", "x\n" + "".join(f"{row}\n" for row in range(12_345))), "data-1"))
    assert page.text("summary") == ["Data: 12,345 rows"]
    assert page.text("td") == [str(row) for row in range(200)]
    assert " The first 200 of 12,345 rows:" in page.text("p")


def test_long_fractions_are_shortened_where_they_are_shown_only(parsed):
    page = parsed(data_behind(Data("a.csv", "x,y\n0.123456789123,1.0.123456789\n1e-17,123456789\n"), "data-1"))
    assert page.text("td") == ["0.123457", "1.0.123456789", "1e-17", "123456789"]


def test_text_stands_to_the_left(parsed):
    page = parsed(data_behind(Data("a.csv", "name,value\na,1\nb,\n"), "data-1"))
    assert [attributes.get("class") for attributes in page.all("th")] == ["text", None]


def test_names_and_cells_are_escaped(parsed):
    markup = data_behind(Data("<i>.csv", '"<b>",x\n"<script>alert(1)</script>",2\n'), "data-1")
    assert parsed(markup).text("td") == ["<script>alert(1)</script>", "2"]
    assert not parsed(markup).all("script")


def test_a_table_is_shown_in_a_box_that_scrolls(parsed):
    page = parsed(summary_table(Table("Where", ("pool",), ("time-\nouts", "at\nzero"), (("bio", "1", "<=2"),))))
    assert page.elements[0][0] == "h3"
    assert page.elements[1][1] == {"class": "box", "tabindex": "0", "role": "region", "aria-label": "Where"}
    assert page.text("th") == ["pool", "timeouts", "at zero"]
    assert page.text("td") == ["bio", "1", "<=2"]
