"""Static pages through the articles API."""

import pytest

from tests.api.conftest import Call
from tests.world import World, fields, static_page


def test_a_page_is_put_read_and_put_again(call: Call, world: World) -> None:
    first = call("PUT", "/about", static_page(slug="who-we-are"))
    assert (first.status, first.json["path"], first.json["kind"]) == (201, "/en/who-we-are/", "page")
    found = call("GET", "/about").json
    assert (found["section"], found["tags"], found["authors"], found["related"]) == (None, [], [], [])
    before = world.rows()
    assert call("PUT", "/about", found).json["outcome"] == "unchanged"
    assert world.rows() == before
    patched = call("PATCH", "/about", {"slug": "about"}, headers={"Content-Type": "application/merge-patch+json"})
    assert patched.json["path"] == "/en/about/"
    assert [each["fields"] for each in call("GET", "/about/revisions").json["revisions"]] == [["slug"], []]
    restored = call("POST", "/about/revisions/1/restore")
    assert (restored.status, restored.json["path"]) == (200, "/en/who-we-are/")


@pytest.mark.parametrize("query", [{}, {"dry_run": "true"}], ids=["put", "dry run"])
def test_a_path_that_another_page_has_or_had_is_refused(call: Call, query: dict[str, str]) -> None:
    call("PUT", "/about", static_page(slug="about"))
    call("PUT", "/about", static_page(slug="who-we-are"))
    for slug in ("about", "who-we-are"):
        refused = call("PUT", "/another", static_page(slug=slug), query=query)
        rule = f"must be another one: /en/{slug}/ is, or was, the path of another page"
        [error] = refused.json["errors"]
        assert (refused.status, error["field"], error["code"], error["rule"]) == (422, "slug", "conflict", rule)
    assert call("PUT", "/other", static_page(edition="ar", slug="about")).status == 201
    assert call("PUT", "/about", static_page(slug="about")).json["path"] == "/en/about/"


def test_editors_find_pages_in_lists_and_by_their_path(call: Call) -> None:
    call("PUT", "/about", static_page())
    call("PUT", "/imprint", static_page(headline="Imprint", status="draft"))
    call("PUT", "/ferry", fields())
    assert {each["id"] for each in call("GET", "").json["articles"]} == {"about", "imprint", "ferry"}
    assert [each["id"] for each in call("GET", "", query={"section": "city"}).json["articles"]] == ["ferry"]
    assert [each["id"] for each in call("GET", "", query={"path": "/en/who-we-are/"}).json["articles"]] == ["about"]


def test_a_page_in_related_is_warned_of(call: Call) -> None:
    call("PUT", "/about", static_page())
    [warning] = call("PUT", "/ferry", fields(related=["about"])).json["warnings"]
    assert (warning["field"], warning["kind"], warning["name"]) == ("related", "page", "about")
