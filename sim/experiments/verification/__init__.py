"""The simulator held against theory, and against the laws that every run obeys."""
