"""Creates the template's resources on this machine, and runs them."""
