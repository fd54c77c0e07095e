"""The state machine that sends an issue: its definition, who may start it, and what it may do."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from broadsheet.services.sending.dispatch import Unfinished
from infra.template_check.stack import circular, listed
from tests.template.permissions import statements
from tests.template.resources import FULL, Resources, deployment, functions, of_type, only, resolved

SEND = "SendFunction.Arn"
MACHINE, EXECUTIONS = (f"arn:aws:states:eu-west-1:123456789012:{kind}" for kind in ("stateMachine", "execution"))


@pytest.fixture
def machine(resources: Resources) -> dict[str, Any]:
    return only(resources, "AWS::StepFunctions::StateMachine")


@pytest.fixture
def definition(machine: dict[str, Any]) -> dict[str, Any]:
    text: str = machine["DefinitionString"]
    for name, value in machine["DefinitionSubstitutions"].items():
        text = text.replace(f"${{{name}}}", value)
    found: dict[str, Any] = json.loads(text)
    return found


def machines_in(definition: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The definition, and those of the children of its maps."""
    yield definition
    for state in definition["States"].values():
        if "ItemProcessor" in state:
            yield from machines_in(state["ItemProcessor"])


def tasks(definition: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found = [one for each in machines_in(definition) for one in each["States"].items()]
    return {name: state for name, state in found if state["Type"] == "Task"}


def test_every_state_is_reached_and_leads_on_or_ends(definition: dict[str, Any]) -> None:
    for each in machines_in(definition):
        states = each["States"]
        following = {
            name: {state.get("Next"), *(choice["Next"] for choice in state.get("Choices", []))} - {None}
            for name, state in states.items()
        }
        reached, new = set[str](), {each["StartAt"]}
        while new:
            reached |= new
            new = set().union(*(following[name] for name in new)) - reached
        assert reached == set(states)
        ends = {name for name, to in following.items() if not to}
        assert all(states[name].get("End") or states[name]["Type"] == "Succeed" for name in ends)
        assert ends


def test_the_audience_is_a_distributed_map_of_segments(definition: dict[str, Any]) -> None:
    """newsletter#45: nothing of ours keeps a queue; concurrency and tolerated failures are in the template."""
    segments = definition["States"]["SendSegments"]
    assert segments["ItemProcessor"]["ProcessorConfig"] == {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    assert (segments["ItemsPath"], segments["MaxConcurrency"]) == ("$.segments", 100)
    # One segment a child, and one that fails for good keeps no other from its end.
    assert segments["ToleratedFailurePercentage"] == 100
    assert "ItemBatcher" not in segments
    # What the children return is in the table, and could be more than a state may hold.
    assert segments["ResultPath"] is None
    assert segments["Next"] == "Finish"


def test_a_worker_goes_on_waits_or_ends_as_the_function_says(definition: dict[str, Any]) -> None:
    states = definition["States"]["SendSegments"]["ItemProcessor"]["States"]
    choices = states["WhatNext"]["Choices"]
    assert {one["Variable"] for one in choices} == {"$.next"}
    assert {one["StringEquals"]: one["Next"] for one in choices} == {
        "more": "SendPage",
        "wait": "WaitForQuota",
        "done": "Done",
    }
    wait = states["WaitForQuota"]
    assert (wait["Type"], wait["SecondsPath"], wait["Next"]) == ("Wait", "$.seconds", "SendPage")


def test_every_task_calls_the_function_and_is_tried_again_after_any_error(
    definition: dict[str, Any], resources: Resources
) -> None:
    """newsletter#31: a throttled call, a killed worker and a deployment end no sending."""
    assert tasks(definition).keys() == {"Plan", "SendPage", "Finish"}
    for task in tasks(definition).values():
        assert task["Resource"] == SEND
        *_, retry = task["Retry"]
        assert (retry["ErrorEquals"], retry["JitterStrategy"]) == (["States.ALL"], "FULL")
        assert retry["MaxAttempts"] >= 5
        assert retry["BackoffRate"] > 1
        assert task["TimeoutSeconds"] > functions(resources)["SendFunction"]["Timeout"] == 300
    assert [tasks(definition)[name]["Parameters"] for name in ("Plan", "Finish")] == [
        {"step": step, "issue.$": "$.issue", "run.$": "$.run"} for step in ("plan", "finish")
    ]


def test_an_execution_that_cannot_finish_leaves_the_rest_to_the_next_one_at_once(definition: dict[str, Any]) -> None:
    first, _ = tasks(definition)["Finish"]["Retry"]
    assert first == {"ErrorEquals": [Unfinished.__name__], "MaxAttempts": 0}


def test_executions_are_kept_apart_from_their_readers_and_logged(machine: dict[str, Any]) -> None:
    """Standard executions have unique names, which makes a repeated start harmless."""
    assert (machine["StateMachineName"], machine["StateMachineType"]) == ("broadsheet-sending", "STANDARD")
    logging = machine["LoggingConfiguration"]
    assert (logging["Level"], logging["IncludeExecutionData"]) == ("ERROR", False)
    assert machine["TracingConfiguration"] == {"Enabled": True}


def test_the_machine_may_call_the_function_and_run_its_own_children(resources: Resources) -> None:
    found = {
        statement["Sid"]: (set(listed(statement["Action"])), set(listed(statement["Resource"])))
        for policy in of_type(resources, "AWS::IAM::Role")["SendingMachineRole"]["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
    }
    assert found.pop("Send") == ({"lambda:InvokeFunction"}, {SEND})
    assert found.pop("StartChildren") == ({"states:StartExecution"}, {f"{MACHINE}:broadsheet-sending"})
    actions, executions = found.pop("FollowChildren")
    assert actions == {"states:DescribeExecution", "states:StopExecution", "states:RedriveExecution"}
    assert executions == {f"{EXECUTIONS}:broadsheet-sending:*", f"{EXECUTIONS}:broadsheet-sending/*"}
    actions, everything = found.pop("DeliverLogs")
    assert everything == {"*"}
    assert all(action.startswith("logs:") for action in actions)
    assert not found


def test_the_schedule_and_editors_start_sendings_and_nobody_calls_the_function_directly(resources: Resources) -> None:
    starting = {
        function
        for function in functions(resources)
        for statement in statements(resources, function)
        if "states:StartExecution" in listed(statement["Action"])
    }
    assert starting == {"ComposeFunction", "IssuesFunction"}
    invoked = {one["FunctionName"] for one in of_type(resources, "AWS::Lambda::Permission").values()}
    assert not invoked & {"SendFunction", SEND}


@pytest.mark.parametrize("domain", [{}, {name: FULL[name] for name in ("Domain", "CertificateArn")}])
def test_the_machine_has_the_name_by_which_functions_know_it_and_nothing_is_circular(domain: dict[str, str]) -> None:
    """`send` knows the URL of the site: without a domain it is CloudFront's, which has the API behind it."""
    stack = deployment("daily", Sender=FULL["Sender"], **domain)
    assert not list(circular(stack))
    arn = f"{MACHINE}:{stack.properties['SendingMachine']['StateMachineName']}"
    assert arn.endswith(":daily-sending")
    environment = stack.properties["IssuesFunction"]["Environment"]["Variables"]
    assert environment["SENDING_MACHINE"] == arn


def test_without_a_sender_there_is_the_table_and_no_machine() -> None:
    bare = resolved()
    assert "Deliveries" in bare
    assert not [name for name in bare if name.startswith("Send")]
    assert functions(bare)["IssuesFunction"]["Environment"]["Variables"]["SENDING_MACHINE"] == ""
    assert not [
        action
        for statement in statements(bare, "IssuesFunction")
        for action in listed(statement["Action"])
        if action.startswith(("states:", "ses:"))
    ]
