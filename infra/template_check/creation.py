"""The creation of a stack: a resource exists before others use it, and a failed first creation leaves nothing behind.

CloudFormation creates resources in the order of their references and DependsOn, and otherwise concurrently. Several
services check permissions while they create a resource, so the permission must exist first although no property refers
to it ("When to use DependsOn", CloudFormation User Guide). Each rule yields sentences.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from infra.local.template.intrinsics import references
from infra.template_check.kinds import KINDS, Kind
from infra.template_check.stack import Resource, Stack, listed

RESOURCE_POLICIES: Mapping[str, str] = {
    "AWS::SQS::QueuePolicy": "Queues",
    "AWS::SNS::TopicPolicy": "Topics",
    "AWS::Lambda::Permission": "FunctionName",
}
"""Resources that allow a service to use another resource, and the property that names it."""

CHECKED_AT_CREATION: Mapping[str, str] = {
    # "Amazon S3 … verifies that the destination exists and that the bucket owner has permission" (S3,
    # PutBucketNotificationConfiguration).
    "AWS::S3::Bucket": "NotificationConfiguration",
    # SES publishes a test message to the topic (SES, "Set up an Amazon SNS event destination").
    "AWS::SES::ConfigurationSetEventDestination": "EventDestination",
    # CloudWatch Logs sends a test event to the destination (Logs, PutSubscriptionFilter).
    "AWS::Logs::SubscriptionFilter": "DestinationArn",
}
"""Resources at whose creation their service tries a queue, topic or function, and the property that names it."""

CALLERS: Mapping[str, str] = {
    "AWS::ApiGatewayV2::Api": "apigateway.amazonaws.com",
    "AWS::Events::Rule": "events.amazonaws.com",
    "AWS::SNS::Subscription": "sns.amazonaws.com",
}
"""Resources that call functions, and the service that a Lambda permission must name for it."""

ROLE_POLICIES = ("AWS::IAM::Policy", "AWS::IAM::RolePolicy", "AWS::IAM::ManagedPolicy")

SOURCE_ACTIONS: Mapping[str, tuple[str, ...]] = {
    # Without them Lambda refuses an event source mapping or a destination (Lambda, "Configuring … event source").
    "AWS::DynamoDB::Table": ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"),
    "AWS::SQS::Queue": ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"),
}
DESTINATION_ACTIONS: Mapping[str, tuple[str, ...]] = {
    "AWS::SQS::Queue": ("sqs:SendMessage",),
    "AWS::SNS::Topic": ("sns:Publish",),
    "AWS::Lambda::Function": ("lambda:InvokeFunction",),
}


def order_faults(stack: Stack) -> Iterator[str]:
    """A sentence for each resource that may be created before something that it uses."""
    yield from _untimely_resource_policies(stack)
    yield from _untimely_role_policies(stack)
    yield from _missing_role_actions(stack)
    yield from _callers_without_permission(stack)
    yield from _unpublished_edge_functions(stack)
    yield from _functions_without_log_group(stack)
    yield from _named_as_text(stack)


def left_behind(stack: Stack) -> Iterator[str]:
    """A sentence for each resource that outlives a failed first creation, or that is lost with its stack.

    `Retain` also applies when CloudFormation rolls a creation back, and the next attempt makes a second resource;
    `RetainExceptOnCreate` does not ("DeletionPolicy attribute", CloudFormation User Guide).
    """
    for name, resource in stack.resources.items():
        policy = resource.get("DeletionPolicy", "Delete")
        if policy in ("Retain", "Snapshot"):
            yield f"{name}: DeletionPolicy {policy} keeps it after a failed creation too. Use RetainExceptOnCreate."
        if KINDS.get(resource["Type"], Kind()).kept:
            if policy == "Delete":
                yield f"{name}: deleting the stack deletes its data. Give it DeletionPolicy RetainExceptOnCreate."
            if resource.get("UpdateReplacePolicy") != "Retain":
                yield f"{name}: replacing it deletes its data. Give it UpdateReplacePolicy Retain."


def _untimely_resource_policies(stack: Stack) -> Iterator[str]:
    """A service tries a queue, topic or function before the policy that allows it exists."""
    granted: dict[str, set[str]] = {}
    for policy, body in stack.of(*RESOURCE_POLICIES):
        for target in references(body["Properties"][RESOURCE_POLICIES[body["Type"]]]):
            granted.setdefault(target, set()).add(policy)
    targets = {name for name, _ in stack.of(*DESTINATION_ACTIONS)}
    for name, body in stack.of(*CHECKED_AT_CREATION):
        before = stack.before(name)
        used = body.get("Properties", {}).get(CHECKED_AT_CREATION[body["Type"]], {})
        for target in sorted(targets & set(references(used))):
            if target not in granted:
                yield f"{name} uses {target} when it is created, and no policy allows it."
            for policy in sorted(granted.get(target, set()) - before):
                yield f"{name} uses {target} when it is created, and {policy} may follow it: add DependsOn: {policy}."


def _untimely_role_policies(stack: Stack) -> Iterator[str]:
    """Lambda checks a role's permissions before a policy is attached to the role."""
    for name, _, role in _mappings(stack):
        for policy, body in stack.of(*ROLE_POLICIES):
            if role in _roles(body) and policy not in stack.before(name):
                yield f"{name} needs the permissions of {role}, and {policy} may follow it: add DependsOn: {policy}."


def _missing_role_actions(stack: Stack) -> Iterator[str]:
    """Lambda refuses an event source mapping or a destination because the function's role lacks an action."""
    for name, body, role in _mappings(stack):
        for action, target in _needed_actions(stack, body["Properties"]):
            if not _may(stack, role, action, target):
                yield f"Lambda refuses {name}, because {role} does not allow {action} on {target}."


def _needed_actions(stack: Stack, properties: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each action that the role of an event source mapping needs, and on which resource."""
    for place, actions in (("EventSourceArn", SOURCE_ACTIONS), ("DestinationConfig", DESTINATION_ACTIONS)):
        for target in stack.resources.keys() & set(references(properties.get(place))):
            for action in actions.get(stack.resources[target]["Type"], ()):
                yield action, target


def _callers_without_permission(stack: Stack) -> Iterator[str]:
    """A service calls a function, and no permission of the function names the service."""
    functions = {name for name, _ in stack.of("AWS::Lambda::Function")}
    permitted = {
        (function, body["Properties"]["Principal"])
        for _, body in stack.of("AWS::Lambda::Permission")
        for function in references(body["Properties"]["FunctionName"])
    }
    for name, body in stack.of(*CALLERS):
        service = CALLERS[body["Type"]]
        for function in sorted(functions & set(references(body))):
            if (function, service) not in permitted:
                yield f"{name} calls {function}, and no AWS::Lambda::Permission allows {service} to."


def _unpublished_edge_functions(stack: Stack) -> Iterator[str]:
    """CloudFront accepts only published functions (CreateFunction, CloudFront API Reference)."""
    used = {one for _, body in stack.of("AWS::CloudFront::Distribution") for one in references(body)}
    for name, body in stack.of("AWS::CloudFront::Function"):
        if name in used and body["Properties"].get("AutoPublish") is not True:
            yield f"A distribution uses {name}, which is not published: set AutoPublish."


def _functions_without_log_group(stack: Stack) -> Iterator[str]:
    """Lambda creates a log group that keeps logs for ever if a function's own does not exist yet."""
    groups = {name for name, _ in stack.of("AWS::Logs::LogGroup")}
    for name, body in stack.of("AWS::Lambda::Function"):
        group = body["Properties"].get("LoggingConfig", {}).get("LogGroup", "")
        if not groups & set(references(group)):
            yield f"{name} may log before its log group exists: set LoggingConfig.LogGroup to a group of the template."


def _named_as_text(stack: Stack) -> Iterator[str]:
    """A resource names another by its physical name, not by a reference, so CloudFormation does not order them."""
    names = {}
    for name, body in stack.resources.items():
        kind = KINDS.get(body["Type"], Kind())
        given = kind.named(stack.properties[name])
        if given is not None and kind.unique != "parent" and not kind.late:
            # The whole value, or a part of an ARN or of a dynamic reference.
            names[name] = re.compile(rf"(^|[:/]){re.escape(str(given))}($|[:/}}])")
    for user, body in stack.resources.items():
        own = KINDS.get(body["Type"], Kind()).named(stack.properties[user])
        texts = {text for text in _texts(stack.properties[user]) if text != own}
        for name, pattern in names.items():
            if user != name and name not in stack.before(user) and any(map(pattern.search, texts)):
                yield f"{user} contains the name of {name}, and may precede it: use a reference or DependsOn."


def _mappings(stack: Stack) -> Iterator[tuple[str, Resource, str]]:
    """Each resource at whose creation Lambda checks the function's role, with that role."""
    functions = dict(stack.of("AWS::Lambda::Function"))
    for name, body in stack.of("AWS::Lambda::EventSourceMapping", "AWS::Lambda::EventInvokeConfig"):
        # Directly, or by an alias or a version.
        used = set(references(body["Properties"]["FunctionName"]))
        used |= {one for alias in used - functions.keys() for one in stack.dependencies.get(alias, ())}
        for function in functions.keys() & used:
            for role in stack.resources.keys() & set(references(functions[function]["Properties"]["Role"])):
                yield name, body, role


def _may(stack: Stack, role: str, action: str, target: str) -> bool:
    """Whether a policy of the role allows the action on the target. It ignores conditions and Deny."""
    properties = stack.properties[role]
    documents = [policy["PolicyDocument"] for policy in properties.get("Policies", [])]
    for policy, body in stack.of(*ROLE_POLICIES):
        if role in _roles(body) or policy in properties.get("ManagedPolicyArns", []):
            documents.append(stack.properties[policy]["PolicyDocument"])
    statements = [statement for document in documents for statement in listed(document["Statement"])]
    return any(_allows(statement, action, target) for statement in statements)


def _roles(policy: Resource) -> set[str]:
    """The roles that a policy attaches itself to."""
    properties = policy["Properties"]
    return set(references([properties.get("Roles"), properties.get("RoleName")]))


def _allows(statement: Mapping[str, Any], action: str, target: str) -> bool:
    # A resource resolves to its logical id, an attribute of it to `Articles.StreamArn`.
    resource = re.compile(rf"(^|[:/]){target}\b|^\*$")
    return (
        statement["Effect"] == "Allow"
        and any(fnmatchcase(action, pattern) for pattern in listed(statement.get("Action")))
        and any(map(resource.search, listed(statement.get("Resource"))))
    )


def _texts(value: Any) -> Iterator[str]:
    """Every string in the properties, without policy documents, which may name what does not exist yet."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key not in ("PolicyDocument", "AssumeRolePolicyDocument"):
                yield from _texts(item)
