"""Whatever is asked of the API, it answers as it is described: schemathesis makes thousands of requests to find one."""

import json
import subprocess
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import urllib3

from broadsheet.model.newsletter.tokens import FORM_TOKEN, LEAVE, PREFERENCES, Keyring
from infra.local.deployment.stack import LocalDeployment
from infra.local.services.web import Response
from infra.openapi.document import FILE, ROOT
from infra.openapi.parts import FORM, JSON
from tests.api.newsletter import limits
from tests.api.openapi.signing import Fault, signing
from tests.readers.clients import required

pytestmark = pytest.mark.proof

SCHEMATHESIS = ROOT / ".venv-schemathesis" / "bin" / "schemathesis"
CONFIG = Path(__file__).parent / "schemathesis.toml"
EXAMPLES = "60"  # of each call, besides the described ones and the edges of each rule
ENOUGH = 25  # sign-ups that are let in; those after them are answered with 429


@dataclass(frozen=True)
class Proofs:
    """What nobody can make up: the stamp of a form, and the tokens of the links in two readers' mails.

    One of them stays. The other may leave and be erased, after which most links are of no use.
    """

    stamp: str
    staying: list[str]
    going: list[str]


@pytest.fixture(scope="module")
def said() -> list[str]:
    """What the stack says at its terminal."""
    return []


@pytest.fixture(scope="module")
def stack(said: list[str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalDeployment]:
    """Nothing is throttled: what is turned away at the gateway proves nothing of what stands behind it."""
    required(SCHEMATHESIS.exists(), "schemathesis is not installed; make proof installs it")
    folder = tmp_path_factory.mktemp("unlimited")
    code = limits.functions(folder, per_network=ENOUGH)
    with LocalDeployment(template_path=limits.unthrottled(folder), code=code, say=said.append) as running:
        yield running


@pytest.fixture(scope="module")
def proofs(stack: LocalDeployment) -> Proofs:
    secret = stack.cloud.secrets.get_secret_value(SecretId=stack.deployment.name("TokenSecret"))
    keyring, now = Keyring.parse(secret["SecretString"]), datetime.now(UTC)
    opened = now - timedelta(minutes=1)
    stamp = keyring.sign(FORM_TOKEN, opened, opened.isoformat())

    def reader(address: str) -> list[str]:
        answer = urllib3.request("POST", f"{stack.url}/api/subscriptions", json={"email": address, "stamp": stamp})
        assert answer.status == 202
        stack.settle()
        [confirm] = [link for link in stack.outbox()[-1].links if "/confirm?" in link]
        others = [keyring.sign(purpose, now, keyring.email_id(address)) for purpose in (LEAVE, PREFERENCES)]
        return [*parse_qs(urlsplit(confirm).query)["token"], *others]

    return Proofs(stamp, reader("staying@example.org"), reader("going@example.org"))


@pytest.fixture
def document(proofs: Proofs) -> dict[str, Any]:
    """The description as it is of this site, for somebody who signs every request."""
    return narrowed(json.loads(FILE.read_text(encoding="utf-8")), proofs)


def narrowed(document: dict[str, Any], proofs: Proofs) -> dict[str, Any]:
    """The description with this site's editions, sections, stamps and links, so that what fits is taken; answers hold
    no more than it says, and signatures are nobody's concern.
    """
    made = deepcopy(document)
    parts = made["components"]["schemas"]
    for name in ("Article", "Slot", "SignUp", "Wish", "SubscriberRow"):
        one_of(parts[name]["properties"]["edition"], "en", "ar")
    for name in ("SignUp", "Wish", "SubscriberRow"):
        one_of(parts[name]["properties"]["sections"]["items"], "city", "sport")
    one_of(parts["Article"]["properties"]["section"], "city", "sport")
    parts["Article"]["properties"]["slug"]["pattern"] = "^[a-z]{1,9}$"
    parts["SignUp"]["properties"]["source"]["pattern"] = "^/[a-z]{0,9}$"
    one_of(parts["SignUp"]["properties"]["stamp"], proofs.stamp)
    one_of(parts["Link"]["properties"]["token"], *proofs.going)
    token = made["components"]["parameters"]["Token"]
    one_of(token["schema"], *proofs.staying, *proofs.going)
    for name in ("leave", "erase"):
        call = made["paths"][f"/api/subscriptions/{name}"]["post"]
        others = [one for one in call["parameters"] if not one["$ref"].endswith("/Token")]
        call["parameters"] = [token | {"schema": token["schema"] | {"enum": proofs.going}}, *others]
    for call in (call for calls in made["paths"].values() for call in calls.values()):
        del call["security"]
        for response in call["responses"].values():
            close(response, made)
    return made


def one_of(field: dict[str, Any], *values: str) -> None:
    """Allow only these values, and null if it was allowed."""
    field["enum"] = [*values, *([None] if "null" in field["type"] else [])]


def close(part: Any, document: dict[str, Any]) -> None:
    """Forbid what is not described, in this part and in what it refers to."""
    if isinstance(part, list):
        for inner in part:
            close(inner, document)
    elif isinstance(part, dict) and "example" in part:
        close(part["schema"], document)
    elif isinstance(part, dict):
        if "$ref" in part:
            _, *names = part["$ref"].split("/")
            found = document
            for name in names:
                found = found[name]
            close(found, document)
        if part.get("type") == "object":
            part.setdefault("additionalProperties", False)
        for inner in part.values():
            close(inner, document)


def run(folder: Path, document: dict[str, Any], kind: str, url: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Ask whatever takes JSON or a form in this `kind` of body only."""
    for call in (call for calls in document["paths"].values() for call in calls.values()):
        content = call.get("requestBody", {}).get("content", {})
        if kind in content:
            call["requestBody"]["content"] = {kind: content[kind]}
    file = folder / "openapi.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    return subprocess.run(  # noqa: S603  nothing in it is from outside
        [SCHEMATHESIS, "--config-file", CONFIG, "run", file, "--url", url, "--no-color", *options],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_no_request_gets_an_answer_that_is_not_described(
    stack: LocalDeployment, said: list[str], document: dict[str, Any], tmp_path: Path
) -> None:
    """Nor does what was taken break any function that reacts to it."""
    with signing(stack.url) as url:
        done = run(tmp_path, document, JSON, url, "--max-examples", EXAMPLES)
    assert done.returncode == 0, done.stdout
    stack.settle()
    assert said == []


def test_nor_does_a_form(stack: LocalDeployment, said: list[str], document: dict[str, Any], tmp_path: Path) -> None:
    """In a form every value is a text, and an empty field is none: what the description forbids cannot all be said."""
    lenient = ("--include-path-regex", "^/api/subscriptions", "--exclude-checks", "negative_data_rejection")
    with signing(stack.url) as url:
        done = run(tmp_path, document, FORM, url, "--max-examples", EXAMPLES, *lenient)
    assert done.returncode == 0, done.stdout
    stack.settle()
    assert said == []


PROBLEM = b'{"type": "about:blank", "title": "Internal Server Error", "status": 500, "detail": "It is broken."}'
FAULTS: dict[str, tuple[str, Fault]] = {
    "a bug": ("Server error", lambda _: Response(500, [("Content-Type", "application/problem+json")], PROBLEM)),
    "another status": ("Undocumented status code", lambda response: replace(response, status=418)),
    "a page": (
        "Undocumented Content-Type",
        lambda response: replace(response, headers=[("Content-Type", "text/html")]),
    ),
    "a wrong field": ("Response violates schema", lambda response: replace(response, body=b'{"ads": 1}')),
    "a field more": ("Response violates schema", lambda response: replace(response, body=b'{"ads": [], "x": 1}')),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_found(stack: LocalDeployment, document: dict[str, Any], tmp_path: Path, name: str) -> None:
    finding, fault = FAULTS[name]
    with signing(stack.url, fault) as url:
        done = run(tmp_path, document, JSON, url, "--max-examples", "3", "--include-path", "/api/ads")
    assert done.returncode == 1
    assert finding in done.stdout
