"""What a number of an experiment is about: a pool, a class of tasks that uses it, a device, or the run as a whole."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Subject:
    """A pool, with or without one of the task classes that use it, a device, or, if all are None, the whole run.

    As text ``bio``, ``bio/writer``, ``nvme``, ``run``.
    """

    pool: str | None = None
    task: str | None = None
    device: str | None = None

    def __str__(self) -> str:
        """The subject in a table."""
        if self.device is not None:
            return self.device
        if self.pool is None:
            return "run"
        return self.pool if self.task is None else f"{self.pool}/{self.task}"

    def row(self, document: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """The row of a summary that is about this pool, all its classes together, or about this class."""
        rows = [row for row in document["rows"] if row["pool"] == self.pool]
        if self.task is not None:
            return next((row for row in rows if row["task"] == self.task and not row["total"]), None)
        return next((row for row in rows if row["total"]), rows[0] if rows else None)


RUN = Subject()


def subjects(document: Mapping[str, Any]) -> list[Subject]:
    """Return all subjects of a summary: its pools, the classes of those that several use, its devices, the run."""
    found: list[Subject] = []
    for pool in document["pools"]:
        tasks = [row["task"] for row in document["rows"] if row["pool"] == pool and not row["total"]]
        found.append(Subject(pool))
        if len(tasks) > 1:
            found += [Subject(pool, task) for task in tasks]
    return [*found, *(Subject(device=name) for name in document["devices"]), RUN]
