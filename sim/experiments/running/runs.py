"""The folder of finished runs: a file for each, named by what it is a run of, there as a whole or not at all."""

import os
import secrets
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sim.experiments.running.record import DamagedRecordError, Record

if TYPE_CHECKING:
    from sim.engine.recording import Recording

_UNFINISHED = ".unfinished"
_DAY_S = 86_400


@dataclass(frozen=True)
class Runs:
    """Finished runs in `home`; several programs may use it at once, since a file is the same whoever writes it.

    `with_events`: a run counts as finished only if its single calls are kept, too, as Parquet beside it.
    """

    home: Path
    with_events: bool = False

    def path(self, key: str) -> Path:
        """Return where the run of this name stands."""
        return self.home / key[:2] / f"{key}.json"

    def events(self, key: str) -> Path:
        """Return where the single calls of the run stand, if they are kept; columns `sim.results.frames.EVENTS`."""
        return self.home / key[:2] / f"{key}.events.parquet"

    def read(self, key: str) -> Record | None:
        """Return a finished run, None if there is none. Raises DamagedRecordError if a file is torn or another's."""
        try:
            record = Record.from_bytes(self.path(key).read_bytes())
        except FileNotFoundError:
            return None
        if record.key != key:
            raise DamagedRecordError("it is that of another run")
        return record if not self.with_events or self._has_events(key) else None

    def _has_events(self, key: str) -> bool:
        """Whether the single calls of a run are kept. Raises as `read`."""
        from sim.results.store import DamagedParquetError, origin_of  # noqa: PLC0415  Arrow loads when first used

        try:
            found = origin_of(self.events(key))
        except FileNotFoundError:
            return False
        except DamagedParquetError:
            raise DamagedRecordError("the events beside it are not all there") from None
        if found.get("key") != key:
            raise DamagedRecordError("the events beside it are those of another run")
        return True

    def find(self, key: str) -> Record | None:
        """Return a finished run, None if there is none; a damaged one counts as none."""
        try:
            return self.read(key)
        except DamagedRecordError:
            return None

    def keep(self, record: Record) -> None:
        """Write a run. Raises an OSError if that cannot be done; then nothing of it is left."""
        with self._whole(self.path(record.key)) as unfinished:
            unfinished.write_bytes(record.to_bytes())

    def keep_events(self, key: str, recording: "Recording") -> None:
        """Write the single calls of a run. Raises as `keep`."""
        from sim.results.frames import RecordedFrames  # noqa: PLC0415  pandas and Arrow load when first used
        from sim.results.store import write_parquet  # noqa: PLC0415

        with self._whole(self.events(key)) as unfinished:
            write_parquet(RecordedFrames(recording).event_parts, unfinished, {"key": key})

    def tidy(self) -> None:
        """Remove what writers left that were killed; those that are alive, or perhaps on another machine, are not."""
        for path in (self.home / _UNFINISHED).glob("*"):
            with suppress(OSError, ValueError):
                if _is_left(path):
                    path.unlink()

    @contextmanager
    def _whole(self, target: Path) -> Iterator[Path]:
        """A file to be written that becomes `target` in the end, or is removed."""
        unfinished = self.home / _UNFINISHED / f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
        try:
            unfinished.parent.mkdir(parents=True, exist_ok=True)
            target.parent.mkdir(exist_ok=True)
            yield unfinished
            unfinished.replace(target)
        except OSError as error:
            # What is full or not allowed is a place, and a write to an open file does not say which.
            error.filename = error.filename or str(target)
            raise
        finally:
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)


def _is_left(path: Path) -> bool:
    """Whether the writer of an unfinished file is gone."""
    if time.time() - path.stat().st_mtime > _DAY_S:
        return True
    host, pid, _ = path.name.rsplit("-", 2)
    return host == socket.gethostname() and not _alive(int(pid))


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
