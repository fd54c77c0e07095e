"""What is read off a request's head."""

import pytest
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from broadsheet.http import client_ip
from tests.api.events import request

KEY = "k" * 64
GATEWAYS = "198.51.100.7"
READERS = "203.0.113.7"


def called(headers: dict[str, str], origin_key: str = KEY) -> str:
    event = request("POST", "/api/subscriptions", headers=headers, source_ip=GATEWAYS)
    return client_ip(APIGatewayProxyEventV2(event), origin_key)


@pytest.mark.parametrize("address", [READERS, "2001:db8::7"])
def test_who_calls_is_whom_cloudfront_names(address: str) -> None:
    sent = {"X-Viewer-Address": address, "X-Origin-Key": KEY, "X-Forwarded-For": "192.0.2.9, 192.0.2.10"}
    assert called(sent) == address


@pytest.mark.parametrize("shown", [None, "", "k" * 63, "K" * 64, f"{KEY},{KEY}", "ключ", "\udcff"])
def test_without_cloudfronts_key_it_is_whom_the_gateway_saw(shown: str | None) -> None:
    forged = {"X-Viewer-Address": READERS, "X-Forwarded-For": READERS}
    assert called(forged | ({} if shown is None else {"X-Origin-Key": shown})) == GATEWAYS


def test_where_there_is_no_key_nothing_passes_for_it() -> None:
    assert called({"X-Viewer-Address": READERS}, origin_key="") == GATEWAYS
    assert called({"X-Viewer-Address": READERS, "X-Origin-Key": ""}, origin_key="") == GATEWAYS


def test_cloudfront_naming_nobody_names_nobody() -> None:
    assert called({"X-Origin-Key": KEY}) == called({"X-Origin-Key": KEY, "X-Viewer-Address": ""}) == GATEWAYS
