"""Which theory covers a scenario, and what it says of it."""
