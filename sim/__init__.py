"""A discrete-event simulator of the Linux kernel's memory pools.

    import sim

    result = sim.load("quickstart").run()

The names below are imported when they are first used, so that ``import sim`` costs next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.engine import run
    from sim.experiments.asking import compare, size, sweep, verify
    from sim.reports import Report, report
    from sim.results import Result
    from sim.scenario import Scenario, ScenarioError, load

    __version__: str

_HOME = {
    "Report": "sim.reports",
    "Result": "sim.results",
    "Scenario": "sim.scenario",
    "ScenarioError": "sim.scenario",
    "compare": "sim.experiments.asking",
    "load": "sim.scenario",
    "report": "sim.reports",
    "run": "sim.engine",
    "size": "sim.experiments.asking",
    "sweep": "sim.experiments.asking",
    "verify": "sim.experiments.asking",
}

__all__ = [
    "Report",
    "Result",
    "Scenario",
    "ScenarioError",
    "__version__",
    "compare",
    "load",
    "report",
    "run",
    "size",
    "sweep",
    "verify",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is asked for."""
    if name == "__version__":
        value: Any = _version()
    elif name in _HOME:
        value = getattr(import_module(_HOME[name]), name)
    else:
        raise AttributeError(f"module 'sim' has no attribute {name!r}")
    globals()[name] = value
    return value


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415

    try:
        return version("mempool-sim")
    except PackageNotFoundError:
        return "0+unknown"


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
