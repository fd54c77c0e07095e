"""(b) What a function's start costs: processor time from the first line of Python to the first event it could handle.

Each start is a fresh process, and its peer is one that imports boto3 and makes the same clients. They take turns, and
the quickest of each counts: whatever else the machine did can only have added to the others.
"""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.lambdas import BASE, environments
from tests.world import deployed

RUNS = 9
FUNCTIONS = "functions"  # the folder that Lambda sees as its own

# A function's clients are made by its cached functions without arguments, as they are on its first event.
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


@dataclass(frozen=True)
class Start:
    """One function's start and its peer's, in seconds of processor time; the quickest of all runs."""

    function: str
    clients: tuple[str, ...]
    own: float
    peer: float

    @property
    def ratio(self) -> float:
        return self.own / self.peer


def measure() -> list[Start]:
    """Start every function of the template, and its peer."""
    with deployed() as deployment:
        variables = environments(deployment)
    clients = {name: clients_of(name, variables[name]) for name in variables}
    own: dict[str, list[float]] = {name: [] for name in variables}
    peers: dict[tuple[str, ...], list[float]] = {services: [] for services in clients.values()}
    for _ in range(RUNS):
        for name, times in own.items():
            times.append(float(_run(TIMED.format(READY), (name,), variables[name])))
        for services, times in peers.items():
            times.append(float(_run(TIMED.format(PEER), services, BASE)))
    return [Start(name, services, min(own[name]), min(peers[services])) for name, services in clients.items()]


def clients_of(function: str, variables: Mapping[str, str]) -> tuple[str, ...]:
    """The services whose clients a function makes before its first event; this also warms the bytecode."""
    made: list[str] = json.loads(_run(LISTED.format(READY), (function,), variables))
    return tuple(sorted(made))


def _run(code: str, arguments: tuple[str, ...], variables: Mapping[str, str]) -> str:
    """What a fresh interpreter prints."""
    done = subprocess.run(  # noqa: S603  # our own interpreter and code
        [sys.executable, "-c", code, *arguments],
        env={"PYTHONPATH": FUNCTIONS, **variables},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return done.stdout
