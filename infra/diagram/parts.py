"""What the picture shows: functions, stores, and the ways between them, from the template's resources."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from infra.local.template import template
from infra.template_check.actions import READS, WRITES
from infra.template_check.stack import SCENARIOS, Stack, listed

ROOT = Path(__file__).parents[2]
FILE = ROOT / "docs" / "pictures" / "architecture.svg"

KINDS = {
    "AWS::DynamoDB::Table": "table",
    "AWS::S3::Bucket": "bucket",
    "AWS::SQS::Queue": "queue",
    "AWS::SNS::Topic": "topic",
    "AWS::Events::EventBus": "event bus",
    "AWS::StepFunctions::StateMachine": "state machine",
}


@dataclass
class Parts:
    """The nodes and the ways of the picture. A way is a pair of names, from where to where data flows."""

    functions: dict[str, str] = field(default_factory=dict)
    """What invokes each function."""
    called: set[str] = field(default_factory=set)
    """The functions that clients call over HTTP."""
    stores: dict[str, str] = field(default_factory=dict)
    """What each store is."""
    reads: set[tuple[str, str]] = field(default_factory=set)
    writes: set[tuple[str, str]] = field(default_factory=set)
    invocations: set[tuple[str, str]] = field(default_factory=set)

    @property
    def ways(self) -> set[tuple[str, str]]:
        return self.reads | self.writes | self.invocations


def parts() -> Parts:
    """The parts of a deployment that has everything."""
    parameters = SCENARIOS["full"]
    stack = Stack(template.read(ROOT / "template.yaml", parameters), parameters)
    found = Parts()
    for name, _ in stack.of("AWS::Lambda::Function"):
        found.functions[name] = ""
        _permissions(found, name, stack, str(stack.properties[name]["Role"]).removesuffix(".Arn"))
    _routes(found, stack)
    _sources(found, stack)
    used = {name for way in found.ways for name in way}
    for name, body in stack.of(*KINDS):
        if name in used and (KINDS[body["Type"]] != "queue" or name in {source for source, _ in found.invocations}):
            found.stores[name] = KINDS[body["Type"]]
    _served(found, stack)
    known = found.functions.keys() | found.stores.keys()
    for ways in (found.reads, found.writes, found.invocations):
        ways.intersection_update({way for way in ways if set(way) <= known})
    return found


def components(found: Parts) -> list[set[str]]:
    """The sets of functions and stores that are connected, those of most members first."""
    rest = found.functions.keys() | found.stores.keys()
    sets: list[set[str]] = []
    while rest:
        one = {min(rest)}
        while more := {name for way in found.ways if one & set(way) for name in way} - one:
            one |= more
        sets.append(one)
        rest -= one
    return sorted(sets, key=lambda one: (-len(one), min(one)))


def _permissions(found: Parts, function: str, stack: Stack, role: str) -> None:
    # Functions name a state machine by its own name.
    machines = {
        stack.properties[name]["StateMachineName"]: name for name, _ in stack.of("AWS::StepFunctions::StateMachine")
    }
    for resource, actions in _grants(stack, role):
        # SES's suppression list has no ARN.
        ses = ":ses:" in resource or any(action.startswith("ses:") for action in actions)
        name = "SES" if ses else resource.replace(".Arn", "").partition("/")[0].rpartition(":")[2]
        name = machines.get(name, name)
        if READS.keys() & actions:
            found.reads.add((name, function))
        if WRITES.keys() & actions:
            found.writes.add((function, name))
    if (function, "SES") in found.writes:
        found.stores["SES"] = "sends mails"


def _grants(stack: Stack, role: str) -> Iterator[tuple[str, list[str]]]:
    """Each resource that the role's policies name, with the actions on it."""
    properties = stack.properties[role]
    documents = [policy["PolicyDocument"] for policy in properties.get("Policies", [])]
    documents += [stack.properties[name]["PolicyDocument"] for name in properties.get("ManagedPolicyArns", [])]
    for document in documents:
        for statement in document["Statement"]:
            for resource in listed(statement["Resource"]):
                yield resource, listed(statement["Action"])


def _routes(found: Parts, stack: Stack) -> None:
    access: dict[str, set[str]] = {}
    for name, _ in stack.of("AWS::ApiGatewayV2::Api"):
        document = stack.properties[name]["Body"]
        for methods in document["paths"].values():
            for call in methods.values():
                function = _invoked(call["x-amazon-apigateway-integration"]["uri"])
                access.setdefault(function, set()).add("signed" if call.get("security") else "open")
        for function in _authorizers(document):
            access.setdefault(function, set()).add("authorizes")
    for function, kinds in access.items():
        found.functions[function] = " and ".join(sorted(kinds, reverse=True))
    found.called = set(access)


def _authorizers(document: Mapping[str, Any]) -> Iterator[str]:
    """The functions that the API asks about calls."""
    for scheme in document["components"]["securitySchemes"].values():
        if settings := scheme.get("x-amazon-apigateway-authorizer"):
            yield _invoked(settings["authorizerUri"])


def _invoked(uri: str) -> str:
    return uri.split("functions/")[1].partition(".Arn")[0]


def _sources(found: Parts, stack: Stack) -> None:
    for name, _ in stack.of("AWS::Lambda::EventSourceMapping"):
        mapping = stack.properties[name]
        source, _, of = mapping["EventSourceArn"].partition(".")
        _invokes(found, source, mapping["FunctionName"], "a stream" if of == "StreamArn" else "a queue")
    for name, _ in stack.of("AWS::SNS::Subscription"):
        subscription = stack.properties[name]
        if subscription["Protocol"] == "lambda":
            _invokes(found, subscription["TopicArn"], subscription["Endpoint"], "a topic")
            found.writes.add(("SES", subscription["TopicArn"]))
    for name, _ in stack.of("AWS::StepFunctions::StateMachine"):
        for target in set(stack.properties[name]["DefinitionSubstitutions"].values()):
            _invokes(found, name, target, "a state machine")
    for name, _ in stack.of("AWS::Events::Rule"):
        rule = stack.properties[name]
        for target in rule["Targets"]:
            found.functions[_function(found, target["Arn"])] = _every(rule["ScheduleExpression"])
    for name, _ in stack.of("AWS::S3::Bucket"):
        for queue in stack.properties[name].get("NotificationConfiguration", {}).get("QueueConfigurations", []):
            found.writes.add((name, queue["Queue"].removesuffix(".Arn")))


def _every(schedule: str) -> str:
    """`rate(1 minute)` in words."""
    return re.sub(r"rate\((?:1 )?(.+)\)", r"every \1", schedule)


def _invokes(found: Parts, source: str, target: str, kind: str) -> None:
    function = _function(found, target)
    found.invocations.add((source, function))
    found.functions[function] = kind


def _function(found: Parts, target: str) -> str:
    """The function that an ARN or an alias names."""
    return max((name for name in found.functions if target.startswith(name.removesuffix("Function"))), key=len)


def _served(found: Parts, stack: Stack) -> None:
    for name, _ in stack.of("AWS::CloudFront::Distribution"):
        for origin in stack.properties[name]["DistributionConfig"]["Origins"]:
            bucket = origin["DomainName"].partition(".")[0]
            if bucket in found.stores:
                found.stores[bucket] += ", CloudFront"
