"""A directory that appears as a whole or not at all, and never in the place of something that is there."""

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from sim.results.place import ResultExistsError, check_place, next_free, real, refuse_existing


def write_whole(directory: str | os.PathLike[str], write: Callable[[Path], object], *, numbered: bool = False) -> Path:
    """Let `write(path)` fill a hidden directory, which is then renamed to `directory`; return its path.

    `directory` must not exist or be empty; `numbered`: the next free one of DIRECTORY-2, DIRECTORY-3, ... is taken
    instead. Raises ResultExistsError if it is in use, and leaves nothing behind if `write` raises.
    """
    target = next_free(directory) if numbered else Path(directory)
    check_place(target)
    beside = real(target)
    unfinished = Path(tempfile.mkdtemp(prefix=f".{beside.name}.unfinished-", dir=beside.parent))
    try:
        # mkdtemp keeps others out, as befits a directory for temporary files; a result is for the user to share.
        unfinished.chmod(0o777 & ~_umask())
        write(unfinished)
        while not _renamed(unfinished, target, or_not=numbered):
            target = next_free(directory)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    return target


def _renamed(unfinished: Path, target: Path, *, or_not: bool) -> bool:
    """Rename; give False if somebody else has taken the place since we looked, or raise unless `or_not`."""
    home = real(target)
    try:
        if os.name == "nt" and home.is_dir():
            home.rmdir()
        unfinished.rename(home)
    except OSError:
        try:
            refuse_existing(target)
        except ResultExistsError:
            if or_not:
                return False
            raise
        raise
    return True


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
