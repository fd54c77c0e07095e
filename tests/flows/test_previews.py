"""A preview shows what the publisher writes once the article is really put: every page and fragment that changes."""

import re
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from broadsheet.model.errors import NotFound
from broadsheet.model.newsletter.tokens import Keyring
from broadsheet.render.shared.assets import with_plain_paths
from broadsheet.schemas.preview import parse_preview
from broadsheet.services.previewing.service import FOLDER, PreviewService
from broadsheet.services.previewing.shown import MONTH, Showing
from broadsheet.store.previews import Previews
from broadsheet.store.queries import ArticleQueries
from tests.world import World, fields

KEYS = Keyring("1", {"1": "k" * 32})
BAR = re.compile(r'<script src="/assets/preview.js" defer></script>\n|<aside class="preview".*?</aside>\n', re.DOTALL)
IMAGE = {"src": "/media/a.png", "alt": "A", "width": 4, "height": 3}
ARABIC = {"edition": "ar", "tags": ["ميناء"], "authors": ["لينا حداد"]}

# What editors do, one after the other: the article, its fields, and how it becomes live after it was put.
STEPS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("fire", {"headline": "Fire in the harbour"}),  # new, on a day that has another
    ("fire", {"headline": "Fire is out", "summary": "Two boats are lost.", "tags": ["Harbour", "fire"]}),
    ("fire", {"headline": "Fire is out", "slug": "fire", "section": "sport", "published_at": "2026-02-10T10:00:00Z"}),
    ("later", {"headline": "Boats race", "published_at": "2026-04-02T10:00:00Z", "section": "sport"}),  # scheduled
    ("harik", ARABIC | {"headline": "حريق في الميناء", "translation_of": "ferry"}),  # changes its original's page
    ("fire", ARABIC | {"headline": "خمد الحريق", "published_at": "2026-02-10T10:00:00Z"}),  # to the other edition
    ("gull", {"headline": "Gull", "kind": "caricature", "image": IMAGE, "authors": []}),
)


def service(world: World) -> PreviewService:
    queries = ArticleQueries(world.clients.dynamodb, world.table, world.site)
    showing = Showing(world.articles, queries, world.bodies, world.site)
    previews = Previews(world.clients.s3, world.deployment.name("Previews"))
    return PreviewService(previews, showing, lambda: KEYS, world.site, ())


def shown(world: World, id: str, article: dict[str, Any] | None) -> dict[str, str]:
    """The pages and fragments of a preview by key, without the bar and with the addresses of the site."""
    previews = service(world)
    sent = {"id": id} | ({"article": article} if article else {})
    url = previews.put(f"preview-of-{id}", sent, world.now).url
    token = url.removeprefix(world.site.base_url + FOLDER).strip("/")
    found = {}
    wanted = parse_preview(sent, world.now, world.site, ())
    keys = dict.fromkeys(previews.showing.show(wanted, world.now).targets)
    for month in filter(MONTH.fullmatch, [*keys]):
        keys |= dict.fromkeys(previews.showing.show(wanted, world.now, month).targets)
    for key in keys:
        with suppress(NotFound):  # a page that the change removes
            page = previews.open(token, "/" + key.removesuffix("index.html"), world.now).rendered.body.decode()
            assert (BAR.search(page) is None) is ("/fragments/" in key)
            found[key] = BAR.sub("", page).replace(f"{FOLDER}{token}/", "/")
    return found


def pages(world: World) -> dict[str, str]:
    """Every page and fragment of the site."""
    return {key: body.decode() for key, body in world.objects().items() if key.endswith(".html")}


def check(world: World, id: str, before: dict[str, str], preview: dict[str, str]) -> None:
    """Publish, and compare: the preview has every page that changed, and each as it is on the site now."""
    article = world.articles.get(id)
    if article and article.scheduled:
        world.now = article.published_at
        assert world.release() == 1
    world.publish()
    after = pages(world)
    changed = {key for key, page in after.items() if page != before.get(key)}
    assert changed
    assert changed <= preview.keys()
    for key, page in preview.items():
        assert page == with_plain_paths(after[key]), key  # of assets, which a preview may be shown before


@pytest.mark.proof
def test_a_preview_shows_every_page_that_changes_as_the_publisher_then_writes_it(world: World) -> None:
    world.put("ferry")
    world.put("storm", headline="Storm", published_at="2026-02-11T10:00:00Z", section="sport")
    world.put("draft", headline="A draft", status="draft", published_at=None)
    world.publish()
    for id, changed in STEPS:
        world.now += timedelta(hours=1)
        before = pages(world)
        article = fields(**changed)
        preview = shown(world, id, article | {"status": "draft"} if id == "gull" else article)
        world.put(id, **changed)
        check(world, id, before, preview)
    world.now += timedelta(hours=1)
    before, preview = pages(world), shown(world, "draft", None)
    world.put("draft", headline="A draft", published_at=None)
    check(world, "draft", before, preview)
