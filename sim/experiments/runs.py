"""The folder of finished runs: a file for each, named by what it is a run of, there as a whole or not at all."""

import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from sim.experiments.record import DamagedRecordError, Record


@dataclass(frozen=True)
class Runs:
    """Finished runs in `home`; several programs may use it at once, since a file is the same whoever writes it."""

    home: Path

    def path(self, key: str) -> Path:
        """Return where the run of this name stands."""
        return self.home / key[:2] / f"{key}.json"

    def find(self, key: str) -> Record | None:
        """Return a finished run, None if there is none; a file that is torn, or of another run, counts as none."""
        try:
            record = Record.from_bytes(self.path(key).read_bytes())
        except (FileNotFoundError, DamagedRecordError):
            return None
        return record if record.key == key else None

    def keep(self, record: Record) -> None:
        """Write a run. Raises an OSError if that cannot be done; then nothing of it is left."""
        target = self.path(record.key)
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{record.key[:12]}-", suffix=".unfinished", dir=target.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(record.to_bytes())
            os.replace(name, target)  # noqa: PTH105  a file descriptor's name is a str
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(name)  # noqa: PTH108
            raise
