"""A report: what was kept of a run or an experiment, read again, printed again, written as one HTML file."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.experiments.outcome import EXPERIMENT, NotAnExperimentError
from sim.experiments.outcome import load as load_experiment
from sim.experiments.outcome import page as page_of_experiment
from sim.reports.content import Content
from sim.reports.file import write_once
from sim.results.page import Page
from sim.results.result import Result
from sim.results.store import SUMMARY, NotAResultError, load
from sim.results.table import page as page_of_run

FILE = "report.html"


@dataclass(frozen=True, repr=False)
class Report:
    """A run or an experiment that was kept in `directory`; a terminal and a notebook show its tables.

    `document` is what its summary.json or experiment.json holds, `page` what was printed when it was made. `result` is
    the run, None for an experiment.
    """

    directory: Path
    document: dict[str, Any]
    page: Page
    result: Result | None = None

    def html(self) -> str:
        """Return it as one HTML page that needs no other file, no network and no JavaScript.

        Raises NotAResultError if a file that it needs is missing or damaged.
        """
        from sim.reports.page import html_page

        try:
            return html_page(self._content())
        except NotAResultError:
            raise
        except (LookupError, TypeError, AttributeError, ValueError) as error:
            raise NotAResultError(f"{self.directory} is damaged: {type(error).__name__}: {error}") from error

    def save(self, file: str | os.PathLike[str] | None = None) -> Path:
        """Write the page to `file`, or to report.html in the directory, and return the path of it.

        A file that is there is never overwritten. If it holds the same page, nothing is written; otherwise the page
        goes to report-2.html, report-3.html, ..., unless a `file` was named: then ResultExistsError is raised.
        """
        text = self.html().encode()
        return write_once(self.directory / FILE if file is None else Path(file), text, numbered=file is None)

    def _content(self) -> Content:
        from sim.reports.experiment import content_of_experiment
        from sim.reports.run import content_of_run

        if self.result is not None:
            return content_of_run(self.result, self.directory)
        return content_of_experiment(self.document, self.page, self.directory)

    def __repr__(self) -> str:
        return f"<Report {self.page.preface}>"

    def __rich__(self) -> Page:
        return self.page

    def _repr_html_(self) -> str:
        return self.page.html()


def report(directory: str | os.PathLike[str]) -> Report:
    """Return the report of what a run, a comparison, a sweep, a sizing or a verification left in `directory`.

    Raises NotAResultError if there is none.
    """
    home = Path(directory)
    if (home / EXPERIMENT).is_file():
        return _of_experiment(home)
    if not (home / SUMMARY).is_file():
        raise NotAResultError(f"{home} holds neither a run nor an experiment: no {SUMMARY} or {EXPERIMENT} is in it")
    result = load(home)
    try:
        return Report(home, result.document, page_of_run(result.document), result)
    except (KeyError, TypeError) as error:
        raise NotAResultError(f"{home / SUMMARY} is damaged: {type(error).__name__}: {error}") from error


def _of_experiment(home: Path) -> Report:
    try:
        document = load_experiment(home)
        return Report(home, document, page_of_experiment(document))
    except NotAnExperimentError as error:
        raise NotAResultError(str(error)) from None
    except (KeyError, TypeError) as error:
        raise NotAResultError(f"{home / EXPERIMENT} is damaged: {type(error).__name__}: {error}") from error
