"""Problem details: the documentation's tables, the codes, the pointers, and calls that the API does not have."""

import json
import re
from typing import get_args

import pytest

from broadsheet import problems
from broadsheet.http import STATUSES
from broadsheet.model.config import parse_site
from broadsheet.model.errors import Code, FieldError, Invalid, ParameterError, Refusal, Rule
from broadsheet.schemas.fields import Object, Text, read
from broadsheet.schemas.preview import parse_preview
from broadsheet.services.unknown_calls import is_call, methods_of, refuse
from broadsheet.settings import SITE_FILE
from infra.openapi.document import FILE, ROOT
from tests.world import NOON, fields

DOCUMENT = ROOT / "docs" / "articles-api.md"


def documented(heading: str) -> dict[str, str]:
    """The first two columns of the table below the heading."""
    section = DOCUMENT.read_text(encoding="utf-8").partition(f"\n### {heading}\n")[2].partition("\n#")[0]
    return dict(re.findall(r"^\| `([\w:-]+)` \| ([^|]+?) \|", section, re.MULTILINE))


def statuses() -> dict[str, str]:
    refusals = {kind.type: str(status.value) for kind, status in STATUSES.items()}
    return refusals | {problems.UNKNOWN_PATH: "404", problems.WRONG_METHOD: "405", problems.INTERNAL: "500"}


def test_every_type_of_problem_is_documented_with_its_status() -> None:
    assert documented("Types of problems") == statuses()


def test_every_refusal_has_a_type_of_its_own_and_a_subclass_has_its_parents() -> None:
    assert len({kind.type for kind in STATUSES}) == len(STATUSES)
    parents = [kind for kind in Refusal.__subclasses__() if kind in STATUSES]
    assert all("type" not in vars(child) for kind in parents for child in kind.__subclasses__())


def test_every_code_is_documented() -> None:
    assert list(documented("Codes of fields")) == sorted(get_args(Code))


def test_every_code_is_one_of_a_rule() -> None:
    """So each is in the code twice: in the list of all, and at its rule."""
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "functions").rglob("*.py"))
    assert [name for name in get_args(Code) if code.count(f'"{name}"') < 2] == []


@pytest.mark.parametrize(
    ("error", "pointer"),
    [
        (FieldError("image.width", Rule("required", "")), "/image/width"),
        (FieldError("tags.0", Rule("required", "")), "/tags/0"),
        (ParameterError("limit", Rule("required", "")), None),
    ],
)
def test_a_field_of_the_body_has_a_pointer_and_a_parameter_has_none(error: FieldError, pointer: str | None) -> None:
    assert problems.field_error(error).get("pointer") == pointer


@pytest.mark.parametrize(
    ("name", "pointer"),
    [("a.b", "/inner/a.b"), ("a/b", "/inner/a~1b"), ("a~b", "/inner/a~0b"), ("", "/inner/")],
)
def test_the_pointer_of_an_unknown_field_escapes_its_name(name: str, pointer: str) -> None:
    [error] = read(Object({"inner": Object({"known": Text(default=None)})}), {"inner": {name: 1}}, "outer")[1]
    assert (error.pointer, error.rule.code) == (pointer, "unknown_field")


def test_the_pointer_of_the_whole_body_is_empty() -> None:
    [error] = read(Object({}), [], "outer")[1]
    assert (error.field, error.pointer) == ("outer", "")


def test_the_pointers_of_an_article_within_a_preview_begin_with_its_field() -> None:
    site = parse_site(SITE_FILE.read_text(encoding="utf-8"))
    for article, expected in (
        (fields(headline=7, **{"a.b": 1}), {"/article/headline", "/article/a.b"}),
        (7, {"/article"}),
    ):
        with pytest.raises(Invalid) as refusal:
            parse_preview({"id": "ferry", "article": article}, NOON, site, ())
        assert {error.pointer for error in refusal.value.errors} == expected


def test_a_method_that_a_path_does_not_have_is_answered_with_those_that_it_has() -> None:
    for path, calls in json.loads(FILE.read_text(encoding="utf-8"))["paths"].items():
        refused = refuse("TRACE", re.sub(r"{\w+}", "a.b~c", path))
        assert refused.status == 405
        assert refused.headers == {"Allow": ", ".join(sorted(methods_of(calls)))}
        assert json.loads(refused.body)["type"] == "urn:problem-type:broadsheet:wrong-method"


def test_a_path_whose_page_readers_open_has_head_too() -> None:
    """newsletter#22"""
    for page in ("confirm", "unsubscribe", "preferences"):
        assert refuse("PUT", f"/api/subscriptions/{page}").headers == {"Allow": "GET, HEAD, POST"}
    assert refuse("POST", "/api/subscriptions/form").headers == {"Allow": "GET, HEAD"}
    assert refuse("HEAD", "/api/subscriptions").headers == {"Allow": "POST"}
    assert refuse("HEAD", "/api/articles").headers == {"Allow": "GET"}


def test_for_a_key_only_the_calls_of_its_scopes_exist() -> None:
    assert is_call("/bearer/api/ads")
    assert not is_call("/bearer/")
    assert refuse("GET", "/bearer/api/ads").status == 404
    assert refuse("GET", "/bearer/api/keys").status == 404
    assert refuse("POST", "/bearer/api/articles/ferry").headers == {"Allow": "DELETE, GET, PATCH, PUT"}


@pytest.mark.parametrize("path", ["/api/", "/api/article", "/api/articles/", "/api/articles/a/b", "/api/articlesX"])
def test_a_path_that_the_api_does_not_have_is_not_found(path: str) -> None:
    refused = refuse("GET", path)
    assert (refused.status, refused.headers) == (404, {})
    assert json.loads(refused.body) == {
        "type": "urn:problem-type:broadsheet:unknown-path",
        "title": "Not Found",
        "status": 404,
        "detail": "The API has no such call.",
    }
