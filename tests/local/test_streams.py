"""Streams of tables as event sources."""

import json
import time
from dataclasses import replace
from itertools import count

import pytest
from botocore.exceptions import ClientError

from infra.local.functions.event_sources import Retries
from infra.local.functions.streams import StreamReader
from tests.local.conftest import Example
from tests.waiting import wait_for


def test_records_that_match_the_filter_arrive_in_order(example: Example) -> None:
    for number in range(5):
        example.put_thing(f"calm-{number}")
        example.put_thing(f"calm-{number}", sort="LIST#x")
    example.put_thing("calm-0", changed="yes")
    assert [line for line in example.seen() if "calm" in line] == [
        *(f"INSERT calm-{number}" for number in range(5)),
        "MODIFY calm-0",
    ]


def test_a_failed_record_is_retried_with_those_after_it_and_becomes_a_dead_letter(example: Example) -> None:
    for name in ("one-a", "poison-a", "two-a"):
        example.put_thing(name)
    assert [line for line in example.seen() if line.endswith("-a")] == ["INSERT one-a", "INSERT two-a"]
    tries = [name for batch in example.seen("batches") for name in batch.split(",") if name == "poison-a"]
    assert 3 <= len(tries) <= 4  # one attempt, two retries, and one more where it was split off a batch
    [message] = example.given_up()
    place = message["DDBStreamBatchInfo"]
    assert place["batchSize"] == 1
    assert place["startSequenceNumber"] == place["endSequenceNumber"]
    assert place["streamArn"] == example.stack.readers[0].mapping.stream
    assert message["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert message["requestContext"]["approximateInvokeCount"] == 3


def test_an_exception_bisects_the_batch_until_the_failing_record_is_alone(example: Example) -> None:
    clients, table = example.stack.clients, example.stack.deployment.name("Things")
    names = ["one-b", "two-b", "bomb-b", "three-b"]
    clients.dynamodb.transact_write_items(
        TransactItems=[{"Put": {"TableName": table, "Item": {"pk": {"S": n}, "sk": {"S": "META"}}}} for n in names]
    )
    seen = [line for line in example.seen() if line.endswith("-b")]
    assert seen == ["INSERT one-b", "INSERT two-b", "INSERT three-b"]
    assert "bomb-b" in example.seen("batches")
    [message] = example.given_up()
    assert message["DDBStreamBatchInfo"]["batchSize"] == 1
    assert message["responseContext"]["functionError"] == "Unhandled"


def test_a_failed_transaction_invokes_no_function(example: Example) -> None:
    before = len(example.seen("batches"))
    clients, table = example.stack.clients, example.stack.deployment.name("Things")
    item = {"pk": {"S": "never"}, "sk": {"S": "META"}}
    absent = {"TableName": table, "Key": {"pk": {"S": "x"}, "sk": {"S": "x"}}}
    with pytest.raises(ClientError, match="TransactionCanceled"):
        clients.dynamodb.transact_write_items(
            TransactItems=[
                {"Put": {"TableName": table, "Item": item}},
                {"ConditionCheck": {**absent, "ConditionExpression": "attribute_exists(pk)"}},  # type: ignore[typeddict-item]
            ]
        )
    assert len(example.seen("batches")) == before


def test_without_a_retry_limit_a_record_is_retried_until_its_maximum_age(example: Example) -> None:
    """aws#11: a thousand seconds pass between two attempts, and the maximum age is an hour."""
    stack = example.stack
    queue = stack.clients.sqs.create_queue(QueueName="too-old")["QueueUrl"]
    arn = stack.clients.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    retries = Retries(maximum=None, queue=arn, max_age=3600)
    mapping = replace(stack.readers[0].mapping, from_the_start=False, retries=retries)
    start, looks = time.time(), count()
    emulator = stack._emulator  # noqa: SLF001  for a second reader of the same stream
    reader = StreamReader(
        mapping, stack.functions[mapping.function], stack.clients, emulator, lambda: start + 1000 * next(looks)
    )
    try:
        example.put_thing("poison-c")
        wait_for(lambda: depth(example, queue) == 1, example.stack.progress)
    finally:
        reader.close()
    [given_up] = stack.clients.sqs.receive_message(QueueUrl=queue)["Messages"]
    asked = json.loads(given_up["Body"])["requestContext"]
    assert asked["condition"] == "RecordAgeExceeded"
    assert asked["approximateInvokeCount"] == 4  # more than the two retries of the template's mapping
    assert len(example.given_up()) == 1  # from the deployment's own reader of the stream


def depth(example: Example, queue: str) -> int:
    counted = example.stack.clients.sqs.get_queue_attributes(
        QueueUrl=queue, AttributeNames=["ApproximateNumberOfMessages"]
    )
    return int(counted["Attributes"]["ApproximateNumberOfMessages"])
