"""The calls that send events: how large they can be."""

from dataclasses import replace

from broadsheet.model.article_event import ArticleEvent
from broadsheet.services.article_events import TYPES, detail, entry_of
from broadsheet.store.event_bus import MOST_BYTES, MOST_ENTRIES, SOURCE
from tests.unit.model.test_article import SITE, put

WIDE = "\U00020bb7"  # four bytes, and twelve where a URL holds it
TIME = 14  # bytes that EventBridge counts for `Time` ("Calculating event entry size", EventBridge User Guide)


def test_the_longest_events_that_there_can_be_fit_into_one_call() -> None:
    article = put(
        headline=WIDE * 300,
        tags=[WIDE * 98 + f"{number:02}" for number in range(11)],
        authors=[WIDE * 198 + f"{number:02}" for number in range(8)],
    )
    path = f"/en/2026/03/14/{WIDE * 80}-{'0' * 12}/"
    article = replace(article, id="a" * 200, path=path, revision=999_999_999)
    longest = max(
        len(entry.detail.encode()) + len(entry.type) + len(SOURCE) + TIME
        for entry in (entry_of(ArticleEvent(kind, article, article), SITE) for kind in TYPES)
    )
    assert detail(ArticleEvent("changed", article, article), SITE)["url"].isascii()
    assert longest * MOST_ENTRIES < MOST_BYTES
