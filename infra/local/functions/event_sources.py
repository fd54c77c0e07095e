"""What the template connects: functions, and everything that calls them.

Each function here reads one kind of connection out of a deployment, as frozen data with every reference resolved.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from infra.local.account import ACCOUNT, REGION
from infra.local.deployment.deployment import Deployment
from infra.local.template.intrinsics import TemplateError


@dataclass(frozen=True)
class Retries:
    """What happens to an event that its function fails at: how often it is tried again, and which queue gets it then.

    `most` is None for no limit on attempts, `oldest` the age in seconds at which a stream's record is given up (None:
    at no age), `queue` the ARN of an SQS queue or None.
    """

    most: int | None
    queue: str | None
    oldest: int | None = None


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
    """What Lambda does with asynchronous events (a schedule's, say)."""


@dataclass(frozen=True)
class StreamMapping:
    """The stream of `table`, and the function that gets what passes one of the `patterns` (all, if there are none)."""

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
    """The queue `queue`, and the function that gets its messages, gathered for `window` seconds."""

    name: str
    function: str
    queue: str
    arn: str
    batch_size: int
    window: float
    reports_failures: bool


@dataclass(frozen=True)
class Schedule:
    """An event that comes by the clock. `event` is what the function gets, or None for EventBridge's own."""

    name: str
    expression: str
    function: str
    event: Any
    arn: str


@dataclass(frozen=True)
class Subscription:
    """The SNS topic `topic` (its name in the template), and a function that gets all that is sent to it."""

    topic: str
    function: str
    arn: str

    @property
    def topic_arn(self) -> str:
        return self.arn.rpartition(":")[0]


@dataclass(frozen=True)
class EventDestination:
    """The SNS topic that hears of mails under a configuration set, and the `kinds` of events that it hears of."""

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
                    most=int(invoke.get("MaximumRetryAttempts", 2)),
                    queue=destination or properties.get("DeadLetterConfig", {}).get("TargetArn"),
                ),
            )
        )
    return specs


def stream_mappings(deployment: Deployment) -> list[StreamMapping]:
    """Every event source mapping that follows a table's stream."""
    found = []
    for name, properties in _mappings(deployment, "dynamodb"):
        most, oldest = (int(properties.get(name, -1)) for name in ("MaximumRetryAttempts", "MaximumRecordAgeInSeconds"))
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
                    most=most if most >= 0 else None,
                    queue=properties.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination"),
                    oldest=oldest if oldest >= 0 else None,
                ),
            )
        )
    return found


def queue_mappings(deployment: Deployment) -> list[QueueMapping]:
    """Every event source mapping that reads a queue. Raises TemplateError for one that filters."""
    found = []
    for name, properties in _mappings(deployment, "sqs"):
        if "FilterCriteria" in properties:
            raise TemplateError(f"{name} filters a queue, which the local stack cannot play.")
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
    """The event source mappings that read from this service. Raises TemplateError for one of a service unknown here."""
    for name, body in deployment.resolver.resources("AWS::Lambda::EventSourceMapping"):
        properties = deployment.resolver.resolve(body["Properties"])
        source = properties["EventSourceArn"]
        if source.split(":")[2] not in {"dynamodb", "sqs"}:
            raise TemplateError(f"{name} reads {source}, which the local stack cannot play.")
        if source.split(":")[2] == service:
            yield name, properties


def _patterns(name: str, properties: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for criterion in properties.get("FilterCriteria", {}).get("Filters", []):
        try:
            yield json.loads(criterion["Pattern"])
        except json.JSONDecodeError as error:
            raise TemplateError(f"{name} has a filter pattern that is not JSON: {error}.") from error


def schedules(deployment: Deployment) -> list[Schedule]:
    """Every enabled rule or schedule that calls a function by the clock."""
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
    """Every function that is subscribed to a topic. Raises TemplateError for one that filters."""
    found = []
    for name, body in deployment.resolver.resources("AWS::SNS::Subscription"):
        properties = deployment.resolver.resolve(body["Properties"])
        if "FilterPolicy" in properties:
            raise TemplateError(f"{name} filters a topic, which the local stack cannot play.")
        if properties["Protocol"] == "lambda":
            topic, function = _topic(properties["TopicArn"]), deployment.named(properties["Endpoint"])
            found.append(Subscription(topic, function, f"arn:aws:sns:{REGION}:{ACCOUNT}:{topic}:{name}"))
    return found


def event_destinations(deployment: Deployment) -> list[EventDestination]:
    """Every topic that SES tells what becomes of mails."""
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


def _topic(reference: str) -> str:
    """Topics are played here and are not in the emulator, so a reference to one is its name."""
    return reference.partition(".")[0]


def queues(deployment: Deployment) -> dict[str, str]:
    """The URL of every queue, by its name in the template."""
    return {name: deployment.name(name) for name, _ in deployment.resolver.resources("AWS::SQS::Queue")}
