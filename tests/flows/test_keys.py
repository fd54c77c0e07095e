"""Calls with a key over HTTP, in a deployment with the real template: who is refused by whom, and how soon."""

import json
from collections.abc import Iterator

import pytest

from broadsheet_cli.client import Client, connect
from broadsheet_cli.keys import create_key, revoke_key, rotate_key
from infra.local.deployment.local_deployment import LocalDeployment
from tests.local.conftest import Answer, Reader
from tests.world import fields

ARTICLE = "/bearer/api/articles/flow-keys"
GRANT = {"scopes": ["put"], "editions": ["en"]}


@pytest.fixture
def client(local_deployment: LocalDeployment) -> Iterator[Client]:
    with connect(local_deployment.url) as connected:
        yield connected
        revoke_key(connected, "flow-desk")


@pytest.fixture
def call(local_deployment: LocalDeployment) -> Reader:
    return Reader(int(local_deployment.url.rpartition(":")[2]))


def send(call: Reader, authorization: str | None, method: str = "PUT", target: str = ARTICLE, **changed: str) -> Answer:
    headers = {"Content-Type": "application/json"}
    headers |= {} if authorization is None else {"Authorization": authorization}
    return call(target, method, json.dumps(fields(**changed)).encode() if method == "PUT" else None, headers)


def test_a_key_puts_until_it_is_revoked(client: Client, call: Reader) -> None:
    secret = create_key(client, "flow-desk", GRANT).secret
    assert send(call, f"Bearer {secret}").status == 201
    second = rotate_key(client, "flow-desk", 24).secret
    assert [send(call, f"Bearer {one}").status for one in (secret, second)] == [200, 200]
    revoke_key(client, "flow-desk")
    for one in (secret, second):
        refused = send(call, f"Bearer {one}")
        assert (refused.status, refused.json) == (403, {"message": "Forbidden"})


def test_each_refusal_is_the_one_that_the_documents_name(client: Client, call: Reader) -> None:
    secret = create_key(client, "flow-desk", GRANT).secret
    nothing = send(call, None)
    assert (nothing.status, nothing.json) == (401, {"message": "Unauthorized"})
    out_of_scope = send(call, f"Bearer {secret}", "DELETE")
    assert (out_of_scope.status, out_of_scope.json) == (403, {"message": "Forbidden"})
    other = send(call, f"Bearer {secret}", edition="ar")
    assert (other.status, other.json["type"]) == (403, "urn:problem-type:broadsheet:edition-refused")
    unknown = send(call, f"Bearer {secret}", "GET", "/bearer/api/ads")
    assert (unknown.status, unknown.json["type"]) == (404, "urn:problem-type:broadsheet:unknown-path")


def test_a_key_is_no_signature_and_a_signature_no_key(client: Client, call: Reader) -> None:
    secret = create_key(client, "flow-desk", GRANT).secret
    assert send(call, f"Bearer {secret}", target="/api/articles/flow-keys").status == 403
    assert send(call, f"Bearer {secret}", "GET", "/api/keys").status == 403
    assert call(ARTICLE, headers=call.signed(ARTICLE, "GET")).status == 403


def test_no_invocation_prints_a_secret(client: Client, call: Reader, local_deployment: LocalDeployment) -> None:
    secret = create_key(client, "flow-desk", GRANT).secret
    send(call, f"Bearer {secret}")
    send(call, f"Bearer {secret}", "DELETE")
    local_deployment.settle()
    lines = [line for one in local_deployment.invocations for line in one.log]
    assert any("a key was refused" in line for line in lines)
    assert [line for line in lines if secret.rpartition("_")[2] in line] == []
