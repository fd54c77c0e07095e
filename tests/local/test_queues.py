"""Queues as event sources."""

import json
import time
from typing import Any

import pytest

from infra.local.deployment.deployment import PATCHED_AWS
from infra.local.functions import event_sources
from infra.local.functions.invocation import Invocation
from infra.local.resources import Deployment
from infra.local.template.intrinsics import Resolver, TemplateError
from tests.local.conftest import EXAMPLE, Example
from tests.waiting import wait_for


def send(example: Example, *errands: str) -> None:
    """Send messages in one call, so that they become visible together."""
    attributes: Any = {"Kind": {"DataType": "String", "StringValue": "errand"}}
    entries: list[Any] = [
        {"Id": str(number), "MessageBody": errand, "MessageAttributes": attributes}
        for number, errand in enumerate(errands)
    ]
    example.stack.clients.sqs.send_message_batch(QueueUrl=example.stack.deployment.name("Errands"), Entries=entries)


def batches(example: Example, mark: str, count: int) -> list[list[str]]:
    """The batches with messages that contain `mark`, once there are `count` of them."""

    def found() -> list[list[str]]:
        return [batch.split(",") for batch in example.seen("errands") if mark in batch]

    wait_for(lambda: len(found()) >= count, example.stack.progress)
    return found()


def waiting(example: Example) -> int:
    """How many messages the queue holds, visible or not."""
    names: Any = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    url = example.stack.deployment.name("Errands")
    attributes = example.stack.clients.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return sum(int(number) for number in attributes.values())


def test_messages_arrive_in_batches_after_their_delay_and_are_deleted(example: Example) -> None:
    sent = time.monotonic()
    send(example, *(f"calm-{number}" for number in range(5)))
    found = batches(example, "calm", 2)
    assert time.monotonic() - sent >= 1
    assert [len(batch) for batch in found] == [4, 1]
    assert sorted(errand for batch in found for errand in batch) == [f"calm-{number}" for number in range(5)]
    example.stack.settle()
    assert waiting(example) == 0


def test_the_event_has_the_form_of_lambdas(example: Example) -> None:
    send(example, "event")
    batches(example, "event", 1)
    example.stack.settle()
    [record] = json.loads(example.seen("event")[0])["Records"]
    assert record["eventSource"] == "aws:sqs"
    assert record["eventSourceARN"].endswith(example.stack.deployment.name("Errands").rpartition("/")[2])
    assert record["awsRegion"] == "eu-west-1"
    assert record["body"] == "event"
    assert record["md5OfBody"] == "4119639092e62c55ea8be348e4d9260d"
    assert record["messageAttributes"]["Kind"] == {"dataType": "String", "stringValue": "errand"}
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert record["attributes"]["SentTimestamp"].isdecimal()


def test_a_failed_message_is_retried_alone_and_becomes_a_dead_letter(example: Example) -> None:
    send(example, "fine", "poison")
    found = batches(example, "poison", 2)
    assert found[0] == ["fine", "poison"]
    assert found[1] == ["poison"]
    assert given_up(example) == ["poison"]


def test_an_exception_retries_the_whole_batch(example: Example) -> None:
    send(example, "with", "bomb")
    found = batches(example, "bomb", 2)
    assert found[0] == found[1] == ["with", "bomb"]
    assert sorted(given_up(example)) == ["bomb", "with"]


def given_up(example: Example) -> list[str]:
    """The dead letters once the queue is empty; they are deleted."""
    wait_for(lambda: not waiting(example), example.stack.progress)
    url = example.stack.deployment.name("GivenUp")
    messages = example.stack.clients.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    for message in messages:
        example.stack.clients.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return [message["Body"] for message in messages]


def test_settling_does_not_wait_for_messages_in_a_queue(example: Example) -> None:
    send(example, "slow")
    example.stack.settle()
    assert not any("slow" in batch for batch in example.seen("errands"))
    batches(example, "slow", 1)


@pytest.mark.parametrize(
    ("result", "reported"),
    [
        ({"batchItemFailures": [{"itemIdentifier": "1"}]}, {"1"}),
        ({"batchItemFailures": []}, set()),
        ({"batchItemFailures": None}, set()),
        (None, set()),
        ({}, set()),
        ({"batchItemFailures": [{"itemIdentifier": ""}]}, None),
        ({"batchItemFailures": [{"itemIdentifier": None}]}, None),
        ({"batchItemFailures": [{}]}, None),
        ({"batchItemFailures": 3}, None),
        ("done", None),
    ],
)
def test_an_invalid_report_fails_the_whole_batch(result: object, reported: set[str] | None) -> None:
    assert Invocation("F", "a test", b"", result=result).reported == reported


@pytest.mark.parametrize(
    ("properties", "sentence"),
    [
        ({"EventSourceArn": "arn:aws:kinesis:eu-west-1:123456789012:stream/s"}, "reads arn:aws:kinesis"),
        ({"EventSourceArn": "arn:aws:sqs:eu-west-1:123456789012:q", "FilterCriteria": {}}, "filters a queue"),
    ],
)
def test_an_unsupported_event_source_is_refused_in_one_sentence(properties: dict[str, Any], sentence: str) -> None:
    document = {"Resources": {"M": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": properties}}}
    deployment = Deployment(EXAMPLE / "template.yaml", PATCHED_AWS, Resolver(document, {}), {})
    with pytest.raises(TemplateError, match=sentence):
        event_sources.queue_mappings(deployment)
