"""The patches of moto: each test has a twin that fails once moto no longer needs the patch."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime
from email import message_from_string
from typing import Any
from unittest import mock

import pytest
import requests
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.dynamodb.models.dynamo_type import LimitedSizeDict
from moto.ses.models import ses_backends

from infra.local.account import ACCOUNT, REGION
from infra.local.moto.clients import AwsClients
from infra.local.moto.moto_patches import patched
from infra.local.moto.ses_patches import THROTTLES, refusals

TABLE = "articles"


@pytest.fixture
def clients() -> Iterator[AwsClients]:
    with mock_aws():
        clients = AwsClients()
        clients.dynamodb.create_table(
            TableName=TABLE,
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[
                {"AttributeName": "pk", "AttributeType": "S"},
                {"AttributeName": "sk", "AttributeType": "S"},
            ],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        )
        yield clients


def key(name: str) -> dict[str, Any]:
    return {"pk": {"S": name}, "sk": {"S": "META"}}


Record = tuple[str, str]
"""A stream record's event, and its item's name."""


def reader(clients: AwsClients) -> Callable[[], list[Record]]:
    """A function that reads the stream from its beginning, with an iterator that is taken now."""
    arn = clients.dynamodb.describe_table(TableName=TABLE)["Table"]["LatestStreamArn"]
    [shard] = clients.streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    iterator = clients.streams.get_shard_iterator(
        StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    return lambda: [
        (record["eventName"], record["dynamodb"]["Keys"]["pk"]["S"])
        for record in clients.streams.get_records(ShardIterator=iterator)["Records"]
    ]


def records(clients: AwsClients) -> list[Record]:
    return reader(clients)()


def a_transaction_that_fails(clients: AwsClients) -> None:
    """A transaction of two valid writes and a third that is refused."""
    clients.dynamodb.put_item(TableName=TABLE, Item=key("old"))
    with pytest.raises(ClientError, match="TransactionCanceled"):
        clients.dynamodb.transact_write_items(
            TransactItems=[
                {"Put": {"TableName": TABLE, "Item": key("new")}},
                {"Delete": {"TableName": TABLE, "Key": key("old")}},
                {
                    "ConditionCheck": {
                        "TableName": TABLE,
                        "Key": key("other"),
                        "ConditionExpression": "attribute_exists(pk)",
                    }
                },
            ]
        )


def names(clients: AwsClients) -> list[str]:
    return sorted(item["pk"]["S"] for item in clients.dynamodb.scan(TableName=TABLE)["Items"])


def test_a_failed_transaction_leaves_neither_items_nor_records(clients: AwsClients) -> None:
    with patched():
        read = reader(clients)
        a_transaction_that_fails(clients)
        clients.dynamodb.put_item(TableName=TABLE, Item=key("later"))
        assert names(clients) == ["later", "old"]
        assert read() == [("INSERT", "old"), ("INSERT", "later")]


def test_moto_still_shows_records_of_a_failed_transaction_and_none_of_what_follows(clients: AwsClients) -> None:
    read = reader(clients)
    a_transaction_that_fails(clients)
    clients.dynamodb.put_item(TableName=TABLE, Item=key("later"))
    assert read() == [("INSERT", "old"), ("INSERT", "new"), ("REMOVE", "old")]


def an_update_that_creates(clients: AwsClients) -> None:
    clients.dynamodb.update_item(
        TableName=TABLE,
        Key=key("new"),
        UpdateExpression="SET headline = :h",
        ExpressionAttributeValues={":h": {"S": "Harbour"}},
    )


def test_an_update_that_creates_an_item_leaves_one_whole_record(clients: AwsClients) -> None:
    with patched():
        an_update_that_creates(clients)
        assert records(clients) == [("INSERT", "new")]


def test_moto_still_leaves_two_records_of_such_an_update(clients: AwsClients) -> None:
    an_update_that_creates(clients)
    assert len(records(clients)) == 2


def a_refused_update(clients: AwsClients) -> None:
    with pytest.raises(ClientError, match="ValidationException"):
        clients.dynamodb.update_item(
            TableName=TABLE,
            Key=key("new"),
            UpdateExpression="SET a = :t, b = :t",
            ExpressionAttributeValues={":t": {"S": "x" * 300_000}},
        )


def test_a_refused_update_leaves_no_item(clients: AwsClients) -> None:
    with patched():
        a_refused_update(clients)
        assert names(clients) == []
        assert records(clients) == []


def test_moto_still_leaves_an_empty_item_of_a_refused_update(clients: AwsClients) -> None:
    a_refused_update(clients)
    assert names(clients) == ["new"]


def test_a_write_that_changes_nothing_leaves_no_record(clients: AwsClients) -> None:
    with patched():
        clients.dynamodb.put_item(TableName=TABLE, Item=key("same"))
        clients.dynamodb.put_item(TableName=TABLE, Item=key("same"))
        assert records(clients) == [("INSERT", "same")]


def test_moto_still_leaves_a_record_of_a_write_that_changes_nothing(clients: AwsClients) -> None:
    clients.dynamodb.put_item(TableName=TABLE, Item=key("same"))
    clients.dynamodb.put_item(TableName=TABLE, Item=key("same"))
    assert len(records(clients)) == 2


def a_cost_of_a_transaction_in_a_large_table(clients: AwsClients) -> int:
    """How many items moto copies for a transaction of one item among a thousand."""
    for number in range(100):
        clients.dynamodb.put_item(TableName=TABLE, Item=key(str(number)))
    copies = 0

    def counted(self: Any, _memo: dict[int, Any]) -> Any:
        nonlocal copies
        copies += 1
        return self

    from moto.dynamodb.models.dynamo_type import Item  # noqa: PLC0415  only these tests look inside moto

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Item, "__deepcopy__", counted, raising=False)
        clients.dynamodb.transact_write_items(TransactItems=[{"Put": {"TableName": TABLE, "Item": key("one")}}])
    return copies


def test_a_transaction_costs_the_same_whatever_the_size_of_the_table(clients: AwsClients) -> None:
    with patched():
        assert a_cost_of_a_transaction_in_a_large_table(clients) <= 1


def test_moto_still_copies_the_whole_table(clients: AwsClients) -> None:
    assert a_cost_of_a_transaction_in_a_large_table(clients) >= 100


@contextmanager
def counted() -> Iterator[list[int]]:
    """How many items moto reads for each query."""
    from moto.dynamodb.models.table import Table  # noqa: PLC0415  only these tests look inside moto

    seen: list[int] = []
    whole = Table.all_items

    def all_items(table: Table) -> Any:
        found = whole(table)
        seen.append(len(found))
        return found

    with mock.patch.object(Table, "all_items", all_items):
        yield seen


def fill(clients: AwsClients) -> None:
    """Ten partitions of ten rows."""
    for number in range(100):
        item: Any = {"pk": {"S": str(number // 10)}, "sk": {"S": f"row {number % 10}"}}
        clients.dynamodb.put_item(TableName=TABLE, Item=item)


def rows(clients: AwsClients, condition: str = "", bounds: str = "", **more: Any) -> tuple[list[str], bool]:
    """The rows of one partition that a query finds, and whether there may be more."""
    values: Any = {":pk": {"S": "7"}, **{f":{bound}": {"S": f"row {bound}"} for bound in bounds}}
    expression = f"pk = :pk AND {condition}" if condition else "pk = :pk"
    answer = clients.dynamodb.query(
        TableName=TABLE, KeyConditionExpression=expression, ExpressionAttributeValues=values, **more
    )
    return [item["sk"]["S"] for item in answer["Items"]], "LastEvaluatedKey" in answer


QUERIES: list[tuple[str, str]] = [
    ("", ""),
    ("sk < :4", "4"),
    ("sk <= :4", "4"),
    ("sk > :4", "4"),
    ("sk >= :4", "4"),
    ("sk = :4", "4"),
    ("sk BETWEEN :3 AND :6", "36"),
    ("begins_with(sk, :4)", "4"),
]


@pytest.mark.parametrize(("condition", "bounds"), QUERIES)
@pytest.mark.parametrize("forward", [True, False])
def test_a_query_reads_only_the_rows_of_its_condition_and_finds_the_same(
    clients: AwsClients, condition: str, bounds: str, forward: bool
) -> None:
    fill(clients)
    as_moto = rows(clients, condition, bounds, ScanIndexForward=forward)
    with patched(), counted() as seen:
        assert rows(clients, condition, bounds, ScanIndexForward=forward) == as_moto
    assert seen == [len(as_moto[0])]


@pytest.mark.parametrize("forward", [True, False])
def test_a_query_with_a_limit_reads_one_row_more_than_the_limit(clients: AwsClients, forward: bool) -> None:
    fill(clients)
    first = {"Limit": 2, "ScanIndexForward": forward}
    as_moto = rows(clients, "sk > :3", "3", **first)
    with patched(), counted() as seen:
        assert rows(clients, "sk > :3", "3", **first) == as_moto
        assert seen == [3]
        last: Any = {"pk": {"S": "7"}, "sk": {"S": as_moto[0][-1]}}
        rest = rows(clients, "sk > :3", "3", ScanIndexForward=forward, ExclusiveStartKey=last)
    assert as_moto[0] + rest[0] == rows(clients, "sk > :3", "3", ScanIndexForward=forward)[0]


def test_moto_still_sorts_the_whole_table_for_a_query(clients: AwsClients) -> None:
    fill(clients)
    with counted() as seen:
        rows(clients, "sk > :3", "3", Limit=2)
    assert seen == [100]


def questions_about_an_item(clients: AwsClients) -> int:
    """How often moto looks up a value to serialize one item of ten attributes."""
    item = {**key("wide"), **{f"a{number}": {"S": "x"} for number in range(8)}}
    clients.dynamodb.put_item(TableName=TABLE, Item=item)
    from moto.core.serialize import ResponseSerializer  # noqa: PLC0415  only these tests look inside moto

    with mock.patch.object(
        ResponseSerializer, "get_value", autospec=True, side_effect=ResponseSerializer.get_value
    ) as asked:
        answer = clients.dynamodb.get_item(TableName=TABLE, Key=key("wide"))
    assert answer["Item"] == item
    return asked.call_count


def test_an_item_is_serialized_without_lookups(clients: AwsClients) -> None:
    with patched():
        assert questions_about_an_item(clients) < 10


def test_moto_still_looks_up_every_type_in_every_attribute(clients: AwsClients) -> None:
    assert questions_about_an_item(clients) > 10 * 10


@pytest.mark.parametrize("patch", [patched, nullcontext])
def test_an_item_over_the_limit_is_refused_with_and_without_the_patch(
    clients: AwsClients, patch: Callable[[], AbstractContextManager[None]]
) -> None:
    parts: dict[str, Any] = {f"part-{number}": {"S": "x" * 100_000} for number in range(4)}
    with patch():
        clients.dynamodb.put_item(TableName=TABLE, Item=key("fits") | parts)
        with pytest.raises(ClientError, match="Item size has exceeded"):
            clients.dynamodb.put_item(TableName=TABLE, Item=key("large") | parts | {"more": {"S": "x" * 6_000}})


def measurements(clients: AwsClients) -> int:
    """How often moto measures an item of five attributes that is put."""
    with mock.patch.object(LimitedSizeDict, "__setitem__", autospec=True) as measured:
        clients.dynamodb.put_item(TableName=TABLE, Item=key("a") | {name: {"S": name} for name in "xyz"})
    return measured.call_count


def test_an_item_is_measured_once(clients: AwsClients) -> None:
    with patched():
        assert measurements(clients) == 1


def test_moto_still_measures_an_item_for_each_attribute(clients: AwsClients) -> None:
    assert measurements(clients) == 5


def test_items_of_every_type_are_returned_unchanged(clients: AwsClients) -> None:
    item: dict[str, Any] = {
        **key("all"),
        "n": {"N": "7"},
        "yes": {"BOOL": True},
        "nothing": {"NULL": True},
        "bytes": {"B": b"\x00\xff"},
        "names": {"SS": ["a", "b"]},
        "list": {"L": [{"S": "a"}, {"M": {"x": {"N": "1"}}}, {"B": b"\x00"}]},
        "map": {"M": {"empty": {"M": {}}, "none": {"L": []}, "s": {"S": ""}}},
    }
    with patched():
        clients.dynamodb.put_item(TableName=TABLE, Item=item)
        assert clients.dynamodb.get_item(TableName=TABLE, Key=key("all"))["Item"] == item
        assert clients.dynamodb.query(
            TableName=TABLE, KeyConditionExpression="pk = :p", ExpressionAttributeValues={":p": {"S": "all"}}
        )["Items"] == [item]


def a_tagged_mail(clients: AwsClients) -> dict[str, Any]:
    """What moto stores of a mail whose envelope and headers name different recipients."""
    clients.ses.create_email_identity(EmailIdentity="courier.example")
    mail = b"From: desk@courier.example\nTo: header@example.org\n\nHello."
    clients.ses.send_email(
        Content={"Raw": {"Data": mail}},
        Destination={"ToAddresses": ["reader@example.org"]},
        ConfigurationSetName="letters",
        EmailTags=[{"Name": "issue", "Value": "spring"}],
    )
    [sent] = ses_backends[ACCOUNT][REGION].sent_messages
    return dict(vars(sent))


def test_a_mail_keeps_its_envelope_tags_and_configuration_set(clients: AwsClients) -> None:
    with patched():
        envelope = a_tagged_mail(clients)["envelope"]
    assert datetime.fromisoformat(envelope.pop("at")).tzinfo
    assert envelope == {
        "destination": ["reader@example.org"],
        "configuration_set": "letters",
        "tags": {"issue": ["spring"]},
    }


def test_moto_still_forgets_tags_and_configuration_sets(clients: AwsClients) -> None:
    kept = repr(a_tagged_mail(clients))
    assert "spring" not in kept
    assert "letters" not in kept


def message_id(clients: AwsClients) -> str:
    """The Message-ID that SES gives to a mail which has one already, folded over two lines."""
    clients.ses.create_email_identity(EmailIdentity="courier.example")
    mail = b"From: desk@courier.example\r\nMessage-ID:\r\n <own@courier.example>\r\nSubject: Spring\r\n\r\nHello."
    answer = clients.ses.send_email(
        Content={"Raw": {"Data": mail}}, Destination={"ToAddresses": ["reader@example.org"]}
    )
    [sent] = ses_backends[ACCOUNT][REGION].sent_messages
    kept = message_from_string(vars(sent)["raw_data"])
    assert (kept["Subject"], kept.get_payload()) == ("Spring", "Hello.")
    return str(kept["Message-ID"]).strip().replace(answer["MessageId"], "<SES's>")


def test_a_mail_gets_the_message_id_of_ses(clients: AwsClients) -> None:
    """aws#21"""
    with patched():
        assert message_id(clients) == f"<<SES's>@{REGION}.amazonses.com>"


def test_moto_still_keeps_a_message_id(clients: AwsClients) -> None:
    assert message_id(clients) == "<own@courier.example>"


def an_identity_twice(clients: AwsClients) -> None:
    for _ in range(2):
        clients.ses.create_email_identity(EmailIdentity="courier.example")


def test_an_identity_exists_once(clients: AwsClients) -> None:
    with patched(), pytest.raises(clients.ses.exceptions.AlreadyExistsException):
        an_identity_twice(clients)


def test_moto_still_takes_an_identity_twice(clients: AwsClients) -> None:
    an_identity_twice(clients)


def on_the_suppression_list(clients: AwsClients, email: str) -> bool:
    try:
        found = clients.ses.get_suppressed_destination(EmailAddress=email)["SuppressedDestination"]
    except clients.ses.exceptions.NotFoundException:
        return False
    assert (found["EmailAddress"], found["Reason"]) == (email, "COMPLAINT")
    return True


@pytest.mark.parametrize("email", ["Reader@example.org", "+news@example.org", "a%41@example.org", "a/b@example.org"])
def test_an_address_is_removed_from_the_suppression_list_in_its_own_case_only(clients: AwsClients, email: str) -> None:
    with patched():
        clients.ses.put_suppressed_destination(EmailAddress=email, Reason="COMPLAINT")
        assert on_the_suppression_list(clients, email)
        for wrong in (email.swapcase(), "other@example.org"):
            assert not on_the_suppression_list(clients, wrong)
            with pytest.raises(clients.ses.exceptions.NotFoundException):
                clients.ses.delete_suppressed_destination(EmailAddress=wrong)
        clients.ses.delete_suppressed_destination(EmailAddress=email)
        assert not on_the_suppression_list(clients, email)


def test_a_mail_to_an_address_on_the_suppression_list_is_accepted_and_sent_to_nobody(clients: AwsClients) -> None:
    with patched():
        clients.ses.create_email_identity(EmailIdentity="courier.example")
        clients.ses.put_suppressed_destination(EmailAddress="READER@example.org", Reason="COMPLAINT")
        mail = b"From: desk@courier.example\n\nHello."
        for recipient in ("reader@example.org", "other@example.org"):
            answer = clients.ses.send_email(Content={"Raw": {"Data": mail}}, Destination={"ToAddresses": [recipient]})
            assert answer["MessageId"]
    sent = ses_backends[ACCOUNT][REGION].sent_messages
    assert [vars(one)["envelope"]["destination"] for one in sent] == [["other@example.org"]]


def test_moto_still_has_no_suppression_list(clients: AwsClients) -> None:
    with pytest.raises(NotImplementedError):
        clients.ses.put_suppressed_destination(EmailAddress="reader@example.org", Reason="COMPLAINT")


def test_the_account_has_the_quota_of_a_new_one(clients: AwsClients) -> None:
    with patched():
        clients.ses.create_email_identity(EmailIdentity="courier.example")
        send_a_mail(clients)
        account = clients.ses.get_account()
    assert account["SendQuota"] == {"Max24HourSend": 50_000, "MaxSendRate": 14, "SentLast24Hours": 1}
    assert account["SendingEnabled"]


def test_moto_still_has_no_account(clients: AwsClients) -> None:
    with pytest.raises(NotImplementedError):
        clients.ses.get_account()


def send_a_mail(clients: AwsClients) -> None:
    mail = b"From: desk@courier.example\n\nHello."
    clients.ses.send_email(Content={"Raw": {"Data": mail}}, Destination={"ToAddresses": ["reader@example.org"]})


@pytest.mark.parametrize(("code", "status"), THROTTLES.items())
def test_a_mail_can_be_refused_as_ses_refuses_it(clients: AwsClients, code: str, status: int) -> None:
    with patched():
        clients.ses.create_email_identity(EmailIdentity="courier.example")
        refusals(ses_backends[ACCOUNT][REGION]).append(code)
        with pytest.raises(getattr(clients.ses.exceptions, code)) as refused:
            send_a_mail(clients)
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == status
        assert not ses_backends[ACCOUNT][REGION].sent_messages
        send_a_mail(clients)
    assert len(ses_backends[ACCOUNT][REGION].sent_messages) == 1


def test_threads_lose_no_update(clients: AwsClients) -> None:
    # Without the lock some are lost, on some runs: nothing that a test could hold moto to.
    def add(_: int) -> None:
        clients.dynamodb.update_item(
            TableName=TABLE,
            Key=key("count"),
            UpdateExpression="ADD n :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
        )

    with patched(), ThreadPoolExecutor(16) as threads:
        list(threads.map(add, range(200)))
        item = clients.dynamodb.get_item(TableName=TABLE, Key=key("count"))["Item"]
    assert item["n"] == {"N": "200"}


def presigned(clients: AwsClients, host: str) -> str:
    """A presigned URL for an upload, at a host of the bucket."""
    location: Any = {"LocationConstraint": REGION}
    clients.s3.create_bucket(Bucket="media", CreateBucketConfiguration=location)
    return f"https://{host}/uploads/one?X-Amz-Signature=1"


def test_moto_still_accepts_an_upload_at_the_global_host(clients: AwsClients) -> None:
    assert requests.put(presigned(clients, "media.s3.amazonaws.com"), b"one", timeout=1).status_code == 200


@pytest.mark.parametrize(
    ("host", "status"), [("media.s3.amazonaws.com", 307), (f"media.s3.{REGION}.amazonaws.com", 200)]
)
def test_an_object_is_put_at_its_buckets_regional_host_only(clients: AwsClients, host: str, status: int) -> None:
    """aws#7"""
    with patched():
        answer = requests.put(presigned(clients, host), b"one", timeout=1, allow_redirects=False)
    assert answer.status_code == status
    if status == 307:
        assert answer.headers["Location"].startswith(f"https://media.s3-{REGION}.amazonaws.com/uploads/one")
        assert b"<Code>TemporaryRedirect</Code>" in answer.content
