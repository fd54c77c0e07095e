"""What must exist before what, and what a failed first creation leaves behind."""

import re
from itertools import pairwise
from typing import Any

import pytest

from infra.template_check.creation import left_behind, order_faults
from infra.template_check.stack import SCENARIOS, Stack, circular, unreached_conditions
from tests.template.check.planted import changed, properties, real, resource, stack, without


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_everything_that_a_resource_uses_exists_before_it(scenario: str) -> None:
    assert not list(order_faults(real(scenario)))


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_template_has_no_circular_reference(scenario: str) -> None:
    assert not list(circular(real(scenario)))


def test_the_scenarios_reach_both_sides_of_every_condition() -> None:
    both = [real(scenario) for scenario in SCENARIOS]
    assert not list(unreached_conditions(both))
    assert "HasSender is true in no scenario of infra/template_check/stack.py." in unreached_conditions(both[:1])


def test_a_circular_reference_is_reported_with_all_who_are_in_it() -> None:
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


@pytest.mark.parametrize(("user", "policy"), [("Media", "UploadsPolicy"), ("SesEventsDestination", "SesEventsPolicy")])
def test_a_service_that_tries_a_queue_or_topic_at_creation_needs_its_policy_first(user: str, policy: str) -> None:
    [fault] = order_faults(changed(real(), user, DependsOn=None))
    assert f"and {policy} may come later: add DependsOn: {policy}." in fault
    assert fault.startswith(f"{user} uses ")
    faults = list(order_faults(without(changed(real(), user, DependsOn=None), policy)))
    assert [fault for fault in faults if fault.startswith(user) and "no policy lets it" in fault]


def test_a_dependency_on_the_policy_may_be_indirect() -> None:
    found = changed(changed(real(), "Media", DependsOn="BodiesPolicy"), "BodiesPolicy", DependsOn=["UploadsPolicy"])
    assert not list(order_faults(found))


def test_a_policy_that_is_attached_to_the_role_later_is_reported() -> None:
    """Lambda checks the role when the mapping is created, and the function refers to the role alone."""
    found = real()
    policies = found.template["Resources"]["PublishRole"]["Properties"]["Policies"]
    bare = properties(found, "PublishRole", Policies=[])
    attached = {
        "Type": "AWS::IAM::Policy",
        "Properties": {"Roles": [{"Ref": "PublishRole"}], **policies[0]},
    }
    later = Stack(
        {**bare.template, "Resources": {**bare.template["Resources"], "PublishPolicy": attached}}, found.parameters
    )
    [fault] = order_faults(later)
    assert fault.startswith("PublishFunctionArticles needs what PublishRole may do, and PublishPolicy may come later")
    assert not list(order_faults(changed(later, "PublishFunctionArticles", DependsOn="PublishPolicy")))


def test_a_mapping_of_an_alias_needs_the_actions_of_its_functions_role() -> None:
    found = properties(real(), "WebSubFunctionPings", FunctionName={"Ref": "WebSubAlias"})
    alias = resource("Lambda::Alias", FunctionName={"Ref": "WebSubFunction"})
    template = {**found.template, "Resources": {**found.template["Resources"], "WebSubAlias": alias}}
    assert not list(order_faults(Stack(template, found.parameters)))
    bare = properties(Stack(template, found.parameters), "WebSubRole", Policies=[])
    assert (
        "WebSubFunctionPings is refused, because WebSubRole may not do sqs:DeleteMessage on WebSubQueue."
        in order_faults(bare)
    )


@pytest.mark.parametrize(
    ("mapping", "role", "action", "target"),
    [
        ("PublishFunctionArticles", "PublishRole", "dynamodb:GetRecords", "Articles"),
        ("PublishFunctionArticles", "PublishRole", "sqs:SendMessage", "PublishDeadLetters"),
        ("WebSubFunctionPings", "WebSubRole", "sqs:ReceiveMessage", "WebSubQueue"),
        ("ScheduleFunctionEventInvokeConfig", "ScheduleRole", "sqs:SendMessage", "ScheduleDeadLetters"),
    ],
)
def test_a_mapping_whose_role_lacks_an_action_is_reported(mapping: str, role: str, action: str, target: str) -> None:
    found = properties(real(), role, Policies=[])
    assert f"{mapping} is refused, because {role} may not do {action} on {target}." in order_faults(found)


def test_a_function_that_nobody_may_call_is_reported() -> None:
    found = real()
    permissions = [
        name
        for name, body in found.of("AWS::Lambda::Permission")
        if body["Properties"]["FunctionName"] == {"Ref": "BouncesFunction"}
    ]
    assert permissions
    for name in permissions:
        found = without(found, name)
    [fault] = order_faults(found)
    assert fault.endswith("calls BouncesFunction, and no AWS::Lambda::Permission lets sns.amazonaws.com do so.")


def test_an_edge_function_that_is_not_published_is_reported() -> None:
    [fault] = order_faults(properties(real(), "DirectoryIndex", AutoPublish=False))
    assert fault == "DirectoryIndex is used by a distribution and not published: set AutoPublish."


def test_a_function_that_may_log_before_its_group_exists_is_reported() -> None:
    [fault] = order_faults(properties(real(), "WebSubFunction", LoggingConfig={"LogFormat": "JSON"}))
    assert fault.startswith("WebSubFunction may log before its log group exists")


@pytest.mark.parametrize(
    ("named", "user"),
    [
        (
            resource("SecretsManager::Secret", Name={"Fn::Sub": "${AWS::StackName}/edge"}),
            resource("SNS::Topic", DisplayName={"Fn::Sub": "{{resolve:secretsmanager:${AWS::StackName}/edge:x}}"}),
        ),
        (
            resource("SQS::Queue", QueueName={"Fn::Sub": "${AWS::StackName}-dead"}),
            resource("CloudWatch::Alarm", Dimensions=[{"Name": "QueueName", "Value": "broadsheet-dead"}]),
        ),
        (
            resource("CloudFront::Function", Name="edge"),
            resource("CloudFront::Distribution", Arn="arn:aws:cloudfront::123456789012:function/edge"),
        ),
        (
            resource("Logs::LogGroup", LogGroupName="/api"),
            resource("ApiGatewayV2::Stage", Arn="arn:aws:logs:eu-west-1:123456789012:log-group:/api:*"),
        ),
    ],
)
def test_a_resource_that_is_named_as_text_is_reported(named: dict[str, Any], user: dict[str, Any]) -> None:
    [fault] = order_faults(stack(Named=named, User=user))
    assert fault == "User names Named as text, so it may be created first: refer to Named, or add DependsOn."
    assert not list(order_faults(stack(Named=named, User={**user, "DependsOn": ["Named"]})))


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_failed_first_creation_leaves_nothing_that_holds_data_and_a_deletion_does(scenario: str) -> None:
    """aws#3."""
    assert not list(left_behind(real(scenario)))


@pytest.mark.parametrize("policy", ["Retain", "Snapshot"])
def test_what_outlives_a_failed_creation_is_reported(policy: str) -> None:
    topic = {**resource("SNS::Topic"), "DeletionPolicy": policy}
    [fault] = left_behind(stack(Topic=topic))
    assert fault == f"Topic: DeletionPolicy {policy} keeps it after a failed creation too. Use RetainExceptOnCreate."


def test_data_that_would_go_with_the_stack_or_with_a_replacement_is_reported() -> None:
    faults = list(left_behind(stack(Rows=resource("DynamoDB::Table"))))
    assert faults == [
        "Rows: a deletion of the stack deletes it. Give it DeletionPolicy RetainExceptOnCreate.",
        "Rows: a replacement deletes the old one. Give it UpdateReplacePolicy Retain.",
    ]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_scenarios_parameters_are_such_as_cloudformation_takes(scenario: str) -> None:
    declared = real(scenario).template["Parameters"]
    for name, value in SCENARIOS[scenario].items():
        assert re.fullmatch(declared[name].get("AllowedPattern", ".*"), value), name
        assert value in declared[name].get("AllowedValues", [value]), name
