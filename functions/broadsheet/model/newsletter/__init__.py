"""The newsletter's values and rules."""
