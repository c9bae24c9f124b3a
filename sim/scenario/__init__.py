"""What the user writes: the models of the YAML, loading, and errors with file, line and column."""

from sim.scenario.advice import advice
from sim.scenario.loading import load, load_each, load_with_settings
from sim.scenario.mistakes import LimitError, Mistake, ScenarioError
from sim.scenario.scenario import Scenario

__all__ = ["LimitError", "Mistake", "Scenario", "ScenarioError", "advice", "load", "load_each", "load_with_settings"]
