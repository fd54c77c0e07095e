"""Cached dispatch of moto: each test has a twin that fails once moto no longer needs it."""

import os
from collections.abc import Iterator
from importlib import reload
from unittest import mock

import pytest
from moto import backend_index, backends, mock_aws
from moto.s3 import models

from infra.local.moto.clients import AwsClients
from infra.local.moto.dispatch import FIRST, cached_dispatch


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
