"""Measures the cost of publishing and serving.

`make bench` prints a report, writes it to `results.md`, and fails if a bound is broken.
"""
