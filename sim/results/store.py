"""Results as directories: written as a whole or not at all, and never over something that is there.

A directory holds `summary.json`, `series.parquet`, `paths.parquet` (calls by path over time), `latencies.parquet`
(histograms), `memory.parquet` if the machine had memory of its own and, unless the run was streamed, `events.parquet`.
Every Parquet file carries name, seed, replication and digest of its run as JSON under the metadata key `mempool-sim`.
"""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from sim.results.calls import EventsNotKeptError
from sim.results.frames import memory_frame
from sim.results.memory import has_memory
from sim.results.result import Result
from sim.results.summary import FORMAT
from sim.results.whole import write_whole

SUMMARY = "summary.json"
EVENTS = "events.parquet"
SERIES = "series.parquet"
PATHS_OVER_TIME = "paths.parquet"
LATENCIES = "latencies.parquet"
MEMORY = "memory.parquet"

_METADATA = b"mempool-sim"


class NotAResultError(ValueError):
    """A directory does not hold a finished result of this program."""


def save(
    result: Result,
    directory: str | os.PathLike[str],
    also: Callable[[Path], object] | None = None,
    *,
    numbered: bool = False,
) -> Path:
    """Write `result` to `directory`, which must not exist or be empty, and return its path.

    Everything is written to a hidden directory beside it, which is then renamed: the result is there as a whole or not
    at all. `also(path)` may write more files, such as plots, before that. Raises ResultExistsError if `directory` is in
    use; `numbered`: goes to the next free one of DIRECTORY-2, DIRECTORY-3, ... instead.
    """

    def write(home: Path) -> None:
        _write(result, home)
        if also is not None:
            also(home)

    return write_whole(directory, write, numbered=numbered)


def load(directory: str | os.PathLike[str]) -> Result:
    """Return the result that `save` wrote to `directory`. Raises NotAResultError if there is none."""
    home = Path(directory)
    try:
        text = (home / SUMMARY).read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        raise NotAResultError(f"{home} holds no result: there is no {SUMMARY} in it") from None
    try:
        document = json.loads(text)
    except ValueError as error:
        raise NotAResultError(f"{home / SUMMARY} is damaged: {error}") from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        found = document.get("format") if isinstance(document, dict) else None
        raise NotAResultError(f"{home / SUMMARY} has format {found!r}; this version reads format {FORMAT}")
    return Result(document, StoredFrames(home, document))


class DamagedParquetError(ValueError):
    """A Parquet file is not all there."""


class StoredFrames:
    """The tables of a result in a directory, read when asked for."""

    def __init__(self, home: Path, document: dict[str, Any]) -> None:
        self._home = home
        self._document = document

    @property
    def event_parts(self) -> Iterator[pd.DataFrame]:
        """The events, in one part."""
        if self._document["streaming"]:
            raise EventsNotKeptError
        return iter([self._read(EVENTS)])

    @property
    def series(self) -> pd.DataFrame:
        """The series."""
        return self._read(SERIES)

    @property
    def paths_over_time(self) -> pd.DataFrame:
        """Calls by path and interval."""
        return self._read(PATHS_OVER_TIME)

    @property
    def latencies(self) -> pd.DataFrame:
        """Calls by latency."""
        return self._read(LATENCIES)

    @property
    def memory(self) -> pd.DataFrame:
        """The memory over time."""
        return self._read(MEMORY) if has_memory(self._document) else memory_frame(())

    def _read(self, name: str) -> pd.DataFrame:
        path = self._home / name
        try:
            # Arrow's threads may abort or hang the interpreter when it exits (apache/arrow 34314, 50482): use none.
            with pq.ParquetFile(str(path), pre_buffer=False) as file:
                table = file.read(use_threads=False)
        except FileNotFoundError:
            raise NotAResultError(f"{self._home} is incomplete: there is no {name} in it") from None
        except (pa.ArrowException, OSError) as error:
            raise NotAResultError(f"{path} is damaged: {error}") from None
        origin = json.loads((table.schema.metadata or {}).get(_METADATA, b"{}"))
        if origin.get("digest") != self._document["digest"]:
            raise NotAResultError(f"{path} belongs to another run than the {SUMMARY} beside it")
        frame: pd.DataFrame = table.to_pandas(use_threads=False)
        return frame


def _write(result: Result, home: Path) -> None:
    origin = {key: result.document[key] for key in ("name", "seed", "replication", "digest")}
    if not result.document["streaming"]:
        write_parquet(result.event_parts(), home / EVENTS, origin)
    write_parquet([result.series], home / SERIES, origin)
    write_parquet([result.paths_over_time], home / PATHS_OVER_TIME, origin)
    write_parquet([result.latencies], home / LATENCIES, origin)
    if has_memory(result.document):
        write_parquet([result.memory], home / MEMORY, origin)
    text = json.dumps(result.document, indent=2, ensure_ascii=False, allow_nan=False)
    (home / SUMMARY).write_text(text + "\n", encoding="utf-8")


def origin_of(path: Path) -> dict[str, Any]:
    """Return what `write_parquet` was told of a file's origin, from its end, which is there if all of it is.

    Raises FileNotFoundError, or DamagedParquetError if its end is missing.
    """
    try:
        metadata = pq.read_metadata(str(path)).metadata or {}
    except FileNotFoundError:
        raise
    except (pa.ArrowException, OSError) as error:
        raise DamagedParquetError(f"{path} is damaged: {error}") from None
    return dict(json.loads(metadata.get(_METADATA, b"{}")))


def write_parquet(parts: Iterable[pd.DataFrame], path: Path, origin: Mapping[str, Any]) -> None:
    """Write frames with the same columns one after the other, so that all of them are never in memory at once.

    `origin`: what tells whose they are, kept in the file's metadata.
    """
    writer = None
    try:
        for part in parts:
            table = pa.Table.from_pandas(part, preserve_index=False, nthreads=1)
            metadata = {**table.schema.metadata, _METADATA: json.dumps(origin).encode()}
            table = table.replace_schema_metadata(metadata)
            writer = writer or pq.ParquetWriter(str(path), table.schema, compression="zstd")
            writer.write_table(table)
    finally:
        if writer is not None:
            writer.close()
