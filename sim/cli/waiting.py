"""What a user at a terminal sees while the program is busy; nothing where nobody looks."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.experiments.running.eta import Progress as Far


@contextmanager
def progress(title: str) -> Iterator[Callable[[float], None] | None]:
    """A bar that is told the share that is done, 0 to 1."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=1.0)
        yield lambda share: bar.update(task, completed=share)


@contextmanager
def experiment(title: str) -> "Iterator[Callable[[Far], None] | None]":
    """A bar that is told how far an experiment is, and says so: runs done, reused, the time left once it is known."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    columns = (TextColumn(title), BarColumn(), TextColumn("{task.fields[words]}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=None, words="")
        yield lambda now: bar.update(task, completed=now.done, total=now.of, words=str(now))


@contextmanager
def activity(text: str) -> Iterator[Callable[[str], None]]:
    """A line that says what is being done, until it is told something else."""
    if not sys.stderr.isatty():
        yield lambda text: None
        return
    from rich.console import Console

    with Console(stderr=True).status(text) as status:
        yield status.update
