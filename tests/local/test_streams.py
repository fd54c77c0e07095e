"""Streams of tables as event sources."""

import json
import time
from dataclasses import replace
from itertools import count

import pytest
from botocore.exceptions import ClientError

from infra.local.functions.event_sources import Retries
from infra.local.functions.streams import StreamReader
from tests.local.conftest import House
from tests.waiting import wait_for


def test_records_that_match_the_filter_arrive_in_order(house: House) -> None:
    for number in range(5):
        house.put_thing(f"calm-{number}")
        house.put_thing(f"calm-{number}", sort="LIST#x")
    house.put_thing("calm-0", changed="yes")
    assert [line for line in house.seen() if "calm" in line] == [
        *(f"INSERT calm-{number}" for number in range(5)),
        "MODIFY calm-0",
    ]


def test_a_failed_record_is_retried_with_those_after_it_and_becomes_a_dead_letter(house: House) -> None:
    for name in ("one-a", "poison-a", "two-a"):
        house.put_thing(name)
    assert [line for line in house.seen() if line.endswith("-a")] == ["INSERT one-a", "INSERT two-a"]
    tries = [name for batch in house.seen("batches") for name in batch.split(",") if name == "poison-a"]
    assert 3 <= len(tries) <= 4  # one attempt, two retries, and one more where it was split off a batch
    [message] = house.given_up()
    place = message["DDBStreamBatchInfo"]
    assert place["batchSize"] == 1
    assert place["startSequenceNumber"] == place["endSequenceNumber"]
    assert place["streamArn"] == house.stack.readers[0].mapping.stream
    assert message["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert message["requestContext"]["approximateInvokeCount"] == 3


def test_an_exception_bisects_the_batch_until_the_failing_record_is_alone(house: House) -> None:
    cloud, table = house.stack.cloud, house.stack.deployment.name("Things")
    names = ["one-b", "two-b", "bomb-b", "three-b"]
    cloud.dynamodb.transact_write_items(
        TransactItems=[{"Put": {"TableName": table, "Item": {"pk": {"S": n}, "sk": {"S": "META"}}}} for n in names]
    )
    seen = [line for line in house.seen() if line.endswith("-b")]
    assert seen == ["INSERT one-b", "INSERT two-b", "INSERT three-b"]
    assert "bomb-b" in house.seen("batches")
    [message] = house.given_up()
    assert message["DDBStreamBatchInfo"]["batchSize"] == 1
    assert message["responseContext"]["functionError"] == "Unhandled"


def test_a_failed_transaction_invokes_no_function(house: House) -> None:
    before = len(house.seen("batches"))
    cloud, table = house.stack.cloud, house.stack.deployment.name("Things")
    item = {"pk": {"S": "never"}, "sk": {"S": "META"}}
    absent = {"TableName": table, "Key": {"pk": {"S": "x"}, "sk": {"S": "x"}}}
    with pytest.raises(ClientError, match="TransactionCanceled"):
        cloud.dynamodb.transact_write_items(
            TransactItems=[
                {"Put": {"TableName": table, "Item": item}},
                {"ConditionCheck": {**absent, "ConditionExpression": "attribute_exists(pk)"}},  # type: ignore[typeddict-item]
            ]
        )
    assert len(house.seen("batches")) == before


def test_without_a_retry_limit_a_record_is_retried_until_its_maximum_age(house: House) -> None:
    """aws#11: a thousand seconds pass between two attempts, and the maximum age is an hour."""
    stack = house.stack
    queue = stack.cloud.sqs.create_queue(QueueName="too-old")["QueueUrl"]
    arn = stack.cloud.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    retries = Retries(maximum=None, queue=arn, max_age=3600)
    mapping = replace(stack.readers[0].mapping, from_the_start=False, retries=retries)
    start, looks = time.time(), count()
    emulator = stack._emulator  # noqa: SLF001  for a second reader of the same stream
    reader = StreamReader(
        mapping, stack.functions[mapping.function], stack.cloud, emulator, lambda: start + 1000 * next(looks)
    )
    try:
        house.put_thing("poison-c")
        wait_for(lambda: depth(house, queue) == 1, house.stack.progress)
    finally:
        reader.close()
    [given_up] = stack.cloud.sqs.receive_message(QueueUrl=queue)["Messages"]
    asked = json.loads(given_up["Body"])["requestContext"]
    assert asked["condition"] == "RecordAgeExceeded"
    assert asked["approximateInvokeCount"] == 4  # more than the two retries of the template's mapping
    assert len(house.given_up()) == 1  # from the deployment's own reader of the stream


def depth(house: House, queue: str) -> int:
    counted = house.stack.cloud.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["ApproximateNumberOfMessages"])
    return int(counted["Attributes"]["ApproximateNumberOfMessages"])
