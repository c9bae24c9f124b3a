from functools import cache

import pytest

import sim


@cache
def _document(name, settings, seed, replication):
    return sim.load(name).with_(dict(settings)).run(seed=seed, replication=replication).document


@pytest.fixture
def summary():
    """The summary of a shipped scenario, settings changed; each run is made once."""

    def of(name, settings=None, seed=None, replication=0):
        return _document(name, tuple((settings or {}).items()), seed, replication)

    return of


@pytest.fixture
def row(summary):
    """The summary's row for a task class, or for the only one."""

    def of(name, settings=None, task=None, **run):
        rows = summary(name, settings, **run)["rows"]
        return next(row for row in rows if task in (None, row["task"]))

    return of
