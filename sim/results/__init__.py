"""What came out of a run: Result, its summary and tables, and how it is stored."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.results.calls import EventsNotKeptError
    from sim.results.place import ResultExistsError
    from sim.results.result import Result
    from sim.results.store import NotAResultError, load, save

__all__ = ["EventsNotKeptError", "NotAResultError", "Result", "ResultExistsError", "load", "save"]

_HOME = {"EventsNotKeptError": "calls", "Result": "result", "ResultExistsError": "place"}


def __getattr__(name: str) -> Any:
    # The engine imports single modules of this folder: names that it does not need must not load with them.
    if name not in __all__:
        raise AttributeError(f"module 'sim.results' has no attribute '{name}'")
    return getattr(import_module(f"sim.results.{_HOME.get(name, 'store')}"), name)
