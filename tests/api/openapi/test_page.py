"""The page of the description shows every part of it, escapes every text, and loads only the site's own files."""

import json
import re
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from infra.openapi.document import build
from infra.openapi.page import PAGE, html
from tests.api.openapi.description import document

TREE = LexborHTMLParser(PAGE.read_text(encoding="utf-8"))
# What a text may not become: an element, an attribute, a reference.
HOSTILE = "<script>alert(1)</script>\"'&lt;`<b>`"


def part(id: str) -> Any:
    found = TREE.css_first(f'[id="{id}"]')
    assert found is not None, id
    return found


def test_the_page_is_generated_from_the_code() -> None:
    assert PAGE.read_text(encoding="utf-8") == html(), "run `make openapi`"


def test_every_call_is_shown_with_its_parameters_bodies_answers_and_errors() -> None:
    for path, methods in document()["paths"].items():
        for method, call in methods.items():
            shown = part(call["operationId"]).text()
            assert f"{method.upper()} {path}" in " ".join(shown.split())
            parameters = [one["$ref"].rpartition("/")[2] for one in call.get("parameters", ())]
            names = [document()["components"]["parameters"][key]["name"] for key in parameters]
            types = list(call.get("requestBody", {}).get("content", {}))
            for expected in (*names, *types, *call["responses"]):
                assert expected in shown, (path, method, expected)


def test_every_example_and_every_field_is_shown() -> None:
    shown = [element.text() for element in TREE.css("pre code")]
    bodies = re.findall(r'"example": (\{.*?\})(?=, "schema")', json.dumps(document(), ensure_ascii=False))
    assert bodies
    for body in map(json.loads, bodies):
        assert any(text.startswith("{") and json.loads(text) == body for text in shown)
    for name, schema in document()["components"]["schemas"].items():
        names = {element.text() for element in part(f"schema-{name}").css("dt > code")}
        assert schema.get("properties", {}).keys() <= names


def test_every_link_within_the_page_has_its_target_and_every_anchor_is_unique() -> None:
    ids = [element.attributes["id"] for element in TREE.css("[id]")]
    assert len(set(ids)) == len(ids)
    links = {str(element.attributes["href"]) for element in TREE.css('a[href^="#"]')}
    assert links
    assert {link.removeprefix("#") for link in links} <= set(ids)


def test_the_page_loads_only_files_of_the_site_and_has_no_style_or_script_of_its_own() -> None:
    """The site's Content-Security-Policy would refuse them."""
    assert {element.attributes.get("src") for element in TREE.css("script, img, iframe")} == {"/assets/theme.js"}
    loaded = {element.attributes["href"] for element in TREE.css("link")}
    assert loaded == {"/assets/icon.svg", "/assets/api.css", "/api/openapi.json"}
    assert TREE.css("style, [style], form") == []
    assert not re.search(r"\son\w+=", PAGE.read_text(encoding="utf-8"))


def test_every_text_is_escaped() -> None:
    """The page of a description whose every text is hostile has the elements of the other one, and no more."""
    texts = html(hostile(build()))
    tree = LexborHTMLParser(texts)
    assert len(tree.css("script")) == 1
    assert tree.css("b") == []
    assert texts.count("alert(1)") > 1_000
    assert "&lt;script&gt;alert(1)" in texts


def hostile(part: Any, key: str = "") -> Any:
    """The part with a hostile text in place of each that is for people or is an example."""
    if isinstance(part, dict):
        if key == "example":
            return {HOSTILE: hostile(list(part.values()), "example")}
        return {name: hostile(inner, name) for name, inner in part.items()}
    if isinstance(part, list):
        return [hostile(inner, key) for inner in part]
    if isinstance(part, str) and key in {"description", "summary", "example", "default", "enum", "pattern", "const"}:
        return HOSTILE
    return part
