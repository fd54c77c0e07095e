"""Cached dispatch of moto: each test has a twin that fails once moto no longer needs it."""

import os
from collections.abc import Iterator
from importlib import reload
from unittest import mock

import pytest
from moto import backend_index, backends, mock_aws
from moto.dynamodb.comparisons import ConditionExpressionParser
from moto.s3 import models

from infra.local.moto.clients import AwsClients
from infra.local.moto.dispatch import FIRST, DepthFirstTraverser, UpdateExpressionParser, cached_dispatch


@pytest.fixture
def clients() -> Iterator[AwsClients]:
    with mock_aws():
        clients = AwsClients()
        clients.s3.create_bucket(Bucket="site", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        yield clients


def loads(clients: AwsClients) -> int:
    """How often three calls of S3 load its URLs anew."""
    with mock.patch.object(models, "reload", side_effect=reload) as loaded:
        for _ in range(3):
            clients.s3.put_object(Bucket="site", Key="en/index.html", Body=b"<p>")
    assert [entry["Key"] for entry in clients.s3.list_objects_v2(Bucket="site")["Contents"]] == ["en/index.html"]
    return loaded.call_count


def test_the_urls_of_a_service_are_worked_out_once(clients: AwsClients) -> None:
    with cached_dispatch():
        assert loads(clients) == 0


def test_moto_still_loads_the_urls_of_s3_for_every_call(clients: AwsClients) -> None:
    assert loads(clients) >= 3


def listings() -> int:
    """How often two requests list the folders of moto's services."""
    with mock.patch.object(os, "listdir", side_effect=os.listdir) as listed:
        for _ in range(2):
            assert {"s3", "dynamodb"} <= set(backends.list_of_moto_modules())
    return listed.call_count


def test_the_folders_of_services_are_listed_once() -> None:
    with cached_dispatch():
        assert listings() == 0


def test_moto_still_lists_its_folders_for_every_request() -> None:
    assert listings() >= 2


def test_the_services_that_are_called_most_come_first() -> None:
    with cached_dispatch():
        first = [service for service, _ in backend_index.backend_url_patterns][: len(FIRST)]
    assert set(first) <= FIRST
    assert backend_index.backend_url_patterns[0][0] not in FIRST  # moto's own order is that of the alphabet


CONDITION = "attribute_exists(pk) AND (#count < :limit OR size(tags) = :limit)"


def splits() -> int:
    """How often words are split off the second of two equal conditions."""
    split = ConditionExpressionParser._lex_one_node  # noqa: SLF001  moto has no public hook for this
    names, values = {"#count": "count"}, {":limit": {"N": "2"}}
    with mock.patch.object(ConditionExpressionParser, "_lex_one_node", autospec=True, side_effect=split) as called:
        first = ConditionExpressionParser(CONDITION, names, values).parse()
        before = called.call_count
        assert str(ConditionExpressionParser(CONDITION, names, values).parse()) == str(first)
    return called.call_count - before


def test_a_condition_is_split_into_words_once() -> None:
    with cached_dispatch():
        assert splits() == 0


def test_moto_still_splits_every_condition_again() -> None:
    assert splits() > 10


UPDATE = (
    "SET a = if_not_exists(a, :one) + :one, #b.c = :text, d = list_append(d, :list) REMOVE e, f[0] ADD g :one, h :set"
)

UPDATED = {
    "pk": {"S": "x"},
    "a": {"N": "3"},
    "b": {"M": {"c": {"S": "new"}}},
    "d": {"L": [{"S": "x"}, {"S": "x"}]},
    "f": {"L": []},
    "g": {"N": "2"},
    "h": {"SS": ["y", "z"]},
}


def updated(clients: AwsClients) -> tuple[object, int]:
    """An item after two updates of every kind, and how often moto made the list of the nodes that it processes."""
    key = [{"AttributeName": "pk", "KeyType": "HASH"}]
    types = [{"AttributeName": "pk", "AttributeType": "S"}]
    clients.dynamodb.create_table(
        TableName="rows",
        KeySchema=key,  # type: ignore[arg-type]  # literals of the right shape
        AttributeDefinitions=types,  # type: ignore[arg-type]  # as above
        BillingMode="PAY_PER_REQUEST",
    )
    text = {"S": "x"}
    before = {"pk": text, "b": {"M": {}}, "d": {"L": []}, "e": text, "f": {"L": [text, text]}, "h": {"SS": ["y"]}}
    clients.dynamodb.put_item(TableName="rows", Item=before)  # type: ignore[arg-type]  # as above
    listed = DepthFirstTraverser.nodes_to_be_processed
    with mock.patch.object(DepthFirstTraverser, "nodes_to_be_processed", autospec=True, side_effect=listed) as called:
        for _ in range(2):
            clients.dynamodb.update_item(
                TableName="rows",
                Key={"pk": text},
                UpdateExpression=UPDATE,
                ExpressionAttributeNames={"#b": "b"},
                ExpressionAttributeValues={
                    ":one": {"N": "1"},
                    ":text": {"S": "new"},
                    ":list": {"L": [text]},
                    ":set": {"SS": ["z"]},
                },
            )
    return clients.dynamodb.get_item(TableName="rows", Key={"pk": text})["Item"], called.call_count


def test_an_update_is_parsed_once_and_changes_the_same(clients: AwsClients) -> None:
    with cached_dispatch():
        assert UpdateExpressionParser.make(UPDATE) is UpdateExpressionParser.make(UPDATE)
        item, listed = updated(clients)
    assert item == UPDATED
    assert listed < 250  # one for each class of processors and of nodes


def test_moto_still_parses_every_update_again(clients: AwsClients) -> None:
    assert UpdateExpressionParser.make(UPDATE) is not UpdateExpressionParser.make(UPDATE)
    item, listed = updated(clients)
    assert item == UPDATED
    assert listed > 400
