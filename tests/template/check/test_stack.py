"""A stack under given parameters: its resources, their order, and its outputs."""

import re
from itertools import pairwise
from typing import Any

import pytest

from infra.template_check.stack import SCENARIOS, Stack, circular, unreached_conditions
from tests.template.check.stacks import real, resource, stack


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_template_has_no_circular_reference(scenario: str) -> None:
    assert not list(circular(real(scenario)))


def test_the_scenarios_reach_both_sides_of_every_condition() -> None:
    both = [real(scenario) for scenario in SCENARIOS]
    assert not list(unreached_conditions(both))
    assert "HasSender is true in no scenario of infra/template_check/stack.py." in unreached_conditions(both[:1])


def test_a_circular_reference_is_reported_with_all_its_resources() -> None:
    found = stack(
        One=resource("SNS::Topic", DisplayName={"Fn::Sub": "of ${Two.QueueName}"}),
        Two=resource("SQS::Queue", QueueName={"Fn::GetAtt": ["Three", "Name"]}),
        Three={**resource("SQS::Queue"), "DependsOn": "One"},
        Aside=resource("SQS::Queue", QueueName={"Ref": "One"}),
    )
    [fault] = circular(found)
    assert fault.startswith("Circular reference: ")
    members = fault.removeprefix("Circular reference: ").removesuffix(".").split(" -> ")
    assert set(members) == {"One", "Two", "Three"}
    assert members[0] == members[-1]
    for user, used in pairwise(members):
        assert used in found.dependencies[user]


def test_a_branch_that_is_not_taken_makes_no_circular_reference() -> None:
    back = {"Fn::If": ["Never", {"Ref": "Two"}, {"Ref": "AWS::NoValue"}]}
    template: dict[str, Any] = {
        "Conditions": {"Never": {"Fn::Equals": ["a", "b"]}},
        "Resources": {
            "One": resource("SQS::Queue", QueueName=back),
            "Two": resource("SQS::Queue", QueueName={"Ref": "One"}),
        },
    }
    assert not list(circular(Stack(template)))


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_cloudformation_accepts_the_scenarios_parameters(scenario: str) -> None:
    declared = real(scenario).template["Parameters"]
    for name, value in SCENARIOS[scenario].items():
        assert re.fullmatch(declared[name].get("AllowedPattern", ".*"), value), name
        assert value in declared[name].get("AllowedValues", [value]), name


def test_a_stack_has_only_the_resources_and_outputs_whose_conditions_hold() -> None:
    template: dict[str, Any] = {
        "Parameters": {"Email": {"Type": "String", "Default": ""}},
        "Conditions": {"HasEmail": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Email"}, ""]}]}},
        "Resources": {"Topic": {**resource("SNS::Topic"), "Condition": "HasEmail"}},
        "Outputs": {"Email": {"Condition": "HasEmail", "Value": {"Fn::Sub": "mailto:${Email}"}}},
    }
    assert (Stack(template).resources, Stack(template).outputs) == ({}, {})
    given = Stack(template, {"Email": "desk@news.example"})
    assert (set(given.resources), given.outputs) == ({"Topic"}, {"Email": "mailto:desk@news.example"})
