"""Puts a scenario in motion."""

from sim.engine.run import run

__all__ = ["run"]
