"""The OpenAPI document, from the handlers of the functions and the modules that describe their calls."""

from __future__ import annotations

import importlib
import json
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from apispec import APISpec

from broadsheet.http import API_VERSION
from broadsheet.model import api_key
from infra.openapi import refusals
from infra.openapi.handlers import Handler, handlers, summary
from infra.openapi.parts import Answer, Body, Call, Header, Parameter
from infra.openapi.shapes import OPENAPI

ROOT = Path(__file__).parent.parent.parent
FILE = ROOT / "functions" / "broadsheet" / "render" / "assets" / "openapi.json"
FUNCTIONS = ("articles", "ads", "front", "issues", "images", "previews", "newsletter", "subscribers", "keys")

ABOUT = """\
Editors' calls need AWS Signature Version 4 for the service `execute-api`. Send them to the URL of the API itself, not \
of the site: a signature covers the host, and the CDN in front of the site replaces it. Readers' calls need no \
signature; send them to the site, which is the server that each of them names. \
A program (a machine client), such as a CMS, may make some of the editors' calls with a key instead of a signature. \
These have a second server, the API with the path `/bearer`, which takes keys and no signatures. \
All calls are idempotent, so a client may repeat a request that failed. \
The pages for readers answer HEAD as they answer GET, without the body."""
SIGNED, KEYED = "AWS_IAM", "Bearer"
KEYED_CALLS = frozenset(call for calls in api_key.CALLS.values() for call in calls)
API_SERVER = {
    "url": "https://{api}.execute-api.{region}.amazonaws.com",
    "description": "The API itself: the output `ApiUrl` of the stack. On one machine it has the site's URL.",
    "variables": {
        "api": {"default": "a1b2c3d4e5", "description": "The API's id. This one is an example."},
        "region": {"default": "eu-central-1", "description": "The region of the deployment."},
    },
}
KEYED_SERVER = API_SERVER | {
    "url": f"{API_SERVER['url']}{api_key.PREFIX}",
    "description": "For clients with a key, which is the only authorization here: only the calls that name it.",
}
SITE_SERVER = {"url": "/", "description": "The site, which serves this description."}


def build() -> dict[str, Any]:
    """The document. It is the same for every site, so it names no edition and no URL of one.

    Raises ValueError where the code has calls or fields without a description, or the reverse.
    """
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    spec = APISpec(
        title="Broadsheet",
        version=str(API_VERSION),
        openapi_version=OPENAPI,
        info={
            "summary": project["description"],
            "description": ABOUT,
            "contact": {"name": "Broadsheet", "url": project["urls"]["Issues"]},
            "license": {"name": "Apache 2.0", "identifier": project["license"]},
        },
        externalDocs={"description": "The documentation.", "url": project["urls"]["Documentation"]},
        # Not on each call that takes keys: generators put the server of a call, as written, in place of the base URL.
        servers=[API_SERVER, KEYED_SERVER],
    )
    spec.components.security_scheme(
        SIGNED,
        {
            "type": "apiKey",
            "in": "header",
            "name": "Authorization",
            "description": "AWS Signature Version 4 for the service `execute-api`.",
            "x-amazon-apigateway-authtype": "awsSigv4",
        },
    )
    spec.components.security_scheme(
        KEYED,
        {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "broadsheet_<name>_<64 hexadecimal digits>",
            "description": "A client's key, on the server with the path `/bearer`. A key has scopes and editions.",
        },
    )
    _describe(spec, refusals.SCHEMAS)
    for name in FUNCTIONS:
        function, described = importlib.import_module(name), importlib.import_module(f"infra.openapi.{name}")
        spec.tag({"name": name, "description": summary(function)})
        _describe(spec, described.SCHEMAS)
        found = {handler.name: handler for handler in handlers(function)}
        if found.keys() != described.CALLS.keys():
            names = ", ".join(sorted(found.keys() ^ described.CALLS.keys()))
            raise ValueError(f"functions/{name}.py and infra/openapi/{name}.py differ in these calls: {names}")
        for handler in found.values():
            operation = {"tags": [name], "operationId": f"{name}_{handler.name}"}
            operation |= _operation(spec, handler, described.CALLS[handler.name])
            spec.path(handler.path, operations={handler.method: operation})
    made: dict[str, Any] = spec.to_dict()
    return made


def serialized() -> str:
    """The document as text, in a stable order."""
    return json.dumps(build(), ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def _describe(spec: APISpec, schemas: dict[str, Any]) -> None:
    for name, schema in schemas.items():
        if "description" not in schema:
            raise ValueError(f"the schema {name} has no description")
        spec.components.schema(name, dict(schema))


def _operation(spec: APISpec, handler: Handler, call: Call) -> dict[str, Any]:
    made: dict[str, Any] = {"summary": handler.summary, "description": handler.description}
    made["security"] = [] if call.open else [{SIGNED: []}]
    keyed = f"{handler.method.upper()} {handler.path}" in KEYED_CALLS
    if call.open:
        made["servers"] = [SITE_SERVER]
    elif keyed:
        made["security"].append({KEYED: []})
    if call.parameters:
        made["parameters"] = [_parameter(spec, parameter) for parameter in call.parameters]
    if call.bodies:
        made["requestBody"] = {"required": not call.optional, "content": _content(call.bodies)}
    responses: dict[str, Any] = {str(status): _response(answer) for status, answer in call.answers.items()}
    for status, name, answer in refusals.refused(call, handler.refusals, keyed):
        if name not in spec.components.responses:
            spec.components.response(name, _response(answer))
        responses[str(int(status))] = name
    return made | {"responses": responses}


def _parameter(spec: APISpec, parameter: Parameter) -> str:
    if parameter.key not in spec.components.parameters:
        described = {"name": parameter.name, "description": parameter.description, "schema": dict(parameter.schema)}
        spec.components.parameter(parameter.key, parameter.place, described | {"example": parameter.example})
    return parameter.key


def _response(answer: Answer) -> dict[str, Any]:
    made: dict[str, Any] = {"description": answer.description}
    if answer.bodies:
        made["content"] = _content(answer.bodies)
    if answer.headers:
        made["headers"] = {header.name: _header(header) for header in answer.headers}
    return made


def _header(header: Header) -> dict[str, Any]:
    return {
        "description": header.description,
        "required": header.always,
        "schema": dict(header.schema),
        "example": header.example,
    }


def _content(bodies: Iterable[Body]) -> dict[str, Any]:
    return {body.type: {"schema": dict(body.schema), "example": body.example} for body in bodies}
