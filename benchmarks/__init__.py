"""What the system costs, measured: `make bench` prints it, writes `results.md` and fails where a bound is broken."""

import os

# Powertools reads these when it is imported, before the functions' own variables are known.
os.environ.setdefault("POWERTOOLS_SERVICE_NAME", "benchmarks")
os.environ.setdefault("POWERTOOLS_METRICS_NAMESPACE", "Broadsheet")
