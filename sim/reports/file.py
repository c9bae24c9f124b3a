"""A file that appears as a whole or not at all, and never in the place of another."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path

from sim.results.place import ResultExistsError


def write_once(file: Path, content: bytes, *, numbered: bool) -> Path:
    """Write `content` to `file`, unless it is there already, and return the path of it.

    If something else is there, the next free one of NAME-2, NAME-3, ... is taken if it is `numbered`, otherwise
    ResultExistsError is raised. Raises another OSError if it cannot be written.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    for place in _places(file) if numbered else [file]:
        if _holds(place, content) or (not os.path.lexists(place) and _written(place, content)):
            return place
    raise ResultExistsError(f"{file} is there already: reports are never overwritten; choose another file or remove it")


def _places(file: Path) -> Iterator[Path]:
    yield file
    yield from (file.with_stem(f"{file.stem}-{number}") for number in count(2))


def _holds(file: Path, content: bytes) -> bool:
    return file.is_file() and file.stat().st_size == len(content) and file.read_bytes() == content


def _written(file: Path, content: bytes) -> bool:
    """Write it; give False if somebody else has taken the place since we looked."""
    descriptor, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    unfinished = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
        # mkstemp keeps others out, as befits a temporary file; a report is for the user to share.
        unfinished.chmod(0o666 & ~_umask())
        return _named(unfinished, file)
    finally:
        with suppress(FileNotFoundError):
            unfinished.unlink()


def _named(unfinished: Path, file: Path) -> bool:
    try:
        file.hardlink_to(unfinished)
    except FileExistsError:
        return False
    except OSError:
        # There are file systems without hard links: renaming is as good, but for who comes in between.
        if os.path.lexists(file):
            return False
        unfinished.rename(file)
    return True


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
