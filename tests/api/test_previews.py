"""The previews API, from API Gateway's event to the response: putting, opening and ending previews; their secrecy."""

import base64
import gzip
import importlib
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from types import ModuleType
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from broadsheet.model.preview import Preview
from tests.api.events import Answer, Context, answer, request
from tests.api.logs import Log
from tests.api.openapi.description import fits
from tests.world import NOON, World, advertised, fields, static_page

Call = Callable[..., Answer]
SITE = "https://courier.example"


@pytest.fixture
def module(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The function as the template configures it."""
    environment = dict(world.deployment.environment("PreviewsFunction"))
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    module = importlib.import_module("previews")
    monkeypatch.setattr(module, "settings", module.Settings(environment))
    module.deps.cache_clear()
    yield module
    module.deps.cache_clear()


@pytest.fixture
def call(module: ModuleType) -> Call:
    """Make an editor's call. Every response fits the API's description."""

    def call(method: str, name: str, body: object = None) -> Answer:
        path = f"/api/previews/{name}"
        answered = answer(module.handler(request(method, path, body), Context()))
        fits(method, path, answered)
        return answered

    return call


@pytest.fixture
def get(module: ModuleType) -> Call:
    """Open a URL of a preview, as API Gateway passes it on: with the path decoded."""

    def get(url: str, **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return answer(module.handler(request("GET", urlsplit(url).path, headers=named), Context()))

    return get


def put(call: Call, name: str = "fire", **changed: Any) -> dict[str, Any]:
    answered = call("PUT", name, {"id": "fire", "article": fields(headline="Fire in the harbour", **changed)})
    assert answered.status == 200, answered.body
    found: dict[str, Any] = answered.json
    return found


def test_a_preview_shows_an_article_and_its_pages_and_writes_nothing_but_itself(
    call: Call, get: Call, world: World
) -> None:
    rows, objects = world.rows(), world.objects()
    made = put(call, tags=["harbour"], authors=["Lina Haddad"])
    root = made["url"]
    assert re.fullmatch(rf"{SITE}/preview/[A-Za-z0-9_.-]+/", root)
    assert made["pages"] == {
        "article": f"{root}en/2026/03/14/fire-in-the-harbour/",
        "front": f"{root}en/",
        "section": f"{root}en/section/city/",
        "day": f"{root}en/2026/03/14/",
        "tags": {"harbour": f"{root}en/tag/harbour/"},
        "authors": {"Lina Haddad": f"{root}en/author/lina-haddad/"},
    }
    pages = made["pages"]
    for url in (root, *pages["tags"].values(), *pages["authors"].values(), *(pages[k] for k in ("front", "section"))):
        page = get(url)
        assert page.status == 200, url
        assert "Fire in the harbour" in page.body
        assert '<aside class="preview"' in page.body
    assert (world.rows(), world.objects()) == (rows, objects)


def test_a_static_page_is_shown_alone(call: Call, get: Call, world: World) -> None:
    world.put("ferry")
    made = call("PUT", "about", {"id": "about", "article": static_page()}).json
    root = made["url"]
    assert made["pages"] == {"article": f"{root}en/who-we-are/", "front": f"{SITE}/en/"}
    shown = get(root)
    assert (shown.status, "<h1>Who we are</h1>" in shown.body) == (200, True)
    assert get(f"{root}en/2026/03/14/").status == 404


def test_a_text_that_takes_too_much_work_is_refused_and_nothing_is_stored(call: Call, world: World) -> None:
    rows, objects = world.rows(), world.objects()
    heavy = {"format": "markdown", "text": "&" * 200_000}
    refused = call("PUT", "fire", {"id": "fire", "article": fields(body=heavy)})
    assert (refused.status, refused.json["errors"][0]["pointer"]) == (422, "/article/body/text")
    assert refused.json["errors"][0]["code"] == "too_many"
    assert (world.rows(), world.objects()) == (rows, objects)


def test_every_link_of_a_preview_to_what_it_changes_stays_in_it_and_others_lead_to_the_site(
    call: Call, get: Call
) -> None:
    made = put(call)
    root = urlsplit(made["url"]).path
    front = get(made["pages"]["front"]).body
    assert f'<a href="{root}en/2026/03/14/fire-in-the-harbour/">Fire in the harbour</a>' in front
    assert f'data-fragment="{root}en/fragments/ticker.html"' in front
    assert f'href="{root}en/section/city/"' in front
    assert 'href="/en/section/sport/"' in front  # nothing changes there
    assert f'<link rel="canonical" href="{SITE}/en/">' in front
    fragment = get(f"{made['url']}en/fragments/latest.html")
    assert f'href="{root}en/2026/03/14/fire-in-the-harbour/"' in fragment.body
    assert '<aside class="preview"' not in fragment.body


@pytest.mark.parametrize(("edition", "title"), [("en", "Preview"), ("ar", "معاينة")])
def test_the_bar_says_in_the_editions_language_what_it_is_and_when_it_ends(
    call: Call, get: Call, edition: str, title: str
) -> None:
    page = get(put(call, edition=edition)["url"]).body
    bar = page[page.index('<aside class="preview"') : page.index("</aside>")]
    assert f"<strong>{title}</strong>" in bar
    assert 'aria-current="page"' in bar
    assert "{" not in bar


def test_the_same_link_shows_what_was_put_last(call: Call, get: Call) -> None:
    first = put(call)
    again = put(call, summary="Two boats are lost.")
    assert (again["url"], again["ends_at"]) == (first["url"], first["ends_at"])
    assert "Two boats are lost." in get(first["url"]).body


def test_a_page_that_has_not_changed_answers_304_and_any_put_that_changes_it_another_etag(
    call: Call, get: Call
) -> None:
    made = put(call)
    page = get(made["url"])
    same = get(made["url"], If_None_Match=page.headers["etag"])
    assert (same.status, same.body, same.headers["etag"]) == (304, "", page.headers["etag"])
    assert page.headers["etag"].startswith('W/"')  # the same whether the page is compressed or not
    assert f'data-etag="{page.headers["etag"][3:-1]}"' in page.body  # what the script compares
    put(call)
    assert get(made["url"], If_None_Match=page.headers["etag"]).status == 304
    put(call, summary="Two boats are lost.")
    assert get(made["url"], If_None_Match=page.headers["etag"]).status == 200


def test_a_stored_article_is_shown_as_it_is_when_the_link_is_opened(call: Call, get: Call, world: World) -> None:
    world.put("ferry", status="draft")
    made = call("PUT", "ferry", {"id": "ferry"}).json
    assert made["warnings"] == []
    assert "Ferry returns to the old harbour" in get(made["url"]).body
    world.put("ferry", status="draft", headline="Ferry stays away")
    assert "Ferry stays away" in get(made["url"]).body
    world.withdraw("ferry")
    assert get(made["url"]).status == 404


def test_an_article_that_is_live_and_the_same_is_linked_on_the_site(call: Call, get: Call, world: World) -> None:
    article = world.put("ferry")
    made = call("PUT", "ferry", {"id": "ferry"}).json
    assert f'<a href="{article.path}">On the site now</a>' in get(made["url"]).body
    made = call("PUT", "ferry", {"id": "ferry", "article": fields(headline="Ferry stays away")}).json
    assert "On the site now" not in get(made["url"]).body


def test_an_ad_is_shown_on_the_front_page_before_it_starts(call: Call, get: Call, world: World) -> None:
    world.put("ferry")
    sent = {"name": "lamps", "ad": advertised(edition="ar", **{"from": "2099-01-01T00:00:00Z"})}
    made = call("PUT", "lamps", sent).json
    assert made["pages"] == {"front": f"{made['url']}ar/"}
    front = get(made["url"]).body
    [fragment] = re.findall(r'class="ads" data-fragment="([^"]+)"', front)
    assert fragment.startswith(urlsplit(made["url"]).path)
    assert "Lamps that last" in get(fragment).body
    assert get(f"{made['url']}en/").status == 404  # the ad changes nothing there


def test_warnings_and_errors_are_those_of_a_put_of_the_article(call: Call, world: World) -> None:
    text = "Words\n\n<iframe src='https://maps.example/'></iframe>"
    lossy: dict[str, Any] = {
        "body": {"format": "markdown", "text": text},
        "translation_of": "nothing",
        "related": ["gone", "draft"],
    }
    world.put("gone")
    world.withdraw("gone")
    world.put("draft", status="draft")
    warnings = put(call, **lossy)["warnings"]
    assert [(each["field"], each["kind"], each["name"], each["line"]) for each in warnings] == [
        ("body.text", "replaced", "iframe", 3),
        ("translation_of", "absent", "nothing", None),
        ("related", "withdrawn", "gone", None),
    ]
    world.put("fire", **lossy)
    assert call("PUT", "fire", {"id": "fire"}).json["warnings"] == warnings  # of the stored article
    refused = call("PUT", "fire", {"id": "fire", "article": fields(edition="fr", headline=" ")})
    assert (refused.status, refused.fields) == (422, {"article.edition", "article.headline"})
    late = fields(updated_at="2099-01-01T00:00:00Z")
    assert call("PUT", "fire", {"id": "fire", "article": late}).status == 422
    assert call("PUT", "fire", {"name": "a", "ad": advertised(link="no")}).fields == {"ad.link"}
    assert call("PUT", "fire", {"id": "fire", "article": 7}).fields == {"article"}


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"id": "a", "name": "b", "ad": {}},
        {"article": {}},
        {"name": "b"},
        {"id": "a/b"},
        {"id": "a", "articles": {}},
        {"id": "a", "article": fields(translation_of="a")},
        {"id": "a", "article": fields(related=["b", "a"])},
        [],
        {"id": 7},
        {"id": None},
        {"id": "a", "ad": None},
        {"name": "a", "ad": None},
        {"name": "a b", "ad": advertised()},
    ],
)
def test_a_preview_of_neither_or_both_is_refused(call: Call, sent: object) -> None:
    assert call("PUT", "fire", sent).status == 422


def test_everything_that_is_wrong_with_a_preview_is_named_at_once(call: Call, world: World) -> None:
    article = fields(headline=7, related=["ferry"], kind="poem", updated_at="2999-01-01T00:00:00Z")
    wrong = {"article.headline", "article.kind", "article.updated_at"}
    assert call("PUT", "monday", {"id": "ferry", "article": article}).fields == wrong | {"article.related.0"}
    assert call("PUT", "-", {"id": "-", "article": article}).fields == wrong | {"name", "id"}
    refused = call("PUT", "monday", {"name": "-", "ad": advertised(weight=101)})
    assert [(each["field"], each["pointer"]) for each in refused.json["errors"]] == [
        ("name", "/name"),
        ("ad.weight", "/ad/weight"),
    ]
    assert "Contents" not in world.clients.s3.list_objects_v2(Bucket=world.deployment.name("Previews"))


def test_a_preview_of_an_article_that_is_not_stored_or_withdrawn_is_refused(call: Call, world: World) -> None:
    assert call("PUT", "fire", {"id": "fire"}).status == 404
    world.put("ferry")
    world.withdraw("ferry")
    assert call("PUT", "ferry", {"id": "ferry"}).status == 410
    assert call("PUT", "b%20d", {"id": "ferry"}).fields == {"name"}


# ── Secrecy ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def altered(url: str) -> Iterator[str]:
    """The URL with each of some characters of its token replaced."""
    start = url.index("/preview/") + len("/preview/")
    for at in range(start, len(url) - 1, 19):
        yield url[:at] + ("A" if url[at] != "A" else "B") + url[at + 1 :]


def test_every_link_that_shows_nothing_has_the_same_answer(call: Call, get: Call, module: ModuleType) -> None:
    deleted = put(call, "other")["url"]
    assert call("DELETE", "other").status == call("DELETE", "other").status == 204
    made = put(call)
    ended = put(call, "ended")["url"]
    previews = module.deps().service.previews
    [preview, version] = previews.get("ended")
    previews.put(replace(preview, started_at=preview.started_at - timedelta(days=1)), version)
    keys = module.deps().service.keyring()
    day_ago = preview.started_at - timedelta(days=1, seconds=2)
    expired = f"{SITE}/preview/{keys.sign('preview', day_ago, 'fire', day_ago.isoformat())}/"
    other_purpose = f"{SITE}/preview/{keys.sign('confirm', preview.started_at, 'fire', '1')}/"
    unknown = f"{made['url']}en/tag/nothing/"
    addresses = [deleted, ended, expired, other_purpose, f"{SITE}/preview/x/", unknown, *altered(made["url"])]
    answers = [get(url) for url in addresses]
    assert {answered.status for answered in answers} == {404}
    assert len({(answered.body, tuple(sorted(answered.headers.items()))) for answered in answers}) == 1
    assert "Fire" not in answers[0].body
    assert get(made["url"]).status == 200


def test_a_preview_that_is_put_again_after_its_end_or_deletion_has_another_link(
    call: Call, get: Call, module: ModuleType
) -> None:
    first = put(call)["url"]
    call("DELETE", "fire")
    second = put(call)["url"]
    assert first != second
    assert [get(url).status for url in (first, second)] == [404, 200]
    service = module.deps().service
    [preview, version] = service.previews.get("fire")
    service.previews.put(replace(preview, started_at=preview.started_at - timedelta(days=2)), version)
    third = put(call)["url"]
    assert third not in (first, second)
    assert [get(url).status for url in (second, third)] == [404, 200]


@pytest.mark.parametrize("path", ["", "en/", "en/fragments/latest.html", "en/nothing/"])
def test_no_answer_of_a_preview_is_cached_indexed_framed_or_sent_as_a_referrer(
    call: Call, get: Call, path: str
) -> None:
    page = get(put(call)["url"] + path)
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["x-robots-tag"] == "noindex, nofollow"
    assert page.headers["referrer-policy"] == "no-referrer"
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy


def test_the_function_logs_no_token_and_nothing_of_the_article(
    call: Call, get: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    made = put(call)
    get(made["url"])
    get(made["url"] + "en/nothing/")
    logged = "".join(capsys.readouterr())
    assert urlsplit(made["url"]).path.split("/")[2] not in logged
    assert "Fire" not in logged


def test_nothing_of_a_preview_is_on_the_site_after_it_was_published_around_it(call: Call, world: World) -> None:
    token = urlsplit(put(call, "secret")["url"]).path.split("/")[2]
    world.put("ferry")
    world.publish()
    found = world.objects()
    assert "en/index.html" in found
    assert not [key for key, body in found.items() if b"Fire in the" in body or token.encode() in body]


def test_a_page_is_compressed_because_a_long_one_would_exceed_lambdas_response(call: Call, module: ModuleType) -> None:
    event = request("GET", urlsplit(put(call)["url"]).path, headers={"Accept-Encoding": "gzip"})
    sent = module.handler(event, Context())
    assert (sent["isBase64Encoded"], sent["headers"]["Content-Encoding"]) == (True, "gzip")
    assert "Fire in the harbour" in gzip.decompress(base64.b64decode(sent["body"])).decode()


def test_clients_that_put_at_once_get_the_same_link(call: Call, module: ModuleType) -> None:
    """The second one finds that the first has written meanwhile, and starts again."""
    service = module.deps().service
    [made] = [put(call)]
    preview, _ = service.previews.get("fire")
    lost = Preview("fire", NOON, NOON, preview.sent)
    with pytest.raises(Exception, match="fire"):
        service.previews.put(lost, None)
    assert put(call)["url"] == made["url"]


def test_paths_in_arabic_are_found_encoded_or_not(call: Call, get: Call) -> None:
    made = put(call, edition="ar", tags=["ميناء"])
    assert made["pages"]["tags"]["ميناء"] == made["url"] + quote("ar/tag/ميناء/")
    assert get(made["url"] + "ar/tag/ميناء/").status == get(made["pages"]["tags"]["ميناء"]).status == 200


def test_the_log_has_a_line_for_each_change_of_a_preview_and_nothing_of_it(
    call: Call, get: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = Log(monkeypatch)
    sent = {"id": "ferry", "article": fields(headline="Nobody knows yet")}
    for _ in range(2):
        opened = call("PUT", "ferry", sent)
    get(opened.json["url"])
    call("DELETE", "ferry")
    assert log.changes() == [
        {"message": "an editor changed a preview", "preview": "ferry", "outcome": outcome, "updated_by": "lina"}
        for outcome in ("put", "ended")
    ]
    assert "Nobody" not in log.text
    assert opened.json["url"].rsplit("/", 2)[1] not in log.text
