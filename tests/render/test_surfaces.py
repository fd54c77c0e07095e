"""What an article touches, in which order, and that rendering depends on nothing else."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from broadsheet.model.article import withdraw
from broadsheet.render.surfaces import SURFACES
from tests.render.newsroom import NOON, SITE, Newsroom

ROOT = Path(__file__).parent.parent.parent
IMAGE = {"src": "/m/a.svg", "alt": "A", "caption": "B", "credit": "C", "width": 4, "height": 3, "lang": "ar"}


def sample() -> Newsroom:
    newsroom = Newsroom()
    newsroom.put("a", tags=["x", "y"], authors=["L. H.", "زينو"], image=IMAGE, summary="S")
    newsroom.put("b", kind="caricature", image=IMAGE, body={"format": "html", "text": "<p lang=ar dir=rtl>نص</p>"})
    newsroom.put("c", edition="ar", headline="الميناء ليلًا")
    return newsroom


def digest() -> str:
    """The fingerprint of the sample site."""
    site = sample().build()
    return hashlib.sha256(repr(site).encode()).hexdigest()


def test_an_article_touches_these_objects_feeds_last() -> None:
    newsroom = Newsroom()
    newsroom.put("a", edition="ar", headline="الميناء ليلًا")
    targets = newsroom.targets()
    assert [key for key, target in targets.items() if not target.once] == [
        "assets/site.css",
        "assets/site.js",
        "assets/icon.svg",
        "index.html",
        "en/404.html",
        "en/410.html",
        "ar/404.html",
        "ar/410.html",
        "ar/2026/03/14/الميناء-ليلا/index.html",
        "ar/2026/03/14/index.html",
        "ar/2026/03/index.html",
        "ar/2026/index.html",
        "ar/fragments/latest.html",
        "ar/fragments/ticker.html",
        "ar/index.html",
        "ar/feed.xml",
        "ar/feed.atom",
        "ar/feed.json",
    ]
    assert [key for key, target in targets.items() if target.once] == [
        "en/fragments/latest.html",
        "en/fragments/ticker.html",
        "en/index.html",
        "en/feed.xml",
        "en/feed.atom",
        "en/feed.json",
    ]


def test_they_ask_four_questions_however_many_they_are() -> None:
    newsroom = Newsroom()
    newsroom.put("a")
    kept = [target for target in newsroom.targets().values() if not target.once]
    assert len({question for target in kept for question in target.questions}) == 4


def test_a_draft_that_never_had_an_address_touches_nothing() -> None:
    newsroom = Newsroom()
    draft = newsroom.put("a", status="draft")
    assert [target for surface in SURFACES for target in surface(draft, SITE)] == []


def test_a_withdrawn_article_leaves_an_empty_front_and_feeds_and_nothing_else_of_its_own() -> None:
    newsroom = Newsroom()
    newsroom.articles["a"] = withdraw(newsroom.put("a"), NOON)
    assert [key for key in newsroom.build() if key.startswith("en/") and "40" not in key and "410" not in key] == [
        "en/fragments/latest.html",
        "en/fragments/ticker.html",
        "en/index.html",
        "en/feed.xml",
        "en/feed.atom",
        "en/feed.json",
    ]


def test_the_same_facts_give_the_same_bytes_in_any_process() -> None:
    """feeds#9."""
    command = [sys.executable, "-c", "from tests.render.test_surfaces import digest; print(digest())"]
    for seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo")):
        environment = os.environ | {
            "PYTHONHASHSEED": seed,
            "TZ": zone,
            "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "functions"))),
        }
        answer = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603  # ourselves
        assert answer.stdout.strip() == digest()


def test_publishing_one_article_changes_no_other_articles_page() -> None:
    """feeds#14, and the reason that a page costs the same in any archive."""
    newsroom = sample()
    before = newsroom.build()
    newsroom.put("d", headline="Another")
    after = newsroom.build()
    changed = {key for key in after if after[key] != before.get(key)}
    assert changed == {
        "en/2026/03/14/another/index.html",
        "en/2026/03/14/index.html",
        "en/2026/03/index.html",
        "en/2026/index.html",
        "en/fragments/latest.html",
        "en/fragments/ticker.html",
        "en/index.html",
        "en/feed.xml",
        "en/feed.atom",
        "en/feed.json",
    }
