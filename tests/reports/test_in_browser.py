"""Pages in a real browser, headless Chromium, at the width of a desktop and of a phone, without a network.

Without `chromium` on the PATH these tests are skipped, unless MEMPOOL_SIM_BROWSER=required is in the environment.
"""

import html
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

import sim

KINDS = ("comparison", "sweep", "sizing", "verification")
PAGES = ("run", "pools", *KINDS, "wide")
WIDTHS = {"desktop": 1280, "phone": 390}
PAPER = 680  # A4 or Letter between its margins
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--enable-logging=stderr",
    "--virtual-time-budget=10000",
)
# What a page looks like in frames of both widths, with its data folded up and unfolded.
MEASURE = """
const looks = {};
function look(frame) {
  const page = frame.contentDocument, root = page.documentElement;
  const boxes = '.box, .picture';
  return {
    width: root.clientWidth,
    needed: root.scrollWidth,
    outside: [...page.body.querySelectorAll('*')]
      .filter(part => !part.parentElement.closest(boxes) && part.getBoundingClientRect().right > root.clientWidth + 0.5)
      .map(part => part.outerHTML.slice(0, 80)),
    broken: [...page.images].filter(image => !image.complete || !image.naturalWidth).length,
    pictures: page.images.length,
    loaded: frame.contentWindow.performance.getEntriesByType('resource')
      .map(entry => entry.name).filter(name => !name.startsWith('data:')),
    scrolling: [...page.querySelectorAll(boxes)]
      .filter(box => !box.closest('details') && box.scrollWidth > box.clientWidth).length,
    smallest: Math.min(...[...page.querySelectorAll('p, td, th, li')]
      .filter(part => part.offsetParent).map(part => parseFloat(frame.contentWindow.getComputedStyle(part).fontSize))),
  };
}
addEventListener('load', () => {
  for (const frame of document.querySelectorAll('iframe')) {
    const folded = look(frame);
    for (const part of frame.contentDocument.querySelectorAll('details')) part.open = true;
    looks[frame.id] = {folded, unfolded: look(frame)};
  }
  document.body.replaceChildren(Object.assign(document.createElement('pre'), {textContent: JSON.stringify(looks)}));
});
"""


@pytest.fixture(scope="module")
def browse(tmp_path_factory):
    """Open a page in Chromium; gives its document as the browser has made it, and what the browser had to say."""
    chromium = shutil.which("chromium")
    # A browser is not what pip can bring. Whoever only installs the package tests without one; CI, which installs one,
    # says that it is required.
    if chromium is None:
        if os.environ.get("MEMPOOL_SIM_BROWSER") == "required":
            pytest.fail("there is no chromium on the PATH, and MEMPOOL_SIM_BROWSER=required")
        pytest.skip("there is no chromium on the PATH: apt-get install chromium")

    def browse(page: str, *more: str) -> tuple[str, str]:
        home = tmp_path_factory.mktemp("browser")
        (home / "page.html").write_text(page)
        command = [chromium, *FLAGS, f"--user-data-dir={home / 'profile'}", "--dump-dom", *more]
        done = subprocess.run(
            [*command, f"file://{home / 'page.html'}"], capture_output=True, text=True, check=True, timeout=120
        )
        return done.stdout, done.stderr

    return browse


def measured(browse, pages, widths=WIDTHS):
    """How pages look, by name and width."""
    frames = "".join(
        f'<iframe id="{name} {device}" style="border:0;width:{width}px" srcdoc="{html.escape(page)}"></iframe>'
        for name, page in pages.items()
        for device, width in widths.items()
    )
    document, _ = browse(f"<!doctype html><meta charset=utf-8><body>{frames}<script>{MEASURE}</script>")
    looks = json.loads(html.unescape(document.partition("<pre>")[2].partition("</pre>")[0]))
    return {tuple(name.split()): look for name, look in looks.items()}


def several_pools(tmp_path):
    run = sim.load("guest-320m", {"duration": "300 ms", "warmup": "0 s"}).run()
    return sim.report(run.save(tmp_path / "pools")).html()


def experiments(home):
    """One of each kind, made in a moment."""
    how = {"set": {"duration": "300 ms", "warmup": "0 s"}, "replications": 2, "jobs": 1}
    sim.compare("quickstart", ["small:pools.bio.min_nr=1", "large:pools.bio.min_nr=16"], out=home / "comparison", **how)
    sim.sweep("quickstart", ["pools.bio.min_nr=1,16", "pressure.on_off.bad=10 ms,100 ms"], out=home / "sweep", **how)
    sim.size("erlang-b", "P(NULL) <= 50 %", out=home / "sizing", **how)
    sim.verify("erlang-b", out=home / "verification", **{**how, "set": {"duration": "5 s"}})
    return {kind: sim.report(home / kind).html() for kind in KINDS}


def wide(experiment):
    """An experiment with names, tables and answers of many characters without a space."""
    long = "a-name-without-end-" * 12
    rows = [[long, *(f"{number:,}" for number in range(10**6, 10**6 + 12))] for _ in range(4)]
    base = sim.load("quickstart").to_mapping()
    variants = {f"{long}{size}": {**base, "pools": {"bio": {"min_nr": size}}} for size in range(1, 5)}
    return experiment(
        name=long,
        question=long,
        answer=[long, long],
        notes=[long],
        tables=[{"title": long, "names": [long], "numbers": [f"{n} {long}" for n in range(12)], "rows": rows}],
        variants=variants,
        baseline=f"{long}1",
        digests={name: ["ab" * 32] for name in variants},
    )


@pytest.fixture(scope="module")
def pages(page, tmp_path_factory, write_experiment):
    home = tmp_path_factory.mktemp("pages")
    return {
        "run": page,
        "pools": several_pools(home),
        **experiments(home),
        "wide": sim.report(wide(lambda **changes: write_experiment(home / "wide", **changes))).html(),
    }


@pytest.fixture(scope="module")
def looks(browse, pages):
    return measured(browse, pages)


@pytest.mark.parametrize("device", WIDTHS)
@pytest.mark.parametrize("name", PAGES)
def test_nothing_reaches_beyond_the_edge(looks, name, device):
    for look in looks[name, device].values():
        assert look["outside"] == []
        assert look["needed"] == look["width"]


@pytest.mark.parametrize("device", WIDTHS)
@pytest.mark.parametrize("name", PAGES)
def test_every_picture_is_shown(looks, name, device):
    look = looks[name, device]["folded"]
    assert look["pictures"] > 0
    assert look["broken"] == 0


def test_wide_tables_scroll_in_their_boxes_on_a_phone(looks):
    assert looks["run", "phone"]["folded"]["scrolling"] > 5
    assert looks["run", "desktop"]["folded"]["scrolling"] == 0


@pytest.mark.parametrize("device", WIDTHS)
def test_the_text_is_large_enough_to_read(looks, device):
    assert looks["run", device]["unfolded"]["smallest"] >= 12


def test_nothing_is_cut_off_on_paper(browse, pages):
    printed = {name: page.replace("@media print", "@media all") for name, page in pages.items() if name != "wide"}
    looks = measured(browse, printed, {"paper": PAPER})
    assert len(looks) == len(PAGES) - 1
    for look in looks.values():
        assert look["folded"]["needed"] == look["folded"]["width"]
        assert look["folded"]["scrolling"] == 0


def test_nothing_is_loaded(looks):
    assert [look["loaded"] for each in looks.values() for look in each.values()] == [[]] * 2 * len(looks)


def test_an_element_that_reaches_beyond_the_edge_would_be_seen(browse):
    looks = measured(browse, {"bad": "<!doctype html><div style='width:2000px'>x</div>"})
    assert all(look["folded"]["outside"] and look["folded"]["needed"] > 1900 for look in looks.values())


def requests_in(log: Path) -> list[str]:
    """The addresses in a network that a page asked for, as the browser's log has them.

    What Chromium asks for itself, such as the time, has no origin.
    """
    text = log.read_text(encoding="utf-8", errors="replace")
    events = json.loads(text if text.rstrip().endswith("}") else f"{text.rstrip().rstrip(',')}]}}")["events"]
    asked = [event["params"] for event in events if "initiator" in event.get("params", {})]
    urls = [each["url"] for each in asked if each["initiator"] != "not an origin"]
    return [url for url in dict.fromkeys(urls) if url.startswith(("http:", "https:", "ws:", "wss:"))]


@pytest.mark.parametrize("name", ["run", *KINDS])
def test_the_browser_has_nothing_to_complain_of_and_asks_no_network(browse, pages, name, tmp_path):
    _, said = browse(pages[name], f"--log-net-log={tmp_path / 'net.json'}")
    assert "CONSOLE" not in said
    assert requests_in(tmp_path / "net.json") == []


ASKING = '<img src="http://pages.invalid/a.png" alt="">'


def test_a_page_that_asks_a_network_would_be_seen(browse, tmp_path):
    browse(f"<!doctype html>{ASKING}", f"--log-net-log={tmp_path / 'net.json'}")
    assert requests_in(tmp_path / "net.json") == ["http://pages.invalid/a.png"]


def test_the_policy_of_a_page_forbids_what_should_not_be_in_it(browse, page, tmp_path):
    spoilt = page.replace("</body>", f"{ASKING}<script>document.title = 'ran'</script></body>")
    document, said = browse(spoilt, f"--log-net-log={tmp_path / 'net.json'}")
    assert "Content Security Policy" in said
    assert "<title>ran" not in document
    assert requests_in(tmp_path / "net.json") == []
