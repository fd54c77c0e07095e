"""A table's stream, and the function that it wakes."""

import pytest
from botocore.exceptions import ClientError

from tests.local.conftest import House


def test_only_what_passes_the_filter_arrives_and_in_order(house: House) -> None:
    for number in range(5):
        house.put_thing(f"calm-{number}")
        house.put_thing(f"calm-{number}", sort="LIST#x")
    house.put_thing("calm-0", changed="yes")
    assert [line for line in house.seen() if "calm" in line] == [
        *(f"INSERT calm-{number}" for number in range(5)),
        "MODIFY calm-0",
    ]


def test_a_failed_record_is_tried_again_with_those_after_it_and_then_given_up(house: House) -> None:
    for name in ("one-a", "poison-a", "two-a"):
        house.put_thing(name)
    assert [line for line in house.seen() if line.endswith("-a")] == ["INSERT one-a", "INSERT two-a"]
    tries = [name for batch in house.seen("batches") for name in batch.split(",") if name == "poison-a"]
    assert 3 <= len(tries) <= 4  # once, two retries, and once more if it was split off a batch
    [message] = house.given_up()
    place = message["DDBStreamBatchInfo"]
    assert place["batchSize"] == 1
    assert place["startSequenceNumber"] == place["endSequenceNumber"]
    assert place["streamArn"] == house.stack.readers[0].mapping.stream
    assert message["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert message["requestContext"]["approximateInvokeCount"] == 3


def test_an_exception_splits_the_batch_until_the_culprit_is_alone(house: House) -> None:
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


def test_a_failed_transaction_wakes_nobody(house: House) -> None:
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
