"""What a real kernel did with a script: a header line, then one event a line, gzipped."""

import gzip
import json
import zlib
from dataclasses import dataclass
from pathlib import Path

from sim.conformance.event import Event, EventError, Kind, before_rescue
from sim.conformance.script import ConformanceInputError


@dataclass(frozen=True)
class Recording:
    """A recorded run. `kernel` is the name of its folder; `hz` is CONFIG_HZ; `events` end before the rescue.

    `rescued`: the script did not end by itself, so that its last operations were cut off.
    """

    kernel: str
    script: str
    hz: int
    events: tuple[Event, ...]
    rescued: bool


def recording_path(directory: Path, kernel: str, script: str) -> Path:
    """Where the recording of `script` on `kernel` lies, whether it exists or not."""
    return directory / "traces" / kernel / f"{script}.jsonl.gz"


def load_recording(path: Path) -> Recording:
    """Read traces/KERNEL/NAME.jsonl.gz.

    Raise a ConformanceInputError that names the line at fault, or if the recording lost events: then nothing that
    follows from it could be trusted.
    """
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            lines = file.read().splitlines()
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise ConformanceInputError(f"{path}: not a readable gzip file: {error}") from None
    records = [_record(path, number, line) for number, line in enumerate(lines, 1) if line.strip()]
    if not records or "ev" in records[0]:
        raise ConformanceInputError(f"{path}:1: expected a header line before the events")
    header, records = records[0], records[1:]
    if header.get("lost"):
        raise ConformanceInputError(f"{path}: the recording lost {header['lost']} events")
    events = []
    for number, record in enumerate(records, 2):
        try:
            events.append(Event.from_record(record))
        except EventError as error:
            raise ConformanceInputError(f"{path}:{number}: {error}") from None
    hz = header.get("hz", 250)
    if not isinstance(hz, int) or hz <= 0:
        raise ConformanceInputError(f"{path}:1: hz(={hz!r}) must be a positive whole number")
    return Recording(
        kernel=path.parent.name,
        script=path.name.removesuffix(".jsonl.gz"),
        hz=hz,
        events=before_rescue(events),
        rescued=any(event.kind is Kind.RESCUE for event in events),
    )


def _record(path: Path, number: int, line: str) -> dict[str, object]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ConformanceInputError(f"{path}:{number}: not JSON: {error}") from None
    if not isinstance(record, dict):
        raise ConformanceInputError(f"{path}:{number}: expected a JSON object")
    return record
