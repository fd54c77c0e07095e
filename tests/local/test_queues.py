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
from tests.local.conftest import HOUSE, House
from tests.waiting import wait_for


def send(house: House, *errands: str) -> None:
    """Send messages in one call, so that they become visible together."""
    attributes: Any = {"Kind": {"DataType": "String", "StringValue": "errand"}}
    entries: list[Any] = [
        {"Id": str(number), "MessageBody": errand, "MessageAttributes": attributes}
        for number, errand in enumerate(errands)
    ]
    house.stack.cloud.sqs.send_message_batch(QueueUrl=house.stack.deployment.name("Errands"), Entries=entries)


def batches(house: House, mark: str, count: int) -> list[list[str]]:
    """The batches with messages that contain `mark`, once there are `count` of them."""

    def found() -> list[list[str]]:
        return [batch.split(",") for batch in house.seen("errands") if mark in batch]

    wait_for(lambda: len(found()) >= count, house.stack.progress)
    return found()


def waiting(house: House) -> int:
    """How many messages the queue holds, visible or not."""
    names: Any = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    url = house.stack.deployment.name("Errands")
    attributes = house.stack.cloud.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return sum(int(number) for number in attributes.values())


def test_messages_arrive_in_batches_after_their_delay_and_are_deleted(house: House) -> None:
    sent = time.monotonic()
    send(house, *(f"calm-{number}" for number in range(5)))
    found = batches(house, "calm", 2)
    assert time.monotonic() - sent >= 1
    assert [len(batch) for batch in found] == [4, 1]
    assert sorted(errand for batch in found for errand in batch) == [f"calm-{number}" for number in range(5)]
    house.stack.settle()
    assert waiting(house) == 0


def test_the_event_has_the_form_of_lambdas(house: House) -> None:
    send(house, "event")
    batches(house, "event", 1)
    house.stack.settle()
    [record] = json.loads(house.seen("event")[0])["Records"]
    assert record["eventSource"] == "aws:sqs"
    assert record["eventSourceARN"].endswith(house.stack.deployment.name("Errands").rpartition("/")[2])
    assert record["awsRegion"] == "eu-west-1"
    assert record["body"] == "event"
    assert record["md5OfBody"] == "4119639092e62c55ea8be348e4d9260d"
    assert record["messageAttributes"]["Kind"] == {"dataType": "String", "stringValue": "errand"}
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert record["attributes"]["SentTimestamp"].isdecimal()


def test_a_failed_message_is_retried_alone_and_becomes_a_dead_letter(house: House) -> None:
    send(house, "fine", "poison")
    found = batches(house, "poison", 2)
    assert found[0] == ["fine", "poison"]
    assert found[1] == ["poison"]
    assert given_up(house) == ["poison"]


def test_an_exception_retries_the_whole_batch(house: House) -> None:
    send(house, "with", "bomb")
    found = batches(house, "bomb", 2)
    assert found[0] == found[1] == ["with", "bomb"]
    assert sorted(given_up(house)) == ["bomb", "with"]


def given_up(house: House) -> list[str]:
    """The dead letters once the queue is empty; they are deleted."""
    wait_for(lambda: not waiting(house), house.stack.progress)
    url = house.stack.deployment.name("GivenUp")
    messages = house.stack.cloud.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    for message in messages:
        house.stack.cloud.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return [message["Body"] for message in messages]


def test_settling_does_not_wait_for_messages_in_a_queue(house: House) -> None:
    send(house, "slow")
    house.stack.settle()
    assert not any("slow" in batch for batch in house.seen("errands"))
    batches(house, "slow", 1)


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
    deployment = Deployment(HOUSE / "template.yaml", PATCHED_AWS, Resolver(document, {}), {})
    with pytest.raises(TemplateError, match=sentence):
        event_sources.queue_mappings(deployment)
