"""A run that was kept with its pictures, and folders of experiments as an experiment leaves them."""

import json
import shutil
from html.parser import HTMLParser

import pytest

import sim
from sim.plots import save_all

VOID = {"meta", "img"}
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


@pytest.fixture(scope="session")
def result():
    return sim.load("quickstart", {"duration": "4 s", "warmup": "1 s"}).run()


@pytest.fixture(scope="session")
def kept(result, tmp_path_factory):
    """The directory of a run, with pictures. Not to be written to."""
    return result.save(tmp_path_factory.mktemp("reports") / "run", also=lambda home: save_all(result, home))


@pytest.fixture(scope="session")
def page(kept):
    return sim.report(kept).html()


@pytest.fixture
def plain(result, tmp_path):
    """The directory of a run without pictures."""
    return result.save(tmp_path / "plain")


@pytest.fixture
def copied(kept, tmp_path):
    """The directory of a run, with pictures, to write into."""
    return shutil.copytree(kept, tmp_path / "copied")


def variants():
    wake_all = sim.load("quickstart", {"duration": "10 s"}).to_mapping()
    return {"wake-all": wake_all, "wake-one": {**wake_all, "semantics": {"wake": "one"}}}


def comparison(home, **changes):
    """Write the folder of a comparison of two variants, in two replications each, changed in some keys."""
    home.mkdir()
    document = {
        "format": 1,
        "kind": "comparison",
        "name": "quickstart",
        "question": "Does it matter who is woken?",
        "seed": 1,
        "replications": 2,
        "confidence": 0.95,
        "measures": [],
        "versions": {"python": "3.11.0", "mempool-sim": "0.1.0"},
        "engine": "simpy",
        "variants": variants(),
        "baseline": "wake-all",
        "digests": {"wake-all": ["a1" * 32, "a2" * 32], "wake-one": ["b1" * 32, "b2" * 32]},
        "answer": ["wake-one wakes in vain 3x less often than wake-all [2.5, 3.6]", "nothing else is shown"],
        "tables": [
            {
                "title": "What differs from wake-all",
                "names": ["measure"],
                "numbers": ["wake-\nups", "wake-one"],
                "rows": [["wasted wakes", "1.5", "0.33x [0.28, 0.4]"]],
            }
        ],
        "notes": ["Intervals are of 95 %."],
        "figures": [{"file": "differences.png", "title": "How they differ", "data": "differences.csv"}],
        **changes,
    }
    (home / "experiment.json").write_text(json.dumps(document))
    (home / "differences.png").write_bytes(PNG)
    (home / "differences.csv").write_text("variant,value\n" + "wake-one,0.333333333333\n" * 250)
    return home


@pytest.fixture(scope="session")
def write_experiment():
    return comparison


@pytest.fixture
def experiment(tmp_path):
    return lambda **changes: comparison(tmp_path / "experiment", **changes)


class Page(HTMLParser):
    """The elements of a page in their order, each with its attributes and its text; wrong nesting raises."""

    def __init__(self, text):
        super().__init__()
        self.elements = []
        self.texts = []
        self._open = []
        self.feed(text)
        self.close()
        assert not self._open

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        self.texts.append((self._open[-1] if self._open else None, data))

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]

    def text(self, tag):
        return [data for within, data in self.texts if within == tag]


@pytest.fixture(scope="session")
def parsed():
    return Page
