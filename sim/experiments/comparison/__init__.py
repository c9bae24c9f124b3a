"""Variants held against each other, run by run."""
