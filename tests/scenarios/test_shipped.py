import re
import shlex

import pytest
from rich.console import Console

import sim
from sim.catalogue import shipped
from sim.catalogue import summary as first_line
from sim.results.table import page, tables
from sim.scenario import advice, load_with_settings
from sim.scenario.schema import schema_text

MODELINE = "# yaml-language-server: $schema=./scenario.schema.json"
COMMAND = re.compile(r"# mempool-sim run (.*?)(?: {4,}.*)?$")

scenarios = pytest.mark.parametrize("name", sorted(shipped()))


def header(name: str) -> list[str]:
    """The lines of comment that a scenario begins with, after its modeline."""
    first, *lines = shipped()[name].read_text().splitlines()
    assert first == MODELINE
    return lines[: next(number for number, line in enumerate(lines) if not line.startswith("#"))]


def quoted(name: str) -> str:
    """What the header says that the scenario prints as it is; what is derived from that stands in brackets there."""
    lines = header(name)
    start = lines.index(f"# mempool-sim run {name}") + 1
    end = next(number for number, line in enumerate(lines) if number >= start and not line.startswith("#   "))
    return re.sub(r"\([^()]*\d[^()]*\)", "", " ".join(line[1:] for line in lines[start:end]))


def test_the_promised_scenarios_are_there():
    assert set(shipped()) >= {
        "atomic-driver",
        "bio-set",
        "blk-crypto-bulk",
        "blk-crypto-loop",
        "dm-crypt",
        "dm-crypt-16g",
        "dm-thousand",
        "erlang-b",
        "erlang-c",
        "fscrypt",
        "fscrypt-handset",
        "guest-320m",
        "guest-320m-burst",
        "nfs-swap",
        "nfs-write",
        "quickstart",
        "raid1-swap-2010",
        "raid1-swap-private",
        "scsi-sg",
        "swap-dm-crypt-drained",
        "swap-dm-crypt-throttled",
        "writeback",
    }


def test_the_schema_beside_them_is_the_current_one():
    assert (shipped()["quickstart"].parent / "scenario.schema.json").read_text() == schema_text()


CAN_DEADLOCK = {
    "bioset-parked": "tasks.writer.steps.3",
    "blk-crypto-loop": "tasks.writer.steps.0",
    "bounce": "tasks.flusher.steps.0",
    "dm-crypt": "tasks.writer.steps.0.repeat.steps.0",
    "dm-crypt-writeback": "tasks.kcryptd.steps.0.repeat.steps.0",
    "guest-320m-burst": "tasks.taker.steps.0",
    "raid1-swap-2010": "tasks.swapper.steps.2",
}
"""The scenarios that are about hold-and-wait, and the step at which it is warned of."""


@scenarios
def test_loads_under_its_own_name(name):
    assert sim.load(name).name == name


@scenarios
def test_no_remarks_but_of_the_deadlock_that_some_are_about(name):
    remarks = advice(sim.load(name))
    assert [remark.path for remark in remarks] == ([CAN_DEADLOCK[name]] if name in CAN_DEADLOCK else [])
    assert all("can deadlock once memory is gone" in remark.text for remark in remarks)


@pytest.mark.parametrize(
    ("name", "cure"),
    [
        ("bioset-parked", "pools.array.min_nr=5"),
        ("blk-crypto-loop", "tasks.writer.steps.0.alloc.n=8"),
        ("bounce", "pools.page_pool.min_nr=256"),
        ("dm-crypt", "pools.page_pool.min_nr=511"),
        ("dm-crypt", "tasks.writer.steps.0.repeat.times=8"),
        ("dm-crypt-writeback", "pools.page_pool.min_nr=511"),
        ("guest-320m-burst", "pools.pages.min_nr=57"),
        ("raid1-swap-2010", "pools.fs_bio_set.min_nr=9"),
    ],
)
def test_a_cure_leaves_nothing_to_remark_on(name, cure):
    assert advice(load_with_settings(name, [cure])) == []


@scenarios
def test_has_a_description_that_fits_a_line_of_the_list(name):
    assert 40 <= len(first_line(shipped()[name])) <= 110


@scenarios
def test_line_of_the_list_is_the_description_as_loaded(name):
    assert first_line(shipped()[name]) == sim.load(name).description.strip().splitlines()[0]


@scenarios
def test_header_says_what_it_shows_and_where_its_numbers_come_from(name):
    lines = header(name)
    prose = lines[1 : lines.index(f"# mempool-sim run {name}")]
    sources = lines[lines.index("# Where the numbers come from") + 1 :]
    assert len(" ".join(prose)) > 200
    assert len(sources) >= 3


@scenarios
def test_commands_in_the_header_are_valid(name):
    commands = [match[1] for line in header(name) if (match := COMMAND.match(line))]
    assert commands
    for command in commands:
        scenario, *options = shlex.split(command)
        given = dict(zip(options[::2], options[1::2], strict=True))
        assert scenario == name
        assert given.keys() <= {"--set", "--seed"}
        settings = [value for option, value in zip(options[::2], options[1::2], strict=True) if option == "--set"]
        load_with_settings(scenario, settings)


@scenarios
def test_runs(name, summary):
    document = summary(name)
    assert document["duration_ns"] == sim.load(name).duration
    assert document["calls"] > 0


@scenarios
def test_prints_the_numbers_that_its_header_quotes(name, summary):
    console = Console(width=200)
    with console.capture() as captured:
        console.print(page(summary(name)))
    printed = set(re.findall(r"\d[\d,.]*\d|\d", captured.get()))
    numbers = re.findall(r"(?<![\w.])p?\d[\d,.]*\d|\d", re.sub(r"\bp\d+(\.\d+)?\b", "", quoted(name)))
    assert numbers
    assert set(numbers) <= printed


OF_CALLS = {"Where the elements came from, % of calls", "Allocation latency", "Waiting", "Reserve"}
OF_MEMORY = {
    "Pages, free ones against the watermarks",
    "Reclaim since the start of the run",
    "Stalls (/proc/pressure) at the end of the run, %",
}
OF_LOAD = "Load on memory, from the start of the run"
OF_DEVICES = "Devices, from the start of the run"


@scenarios
def test_each_of_its_tables_fits_80_columns_in_one_piece(name, summary):
    pieces = {table.title: len(list(table.fitted(80))) for table in tables(summary(name))}
    scenario = sim.load(name)
    expected = OF_CALLS | (OF_MEMORY if scenario.memory else set())
    expected |= {OF_LOAD} if scenario.load else set()
    expected |= {OF_DEVICES} if scenario.devices else set()
    assert pieces == dict.fromkeys(expected, 1)
