"""The OpenAPI description is generated from the code, agrees with the template, and is valid OpenAPI 3.1."""

from collections.abc import Iterator
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from broadsheet.http import STATUSES
from broadsheet.schemas.ad import AD
from infra.local.services import routing
from infra.openapi.document import FILE, FUNCTIONS, build, serialized
from infra.openapi.parts import FORM, HTML
from infra.openapi.shapes import request
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
    """All others answer with pages."""
    with deployed() as deployment:
        routes = {route.key: route.signed for route in routing.routes(deployment) if "/api/" in (route.path or "")}
    assert {name: bool(call["security"]) for name, call in calls()} == routes


def test_each_call_has_a_unique_operation_id_and_a_summary() -> None:
    names = [call["operationId"] for _, call in calls()]
    assert len(set(names)) == len(names)
    assert all(call["summary"] and not call["summary"].endswith(".") for _, call in calls())
    assert [tag["name"] for tag in document()["tags"]] == list(FUNCTIONS)


def test_every_body_but_a_page_has_a_valid_example() -> None:
    for name, kind, content in bodies():
        assert (kind == HTML) is ("example" not in content), name
        if kind != HTML:
            assert errors(content["example"], content["schema"]) == [], name
        if kind == FORM:
            assert all(isinstance(value, str | list) for value in content["example"].values())


def test_every_parameter_and_header_has_a_valid_example() -> None:
    headers = [header for _, call in calls() for part in call["responses"].values() for header in headers_of(part)]
    for part in (*document()["components"]["parameters"].values(), *headers):
        assert errors(part["example"], part["schema"]) == []


def headers_of(response: dict[str, Any]) -> list[dict[str, Any]]:
    return list(resolve(response).get("headers", {}).values())


def test_every_status_of_a_refusal_is_in_the_table_of_refusals() -> None:
    """Except the statuses of API Gateway's own answers, and 500 for a bug."""
    statuses = {int(status) for _, call in calls() for status in call["responses"] if int(status) >= 400}
    assert statuses == {status.value for status in STATUSES.values()} | {403, 429, 431, 500}


def test_a_field_without_a_description_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"'image\.src'"):
        request(AD, {"edition": "The code of the edition that shows the ad."})


def test_the_description_names_no_edition_and_no_url_of_one_site() -> None:
    assert build()["servers"] == [{"url": "/", "description": "The site."}]
    assert "enum" not in document()["components"]["schemas"]["Article"]["properties"]["edition"]
