"""How a measure changes with what is varied: all combinations of values, a Latin hypercube, or one change at a time."""
