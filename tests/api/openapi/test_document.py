"""The OpenAPI description is generated from the code, agrees with the template, and is valid OpenAPI 3.1."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from broadsheet.http import STATUSES
from broadsheet.model.api_key import PREFIX
from broadsheet.schemas.ad import AD
from broadsheet.services.unknown_calls import methods_of
from infra.local.services import routing
from infra.openapi.document import API_SERVER, FILE, FUNCTIONS, KEYED_SERVER, SITE_SERVER, serialized
from infra.openapi.parts import FORM, JSON
from infra.openapi.shapes import VISIBLE, request
from tests.api.openapi.description import document, errors, resolve
from tests.world import deployed


def calls() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every call with its method and path."""
    for path, methods in document()["paths"].items():
        for method, call in methods.items():
            yield f"{method.upper()} {path}", call


def bodies() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """The call, the media type and the description of every body."""
    for name, call in calls():
        parts = [call.get("requestBody", {}), *call["responses"].values()]
        for part in parts:
            for kind, content in resolve(part).get("content", {}).items():
                yield name, kind, content


def test_the_description_is_generated_from_the_code() -> None:
    assert FILE.read_text(encoding="utf-8") == serialized(), "run `make openapi`"


def test_the_description_is_valid_openapi() -> None:
    assert document()["openapi"].startswith("3.1.")
    assert list(OpenAPIV31SpecValidator(document()).iter_errors()) == []


def test_every_route_is_described_with_its_authorization() -> None:
    """All others answer with pages, and HEAD has no description of its own: it is a GET without its body."""
    with deployed() as deployment:
        routes = [route for route in routing.routes(deployment) if "/api/" in (route.path or "")]
    found: dict[str, list[str]] = {}
    for route in routes:
        scheme = ["AWS_IAM"] if route.signed else ["Bearer"] if route.authorizer else []
        found.setdefault(route.key.replace(PREFIX, ""), []).extend(scheme)
    described = {name: [scheme for one in call["security"] for scheme in one] for name, call in calls()}
    heads = {f"HEAD {path}" for path, each in document()["paths"].items() if "HEAD" in methods_of(each)}
    assert described | {name: [] for name in heads} == {name: sorted(schemes) for name, schemes in found.items()}


def test_each_call_has_a_unique_operation_id_a_summary_and_a_description() -> None:
    names = [call["operationId"] for _, call in calls()]
    assert len(set(names)) == len(names)
    assert all(call["summary"] and not call["summary"].endswith(".") and call["description"] for _, call in calls())
    assert [tag["name"] for tag in document()["tags"]] == list(FUNCTIONS)
    assert all(tag["description"] for tag in document()["tags"])


def test_signed_calls_go_to_the_api_those_with_a_key_below_its_prefix_and_all_others_to_the_site() -> None:
    """CloudFront replaces the host that a signature covers."""
    assert document()["servers"] == [API_SERVER, KEYED_SERVER]
    for name, call in calls():
        assert call.get("servers") == (None if call["security"] else [SITE_SERVER]), name


def test_every_schema_and_every_field_has_a_description() -> None:
    lacking = [
        f"{name}{path}"
        for name, schema in document()["components"]["schemas"].items()
        for path, part in fields_of(schema)
        if "$ref" not in part and "description" not in part
    ]
    assert lacking == []


def fields_of(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """The schema, and every field in it with its path."""
    yield path, schema
    for name, field in schema.get("properties", {}).items():
        yield from fields_of(field, f"{path}.{name}")
    for name, field in schema.get("items", {}).get("properties", {}).items():
        yield from fields_of(field, f"{path}[].{name}")


def test_every_pattern_is_one_of_all_dialects() -> None:
    r"""Validators read it with the flag `u` of ECMA-262 or without: only ASCII, no `\U`, nothing beyond U+FFFF."""
    patterns = re.findall(r'"pattern": "((?:[^"\\]|\\.)+)"', FILE.read_text(encoding="utf-8"))
    assert patterns
    assert [pattern for pattern in patterns if not pattern.isascii() or "\\U" in pattern] == []
    visible = re.compile(VISIBLE)
    assert visible.search("\u200b\u2800") is None
    assert visible.search("\u200ba")


def test_every_body_has_a_valid_example_with_described_fields_alone() -> None:
    for name, kind, content in bodies():
        assert errors(content["example"], content["schema"]) == [], name
        if kind == JSON:
            assert set(content["example"]) <= names_of(content["schema"]), name
        if kind == FORM:
            assert all(isinstance(value, str | list) for value in content["example"].values())


def names_of(schema: dict[str, Any]) -> set[str]:
    """The names of an object's fields, in any of its forms."""
    found = resolve(schema)
    forms = found.get("oneOf", [])
    if "additionalProperties" in found and not found.get("properties"):
        return {"subscriber"}  # a data export, which has the rows of the table
    return set(found.get("properties", {})).union(*map(names_of, forms))


def test_every_parameter_and_header_has_a_valid_example() -> None:
    headers = [header for _, call in calls() for part in call["responses"].values() for header in headers_of(part)]
    for part in (*document()["components"]["parameters"].values(), *headers):
        assert errors(part["example"], part["schema"]) == []


def headers_of(response: dict[str, Any]) -> list[dict[str, Any]]:
    return list(resolve(response).get("headers", {}).values())


def test_every_status_of_a_refusal_is_in_the_table_of_refusals() -> None:
    """Except the statuses of API Gateway's own answers, and 500 for a bug."""
    statuses = {int(status) for _, call in calls() for status in call["responses"] if int(status) >= 400}
    assert statuses == {status.value for status in STATUSES.values()} | {401, 403, 429, 431, 500}


def test_a_field_without_a_description_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"'image\.src'"):
        request(AD, {"edition": "The code of the edition that shows the ad."})


def test_the_description_names_no_edition_of_one_site() -> None:
    assert "enum" not in document()["components"]["schemas"]["Article"]["properties"]["edition"]
