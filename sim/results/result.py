"""What a run gives back: its numbers, its tables and its plots."""

import os
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from sim.results.summary import summarise
from sim.results.table import headline, page
from sim.results.verdict import Verdict

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from sim.engine.recording import Recording
    from sim.results.frames import Frames
    from sim.results.page import Page


class Result:
    """The outcome of one run, or of one that was stored.

    `document` is what `summary.json` holds; its keys are described in docs/summary.md. The tables are made when
    first asked for and should not be written to.
    """

    def __init__(self, document: dict[str, Any], frames: "Frames") -> None:
        self._document = document
        self._frames = frames

    @classmethod
    def of(
        cls,
        recording: "Recording",
        *,
        name: str,
        seed: int,
        scenario: Mapping[str, Any],
        replication: int = 0,
        engine: str = "simpy",
    ) -> "Result":
        """Return the result of a finished run; `scenario` is the scenario as run, ready for JSON."""
        from sim.results.frames import RecordedFrames

        document = summarise(recording, name=name, seed=seed, scenario=scenario, replication=replication, engine=engine)
        return cls(document, RecordedFrames(recording))

    @property
    def document(self) -> dict[str, Any]:
        """The summary as `summary.json` holds it."""
        return self._document

    @property
    def name(self) -> str:
        """The scenario's name."""
        return str(self._document["name"])

    @property
    def scenario(self) -> dict[str, Any]:
        """The scenario as run."""
        return dict(self._document["scenario"])

    @property
    def seed(self) -> int:
        """The seed of the run."""
        return int(self._document["seed"])

    @property
    def engine(self) -> str:
        """The engine that ran it."""
        return str(self._document["engine"])

    @property
    def digest(self) -> str:
        """SHA-256 over every call's time, latency, kind and path: equal runs have equal digests."""
        return str(self._document["digest"])

    @property
    def verdict(self) -> Verdict:
        """What became of the run, in a word, and the evidence."""
        return Verdict.from_mapping(self._document["verdict"])

    @cached_property
    def summary(self) -> "pd.DataFrame":
        """One row per pool and task class, and a `total` for a pool that several classes use; see `summary_frame`."""
        from sim.results.frames import summary_frame

        return summary_frame(self._document)

    @cached_property
    def events(self) -> "pd.DataFrame":
        """One row per call, in the order in which they completed, give or take tens of microseconds.

        Columns `sim.results.frames.EVENTS`, times in ns; docs/summary.md describes them.

        Raises EventsNotKeptError if the run was streamed.
        """
        import pandas as pd

        return pd.concat(self.event_parts(), ignore_index=True)

    def event_parts(self) -> Iterator["pd.DataFrame"]:
        """Return the events in consecutive parts, for runs too long to hold them at once. Raises as `events`."""
        return self._frames.event_parts

    @cached_property
    def series(self) -> "pd.DataFrame":
        """One row per pool and interval; columns `sim.results.frames.SERIES`."""
        return self._frames.series

    @cached_property
    def paths_over_time(self) -> "pd.DataFrame":
        """Calls per path by the interval in which they began: `t_ns` (its end), pool, task, a column per path.

        It is there for streamed runs, too, and includes the warm-up.
        """
        return self._frames.paths_over_time

    @cached_property
    def latencies(self) -> "pd.DataFrame":
        """How many calls had a latency of `low_ns` to `high_ns`: pool, task, low_ns, high_ns, calls, unfinished.

        It is there for streamed runs, too, and leaves the warm-up out. `unfinished` of the `calls` were still waiting.
        """
        return self._frames.latencies

    @cached_property
    def memory(self) -> "pd.DataFrame":
        """The pages of the machine by state, reclaim and stalls over time: a row per interval of at most 1 s.

        Columns `sim.results.memory.MEMORY`; there are no rows if the scenario has no `memory:`.
        """
        return self._frames.memory

    def proc(self, name: str) -> str:
        """Return the text of a file in /proc at the end of the run: `vmstat`, `pressure/memory` or `pressure/io`.

        Raises a ValueError for any other name, and for a run whose scenario has no `memory:`.
        """
        from sim.results.proc import proc

        return proc(self._document, name)

    @property
    def plot(self) -> "Plots":
        """The plots of this result."""
        return Plots(self)

    def save(
        self,
        directory: str | os.PathLike[str],
        also: Callable[[Path], object] | None = None,
        *,
        numbered: bool = False,
    ) -> Path:
        """Write the result to `directory`, which must not exist or be empty; see `sim.results.store.save`."""
        from sim.results.store import save

        return save(self, directory, also, numbered=numbered)

    def __repr__(self) -> str:
        return f"<Result {headline(self._document)}>"

    def __rich__(self) -> "Page":
        return page(self._document)

    def _repr_html_(self) -> str:
        return page(self._document).html()


class Plots:
    """The plots of a result. Each draws into `ax`, or into a new figure, and returns the Axes, an array if several."""

    def __init__(self, result: Result) -> None:
        self._result = result

    def ccdf(self, ax: "Axes | None" = None, **options: Any) -> "Axes":
        """Draw the share of calls with a latency above x, on log-log axes."""
        return cast("Axes", self._draw("ccdf", ax, options))

    def paths(self, ax: "NDArray[Any] | None" = None, **options: Any) -> "NDArray[Any]":
        """Draw the path shares and the fallback rate over time."""
        return cast("NDArray[Any]", self._draw("paths", ax, options))

    def reserve(self, ax: "NDArray[Any] | None" = None, **options: Any) -> "NDArray[Any]":
        """Draw the reserve, the waiters and the pressure over time."""
        return cast("NDArray[Any]", self._draw("reserve", ax, options))

    def split(self, ax: "Axes | None" = None, **options: Any) -> "Axes":
        """Draw where the latency went: operations, reclaim, sleep and wake-ups in vain."""
        return cast("Axes", self._draw("split", ax, options))

    def memory(self, ax: "NDArray[Any] | None" = None, **options: Any) -> "NDArray[Any]":
        """Draw free pages, reclaim, page states, a pool and the stalls over time; a ValueError without `memory:`."""
        return cast("NDArray[Any]", self._draw("memory", ax, options))

    def _draw(self, kind: str, ax: object, options: dict[str, Any]) -> object:
        return getattr(import_module("sim.plots"), kind)(self._result, ax=ax, **options)
