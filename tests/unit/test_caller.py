"""Who signed a call, as API Gateway names them."""

import pytest

from broadsheet.caller import Caller, caller_of, context_of
from broadsheet.model.editions import EVERY_EDITION, Editions
from tests.api.events import request


@pytest.mark.parametrize(
    ("arn", "name"),
    [
        ("arn:aws:sts::123456789012:assumed-role/Editors/lina", "lina"),
        (
            "arn:aws-cn:sts::123456789012:assumed-role/AWSReservedSSO_Editors_0a1b2c/lina@courier.example",
            "lina@courier.example",
        ),
        ("arn:aws:iam::123456789012:user/local", "local"),
        ("arn:aws:iam::123456789012:user/desk/night/omar", "omar"),
        ("arn:aws:sts::123456789012:federated-user/omar", "omar"),
        ("arn:aws:iam::123456789012:root", "root"),
    ],
)
def test_a_caller_has_the_name_of_the_user_or_of_the_session(arn: str, name: str) -> None:
    assert caller_of(request("GET", "/api/articles", caller=arn)).name == name


def test_a_call_that_nobody_signed_has_no_caller() -> None:
    event = request("GET", "/api/articles")
    del event["requestContext"]["authorizer"]
    with pytest.raises(KeyError):
        caller_of(event)


def test_a_client_with_a_key_has_the_keys_name_and_editions() -> None:
    event = request("GET", "/bearer/api/articles")
    event["requestContext"]["authorizer"] = {"lambda": context_of("ghost-desk", Editions(("en", "ar")))}
    assert caller_of(event) == Caller("key:ghost-desk", Editions(("en", "ar")))
    event["requestContext"]["authorizer"] = {"lambda": context_of("ghost-desk", EVERY_EDITION)}
    assert caller_of(event).editions == EVERY_EDITION


def test_a_person_may_use_every_edition() -> None:
    assert caller_of(request("GET", "/api/articles")).editions == EVERY_EDITION
