"""What names a finished run: the hash of its scenario, of the engine that ran it, of its seed and replication.

Two scenarios that differ in name, description, study or recording only are one run; anything that may change a number,
the contents of the files that a scenario reads among it, makes another.
"""

import hashlib
import json
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import sim
from sim.scenario import Scenario

_NOT_PART = ("name", "description", "study", "seed", "recording")
_NOT_ENGINE = ("cli", "conformance", "experiments", "plots", "reports")
"""The parts of the program that cannot change what a run gives; any other can."""


def key_of(scenario: Scenario, seed: int, replication: int) -> str:
    """Return the name of a run: 64 hexadecimal digits. Raises an OSError if a file that it reads is gone."""
    whole = [*described(scenario), engine(), seed, replication]
    return _hash(json.dumps(whole, sort_keys=True, separators=(",", ":")).encode())


def described(scenario: Scenario) -> list[Any]:
    """Return all that a run of the scenario depends on, as plain data: its own values and the hashes of its files."""
    mapping = {key: value for key, value in scenario.to_mapping().items() if key not in _NOT_PART}
    return [mapping, {name: _hash((scenario.directory / name).read_bytes()) for name in sorted(_files(mapping))}]


@cache
def engine() -> str:
    """Return what runs it: the engine's name, and a hash of its sources and of the versions beneath it."""
    digest = hashlib.sha256()
    home = Path(sim.__file__).parent
    for file in sorted(home.rglob("*.py")):
        name = file.relative_to(home)
        if name.parts[0] not in _NOT_ENGINE:
            digest.update(f"{name.as_posix()}\n".encode() + file.read_bytes())
    digest.update(f"{version('numpy')} {version('simpy')}".encode())
    return f"simpy {digest.hexdigest()}"


def _files(value: Any) -> Iterator[str]:
    """The names of the CSV files in a scenario as plain data."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if isinstance(inner, str) and (key == "csv" or (key == "file" and "unit" in value)):
                yield inner
            else:
                yield from _files(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _files(inner)


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
