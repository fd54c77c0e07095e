"""What the system costs, measured: `make bench` prints it, writes `results.md` and fails where a bound is broken."""
