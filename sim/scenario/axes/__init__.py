"""What a sweep runs: axes and their values, which of their combinations, and what these must satisfy."""

from sim.scenario.axes.axis import Axis, Span, parse_vary, read_axis
from sim.scenario.axes.constraint import Constraint
from sim.scenario.axes.design import Design, Point, designed, label

__all__ = ["Axis", "Constraint", "Design", "Point", "Span", "designed", "label", "parse_vary", "read_axis"]
