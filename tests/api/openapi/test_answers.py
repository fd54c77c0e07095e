"""Every answer of the API conforms to its description: schemathesis searches for a counterexample."""

import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import urllib3

from broadsheet.model import text
from broadsheet.model.newsletter.form import Form
from broadsheet.model.newsletter.tokens import PREFERENCES, UNSUBSCRIBE, Keyring
from infra.local.deployment.local_deployment import LocalDeployment
from infra.local.web import Response
from infra.openapi.document import FILE, ROOT
from infra.openapi.parts import FORM, JSON
from infra.openapi.shapes import VISIBLE
from tests.api.newsletter import limits
from tests.api.openapi.signing import Fault, signing
from tests.readers.clients import required

pytestmark = pytest.mark.proof

SCHEMATHESIS = ROOT / ".venv-schemathesis" / "bin" / "schemathesis"
CONFIG = Path(__file__).parent / "schemathesis.toml"
EXAMPLES = "60"  # for each call, besides those of the description and the boundary values of each rule
RATE_LIMIT = 25  # sign-ups; later ones are answered with 429


@dataclass(frozen=True)
class Tokens:
    """Signed tokens, which schemathesis cannot generate: a form token, and those of links to two subscribers.

    Requests may unsubscribe and erase only one of them (`going`), after which most of its links are refused.
    """

    form_token: str
    staying: list[str]
    going: list[str]


@pytest.fixture(scope="module")
def output() -> list[str]:
    """The lines that the local deployment prints: errors of its functions."""
    return []


@pytest.fixture(scope="module")
def stack(output: list[str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalDeployment]:
    """A local deployment without throttling, so that requests reach the functions."""
    required(SCHEMATHESIS.exists(), "schemathesis is not installed; make proof installs it")
    folder = tmp_path_factory.mktemp("unlimited")
    code = limits.functions(folder, per_network=RATE_LIMIT)
    with LocalDeployment(template_path=limits.unthrottled(folder), code=code, print_line=output.append) as running:
        yield running


@pytest.fixture(scope="module")
def tokens(stack: LocalDeployment) -> Tokens:
    secret = stack.clients.secrets.get_secret_value(SecretId=stack.deployment.name("TokenSecret"))
    keyring, now = Keyring.parse(secret["SecretString"]), datetime.now(UTC)
    opened = now - timedelta(minutes=1)
    form_token = keyring.form_token(Form("form", opened))

    def subscriber(email: str) -> list[str]:
        answer = urllib3.request(
            "POST", f"{stack.url}/api/subscriptions", json={"email": email, "form_token": form_token}
        )
        assert answer.status == 202
        stack.settle()
        [confirm] = [link for link in stack.outbox()[-1].links if "/confirm?" in link]
        others = [keyring.sign(purpose, now, keyring.email_id(email)) for purpose in (UNSUBSCRIBE, PREFERENCES)]
        return [*parse_qs(urlsplit(confirm).query)["token"], *others]

    return Tokens(form_token, subscriber("staying@example.org"), subscriber("going@example.org"))


@pytest.fixture
def document(tokens: Tokens) -> dict[str, Any]:
    """The description of this site, for a client that signs every request."""
    return narrowed(json.loads(FILE.read_text(encoding="utf-8")), tokens)


def narrowed(document: dict[str, Any], tokens: Tokens) -> dict[str, Any]:
    """The description with the editions, sections and tokens of this site, so that requests that conform are accepted.

    Answers may have no other fields than those described. Patterns are the code's own, which match no more than it
    takes. No call needs a signature, since the proxy adds it. Fields are not marked as read-only: schemathesis expects
    that requests with such a field are refused, and the API takes it.
    """
    exact = json.dumps(document).replace(json.dumps(VISIBLE)[1:-1], json.dumps(text.VISIBLE)[1:-1])
    made: dict[str, Any] = json.loads(exact.replace(', "readOnly": true', ""))
    assert "readOnly" not in json.dumps(made)
    parts = made["components"]["schemas"]
    for name in ("Article", "Ad", "SignUp", "NewPreferences", "SubscriberRow"):
        one_of(parts[name]["properties"]["edition"], "en", "ar")
    for name in ("SignUp", "NewPreferences", "SubscriberRow"):
        one_of(parts[name]["properties"]["sections"]["items"], "city", "sport")
    one_of(parts["Article"]["properties"]["section"], "city", "sport")
    parts["Article"]["properties"]["slug"]["pattern"] = "^[a-z]{1,9}$"
    parts["SignUp"]["properties"]["source"]["pattern"] = "^/[a-z]{0,9}$"
    for name in ("SignUp", "LinksForm"):
        one_of(parts[name]["properties"]["form_token"], tokens.form_token)
    one_of(parts["Link"]["properties"]["token"], *tokens.going)
    token = made["components"]["parameters"]["Token"]
    one_of(token["schema"], *tokens.staying, *tokens.going)
    for name in ("unsubscribe", "erase"):
        call = made["paths"][f"/api/subscriptions/{name}"]["post"]
        others = [one for one in call["parameters"] if not one["$ref"].endswith("/Token")]
        call["parameters"] = [token | {"schema": token["schema"] | {"enum": tokens.going}}, *others]
    for call in (call for calls in made["paths"].values() for call in calls.values()):
        del call["security"]
        for response in call["responses"].values():
            close(response, made)
    return made


def one_of(field: dict[str, Any], *values: str) -> None:
    """Allow only these values, and null if the field allows it."""
    field["enum"] = [*values, *([None] if "null" in field["type"] else [])]


def close(part: Any, document: dict[str, Any]) -> None:
    """Forbid fields that are not described, in this part and in those that it refers to."""
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
    """Run schemathesis with bodies of this media type only, where a call accepts several."""
    for call in (call for calls in document["paths"].values() for call in calls.values()):
        content = call.get("requestBody", {}).get("content", {})
        if kind in content:
            call["requestBody"]["content"] = {kind: content[kind]}
    file = folder / "openapi.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    return subprocess.run(  # noqa: S603  no argument comes from outside
        [SCHEMATHESIS, "--config-file", CONFIG, "run", file, "--url", url, "--no-color", *options],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_answer_to_json_conforms_to_the_description(
    stack: LocalDeployment, output: list[str], document: dict[str, Any], tmp_path: Path
) -> None:
    """And no function that the accepted requests invoke fails."""
    with signing(stack.url) as url:
        done = run(tmp_path, document, JSON, url, "--max-examples", EXAMPLES)
    assert done.returncode == 0, done.stdout
    stack.settle()
    assert output == []


def test_every_answer_to_a_form_conforms_to_the_description(
    stack: LocalDeployment, output: list[str], document: dict[str, Any], tmp_path: Path
) -> None:
    """A form has only texts, and an empty field counts as none, so not every invalid value can be sent."""
    lenient = ("--include-path-regex", "^/api/subscriptions", "--exclude-checks", "negative_data_rejection")
    with signing(stack.url) as url:
        done = run(tmp_path, document, FORM, url, "--max-examples", EXAMPLES, *lenient)
    assert done.returncode == 0, done.stdout
    stack.settle()
    assert output == []


PROBLEM = json.dumps(
    {
        "type": "urn:problem-type:broadsheet:internal",
        "title": "Internal Server Error",
        "status": 500,
        "detail": "It is broken.",
        "request_id": "request",
    }
).encode()
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
def test_an_injected_fault_is_found(
    stack: LocalDeployment, document: dict[str, Any], tmp_path: Path, name: str
) -> None:
    finding, fault = FAULTS[name]
    with signing(stack.url, fault) as url:
        done = run(tmp_path, document, JSON, url, "--max-examples", "3", "--include-path", "/api/ads")
    assert done.returncode == 1
    assert finding in done.stdout
