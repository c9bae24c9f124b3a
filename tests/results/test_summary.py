import json
import re
from pathlib import Path

import pytest

from sim.kernel.call import Path as CallPath
from sim.results import summary
from sim.results.calls import PATHS
from sim.results.frames import summary_frame
from sim.results.store import load
from sim.results.summary import SHARES, summarise
from sim.results.verdict import Verdict, Word

GUIDE = (Path(__file__).parents[2] / "docs" / "summary.md").read_text()
KEYS = re.compile(r"`([^`]+)`")
DOCUMENTED = [line for line in summary.__doc__.splitlines() if line.startswith("| `")]


def row_of(document: dict, pool: str, task: str) -> dict:
    return next(row for row in document["rows"] if (row["pool"], row["task"]) == (pool, task))


def test_every_class_has_a_row_and_a_pool_of_several_classes_a_total(finish):
    rows = [(row["pool"], row["task"], row["calls"]) for row in finish().document["rows"]]
    assert [row[:2] for row in rows] == [("bio", "writer"), ("bio", "reader"), ("bio", "all"), ("crypt", "writer")]
    assert rows[0][2] + rows[1][2] == rows[2][2]
    assert rows[2][2] + rows[3][2] == 5000


def test_shares_of_the_paths_add_up_to_one(finish):
    for row in finish().document["rows"]:
        parts = [row["shares"][key]["share"] for key in SHARES if key != "fallback"]
        assert sum(parts) == pytest.approx(1)


def test_fallback_is_every_call_that_the_reserve_served(finish):
    for row in finish().document["rows"]:
        assert row["shares"]["fallback"]["count"] == row["paths"]["reserve"] + row["paths"]["wait_reserve"]


def test_zero_events_are_told_by_their_bound(finish):
    waited = row_of(finish().document, "bio", "reader")["shares"]["waited"]
    assert waited == {"count": 0, "of": waited["of"], "share": 0.0, "at_most": 3 / waited["of"]}


def test_the_parts_of_the_time_add_up_to_the_latencies(finish):
    result = finish()
    spent = sum(sum(row["time"].values()) for row in result.document["rows"] if row["task"] != "all")
    assert spent == result.events["latency_ns"].sum()


def test_counts_are_those_of_the_events(finish):
    result = finish()
    for row in result.document["rows"]:
        mine = result.events[
            (result.events["pool"] == row["pool"])
            & (result.events["task"].isin([row["task"]]) | (row["task"] == "all"))
        ]
        for key in ("attempts", "sleeps", "timeouts", "wakes", "wasted_wakes", "barged"):
            assert row[key] == mine[key].sum()
        assert row["paths"] == {path: (mine["path"] == path).sum() for path in PATHS}
        assert row["latency"]["p90"]["ns"] == mine["latency_ns"].sort_values().iloc[-(-9 * len(mine) // 10) - 1]


def test_calls_that_began_in_the_warm_up_are_left_out(finish):
    whole, warm = finish(), finish(warmup_ns=2_500_000_000)
    kept = whole.events[whole.events["call_ns"] >= 2_500_000_000]
    crypt = kept[kept["pool"] == "crypt"]
    row = row_of(warm.document, "crypt", "writer")
    assert warm.document["calls"] == 5000
    assert warm.document["calls_in_warmup"] == 5000 - len(kept) == 1250
    assert row["calls"] == len(crypt)
    assert row["latency"]["p50"]["ns"] == crypt["latency_ns"].sort_values().iloc[-(-len(crypt) // 2) - 1]


def test_the_warm_up_of_a_pool_does_not_dilute_its_time_at_zero(finish):
    pool = finish(warmup_ns=2_500_000_000).document["pools"]["bio"]
    assert pool["reserve_at_zero_share"] == 1_500_000_000 / 7_500_000_000


@pytest.mark.parametrize("warmup_ns", [0, 2_500_000_000])
def test_streaming_tells_the_same_within_two_significant_digits(finish, warmup_ns):
    full = finish(warmup_ns=warmup_ns).document
    streamed = finish(warmup_ns=warmup_ns, streaming=True).document
    for row, other in zip(full["rows"], streamed["rows"], strict=True):
        for key, latency in row.pop("latency").items():
            approximate = other["latency"][key]
            assert approximate["ns"] == (latency["ns"] and pytest.approx(latency["ns"], rel=0.004))
            assert approximate["at_least"] == latency["at_least"]
        del other["latency"]
        assert other == row
    assert streamed["digest"] == full["digest"]


def test_a_streamed_summary_says_how_exact_its_quantiles_are(finish):
    note = "Quantiles are read from a histogram and right within 0.4 %."
    assert note in finish(streaming=True).document["notes"]
    assert note not in finish().document["notes"]


def test_a_summary_says_that_it_is_of_a_single_run(finish):
    document = finish().document
    assert document["replications"] == 1
    assert "single run carries no interval: run it again with --seed 8, 9, ..." in document["notes"][0]


def test_a_class_called_all_is_told_from_the_total(finish):
    def fill(log, calls):
        for task in ("all", "writer"):
            log.short(1, 5, log.kind("bio", task, "GFP_NOIO"), CallPath.FIRST, 1)

    rows = finish(2, fill=fill).document["rows"]
    assert [(row["task"], row["total"], row["calls"]) for row in rows] == [
        ("all", False, 1),
        ("writer", False, 1),
        ("all", True, 2),
    ]


def test_what_a_class_cannot_suffer_has_a_bound_of_zero_and_what_it_can_one_of_three_calls(finish):
    def fill(log, calls):
        sleeper = log.kind("bio", "writer", "GFP_NOIO", paths={CallPath.FIRST, CallPath.WAIT})
        other = log.kind("bio", "irq", "GFP_NOWAIT", paths={CallPath.FIRST, CallPath.NULL})
        for kind in [sleeper, other] * 50:
            log.short(1, 5, kind, CallPath.FIRST, 1)

    rows = finish(100, fill=fill).document["rows"]
    assert [[row["shares"][key]["at_most"] for key in ("after_wait", "waited", "null")] for row in rows] == [
        [0.06, 0.06, 0],
        [0, 0, 0.06],
        [0.03, 0.03, 0.03],
    ]


def test_a_quantile_that_takes_more_calls_is_noted_and_not_made_up(finish):
    document = finish(300).document
    row = row_of(document, "bio", "writer")
    assert row["latency"]["p99.9"] == {"ns": None, "at_least": False, "needs": 3000}
    assert f"bio writer: p99.9 needs 3,000+ calls; {row['calls']} here." in document["notes"]


def test_unfinished_waits_are_noted(finish):
    document = finish().document
    waits = row_of(document, "crypt", "writer")["paths"]["unfinished"]
    assert waits > 1
    assert any(note.startswith(f"crypt writer: {waits} waits were unfinished") for note in document["notes"])


def test_one_unfinished_wait_is_one_wait(finish):
    def fill(log, calls):
        log.short(1, 5, log.kind("bio", "writer", "GFP_NOIO"), CallPath.UNFINISHED, 1)

    assert any("1 wait was unfinished" in note for note in finish(1, fill=fill).document["notes"])


def test_a_class_without_calls_has_a_row_that_says_so(finish):
    document = finish(0, fill=lambda log, calls: log.kind("bio", "writer", "GFP_NOIO")).document
    (row,) = document["rows"]
    assert row["calls"] == 0
    assert row["shares"]["first_attempt"]["share"] is None
    assert "bio writer: no call." in document["notes"]


def test_a_class_whose_calls_all_fell_into_the_warm_up_has_a_row_that_says_so(finish):
    def fill(log, calls):
        log.short(1, 5, log.kind("bio", "writer", "GFP_NOIO"), CallPath.FIRST, 1)

    assert "bio writer: no call after the warm-up." in finish(1, fill=fill, warmup_ns=10).document["notes"]


def test_the_document_says_what_ran(finish, record):
    document = summarise(record(10), name="demo", seed=7, scenario={"name": "demo"}, replication=3, engine="compiled")
    assert {key: document[key] for key in ("format", "name", "seed", "replication", "engine", "scenario")} == {
        "format": 1,
        "name": "demo",
        "seed": 7,
        "replication": 3,
        "engine": "compiled",
        "scenario": {"name": "demo"},
    }
    assert set(document["versions"]) == {"mempool-sim", "python", "numpy", "simpy"}
    assert document["calls_per_second"] == 20


def test_the_document_is_strict_json(finish):
    document = finish().document
    assert json.loads(json.dumps(document, allow_nan=False)) == document


def documented() -> set[str]:
    """The documented keys, with every abbreviated one written out."""
    found = set()
    for line in DOCUMENTED:
        stem = ""
        for key in KEYS.findall(line.split("|")[1]):
            full = stem + key if key.startswith(".") else key
            stem = full.rpartition(".")[0] if not key.startswith(".") else stem
            found.add(full)
    return found


def occurring(value: object, path: str = "") -> set[str]:
    """The keys of a document, in the notation of its description."""
    if path == "scenario":
        return {path}
    if isinstance(value, list) and all(isinstance(entry, dict) for entry in value):
        return {key for entry in value for key in occurring(entry, f"{path}[]")}
    if not isinstance(value, dict):
        return {path}
    inside = set()
    for key, entry in value.items():
        if path in {"pools", "arrivals", "devices", "memory.load", "memory.vmstat", "memory.pressure"}:
            name = f"{path}.NAME"
        elif path in {"rows[].shares", "rows[].latency", "memory.pressure.NAME"}:
            inside.add(f"{path}.{key}")
            name = f"{path}.KEY"
        else:
            name = f"{path}.{key}" if path else key
        inside |= occurring(entry, name)
    return inside


def test_every_key_is_described_and_every_description_has_its_key(finish, closed_loop):
    served = Verdict(Word.SERVED, ("none of 5,000 calls slept or got NULL",))
    whole = occurring(finish(memory=closed_loop).document)
    assert whole | occurring(finish(verdict=served).document) == documented()


def test_the_guide_holds_the_same_table_as_the_module():
    rows = [line for line in GUIDE.splitlines() if line.startswith("| `")]
    assert rows[: len(DOCUMENTED)] == DOCUMENTED


def columns_documented(file: str) -> dict[str, str]:
    """The columns of a Parquet file in the order of the guide, with their types."""
    found = {}
    for line in GUIDE.partition(f"### {file}\n")[2].partition("### ")[0].splitlines():
        if line.startswith("| `"):
            _, names, types, _, _ = line.split("|")
            columns, kinds = KEYS.findall(names), types.strip().split(", ")
            found |= zip(columns, kinds * len(columns) if len(kinds) == 1 else kinds, strict=False)
    return found


@pytest.mark.parametrize(
    ("file", "table"),
    [
        ("events.parquet", "events"),
        ("series.parquet", "series"),
        ("paths.parquet", "paths_over_time"),
        ("latencies.parquet", "latencies"),
        ("memory.parquet", "memory"),
    ],
)
def test_every_column_of_a_file_is_described_with_its_type(finish, closed_loop, tmp_path, file, table):
    stored = getattr(load(finish(memory=closed_loop).save(tmp_path / "out")), table)
    assert {name: str(kind) for name, kind in stored.dtypes.items()} == columns_documented(file)


def test_every_path_that_a_file_may_hold_is_described():
    (line,) = (line for line in GUIDE.splitlines() if line.startswith("| `path` |"))
    assert tuple(KEYS.findall(line.split("|")[3]))[: len(PATHS)] == PATHS


def test_the_frame_holds_a_row_per_row_of_the_document(finish):
    document = finish().document
    frame = summary_frame(document)
    assert frame["pool"].tolist() == [row["pool"] for row in document["rows"]]
    assert frame["p90_ns"].tolist() == [row["latency"]["p90"]["ns"] for row in document["rows"]]
    assert frame["fallback_rate"].tolist() == [row["shares"]["fallback"]["share"] for row in document["rows"]]
    assert frame["reserve_mean"].tolist() == [1.25, 1.25, 1.25, 250.5]


def test_the_frame_has_no_number_where_there_are_too_few_calls(finish):
    frame = summary_frame(finish(300).document)
    assert frame["p99.9_ns"].isna().all()
    assert frame["p50_ns"].notna().all()


def test_the_frame_names_the_latencies_that_are_lower_bounds(finish):
    bounds = summary_frame(finish().document)["lower_bounds"]
    assert bounds.tolist()[:3] == ["", "", ""]
    assert "max" in bounds.tolist()[3]
