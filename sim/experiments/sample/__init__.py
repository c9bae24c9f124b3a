"""What the runs of one scenario say together: measures and their intervals."""
