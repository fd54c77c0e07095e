"""The articles API, from API Gateway's event to the response."""

import base64
import json

import pytest

from tests.api.conftest import Call
from tests.world import World, fields

JSON = {"Content-Type": "application/json"}


def test_a_new_article_is_created_and_the_same_again_changes_nothing(call: Call, world: World) -> None:
    first = call("PUT", "/ferry", fields())
    assert (first.status, first.revision) == (201, "1")
    assert first.json["path"] == "/en/2026/03/14/ferry-returns-to-the-old-harbour/"
    before = world.rows()
    again = call("PUT", "/ferry", fields())
    assert (again.status, again.revision) == (200, "1")
    assert world.rows() == before


def test_a_replaced_article_has_the_next_revision(call: Call) -> None:
    call("PUT", "/ferry", fields())
    replaced = call("PUT", "/ferry", fields(headline="Ferry leaves again"))
    assert (replaced.status, replaced.revision) == (200, "2")
    assert replaced.json["path"] == "/en/2026/03/14/ferry-returns-to-the-old-harbour/"


def test_an_enclosure_is_returned_with_its_type_and_a_changed_one_is_a_revision(call: Call) -> None:
    known = {"url": "/media/talk.mp3", "length": 4_321, "duration": 754}
    enclosure = known | {"type": "audio/mpeg", "title": ""}
    assert call("PUT", "/talk", fields(enclosure=known)).json["enclosure"] == enclosure
    assert call("GET", "/talk").json["enclosure"] == call("GET", "").json["articles"][0]["enclosure"] == enclosure
    assert call("PUT", "/talk", fields(enclosure=enclosure)).revision == "1"
    longer = call("PUT", "/talk", fields(enclosure=enclosure | {"length": None}))
    assert (longer.revision, longer.json["enclosure"]["length"]) == ("2", None)
    assert call("PUT", "/talk", fields()).json["enclosure"] is None


def test_a_stale_if_match_is_refused_with_the_present_revision(call: Call) -> None:
    call("PUT", "/ferry", fields())
    call("PUT", "/ferry", fields(headline="Two"))
    stale = call("PUT", "/ferry", fields(headline="Three"), headers={"If-Match": '"1"'})
    assert (stale.status, stale.revision) == (412, "2")
    assert call("PUT", "/ferry", fields(headline="Three"), headers={"If-Match": '"2"'}).status == 200
    assert call("PUT", "/ferry", fields(headline="Four"), headers={"If-Match": 'W/"3"'}).status == 412
    assert call("PUT", "/other", fields(), headers={"If-Match": '"1"'}).status == 412
    assert call("DELETE", "/ferry", headers={"If-Match": '"1"'}).status == 412


def test_an_if_match_whose_change_was_done_before_succeeds(call: Call) -> None:
    """The first response was lost, and the client sends the same request again (RFC 9110 §13.1.1)."""
    call("PUT", "/ferry", fields())
    for _ in range(2):
        done = call("PUT", "/ferry", fields(headline="Two"), headers={"If-Match": '"1"'})
        assert (done.status, done.revision) == (200, "2")


def test_if_none_match_star_creates_only(call: Call) -> None:
    assert call("PUT", "/ferry", fields(), headers={"If-None-Match": "*"}).status == 201
    assert call("PUT", "/ferry", fields(), headers={"If-None-Match": "*"}).status == 412
    call("DELETE", "/ferry")
    assert call("PUT", "/ferry", fields(), headers={"If-None-Match": "*"}).status == 201


def test_an_article_is_read_with_its_source_as_it_was_sent(call: Call) -> None:
    text = "# Title\r\n\r\n<script>alert(1)</script> & *فقرة*\n"
    call("PUT", "/ferry", fields(body={"format": "markdown", "text": text}))
    found = call("GET", "/ferry")
    assert (found.status, found.json["body"]) == (200, {"format": "markdown", "text": text})
    assert found.json["published_at"] == "2026-03-14T08:00:00Z"
    tag = found.headers["etag"]
    for sent in (tag, f"W/{tag}", f'"7", {tag}', "*"):
        unchanged = call("GET", "/ferry", headers={"If-None-Match": sent})
        assert (unchanged.status, unchanged.body, unchanged.headers["etag"]) == (304, "", tag)
    for sent in ('"2"', '"1"', '"*"', tag.replace("1-", "2-")):
        assert call("GET", "/ferry", headers={"If-None-Match": sent}).status == 200


def test_an_article_that_was_read_can_be_put_again_and_changes_nothing(call: Call) -> None:
    call("PUT", "/ferry", fields())
    found = call("GET", "/ferry").json
    assert {"id", "path", "url", "revision", "live"} <= set(found)
    same = call("PUT", "/ferry", found)
    assert (same.status, same.revision, same.json["outcome"]) == (200, "1", "unchanged")
    ignored = call("PUT", "/ferry", found | {"path": None, "revision": 7, "live": False})
    assert (ignored.revision, ignored.json["path"]) == ("1", found["path"])


@pytest.mark.parametrize(
    ("wrong", "field", "rule"),
    [
        ({"id": "other"}, "id", "must be left out, or that of the URL: ferry"),
        ({"revision": 0}, "revision", "must be a whole number, at least 1"),
        ({"live": "yes"}, "live", "must be true or false"),
        ({"path": 7}, "path", "must be a text"),
    ],
)
def test_a_read_only_field_that_contradicts_is_named(
    call: Call, wrong: dict[str, object], field: str, rule: str
) -> None:
    refused = call("PUT", "/ferry", fields(**wrong))
    [error] = refused.json["errors"]
    assert (refused.status, error["field"], error["rule"]) == (422, field, rule)


def test_a_draft_without_a_date_gets_one_when_it_is_published(call: Call) -> None:
    """What was read can be put again with another status; the date is not the draft's."""
    draft = call("PUT", "/ferry", fields(status="draft", published_at=None)).json
    assert draft["published_at"] is None
    published = call("PUT", "/ferry", fields(published_at=draft["published_at"])).json
    assert published["published_at"] == published["updated_at"]


def test_withdrawing_is_idempotent_and_the_article_is_gone(call: Call) -> None:
    call("PUT", "/ferry", fields())
    first, second = (call("DELETE", "/ferry") for _ in range(2))
    assert (first.status, first.json["outcome"], first.json["status"]) == (200, "withdrawn", "withdrawn")
    assert (second.status, second.json["outcome"], second.revision) == (200, "unchanged", "2")
    assert call("DELETE", "/never").status == 404
    assert call("GET", "/ferry").status == 410
    assert call("GET", "/never").status == 404
    again = call("PUT", "/ferry", fields(published_at=None))
    assert (again.status, again.json["outcome"]) == (201, "revived")
    assert {name: again.json[name] for name in ("id", "published_at", "path", "url")} == {
        name: first.json[name] for name in ("id", "published_at", "path", "url")
    }


def test_listings_are_newest_first_and_paged_by_an_opaque_cursor(call: Call) -> None:
    for hour in range(10, 17):
        status = "draft" if hour % 3 == 0 else "published"
        call("PUT", f"/at-{hour}", fields(published_at=f"2026-03-14T{hour}:00:00+02:00", status=status))
    found: list[str] = []
    before: dict[str, str] = {}
    while True:
        page = call("GET", "", query={"edition": "en", "limit": "2"} | before).json
        found += [article["id"] for article in page["articles"]]
        assert page["more"] is (page["next"] is not None)
        if page["next"] is None:
            break
        before = {"before": page["next"]}
    assert found == [f"at-{hour}" for hour in range(16, 9, -1)]
    drafts = call("GET", "", query={"status": "draft", "section": "city"}).json["articles"]
    assert [article["id"] for article in drafts] == ["at-15", "at-12"]
    assert call("GET", "", query={"section": "sport"}).json == {"articles": [], "next": None, "more": False}


def test_articles_are_found_by_words_and_days(call: Call) -> None:
    for id, headline, summary, day in (
        ("ferry", "The ferryman's strike", "No crossing before Monday.", 12),
        ("tram", "Tram line opens", "Crossing the old harbour.", 13),
        ("harbour", "Harbour café", "", 14),
    ):
        call("PUT", f"/{id}", fields(headline=headline, summary=summary, published_at=f"2026-03-{day}T10:00:00+02:00"))

    def found(**query: str) -> list[str]:
        return [article["id"] for article in call("GET", "", query=query).json["articles"]]

    assert found(words="Crossing") == ["tram", "ferry"]
    assert found(words="crossing FERRY") == ["ferry"]
    assert found(words="cafe") == ["harbour"]
    assert found(**{"from": "2026-03-13"}) == ["harbour", "tram"]
    assert found(**{"from": "2026-03-12", "to": "2026-03-13"}, words="crossing") == ["tram", "ferry"]
    assert found(to="2026-03-12") == found(day="2026-03-12") == ["ferry"]


def test_a_client_reads_what_changed_since_its_last_answer(call: Call) -> None:
    began = "2000-01-01T00:00:00Z"
    for id in ("ferry", "tram", "bus"):
        call("PUT", f"/{id}", fields(headline=id))
    call("DELETE", "/tram")
    seen: dict[str, str] = {}
    query = {"changed_after": began, "limit": "2"}
    while True:
        page = call("GET", "", query=query).json
        seen |= {article["id"]: article["status"] for article in page["articles"]}
        query["changed_after"] = page["next"]
        if not page["more"]:
            break
    assert seen == {"ferry": "published", "tram": "withdrawn", "bus": "published"}
    call("PUT", "/ferry", fields(headline="ferry", summary="Another."))
    page = call("GET", "", query={"changed_after": page["next"]}).json
    assert "ferry" in [article["id"] for article in page["articles"]]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"edition": "fr"}, "edition"),
        ({"status": "live"}, "status"),
        ({"status": "draft,"}, "status"),
        ({"tag": " "}, "tag"),
        ({"author": ""}, "author"),
        ({"day": "2026-3-14"}, "day"),
        ({"day": "2026-02-30"}, "day"),
        ({"day": "9999-12-31"}, "day"),
        ({"from": "yesterday"}, "from"),
        ({"to": "2026-02-30"}, "to"),
        ({"from": "2026-03-15", "to": "2026-03-14"}, "to"),
        ({"day": "2026-03-14", "from": "2026-03-14"}, "from"),
        ({"words": "«…»"}, "words"),
        ({"changed_after": "yesterday"}, "changed_after"),
        ({"changed_after": "2026-03-14T00:00:00Z", "tag": "harbour"}, "tag"),
        ({"path": "en/2026"}, "path"),
        ({"path": "/en/", "edition": "en"}, "edition"),
        ({"section": "weather"}, "section"),
        ({"limit": "0"}, "limit"),
        ({"limit": "²"}, "limit"),
        ({"limit": "1000"}, "limit"),
        ({"limit": "00000000051000"}, "limit"),
        ({"before": "%%%"}, "before"),
        ({"before": "/w"}, "before"),
        ({"before": base64.urlsafe_b64encode(b"2026-03-14T10:00:00Z#" + b"x" * 1024).decode()}, "before"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_listing_names_the_invalid_parameter(call: Call, query: dict[str, str], field: str) -> None:
    refused = call("GET", "", query=query)
    assert (refused.status, refused.fields) == (422, {field})


def test_every_invalid_field_is_named_at_once(call: Call) -> None:
    wrong = {
        "edition": "fr",
        "headline": "",
        "summary": 7,
        "body": {"format": "rtf"},
        "tags": ["a"] * 21,
        "authors": "Lina",
        "kind": "poem",
        "image": {"src": "javascript:alert(1)", "alt": "x", "width": 0, "height": True, "zoom": 2},
        "published_at": "2026-03-14T10:00:00",
        "status": "live",
        "slug": "Not A Slug",
        "correction": " " * 2001,
        "colour": "red",
    }
    refused = call("PUT", "/ferry", wrong)
    assert refused.status == 422
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.fields == {
        "edition", "headline", "summary", "body.format", "body.text", "section", "tags", "authors", "kind",
        "image.src", "image.width", "image.height", "image.zoom", "published_at", "status", "slug", "correction",
        "colour",
    }  # fmt: skip


def test_a_refusal_is_utf_8_whatever_the_name_of_the_field(call: Call) -> None:
    refused = call("PUT", "/ferry", json.dumps(fields() | {"\ud800": 1}), headers=JSON)
    assert (refused.status, refused.fields) == (422, {"?"})


@pytest.mark.parametrize("sent", ["[]", '"text"', "7", "null", "true"])
def test_a_body_that_is_not_an_object_is_refused(call: Call, sent: str) -> None:
    refused = call("PUT", "/ferry", sent, headers=JSON)
    assert (refused.status, refused.fields) == (422, {"article"})


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        ("{", JSON, 400),
        ("", JSON, 400),
        ('{"headline": NaN}', JSON, 400),
        ("[" * 100_000, JSON, 400),
        (b"\xff\xfe", JSON, 400),
        ("{}", {"Content-Type": "text/plain"}, 415),
        ("{}", {}, 415),
        (" " * 5_000_001, JSON, 413),
    ],
)
def test_a_body_that_cannot_be_parsed_has_its_own_status(
    call: Call, body: str | bytes, headers: dict[str, str], status: int
) -> None:
    refused = call("PUT", "/ferry", body, headers=headers)
    assert (refused.status, refused.json["status"]) == (status, status)


def test_a_body_over_a_million_bytes_is_too_large_and_one_of_a_million_is_not(call: Call) -> None:
    assert call("PUT", "/ferry", fields(body={"format": "html", "text": "ل" * 500_001})).status == 413
    assert call("PUT", "/ferry", fields(body={"format": "html", "text": "ل" * 500_000})).status == 201


@pytest.mark.parametrize("id", ["%20", "a%2Fb", "-a", "a" * 129, "%D8%A3"])
def test_an_invalid_id_is_refused(call: Call, id: str) -> None:
    refused = call("PUT", f"/{id}", fields())
    assert (refused.status, refused.fields) == (422, {"id"})


def test_what_is_not_kept_of_a_body_is_named_in_the_answer(call: Call) -> None:
    text = "One\n\n<iframe src='https://film.example/1'></iframe>\n\n<script></script>\n<script></script>"
    put = call("PUT", "/ferry", fields(body={"format": "markdown", "text": text}))
    assert put.status == 201
    assert put.json["warnings"] == [
        {
            "kind": "replaced",
            "field": "body.text",
            "name": "iframe",
            "count": 1,
            "line": 3,
            "message": "<iframe> became a link",
        },
        {
            "kind": "removed",
            "field": "body.text",
            "name": "script",
            "count": 2,
            "line": 5,
            "message": "<script> was removed (2 times)",
        },
    ]
    assert call("PUT", "/quay", fields()).json["warnings"] == []


def test_related_articles_that_do_not_exist_or_are_withdrawn_are_named_in_the_answer(call: Call) -> None:
    call("PUT", "/gone", fields())
    call("DELETE", "/gone")
    call("PUT", "/draft", fields(status="draft"))
    put = call("PUT", "/ferry", fields(related=["gone", "draft", "unknown"]))
    assert (put.status, put.json["related"]) == (201, ["gone", "draft", "unknown"])
    named = [(each["field"], each["kind"], each["name"]) for each in put.json["warnings"]]
    assert named == [("related", "withdrawn", "gone"), ("related", "absent", "unknown")]


@pytest.mark.parametrize("prefer", ["handling=strict", 'wait=1, Handling = "strict"; x', "handling=strict,wait=1"])
def test_a_strict_request_is_refused_if_its_body_would_lose_something(call: Call, prefer: str) -> None:
    lossy = fields(body={"format": "html", "text": "<p>One\n<script></script>"})
    refused = call("PUT", "/ferry", lossy, headers={"Prefer": prefer})
    assert refused.status == 422
    assert refused.json["errors"] == [
        {
            "field": "body.text",
            "rule": "is not kept whole: <script> was removed",
            "code": "not_kept",
            "pointer": "/body/text",
            "line": 2,
        }
    ]
    assert call("GET", "/ferry").status == 404
    assert call("PUT", "/ferry", fields(), headers={"Prefer": prefer}).status == 201
    assert call("PUT", "/ferry", lossy, headers={"Prefer": "handling=lenient"}).status == 200


def test_characters_that_no_feed_can_hold_are_removed(call: Call) -> None:
    """feeds#10"""
    sent = fields(
        headline="Fer\x00ry \ud800\tand\nharbour\uffff", body={"format": "markdown", "text": "a\x0bb\r\nc\ud83d"}
    )
    escaped = json.dumps(sent)  # lone surrogates can be sent as escapes only
    call("PUT", "/ferry", escaped, headers=JSON)
    found = call("GET", "/ferry").json
    assert found["headline"] == "Ferry and harbour"
    assert found["body"]["text"] == "ab\r\nc"


def test_corrections_add_up_and_are_read_with_their_times(call: Call) -> None:
    call("PUT", "/ferry", fields())
    for text in ("Two decks.", "At seven.", "Two decks."):
        answered = call("PUT", "/ferry", fields(correction=text))
    assert [each["text"] for each in answered.json["corrections"]] == ["Two decks.", "At seven."]
    assert (answered.revision, "correction" in answered.json) == ("3", False)
    kept = call("PUT", "/ferry", fields()).json
    assert kept["corrections"] == call("GET", "/ferry").json["corrections"] == answered.json["corrections"]
    assert kept["updated_at"] == kept["corrections"][-1]["at"]
    [listed] = call("GET", "").json["articles"]
    assert listed["corrections"] == kept["corrections"]
    assert call("PUT", "/ferry", fields(corrections=[])).json["corrections"] == []


def test_corrections_and_times_that_break_a_rule_are_named(call: Call) -> None:
    for wrong, field in (
        ({"correction": "A", "corrections": []}, "correction"),
        ({"corrections": [{"text": " "}]}, "corrections.0.text"),
        ({"corrections": [{"text": "A", "at": "2020-01-01"}]}, "corrections.0.at"),
        ({"corrections": [{"text": "A"}, {"text": "B", "at": "2100-01-01T00:00:00Z"}]}, "corrections.1.at"),
        ({"corrections": [{"text": "A"}] * 21}, "corrections"),
        ({"corrections": [{"text": "A" * 1700}] * 6}, "corrections"),
        ({"updated_at": "2100-01-01T00:00:00Z"}, "updated_at"),
    ):
        refused = call("PUT", "/ferry", fields(**wrong))
        assert (refused.status, refused.fields) == (422, {field})
