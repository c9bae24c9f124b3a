import base64
import csv
import io

import pytest
from rich.console import Console

import sim
from sim.experiments import Execution, compare, sweep, verify
from sim.results import NotAResultError


def page_of(home, parsed):
    return parsed(sim.report(home).html())


def test_question_and_answer_come_first(experiment, parsed):
    page = page_of(experiment(), parsed)
    paragraphs = page.text("p")
    assert paragraphs[:3] == [
        "Comparison",
        "Does it matter who is woken?",
        "wake-one wakes in vain 3x less often than wake-all [2.5, 3.6]",
    ]
    assert "nothing else is shown" in page.text("li")


def test_tables_and_notes_are_there(experiment, parsed):
    page = page_of(experiment(), parsed)
    assert {"measure", "wakeups", "wake-one"} <= set(page.text("th"))
    assert {"wasted wakes", "1.5", "0.33x [0.28, 0.4]"} <= set(page.text("td"))
    assert "Intervals are of 95 %." in page.text("li")


def test_the_data_of_a_picture_are_shown_and_can_be_downloaded(experiment, parsed):
    home = experiment()
    page = page_of(home, parsed)
    assert "Data: 250 rows" in page.text("summary")
    (link,) = [link for link in page.all("a") if link.get("download") == "differences.csv"]
    assert base64.b64decode(link["href"].partition(";base64,")[2]) == (home / "differences.csv").read_bytes()


def test_what_differs_between_variants_comes_before_their_texts(experiment, parsed):
    text = sim.report(experiment()).html()
    page = parsed(text)
    rows = [page.text("td")[number : number + 3] for number, cell in enumerate(page.text("td")) if "semantics" in cell]
    assert rows == [["semantics.wake", "-", "one"]]
    assert text.index("What differs</h3>") < text.index("<summary>wake-all")
    assert {"wake-all", "wake-one"} <= set(page.text("summary"))


def test_of_many_variants_only_the_baseline_is_written_out(experiment, parsed):
    base = sim.load("quickstart").to_mapping()
    variants = {f"v{size}": {**base, "pools": {"bio": {"min_nr": size}}} for size in range(1, 41)}
    page = page_of(experiment(variants=variants, baseline="v3"), parsed)
    assert [text for text in page.text("summary") if not text.startswith(("Data", "Digests"))] == ["v3"]
    assert "pools.bio.min_nr" in page.text("th")
    assert {f"v{size}" for size in range(1, 41)} <= set(page.text("td"))


def test_it_tells_how_it_was_made(experiment, parsed):
    page = page_of(experiment(), parsed)
    facts = dict(zip(page.text("dt"), page.text("dd"), strict=True))
    assert facts["Replications"] == "2 each"
    assert facts["Seed"] == "1"
    assert facts["Versions"] == "python 3.11.0, mempool-sim 0.1.0"
    assert (
        "mempool-sim compare quickstart --set 'duration=10 s' --variant wake-all: "
        "--variant wake-one:semantics.wake=one --replications 2 --seed 1"
    ) in page.text("code")


def test_every_run_s_digest_is_there(experiment, parsed):
    page = page_of(experiment(), parsed)
    (link,) = [link for link in page.all("a") if link.get("download") == "digests.csv"]
    rows = list(csv.reader(io.StringIO(base64.b64decode(link["href"].partition(";base64,")[2]).decode())))
    assert rows[0] == ["variant", "replication", "digest"]
    assert rows[3] == ["wake-one", "0", "b1" * 32]
    assert len(rows) == 5


def test_a_picture_that_is_gone_leaves_its_data(experiment, parsed):
    home = experiment()
    (home / "differences.png").unlink()
    page = page_of(home, parsed)
    assert not page.all("img")
    assert "There is no picture here; these are its data." in page.text("p")


def test_tables_that_no_picture_shows_are_there_too(experiment, parsed):
    home = experiment()
    (home / "table.csv").write_text("variant,replication,value\nwake-all,0,1.5\n")
    page = page_of(home, parsed)
    assert "table.csv: 1 row" in page.text("summary")
    assert [link["download"] for link in page.all("a") if link.get("download", "").endswith(".csv")] == [
        "differences.csv",
        "table.csv",
        "digests.csv",
    ]


def test_without_pictures_all_data_are_there(experiment, parsed):
    page = page_of(experiment(figures=[]), parsed)
    assert "Plots" not in page.text("h2")
    assert "differences.csv: 250 rows" in page.text("summary")


@pytest.fixture(scope="module")
def comparison(tmp_path_factory):
    base = sim.load("quickstart", {"duration": "3 s", "warmup": "0 s"})
    # Names that could be read from a file as something else.
    variants = {"1": base, "NA": base.with_({"pools.bio.min_nr": 16})}
    return compare(variants, execution=Execution(replications=3, jobs=1, runs=tmp_path_factory.mktemp("runs")))


def test_pictures_that_were_not_kept_are_drawn_as_they_would_have_been(comparison, tmp_path, parsed):
    comparison.save(tmp_path / "drawn")
    comparison.save(tmp_path / "undrawn", plots=False)
    drawn, undrawn = (page_of(tmp_path / name, parsed).all("img") for name in ("drawn", "undrawn"))
    assert len(drawn) >= 4
    assert undrawn == drawn


def test_a_sweep_is_drawn_as_it_would_have_been_and_its_command_told(tmp_path, parsed):
    base = sim.load("quickstart", {"duration": "1 s", "warmup": "0 s"})
    # Kernels could be read from a file as numbers.
    axes = ["kernel='6.12','6.1'", "pools.bio.min_nr=1,8"]
    outcome = sweep(base, axes, execution=Execution(replications=2, jobs=1, runs=tmp_path / "runs"))
    outcome.save(tmp_path / "drawn")
    outcome.save(tmp_path / "undrawn", plots=False)
    drawn, undrawn = (page_of(tmp_path / name, parsed) for name in ("drawn", "undrawn"))
    assert drawn.all("img") == undrawn.all("img") != []
    assert any(text.startswith("mempool-sim sweep quickstart") for text in drawn.text("code"))


def test_a_comparison_is_printed_as_it_was(comparison, tmp_path):
    printed = []
    for shown in (comparison, sim.report(comparison.save(tmp_path / "kept", plots=False))):
        console = Console(width=80, file=io.StringIO(), color_system=None)
        console.print(shown)
        printed.append(console.file.getvalue())
    assert printed[0] == printed[1]


def test_a_verification_is_printed_and_drawn_as_it_was(tmp_path, parsed):
    execution = Execution(replications=2, jobs=1, runs=tmp_path / "runs")
    done = verify(sim.load("erlang-b", {"duration": "12 s"}), execution=execution)
    kept = done.save(tmp_path / "drawn")
    undrawn = done.save(tmp_path / "undrawn", plots=False)
    assert sim.report(kept).page == done.__rich__()
    assert page_of(undrawn, parsed).all("img") == page_of(kept, parsed).all("img") != []


def test_files_outside_of_the_directory_are_not_shown(experiment, tmp_path):
    (tmp_path / "secret.csv").write_text("secret word\n")
    home = experiment(figures=[{"file": "../a.png", "title": "A", "data": "../secret.csv"}])
    assert "secret word" not in sim.report(home).html()
    assert base64.b64encode(b"secret word\n").decode() not in sim.report(home).html()


@pytest.mark.parametrize(
    ("changes", "tone"),
    [
        ({"passed": True}, "good"),
        ({"passed": False, "findings": [{"verdict": "not decided"}]}, "mixed"),
        ({"passed": False, "findings": [{"verdict": "differs"}]}, "bad"),
        ({"passed": False, "laws": [{"holds": False}]}, "bad"),
    ],
)
def test_a_verification_looks_as_it_came_out(experiment, parsed, changes, tone):
    page = page_of(experiment(kind="verification", margin=None, **changes), parsed)
    assert ("p", {"class": f"told {tone}"}) in page.elements


def test_scenarios_that_were_verified_are_not_told_by_their_differences(experiment, parsed):
    page = page_of(experiment(kind="verification", margin=None, passed=True), parsed)
    assert "What differs" not in page.text("h3")
    assert {"wake-all", "wake-one"} <= set(page.text("summary"))


@pytest.mark.parametrize(
    "changes",
    [{"variants": {"a": {"kernel": "six"}}}, {"variants": {"a": {}}}, {"digests": None}, {"figures": [{}]}],
    ids=str,
)
def test_a_document_with_a_damaged_part_is_told_of_in_a_line(experiment, changes):
    with pytest.raises(NotAResultError, match="experiment is damaged"):
        sim.report(experiment(**changes)).html()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 2}', '{"format": 1}'])
def test_a_damaged_document_is_told_in_a_line(tmp_path, text):
    (tmp_path / "experiment.json").write_text(text)
    with pytest.raises(NotAResultError, match=r"experiment\.json (is damaged|has format)"):
        sim.report(tmp_path)
