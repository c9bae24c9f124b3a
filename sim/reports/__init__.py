"""A run or an experiment that was kept, as a page to read: in the terminal, in a notebook, or as one HTML file."""

from sim.reports.kept import Report, report

__all__ = ["Report", "report"]
