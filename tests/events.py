"""A consumer of the events about articles: a rule on the bus, and a queue, which gets what the rule passes."""

import json
from dataclasses import dataclass
from typing import Any

from openapi_schema_validator import OAS31Validator, oas31_format_checker

from infra.local.resources import Deployment
from tests.template.resources import ROOT

SCHEMA = json.loads(ROOT.joinpath("docs", "events", "article.schema.json").read_text("utf-8"))
TYPES = {"published": "Article Published", "changed": "Article Changed", "withdrawn": "Article Withdrawn"}
# OpenAPI 3.1 has the vocabulary of JSON Schema 2020-12, and adds to it.
validator = OAS31Validator(SCHEMA, format_checker=oas31_format_checker)


@dataclass(frozen=True)
class Consumer:
    """One who subscribed as docs/events.md says. Every event that it gets is checked against the schema."""

    deployment: Deployment
    queue: str

    @classmethod
    def of(cls, deployment: Deployment, name: str = "consumer") -> "Consumer":
        """A new consumer."""
        clients, bus = deployment.clients, deployment.name("EventBus")
        queue = clients.sqs.create_queue(QueueName=name)["QueueUrl"]
        arn = clients.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        pattern = {"source": ["broadsheet"], "detail-type": [{"prefix": "Article "}]}
        clients.events.put_rule(Name=name, EventBusName=bus, EventPattern=json.dumps(pattern))
        clients.events.put_targets(Rule=name, EventBusName=bus, Targets=[{"Id": "queue", "Arn": arn}])
        return cls(deployment, queue)

    def received(self) -> list[dict[str, Any]]:
        """The events that came since the last call, in their order."""
        found: list[dict[str, Any]] = []
        sqs = self.deployment.clients.sqs
        while messages := sqs.receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                found.append(checked(json.loads(message["Body"])))
                sqs.delete_message(QueueUrl=self.queue, ReceiptHandle=message["ReceiptHandle"])
        return found

    def details(self) -> list[dict[str, Any]]:
        """The details of these events."""
        return [event["detail"] for event in self.received()]


def checked(event: dict[str, Any]) -> dict[str, Any]:
    """The event, which is as the schema and docs/events.md describe it."""
    validator.validate(event["detail"])
    assert event["detail"].keys() == SCHEMA["properties"].keys()
    assert event["source"] == "broadsheet"
    assert event["detail-type"] == TYPES[event["detail"]["event"]]
    return event
