"""Physical names against the limits of AWS."""

import re

import boto3
import pytest

from infra.template_check.names import longest_region, longest_stack_name, name_faults
from infra.template_check.stack import SCENARIOS
from tests.template.check.stacks import ROOT, properties, real, resource, stack


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_physical_name_fits_for_a_stack_name_of_20_characters_in_the_longest_region(scenario: str) -> None:
    """aws#5."""
    assert not list(name_faults(real(scenario)))
    assert longest_stack_name(real(scenario)) >= 20


def test_the_longest_region_is_as_long_as_any_commercial_region() -> None:
    regions = boto3.Session().get_available_regions("s3")
    assert "ap-southeast-2" in regions
    assert len(longest_region()) >= max(map(len, regions))


def test_a_name_that_is_too_long_is_reported_with_its_limit() -> None:
    """The stack's name has 20 characters of the 64, so with the region and two hyphens 27 are left."""
    fits = "x" * (64 - 20 - len(longest_region()) - 2)
    for suffix, faults in ((fits, 0), (fits + "x", 1)):
        name = {"Fn::Sub": f"${{AWS::StackName}}-${{AWS::Region}}-{suffix}"}
        found = list(name_faults(properties(real(), "DirectoryIndex", Name=name)))
        assert len(found) == faults
    assert found[0].startswith("DirectoryIndex: the name ssss")
    assert "has 65 characters, and AWS allows 64" in found[0]


def test_the_longest_stack_name_is_as_long_as_the_names_allow() -> None:
    twice = {"Fn::Sub": "${AWS::StackName}${AWS::StackName}-abc"}
    function = stack(Edge=resource("CloudFront::Function", Name=twice))
    assert longest_stack_name(function) == 30  # 2 × 30 + 4 = 64
    assert longest_stack_name(stack(Queue=resource("SQS::Queue"))) == 128


def test_a_name_with_another_resources_generated_name_is_as_long_as_its_limit() -> None:
    """A queue's name has up to 80 characters, a rule's 64."""
    queue = "Q" * 40
    rule = resource("Events::Rule", Name={"Fn::GetAtt": [queue, "QueueName"]})
    [fault] = name_faults(stack(Rule=rule, **{queue: resource("SQS::Queue")}))
    assert fault.startswith("Rule: the name ssssssssssssssssssss-QQQ")
    assert "has 75 characters, and AWS allows 64" in fault


def test_the_documentation_says_how_long_a_stack_name_may_be() -> None:
    text = (ROOT / "docs" / "operations.md").read_text("utf-8")
    found = re.search(r"stack's name may have at most (\d+)\s+characters", text)
    assert found
    assert int(found[1]) == min(longest_stack_name(real(scenario)) for scenario in SCENARIOS)


def test_a_name_with_characters_that_aws_refuses_is_reported() -> None:
    name = {"Fn::Sub": "${AWS::StackName}/${AWS::Region}"}
    [fault] = name_faults(stack(Edge=resource("CloudFront::Function", Name=name)))
    assert fault.startswith("Edge: the name")
    assert "other than a-zA-Z0-9_-" in fault


def test_a_name_that_two_stacks_would_share_is_reported() -> None:
    [fault] = name_faults(stack(Logs=resource("Logs::LogGroup", LogGroupName="/site/articles")))
    assert fault == "Logs: two stacks would share the name /site/articles. Put ${AWS::StackName} into it."


def test_a_global_name_without_the_region_is_reported() -> None:
    name = {"Fn::Sub": "${AWS::StackName}-index"}
    [fault] = name_faults(stack(Edge=resource("CloudFront::Function", Name=name)))
    assert "stacks in two regions would share the name" in fault


def test_a_name_that_two_resources_of_a_type_share_is_reported() -> None:
    group = resource("Logs::LogGroup", LogGroupName={"Fn::Sub": "/${AWS::StackName}/same"})
    [fault] = name_faults(stack(One=group, Other=group))
    assert fault.startswith("2 resources of the type AWS::Logs::LogGroup have the name /ssss")
