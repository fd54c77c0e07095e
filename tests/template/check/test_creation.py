"""Which resources must exist before others, and what a failed first creation leaves behind."""

from typing import Any

import pytest

from infra.template_check.creation import left_behind, order_faults
from infra.template_check.stack import SCENARIOS, Stack
from tests.template.check.stacks import changed, properties, real, resource, stack, without


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_everything_that_a_resource_uses_exists_before_it(scenario: str) -> None:
    assert not list(order_faults(real(scenario)))


@pytest.mark.parametrize(("user", "policy"), [("Media", "UploadsPolicy"), ("SesEventsDestination", "SesEventsPolicy")])
def test_a_service_that_tries_a_queue_or_topic_at_creation_needs_its_policy_first(user: str, policy: str) -> None:
    [fault] = order_faults(changed(real(), user, DependsOn=None))
    assert f"and {policy} may follow it: add DependsOn: {policy}." in fault
    assert fault.startswith(f"{user} uses ")
    faults = list(order_faults(without(changed(real(), user, DependsOn=None), policy)))
    assert [fault for fault in faults if fault.startswith(user) and "no policy allows it" in fault]


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
    assert fault.startswith(
        "PublishFunctionArticles needs the permissions of PublishRole, and PublishPolicy may follow it"
    )
    assert not list(order_faults(changed(later, "PublishFunctionArticles", DependsOn="PublishPolicy")))


def test_a_mapping_of_an_alias_needs_the_actions_of_its_functions_role() -> None:
    found = properties(real(), "WebSubFunctionPings", FunctionName={"Ref": "WebSubAlias"})
    alias = resource("Lambda::Alias", FunctionName={"Ref": "WebSubFunction"})
    template = {**found.template, "Resources": {**found.template["Resources"], "WebSubAlias": alias}}
    assert not list(order_faults(Stack(template, found.parameters)))
    bare = properties(Stack(template, found.parameters), "WebSubRole", Policies=[])
    assert (
        "Lambda refuses WebSubFunctionPings, because WebSubRole does not allow sqs:DeleteMessage on WebSubQueue."
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
    assert f"Lambda refuses {mapping}, because {role} does not allow {action} on {target}." in order_faults(found)


def test_a_function_whose_caller_has_no_permission_is_reported() -> None:
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
    assert fault.endswith("calls BouncesFunction, and no AWS::Lambda::Permission allows sns.amazonaws.com to.")


def test_an_edge_function_that_is_not_published_is_reported() -> None:
    [fault] = order_faults(properties(real(), "DirectoryIndex", AutoPublish=False))
    assert fault == "A distribution uses DirectoryIndex, which is not published: set AutoPublish."


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
def test_a_physical_name_in_place_of_a_reference_is_reported(named: dict[str, Any], user: dict[str, Any]) -> None:
    [fault] = order_faults(stack(Named=named, User=user))
    assert fault == "User contains the name of Named, and may precede it: use a reference or DependsOn."
    assert not list(order_faults(stack(Named=named, User={**user, "DependsOn": ["Named"]})))


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_failed_first_creation_leaves_no_data_behind_and_a_deletion_keeps_it(scenario: str) -> None:
    """aws#3."""
    assert not list(left_behind(real(scenario)))


@pytest.mark.parametrize("policy", ["Retain", "Snapshot"])
def test_a_resource_that_outlives_a_failed_creation_is_reported(policy: str) -> None:
    topic = {**resource("SNS::Topic"), "DeletionPolicy": policy}
    [fault] = left_behind(stack(Topic=topic))
    assert fault == f"Topic: DeletionPolicy {policy} keeps it after a failed creation too. Use RetainExceptOnCreate."


def test_data_that_is_deleted_with_the_stack_or_by_a_replacement_is_reported() -> None:
    faults = list(left_behind(stack(Rows=resource("DynamoDB::Table"))))
    assert faults == [
        "Rows: deleting the stack deletes its data. Give it DeletionPolicy RetainExceptOnCreate.",
        "Rows: replacing it deletes its data. Give it UpdateReplacePolicy Retain.",
    ]
