"""Step Functions in moto: it executes state machines, whose tasks call the functions of the local deployment.

moto interprets a definition in threads of its own, and would call its own Lambda, which runs nothing here. Waits, and
the pauses before retries, take a second at most. Each correction has a test that fails when moto no longer needs it
(`tests/local/test_state_machines.py`).
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import SimpleNamespace
from typing import Any
from unittest import mock

from moto.core.config import default_user_config
from moto.stepfunctions.models import StateMachine
from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl
from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import WaitFunction
from moto.stepfunctions.parser.models import StepFunctionsParserBackend, stepfunctions_parser_backends

from infra.local.account import ACCOUNT, REGION
from infra.local.moto.clients import AwsClients

LONGEST_PAUSE = 1.0
"""Seconds of a state that waits, and before a retry. On AWS they are what the definition says."""

_create_state_machine = StepFunctionsParserBackend.create_state_machine
_wait_interval = WaitFunction._wait_interval  # noqa: SLF001  moto has no public hook for this


@contextmanager
def executed(functions: str) -> Iterator[None]:
    """Execute state machines that are created from now on. Their tasks call the Lambda at the URL `functions`.

    No thread of an execution holds the lock of `moto_patches`, so a function that a task calls may call moto.
    """
    clients = AwsClients(functions)
    log = logging.getLogger("moto.stepfunctions")
    with ExitStack() as patches:
        patches.callback(log.setLevel, log.level)
        log.setLevel(logging.ERROR)  # it warns of each definition and of each failed task
        patches.enter_context(mock.patch.dict(default_user_config, stepfunctions={"execute_state_machine": True}))
        for owner, name, replacement in (
            (lambda_eval_utils, "boto_client_for", lambda **_: clients.lambda_),
            (StepFunctionsParserBackend, "create_state_machine", _create_executable),
            (WaitFunction, "_wait_interval", _wait_briefly),
            (retrier_decl, "time", SimpleNamespace(sleep=lambda seconds: time.sleep(min(seconds, LONGEST_PAUSE)))),
        ):
            patches.enter_context(mock.patch.object(owner, name, replacement))
        yield


def running() -> list[str]:
    """The names of the executions that have not ended."""
    machines = stepfunctions_parser_backends[ACCOUNT][REGION].state_machines
    return [one.name for machine in machines for one in list(machine.executions) if one.status == "RUNNING"]


def _create_executable(backend: StepFunctionsParserBackend, name: str, definition: str, **kwargs: Any) -> StateMachine:
    """Create a state machine with a definition that moto can execute here.

    moto does not parse a percentage without a decimal point. A task has no timeout: a function has one process here, in
    whose queue a call may wait for longer, and the process has a timeout of its own.
    """
    return _create_state_machine(backend, name, json.dumps(_executable(json.loads(definition))), **kwargs)


def _executable(value: Any) -> Any:
    if isinstance(value, list):
        return [_executable(item) for item in value]
    if not isinstance(value, dict):
        return value
    task = value.get("Type") == "Task"
    kept = {name: _executable(item) for name, item in value.items() if not (task and name == "TimeoutSeconds")}
    return {name: float(item) if name == "ToleratedFailurePercentage" else item for name, item in kept.items()}


def _wait_briefly(state: WaitFunction, env: Any, wait_seconds: float) -> None:
    _wait_interval(state, env, min(wait_seconds, LONGEST_PAUSE))  # type: ignore[arg-type]  # moto waits for parts of a second too
