"""State machines: executions call the local functions, retry, wait, and outlive a process that dies.

Each correction of moto has a test that fails once moto no longer needs it.
"""

import json
import time
from types import SimpleNamespace
from typing import Any
from unittest import mock

import pytest
from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl
from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import WaitFunction
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser, ASLParserException

from infra.local.moto.state_machines import LONGEST_PAUSE, executed
from tests.local.conftest import Example

FUNCTIONS = "http://127.0.0.1:9"


def execute(example: Example, name: str, **items: list[str]) -> Any:
    """Run the machine with what its tasks do, by name, until it has ended. Returns its description."""
    states = example.stack.clients.states
    content = {"items": [{"name": one, "does": does} for one, does in items.items()], "last": f"{name}-last"}
    started = states.start_execution(
        stateMachineArn=example.stack.deployment.name("Machine"), name=name, input=json.dumps(content)
    )
    example.stack.settle()
    return states.describe_execution(executionArn=started["executionArn"])


def test_an_execution_calls_the_functions_of_the_deployment(example: Example) -> None:
    ended = execute(example, "whole", patient=["more", "wait", "done"], failing=["fail", "done"], dying=["die", "done"])
    assert ended["status"] == "SUCCEEDED"
    assert json.loads(ended["output"])["name"] == "whole-last"
    calls = {name: len(example.seen(name)) for name in ("patient", "failing", "dying", "whole-last")}
    assert calls == {"patient": 3, "failing": 2, "dying": 2, "whole-last": 1}


def test_an_item_that_fails_for_good_keeps_no_other_from_its_end(example: Example) -> None:
    ended = execute(example, "partly", hopeless=["fail"] * 3, able=["more", "done"])
    assert ended["status"] == "SUCCEEDED"
    assert [len(example.seen(name)) for name in ("hopeless", "able", "partly-last")] == [3, 2, 1]


def test_an_error_has_the_type_that_the_function_raised(example: Example) -> None:
    execute(example, "typed", final=["give up", "done"])
    assert [len(example.seen(name)) for name in ("final", "typed-last")] == [1, 1]


def test_a_call_that_waits_for_the_functions_one_process_does_not_time_out(example: Example) -> None:
    execute(example, "queued", slow=["work"], slower=["work"])
    assert [len(example.seen(name)) for name in ("slow", "slower")] == [1, 1]


def test_an_execution_of_that_name_is_not_started_again_and_an_unknown_one_is_reported(example: Example) -> None:
    execute(example, "once", only=["done"])
    states = example.stack.clients.states
    with pytest.raises(states.exceptions.ExecutionAlreadyExists):
        execute(example, "once", only=["done"])
    arn = example.stack.deployment.name("Machine").replace(":stateMachine:", ":execution:")
    with pytest.raises(states.exceptions.ExecutionDoesNotExist):
        states.describe_execution(executionArn=f"{arn}:never")


# ── Corrections ───────────────────────────────────────────────────────────────────────────────────────────────────────


def waited(seconds: float) -> float:
    """How long a state waits that is to wait for so long."""
    waits: list[float] = []
    env: Any = SimpleNamespace(program_state_event=SimpleNamespace(wait=waits.append), is_running=lambda: False)
    state: Any = SimpleNamespace()
    WaitFunction._wait_interval(state, env, seconds)  # type: ignore[arg-type]  # noqa: SLF001  as moto calls it
    return waits[0]


def slept(seconds: float) -> float:
    """How long a retry waits that is to wait for so long."""
    with mock.patch.object(time, "sleep") as sleep:
        vars(retrier_decl)["time"].sleep(seconds)
    found: float = sleep.call_args.args[0]
    return found


def test_pauses_are_short() -> None:
    with executed(FUNCTIONS):
        assert waited(600) == slept(60) == LONGEST_PAUSE
        assert waited(0.5) == slept(0.5) == 0.5


def test_moto_still_waits_as_long_as_the_definition_says() -> None:
    assert (waited(600), slept(60)) == (600, 60)


def called() -> str:
    """The URL of the Lambda that a task calls."""
    url: str = vars(lambda_eval_utils)["boto_client_for"](service="lambda", region="eu-west-1").meta.endpoint_url
    return url


def test_tasks_call_the_local_functions() -> None:
    with executed(FUNCTIONS):
        assert called() == FUNCTIONS


def test_moto_still_calls_its_own_lambda() -> None:
    assert called() != FUNCTIONS


@pytest.mark.parametrize(("percentage", "parsed"), [("100", False), ("100.0", True)])
def test_moto_still_parses_no_percentage_without_a_decimal_point(percentage: str, parsed: bool) -> None:
    inner = '{"ProcessorConfig": {"Mode": "DISTRIBUTED"}, "StartAt": "A", "States": {"A": {"Type": "Succeed"}}}'
    state = f'{{"Type": "Map", "End": true, "ToleratedFailurePercentage": {percentage}, "ItemProcessor": {inner}}}'
    definition = f'{{"StartAt": "M", "States": {{"M": {state}}}}}'
    if parsed:
        AmazonStateLanguageParser.parse(definition)
    else:
        with pytest.raises(ASLParserException):
            AmazonStateLanguageParser.parse(definition)
