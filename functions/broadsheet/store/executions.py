"""Executions of a Step Functions state machine, by their names."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types_boto3_stepfunctions import SFNClient


class Executions:
    """The executions of the state machine with that ARN."""

    def __init__(self, client: "SFNClient", machine: str) -> None:
        self._client = client
        self._machine = machine

    def start(self, name: str, content: Mapping[str, Any]) -> None:
        """Start an execution. Idempotent: a name is used once, also after its execution has ended."""
        try:
            self._client.start_execution(stateMachineArn=self._machine, name=name, input=json.dumps(content))
        except self._client.exceptions.ExecutionAlreadyExists:
            return

    def is_running(self, name: str) -> bool | None:
        """Whether the execution is running; None where it was never started."""
        arn = f"{self._machine.replace(':stateMachine:', ':execution:')}:{name}"
        try:
            return self._client.describe_execution(executionArn=arn)["status"] in ("RUNNING", "PENDING_REDRIVE")
        except self._client.exceptions.ExecutionDoesNotExist:
            return None
