"""The flag ``--long``, without which tests that take minutes are skipped; and a broken mempool, to be noticed."""

from typing import Any

import pytest
import simpy

from sim.kernel import Mempool


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="run the tests that are marked long, too: minutes each")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--long"):
        return
    for item in items:
        if item.get_closest_marker("long"):
            item.add_marker(pytest.mark.skip(reason=f"takes minutes: pytest --long {item.nodeid.partition('[')[0]}"))


@pytest.fixture
def one_element_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Break the pool: it holds min_nr + 1 elements, and says it holds min_nr."""
    right = Mempool.__init__

    def wrong(pool: Mempool, env: simpy.Environment, min_nr: int, *rest: Any, **more: Any) -> None:
        right(pool, env, min_nr + 1, *rest, **more)

    monkeypatch.setattr(Mempool, "__init__", wrong)
