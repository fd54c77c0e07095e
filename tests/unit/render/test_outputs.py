"""The targets of changes, their write order, and that rendering depends on nothing else."""

import hashlib
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

from broadsheet.model.channel import EVERYTHING
from broadsheet.model.queries import (
    AdjacentMonths,
    ArticleById,
    ArticlesOfDay,
    ArticlesOfMonth,
    ArticlesOfMonthWithOriginals,
    Calendar,
    FeedWindow,
    FrontChoice,
    NewsSitemapArticles,
    TagAndAuthorNames,
    Translations,
)
from broadsheet.render.outputs import targets
from broadsheet.render.shared import assets
from broadsheet.render.shared.target import ChangeSet
from tests.unit.render.newsroom import SITE, Newsroom

MARCH = date(2026, 3, 1)
ROOT = Path(__file__).parents[3]
IMAGE = {"src": "/m/a.svg", "alt": "A", "caption": "B", "credit": "C", "width": 4, "height": 3, "lang": "ar"}


def sample() -> Newsroom:
    newsroom = Newsroom()
    newsroom.put("a", tags=["x", "y"], authors=["L. H.", "زينو"], image=IMAGE, summary="S")
    newsroom.put("b", kind="caricature", image=IMAGE, body={"format": "html", "text": "<p lang=ar dir=rtl>نص</p>"})
    newsroom.put("c", edition="ar", headline="الميناء ليلًا")
    newsroom.put_menus()
    return newsroom


def digest() -> str:
    """A digest of the sample site."""
    site = sample().build()
    return hashlib.sha256(repr(site).encode()).hexdigest()


def test_the_targets_of_an_article_and_its_page_before_fronts_and_feeds() -> None:
    newsroom = Newsroom()
    newsroom.put("a", edition="ar", headline="الميناء ليلًا", tags=["بحر"])
    assert [target.key for target in targets(newsroom.changes(), statics_current=True)] == [
        "ar/2026/03/14/index.html",
        "ar/2026/03/index.html",
        "ar/2026/index.html",
        "ar/section/city/2026/03/index.html",
        "ar/tag/بحر/2026/03/index.html",
        "ar/2026/03/14/الميناء-ليلا/index.html",
        "ar/archive/index.html",
        "ar/fragments/latest.html",
        "ar/fragments/ticker.html",
        "ar/index.html",
        "ar/section/city/index.html",
        "ar/tag/بحر/index.html",
        *(
            f"{folder}feed.{ending}"
            for folder in ("", "ar/", "ar/section/city/", "ar/tag/بحر/")
            for ending in ("xml", "atom", "json")
        ),
        "ar/feeds/index.html",
        "feeds.opml",
        "ar/fragments/2026-03.html",
        "ar/sitemap-2026-03.xml",
        "news.xml",
        "sitemap.xml",
    ]


def test_static_outputs_come_first_and_the_build_manifest_last() -> None:
    newsroom = Newsroom()
    newsroom.put("a")
    wanted = targets(newsroom.changes(), statics_current=False)
    keys = [target.key for target in wanted]
    assert keys[: len(assets.NAMES)] == [f"assets/{name}" for name in assets.NAMES]
    assert {"index.html", *assets.AT_ROOT, *(f"assets/{assets.hashed(name)}" for name in assets.HASHED_NAMES)} < {*keys}
    assert {target.wave for target in wanted if target.key.startswith("assets/")} == {-1}
    assert min(target.wave for target in wanted if target.key.endswith(".html")) == 0
    assert keys[-1] == "build-manifest.txt"
    assert len(keys) == len(set(keys))
    create_only = {target.key for target in wanted if target.create_only}
    permanent = {
        "ar/archive/index.html",
        "ar/feeds/index.html",
        "ar/section/sport/feed.json",
        "en/caricatures/feed.xml",
    }
    assert permanent <= create_only
    again = {"ar/index.html", "ar/section/sport/index.html", "en/caricatures/index.html", "index.html", "robots.txt"}
    assert again <= {*keys} - create_only
    assert not create_only & {target.key for target in targets(newsroom.changes(), statics_current=True)}


def test_targets_share_queries() -> None:
    newsroom = Newsroom()
    article = newsroom.put("a", tags=["harbour"])
    queries = {query for target in targets(newsroom.changes(), statics_current=True) for query in target.queries}
    assert queries == {
        ArticleById("a"),
        ArticlesOfDay("en", article.day),
        Calendar("en"),
        Calendar("ar"),
        NewsSitemapArticles(EVERYTHING),
        Translations("a"),
        FrontChoice("en"),
        ArticlesOfMonthWithOriginals("en", MARCH),
        ArticlesOfMonth(article.channels[1], MARCH),
        *(kind(channel, MARCH) for channel in article.channels[2:] for kind in (ArticlesOfMonth, AdjacentMonths)),
        *(FeedWindow(channel) for channel in article.channels),
        TagAndAuthorNames("en"),
        TagAndAuthorNames("ar"),
    }


def test_a_draft_without_a_path_has_no_targets_of_its_own() -> None:
    draft = Newsroom().put("a", status="draft")
    changes = ChangeSet(SITE, (draft,))
    assert [target.key for target in targets(changes, statics_current=True)] == []


def test_a_withdrawn_article_leaves_no_object_of_its_own() -> None:
    newsroom = Newsroom()
    before = {*newsroom.build()}
    article = newsroom.put("a", tags=["harbour"])
    changes = ChangeSet(SITE, (article, newsroom.withdraw("a")), article.channels)
    wanted = targets(changes, statics_current=True)
    snapshot = newsroom.snapshot(wanted)
    gone = {target.key for target in wanted if target.render(SITE, snapshot) is None}
    assert gone == {
        "en/2026/03/14/ferry-returns-to-the-old-harbour/index.html",
        "en/2026/03/14/index.html",
        "en/2026/03/index.html",
        "en/2026/index.html",
        "en/fragments/2026-03.html",
        "en/section/city/2026/03/index.html",
        "en/sitemap-2026-03.xml",
        "en/tag/harbour/2026/03/index.html",
        "en/tag/harbour/index.html",
        *(f"en/tag/harbour/feed.{ending}" for ending in ("xml", "atom", "json")),
    }
    assert {target.key for target in wanted} - gone <= before


def test_equal_snapshots_give_equal_bytes_in_any_process() -> None:
    """feeds#9."""
    command = [sys.executable, "-c", "from tests.unit.render.test_outputs import digest; print(digest())"]
    for seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo")):
        environment = os.environ | {
            "PYTHONHASHSEED": seed,
            "TZ": zone,
            "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "functions"))),
        }
        printed = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603  # ourselves
        assert printed.stdout.strip() == digest()


def test_publishing_an_article_changes_no_other_articles_page() -> None:
    """feeds#14: so publishing costs the same in an archive of any size."""
    newsroom = sample()
    before = newsroom.build()
    newsroom.put("d", headline="Another")
    after = newsroom.build()
    changed = {key for key in after if after[key] != before.get(key)}
    assert changed == {
        "en/2026/03/14/another/index.html",
        "en/2026/03/14/index.html",
        "en/2026/03/index.html",
        "en/fragments/2026-03.html",
        "en/fragments/latest.html",
        "en/fragments/ticker.html",
        "en/index.html",
        "en/section/city/2026/03/index.html",
        "en/section/city/index.html",
        "en/sitemap-2026-03.xml",
        "news.xml",
        *(f"{folder}feed.{ending}" for folder in ("", "en/", "en/section/city/") for ending in ("xml", "atom", "json")),
    }
