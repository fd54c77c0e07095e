"""Fault sweeps and race runs: the system under faults of AWS, and under concurrency. README.md explains them."""
