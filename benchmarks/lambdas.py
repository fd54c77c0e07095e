"""The template's functions, in this process."""

import importlib
import io
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stdout
from types import ModuleType
from typing import Any
from unittest import mock

from benchmarks.tally import Tally, tallied
from broadsheet.telemetry import metrics
from infra.local.functions.event_sources import functions
from infra.local.resources import Deployment
from tests.api.events import Context

# What every function has besides its own variables: a region, as Lambda sets it, and invalid credentials.
BASE = {
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "benchmark",
    "AWS_SECRET_ACCESS_KEY": "benchmark",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}


def environments(deployment: Deployment) -> dict[str, dict[str, str]]:
    """The environment variables of every function, by its module."""
    return {spec.handler.partition(".")[0]: BASE | dict(spec.environment) for spec in functions(deployment)}


@contextmanager
def environed(deployment: Deployment, *names: str) -> Iterator[None]:
    """Sets the environment variables of some functions in this process, and clears their caches afterwards."""
    every = environments(deployment)
    variables = {variable: value for name in names for variable, value in every[name].items()}
    with (
        mock.patch.dict(os.environ, variables),
        # Powertools read its own variables when it was imported.
        mock.patch.object(metrics.provider, "namespace", variables["POWERTOOLS_METRICS_NAMESPACE"]),
        mock.patch.object(metrics.provider, "service", variables["POWERTOOLS_SERVICE_NAME"]),
        ExitStack() as sites,
    ):
        # A function that was imported before has the settings of another deployment.
        for module in (importlib.import_module(name) for name in names):
            if hasattr(module, "site"):
                sites.enter_context(mock.patch.object(module, "site", module.settings.site()))
        restart(*names)
        try:
            yield
        finally:
            _forget(*names)


def restart(*names: str) -> None:
    """Put the functions into the state of a new process: caches empty, clients made."""
    _forget(*names)
    for name in names:
        for part in _cached(importlib.import_module(name)):
            part()


def invoke(name: str, event: dict[str, Any]) -> tuple[Any, Tally]:
    """A function's response to an event, and its AWS calls."""
    handler = importlib.import_module(name).handler
    with redirect_stdout(io.StringIO()), tallied() as tally:
        answer = handler(event, Context())
    return answer, tally


def _forget(*names: str) -> None:
    for name, module in list(sys.modules.items()):
        if name in names or name.partition(".")[0] == "broadsheet":
            for part in _cached(module):
                part.cache_clear()


def _cached(module: ModuleType) -> list[Any]:
    """The module's cached functions. Those of an entry point make its clients."""
    parts = list(vars(module).values())
    return [part for part in parts if hasattr(part, "cache_clear") and part.__module__ == module.__name__]
