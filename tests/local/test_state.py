"""The file with the emulator's state, without functions: what one deployment saves, the next one has."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from infra.local.moto.clients import AwsClients
from infra.local.moto.moto_patches import patched
from infra.local.moto.state import State, StateError

SITE = "http://127.0.0.1:8080"
NUMBER = 1100000000017454423009
"""The first sequence number of moto's streams."""

Opened = tuple[AwsClients, Callable[..., State]]


@contextmanager
def deployment(path: Path, suffix: str) -> Iterator[Opened]:
    """An account with one resource of each type, whose physical names end with `suffix`."""
    with mock_aws(), patched():
        clients = AwsClients()
        clients.dynamodb.create_table(
            TableName=f"things-{suffix}",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        )
        place: Any = {"LocationConstraint": "eu-west-1"}
        clients.s3.create_bucket(Bucket=f"site-{suffix}", CreateBucketConfiguration=place)
        clients.sqs.create_queue(QueueName=f"errands-{suffix}")
        secret = clients.secrets.create_secret(Name=f"key-{suffix}", SecretString=suffix)["ARN"]
        clients.ses.create_email_identity(EmailIdentity="courier.example")
        names = {
            "Things": ("AWS::DynamoDB::Table", f"things-{suffix}"),
            "Site": ("AWS::S3::Bucket", f"site-{suffix}"),
            "Errands": ("AWS::SQS::Queue", f"errands-{suffix}"),
            "Key": ("AWS::SecretsManager::Secret", secret),
            "Role": ("AWS::IAM::Role", "a type that is not kept"),
        }
        states: list[State] = []

        def opened(site: str = SITE, without: str = "") -> State:
            states.append(State(path, site, {name: names[name] for name in names if name != without}))
            return states[-1]

        yield clients, opened
        for state in states:
            state.close()


def put(clients: AwsClients, suffix: str, name: str) -> None:
    item: Any = {"pk": {"S": name}, "sk": {"S": "META"}, "tags": {"L": [{"M": {"عبّارة": {"N": "1.50"}}}]}}
    clients.dynamodb.put_item(TableName=f"things-{suffix}", Item=item)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file with the state of a deployment."""
    path = tmp_path / "kept" / "state.sqlite3"
    with deployment(path, "old") as (clients, opened):
        state = opened()
        assert state.empty
        put(clients, "old", "ferry")
        put(clients, "old", "harbour")
        clients.s3.put_object(Bucket="site-old", Key="en/عبّارة.html", Body=b"\x00page", ContentType="text/html")
        clients.s3.put_object(Bucket="site-old", Key="gone", Body=b"")
        clients.sqs.send_message(QueueUrl="errands-old", MessageBody="later", DelaySeconds=60)
        clients.sqs.send_message(QueueUrl="errands-old", MessageBody="now")
        clients.sqs.receive_message(QueueUrl="errands-old")  # what is not deleted comes again
        mail = b"From: news@courier.example\r\nTo: reader@example.org\r\n\r\nHello"
        clients.ses.send_email(
            FromEmailAddress="news@courier.example",
            Destination={"ToAddresses": ["reader@example.org"]},
            Content={"Raw": {"Data": mail}},
        )
        clients.ses.put_suppressed_destination(EmailAddress="Gone@example.org", Reason="COMPLAINT")
        state.save({"Things": 0})
        clients.s3.delete_object(Bucket="site-old", Key="gone")
        state.save({"Things": NUMBER + 1})  # the first record is processed
    return path


def test_the_next_deployment_has_the_state_under_its_own_names(path: Path) -> None:
    with deployment(path, "new") as (clients, opened):
        assert not opened().empty
        items = clients.dynamodb.scan(TableName="things-new")["Items"]
        assert sorted(item["pk"]["S"] for item in items) == ["ferry", "harbour"]
        assert items[0]["tags"] == {"L": [{"M": {"عبّارة": {"N": "1.50"}}}]}
        assert [each["Key"] for each in clients.s3.list_objects_v2(Bucket="site-new")["Contents"]] == ["en/عبّارة.html"]
        page = clients.s3.get_object(Bucket="site-new", Key="en/عبّارة.html")
        assert (page["Body"].read(), page["ContentType"]) == (b"\x00page", "text/html")
        received = clients.sqs.receive_message(QueueUrl="errands-new", MaxNumberOfMessages=10)["Messages"]
        assert [message["Body"] for message in received] == ["now"]
        assert clients.secrets.get_secret_value(SecretId="key-new")["SecretString"] == "old"
        clients.ses.get_suppressed_destination(EmailAddress="Gone@example.org")


def test_the_stream_goes_on_with_what_is_not_processed_and_with_the_same_numbers(path: Path) -> None:
    with deployment(path, "new") as (clients, opened):
        opened()
        put(clients, "new", "quay")
        arn = clients.dynamodb.describe_table(TableName="things-new")["Table"]["LatestStreamArn"]
        [shard] = clients.streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
        iterator = clients.streams.get_shard_iterator(
            StreamArn=arn, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        records = [one["dynamodb"] for one in clients.streams.get_records(ShardIterator=iterator)["Records"]]
        found = [(record["Keys"]["pk"]["S"], int(record["SequenceNumber"]) - NUMBER) for record in records]
        assert found == [("harbour", 1), ("quay", 2)]


CHANGES = {
    "UPDATE about SET value = '0' WHERE name = 'format'": "is of another version of Broadsheet",
    "UPDATE state SET resource = 'Former' WHERE resource = 'Things'": "has data of Former, which the template has not",
    "UPDATE state SET key = '[1]' WHERE key LIKE '%ferry%'": "has Things with another key than the template",
    "UPDATE state SET text = '' WHERE kind = 'object'": "is damaged (Expecting value: line 1 column 1 (char 0))",
}


@pytest.mark.parametrize(("change", "reason"), CHANGES.items())
def test_a_state_that_does_not_fit_is_one_sentence(path: Path, change: str, reason: str) -> None:
    with closing(sqlite3.connect(path)) as file:
        file.execute(change)
        file.commit()
    with deployment(path, "new") as (_, opened), pytest.raises(StateError) as error:
        opened()
    assert str(error.value) == f"{path} {reason}. To begin anew, remove it: rm -r {path.parent}"


def test_a_state_of_another_url_and_one_in_use_are_one_sentence(path: Path) -> None:
    with deployment(path, "new") as (_, opened):
        with pytest.raises(
            StateError, match=r"has pages that name http://127\.0\.0\.1:8080; PORT=8080 goes on with it"
        ):
            opened("http://127.0.0.1:9000")
        opened()
        with pytest.raises(StateError, match="is in use by another local deployment"):
            opened()


def test_a_file_that_is_no_state_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite3"
    path.write_bytes(b"no database" * 1000)
    with deployment(path, "new") as (_, opened), pytest.raises(StateError, match="is damaged"):
        opened()
    assert path.read_bytes().startswith(b"no database")
