"""(b) The start of a function: processor time from the first line of Python until it can handle its first event.

Each start is a new process. The peer is a process that imports boto3 and creates the same clients. The two run back to
back, and only such pairs are compared, under the same load of the machine.
"""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import median

from benchmarks.lambdas import BASE, environments
from tests.world import deployed

RUNS = 9
FUNCTIONS = "functions"  # the root of the code on Lambda

# The cached functions without arguments create a function's clients, as they do on its first event.
READY = """
import importlib, sys
module = importlib.import_module(sys.argv[1])
for part in list(vars(module).values()):
    if hasattr(part, "cache_clear") and part.__module__ == module.__name__:
        part()
"""
PEER = """
import sys
import boto3
for service in sys.argv[1:]:
    boto3.client(service)
"""
TIMED = "import time; start = time.process_time()\n{}\nimport time; print(time.process_time() - start)"
LISTED = """
import boto3, json
made, client = [], boto3.client
boto3.client = lambda service, **more: made.append(service) or client(service, **more)
{}
print(json.dumps(made))
"""


@dataclass
class Start:
    """The starts of a function and of its peer, in seconds of processor time for each run."""

    function: str
    clients: tuple[str, ...]
    own: list[float] = field(default_factory=list)
    peer: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        """The time of the function to that of the peer, the median of all runs."""
        return median(own / peer for own, peer in zip(self.own, self.peer, strict=True))


def measure() -> list[Start]:
    """Start every function of the template, and its peer."""
    with deployed() as deployment:
        variables = environments(deployment)
    starts = [Start(name, clients_of(name, variables[name])) for name in variables]
    for _ in range(RUNS):
        for start in starts:
            start.own.append(float(_run(TIMED.format(READY), (start.function,), variables[start.function])))
            start.peer.append(float(_run(TIMED.format(PEER), start.clients, BASE)))
    return starts


def clients_of(function: str, variables: Mapping[str, str]) -> tuple[str, ...]:
    """The services whose clients a function creates before its first event. Also compiles the bytecode."""
    made: list[str] = json.loads(_run(LISTED.format(READY), (function,), variables))
    return tuple(sorted(made))


def _run(code: str, arguments: tuple[str, ...], variables: Mapping[str, str]) -> str:
    """The output of a new interpreter."""
    done = subprocess.run(  # noqa: S603  # our own interpreter and code
        [sys.executable, "-c", code, *arguments],
        env={"PYTHONPATH": FUNCTIONS, **variables},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return done.stdout
