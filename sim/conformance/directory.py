"""A directory of scripts, recordings and what is expected of them, as cases to run.

    scripts/NAME.json                    the scripts
    traces/KERNEL/NAME.jsonl.gz          what KERNEL did with them; the folder's name is the kernel's version
    expected/NAME.json                   what the recordings of a script agree on, and each kernel's clock

Each script is a case under each kernel that has a folder in traces/. A recording or an `expected` may be missing.
"""

from dataclasses import dataclass
from pathlib import Path

from sim.conformance.expected import Clock, Expected, clock_of, load_expected
from sim.conformance.gfp_words import gfp_of_words
from sim.conformance.recording import Recording, load_recording, recording_path
from sim.conformance.script import ConformanceInputError, Script, load_script
from sim.kernel.gfp import GfpError
from sim.kernel.versions import KernelVersion

HZ = 250
"""The only CONFIG_HZ whose clock a directory can describe: jiffies of 4 ms."""


@dataclass(frozen=True)
class Case:
    """A script under a kernel; `notes` say what is missing, and what that means."""

    script: Script
    kernel: str
    expected: Expected
    recording: Recording | None
    clock: Clock
    notes: tuple[str, ...]


def load_cases(directory: Path) -> list[Case]:
    """Every script of a directory under every kernel of it, by name and version.

    Raise a ConformanceInputError if the directory is none, has no scripts or no kernels, or a file cannot be used.
    """
    if not directory.is_dir():
        raise ConformanceInputError(f"{directory}: not a directory")
    scripts = [load_script(path) for path in sorted((directory / "scripts").glob("*.json"))]
    if not scripts:
        raise ConformanceInputError(f"{directory / 'scripts'}: no scripts (*.json)")
    known = {script.name: _expected(directory, script.name) for script in scripts}
    kernels = _kernels(directory, [expected for expected in known.values() if expected])
    return [_case(directory, script, known[script.name], kernel) for script in scripts for kernel in kernels]


def _expected(directory: Path, name: str) -> Expected | None:
    path = directory / "expected" / f"{name}.json"
    return load_expected(path) if path.exists() else None


def _kernels(directory: Path, known: list[Expected]) -> list[str]:
    """The folders of traces/, or the kernels whose clocks are known if there are none."""
    folders = directory / "traces"
    names = {path.name for path in folders.iterdir() if path.is_dir()} if folders.is_dir() else set()
    names = names or {kernel for expected in known for kernel in expected.clocks}
    if not names:
        raise ConformanceInputError(f"{folders}: no folder that names a kernel, such as traces/6.12")
    try:
        return sorted(names, key=KernelVersion.parse)
    except ValueError as error:
        raise ConformanceInputError(f"{folders}: {error}") from None


def _check_masks(directory: Path, script: Script, kernel: KernelVersion) -> None:
    for op in script.ops:
        try:
            gfp_of_words(op.gfp or "NONE", kernel)
        except GfpError as error:
            raise ConformanceInputError(f"{directory / 'scripts' / script.name}.json: op {op.id}: {error}") from None


def _case(directory: Path, script: Script, expected: Expected | None, kernel: str) -> Case:
    _check_masks(directory, script, KernelVersion.parse(kernel))
    path = recording_path(directory, kernel, script.name)
    recording = load_recording(path) if path.exists() else None
    notes = []
    if recording is not None and recording.hz != HZ:
        raise ConformanceInputError(f"{path}:1: hz(={recording.hz}) must be {HZ}")
    if recording is None:
        rest = (
            "nothing to compare with" if expected is None else "compared with expected alone, without exact time-outs"
        )
        notes.append(f"no recording of it on {kernel}: {rest}")
    if expected is None:
        notes.append(f"no expected/{script.name}.json: no operation is known as robust or stable")
    clock = expected.clocks.get(kernel) if expected is not None else None
    if clock is None and recording is not None:
        clock = clock_of(recording.events, recording.hz)
        notes.append("no clock in expected: the recording's own is used")
    elif clock is None:
        clock = Clock(start_jiffies=0, jiffy_0_at_ms=0.0)
        notes.append("no clock known: time-outs come in jiffies of a clock that starts at 0")
    return Case(script, kernel, expected or Expected(), recording, clock, tuple(notes))
