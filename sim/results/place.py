"""Where a result goes: a place of its own, found fit before a long run, not after it."""

import os
import tempfile
from pathlib import Path


class ResultExistsError(FileExistsError):
    """There is something at the place where a result was to be written."""


def check_place(directory: str | os.PathLike[str]) -> None:
    """Raise an OSError that says why no result can be written to `directory`; make the folders above it.

    It is a ResultExistsError if something is there already.
    """
    home = real(directory)
    for what, found in {"the working directory": home == Path.cwd(), "a mount point": os.path.ismount(home)}.items():
        if found:
            raise OSError(f"{directory} is {what}, which a result cannot replace; name a folder in it")
    refuse_existing(directory)
    for folder in reversed(Path(directory).parents):
        if os.path.lexists(folder) and not folder.is_dir():
            raise NotADirectoryError(f"{folder} is not a directory")
    home.parent.mkdir(parents=True, exist_ok=True)
    Path(tempfile.mkdtemp(prefix=f".{home.name}.", dir=home.parent)).rmdir()


def refuse_existing(directory: str | os.PathLike[str]) -> None:
    """Raise a ResultExistsError unless `directory` is empty or not there."""
    target = Path(directory)
    if target.is_dir() and not any(target.iterdir()):
        return
    if os.path.lexists(target):
        what = "is not empty" if target.is_dir() else "is a file" if target.exists() else "is a link to nowhere"
        raise ResultExistsError(
            f"{target} {what}: results are never overwritten; choose another directory or remove it"
        )


def next_free(directory: str | os.PathLike[str]) -> Path:
    """Return `directory`, or the first of DIRECTORY-2, DIRECTORY-3, ... that is not there."""
    first = Path(directory)
    number, free = 1, first
    while os.path.lexists(free):
        number += 1
        free = first.with_name(f"{first.name}-{number}")
    return free


def real(directory: str | os.PathLike[str]) -> Path:
    """Return the absolute path that `directory` leads to, links followed: what can be made and renamed."""
    return Path(os.path.realpath(directory))
