"""The functions of a deployment and their event sources, as frozen data with references resolved."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from infra.local.account import ACCOUNT, REGION
from infra.local.resources import Deployment
from infra.local.template.intrinsics import TemplateError


@dataclass(frozen=True)
class Retries:
    """The retry policy of an event source.

    `maximum` is the number of retries, None for no limit; `max_age` the age in seconds at which a stream's record is
    given up, None for no limit; `queue` the ARN of the SQS queue for dead letters, if any.
    """

    maximum: int | None
    queue: str | None
    max_age: int | None = None


@dataclass(frozen=True)
class FunctionSpec:
    """A Lambda function. `name` is its name in the template, `timeout` is in seconds, `memory` in MB."""

    name: str
    physical_name: str
    arn: str
    description: str
    handler: str
    timeout: int
    memory: int
    logging: Mapping[str, str]
    environment: Mapping[str, str] = field(repr=False)
    on_failure: Retries
    """The retry policy of asynchronous invocations, such as those of schedules."""


@dataclass(frozen=True)
class StreamMapping:
    """A table's stream, and the function that gets the records that match one of the `patterns`; all without any."""

    name: str
    function: str
    table: str
    stream: str
    batch_size: int
    patterns: tuple[Mapping[str, Any], ...]
    reports_failures: bool
    bisects: bool
    from_the_start: bool
    retries: Retries


@dataclass(frozen=True)
class QueueMapping:
    """A queue, and the function that gets its messages in batches, collected for at most `window` seconds."""

    name: str
    function: str
    queue: str
    arn: str
    batch_size: int
    window: float
    reports_failures: bool


@dataclass(frozen=True)
class Schedule:
    """A schedule. `event` is the event for the function; None for that of EventBridge."""

    name: str
    expression: str
    function: str
    event: Any
    arn: str


@dataclass(frozen=True)
class Subscription:
    """An SNS topic, by its logical name, and a function that gets every message."""

    topic: str
    function: str
    arn: str

    @property
    def topic_arn(self) -> str:
        return self.arn.rpartition(":")[0]


@dataclass(frozen=True)
class EventDestination:
    """The SNS topic that gets notifications of these `kinds` about mails of a configuration set."""

    configuration_set: str
    topic: str
    kinds: frozenset[str]


def functions(deployment: Deployment) -> list[FunctionSpec]:
    """Every function of the template."""
    resolver = deployment.resolver
    asynchronous = {
        properties["FunctionName"]: properties for properties in deployment.properties("AWS::Lambda::EventInvokeConfig")
    }
    specs = []
    for name, body in resolver.resources("AWS::Lambda::Function"):
        properties = resolver.resolve({key: value for key, value in body["Properties"].items() if key != "Code"})
        invoke = asynchronous.get(deployment.name(name), {})
        destination = invoke.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
        specs.append(
            FunctionSpec(
                name=name,
                physical_name=deployment.name(name),
                arn=resolver.resource(name, "Arn"),
                description=properties.get("Description", ""),
                handler=properties["Handler"],
                timeout=int(properties.get("Timeout", 3)),
                memory=int(properties.get("MemorySize", 128)),
                logging=properties.get("LoggingConfig", {}),
                environment=deployment.environment(name),
                on_failure=Retries(
                    maximum=int(invoke.get("MaximumRetryAttempts", 2)),
                    queue=destination or properties.get("DeadLetterConfig", {}).get("TargetArn"),
                ),
            )
        )
    return specs


def stream_mappings(deployment: Deployment) -> list[StreamMapping]:
    """Every event source mapping of a table's stream."""
    found = []
    for name, properties in _mappings(deployment, "dynamodb"):
        maximum, max_age = (
            int(properties.get(name, -1)) for name in ("MaximumRetryAttempts", "MaximumRecordAgeInSeconds")
        )
        found.append(
            StreamMapping(
                name=name,
                function=deployment.named(properties["FunctionName"]),
                table=deployment.named(properties["EventSourceArn"]),
                stream=properties["EventSourceArn"],
                batch_size=int(properties.get("BatchSize", 100)),
                patterns=tuple(_patterns(name, properties)),
                reports_failures="ReportBatchItemFailures" in properties.get("FunctionResponseTypes", []),
                bisects=bool(properties.get("BisectBatchOnFunctionError", False)),
                from_the_start=properties.get("StartingPosition") == "TRIM_HORIZON",
                retries=Retries(
                    maximum=maximum if maximum >= 0 else None,
                    queue=properties.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination"),
                    max_age=max_age if max_age >= 0 else None,
                ),
            )
        )
    return found


def queue_mappings(deployment: Deployment) -> list[QueueMapping]:
    """Every event source mapping of a queue. Raises TemplateError for one with filters."""
    found = []
    for name, properties in _mappings(deployment, "sqs"):
        if "FilterCriteria" in properties:
            raise TemplateError(f"{name} filters a queue, which the local deployment does not support.")
        found.append(
            QueueMapping(
                name=name,
                function=deployment.named(properties["FunctionName"]),
                queue=deployment.named(properties["EventSourceArn"]),
                arn=properties["EventSourceArn"],
                batch_size=int(properties.get("BatchSize", 10)),
                window=float(properties.get("MaximumBatchingWindowInSeconds", 0)),
                reports_failures="ReportBatchItemFailures" in properties.get("FunctionResponseTypes", []),
            )
        )
    return found


def _mappings(deployment: Deployment, service: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The event source mappings of this service. Raises TemplateError for a service that is not supported."""
    for name, body in deployment.resolver.resources("AWS::Lambda::EventSourceMapping"):
        properties = deployment.resolver.resolve(body["Properties"])
        source = properties["EventSourceArn"]
        if source.split(":")[2] not in {"dynamodb", "sqs"}:
            raise TemplateError(f"{name} reads {source}, which the local deployment does not support.")
        if source.split(":")[2] == service:
            yield name, properties


def _patterns(name: str, properties: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for criterion in properties.get("FilterCriteria", {}).get("Filters", []):
        try:
            yield json.loads(criterion["Pattern"])
        except json.JSONDecodeError as error:
            raise TemplateError(f"{name} has a filter pattern that is not JSON: {error}.") from error


def schedules(deployment: Deployment) -> list[Schedule]:
    """Every enabled schedule."""
    return [
        Schedule(
            name=name,
            expression=properties["ScheduleExpression"],
            function=deployment.named(target["Arn"]),
            event=json.loads(target["Input"]) if "Input" in target else None,
            arn=f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{name}",
        )
        for name, body in deployment.resolver.resources("AWS::Events::Rule", "AWS::Scheduler::Schedule")
        for properties in [deployment.resolver.resolve(body["Properties"])]
        if "ScheduleExpression" in properties and properties.get("State", "ENABLED") == "ENABLED"
        for target in properties.get("Targets") or [properties["Target"]]
    ]


def subscriptions(deployment: Deployment) -> list[Subscription]:
    """Every subscription of a function to a topic. Raises TemplateError for one with a filter."""
    found = []
    for name, body in deployment.resolver.resources("AWS::SNS::Subscription"):
        properties = deployment.resolver.resolve(body["Properties"])
        if "FilterPolicy" in properties:
            raise TemplateError(f"{name} filters a topic, which the local deployment does not support.")
        if properties["Protocol"] == "lambda":
            topic, function = _topic(properties["TopicArn"]), deployment.named(properties["Endpoint"])
            found.append(Subscription(topic, function, f"arn:aws:sns:{REGION}:{ACCOUNT}:{topic}:{name}"))
    return found


def event_destinations(deployment: Deployment) -> list[EventDestination]:
    """Every topic that gets notifications of SES."""
    return [
        EventDestination(
            configuration_set=properties["ConfigurationSetName"],
            topic=_topic(destination["SnsDestination"]["TopicARN"]),
            kinds=frozenset(destination["MatchingEventTypes"]),
        )
        for properties in deployment.properties("AWS::SES::ConfigurationSetEventDestination")
        for destination in [properties["EventDestination"]]
        if "SnsDestination" in destination and destination.get("Enabled", True)
    ]


def suppresses_complaints(deployment: Deployment, configuration_set: str | None) -> bool:
    """Whether SES adds recipients who complain about mails of this configuration set to its suppression list."""
    found = {
        deployment.name(name): body.get("Properties", {})
        for name, body in deployment.resolver.resources("AWS::SES::ConfigurationSet")
    }
    options = found.get(configuration_set or "", {}).get("SuppressionOptions", {})
    return "COMPLAINT" in options.get("SuppressedReasons", ())


def _topic(reference: str) -> str:
    """The logical name of a topic. Topics are not in the emulator, so a reference stays unresolved."""
    return reference.partition(".")[0]


def queues(deployment: Deployment) -> dict[str, str]:
    """The URL of every queue, by its name in the template."""
    return {name: deployment.name(name) for name, _ in deployment.resolver.resources("AWS::SQS::Queue")}
