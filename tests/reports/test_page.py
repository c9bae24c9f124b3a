"""What every page has, of a run as of an experiment."""

import json
import re
from itertools import pairwise

import pytest

import sim

NASTY = '<script>alert(1)</script><img src=x onerror="alert(2)">'
LOADED = re.compile(r"""(?:src|href|data|action|poster|srcset)\s*=\s*["']?\s*(?!data:|#)[^"'\s>]""", re.IGNORECASE)


@pytest.fixture(params=["run", "experiment"])
def either(request, page, experiment):
    return page if request.param == "run" else sim.report(experiment()).html()


def test_its_elements_are_closed_in_order(either, parsed):
    assert parsed(either).elements[0] == ("html", {"lang": "en"})


def test_its_parts_come_in_the_order_in_which_they_are_asked(either, parsed):
    titles = [title for title in parsed(either).text("h2") if title != "Scenarios"]
    assert [title for title in titles if title != "Scenario"] == [
        "Answer",
        "Tables",
        "Plots",
        "How it was made",
        "Notes",
        "Limits",
    ]


def test_it_loads_nothing(either):
    assert not LOADED.search(re.sub(r">[^<]*<", "><", either))
    assert not re.search(r"@import|url\(", either)
    assert "http://" not in either
    assert "https://" not in either


def test_the_browser_is_told_to_load_nothing(either, parsed):
    (policy,) = [meta["content"] for meta in parsed(either).all("meta") if "http-equiv" in meta]
    assert policy.startswith("default-src 'none'; img-src data:;")


def test_no_script_is_needed(either, parsed):
    assert not parsed(either).all("script")


def test_every_picture_says_what_it_shows(either, parsed):
    pictures = parsed(either).all("img")
    assert pictures
    assert all(len(picture["alt"]) > 20 for picture in pictures)
    assert all(picture["src"].startswith("data:image/png;base64,iVBOR") for picture in pictures)


def test_every_link_within_leads_somewhere(either, parsed):
    page = parsed(either)
    anchors = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(anchors) == len(set(anchors))
    assert {link["href"][1:] for link in page.all("a") if link["href"].startswith("#")} <= set(anchors)


def test_it_fits_a_phone(either):
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in either


def test_headings_skip_no_level(either, parsed):
    levels = [int(tag[1]) for tag, _ in parsed(either).elements if re.fullmatch(r"h\d", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_a_page_of_a_run_is_small_enough_to_send(page):
    assert len(page.encode()) < 3_000_000


def test_whatever_a_run_is_called_is_shown_as_it_is(result, tmp_path, parsed):
    home = result.save(tmp_path / "run")
    summary = home / "summary.json"
    document = sim.report(home).document
    document["name"] = document["scenario"]["description"] = NASTY
    document["notes"].append(NASTY)
    document["verdict"]["evidence"][0] = document["rows"][0]["task"] = NASTY
    document["versions"][NASTY] = NASTY
    document["scenario"]["tasks"][NASTY] = {"arrivals": NASTY}
    summary.write_text(json.dumps(document))
    text = sim.report(home).html()
    page = parsed(text)
    assert page.text("h1") == [NASTY]
    assert NASTY in page.text("li")
    assert "<script" not in text
    assert "<img src=x" not in text


def test_whatever_an_experiment_says_is_shown_as_it_is(experiment, parsed):
    table = {"title": NASTY, "names": [NASTY], "numbers": [NASTY], "rows": [[NASTY, NASTY]]}
    home = experiment(
        kind=NASTY,
        name=NASTY,
        question=NASTY,
        answer=[NASTY, NASTY],
        notes=[NASTY],
        tables=[table],
        figures=[{"file": "differences.png", "title": NASTY, "data": "differences.csv"}],
        variants={NASTY: {"kernel": "6.12", NASTY: 1}, "b": {"kernel": "6.12", NASTY: NASTY}},
        digests={NASTY: [NASTY]},
        engine=NASTY,
        baseline=NASTY,
    )
    (home / "differences.csv").write_text(f'{NASTY},"x"\n"{NASTY.replace(chr(34), chr(34) * 2)}",1\n')
    text = sim.report(home).html()
    assert parsed(text).text("h1") == [NASTY]
    assert "<script" not in text
    assert "<img src=x" not in text


def test_the_same_run_makes_the_same_page(kept, page):
    assert sim.report(kept).html() == page
