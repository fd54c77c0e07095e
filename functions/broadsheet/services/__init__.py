"""What editors, readers and the clock ask for: one module for each use case, over stores, a clock and randomness."""
