"""(k) The bytes that an article writes, by kind of object, with a word on why each is worth it."""

import re
from collections.abc import Mapping
from typing import NamedTuple


class Kind(NamedTuple):
    """A kind of object, by a pattern of its keys."""

    name: str
    pattern: str
    why: str


MONTH = r"\d{4}/\d{2}/"
CHANNEL = r"[a-z]{2}/(section|tag|author|caricatures)(/[^/]+)?/"
KINDS = (
    Kind("the article's page", rf"[a-z]{{2}}/{MONTH}\d{{2}}/[^/]+/index\.html", "it is what was published"),
    Kind("its day", rf"[a-z]{{2}}/{MONTH}\d{{2}}/index\.html", "the day's page links to every article for ever"),
    Kind("its month", rf"[a-z]{{2}}/{MONTH}index\.html", "a calendar with the number of each day's articles"),
    Kind("its year, the archive's front", r"[a-z]{2}/(\d{4}|archive)/index\.html", "only with a month's first article"),
    Kind("its month in channels", rf"{CHANNEL}{MONTH}index\.html", "readers browse a section's or a tag's past"),
    Kind("pages of channels", rf"{CHANNEL}index\.html", "the newest of a section, a tag, an author"),
    Kind("the front page", r"[a-z]{2}/index\.html", "most readers arrive here"),
    Kind("the month's heat map", r"[a-z]{2}/fragments/\d{4}-\d{2}\.html", "the archive's front loads it"),
    Kind("fragments", r"[a-z]{2}/fragments/.+", "every page of the past shows what is new, and stays as it is"),
    Kind(
        "feeds, RSS", r"(.*/)?feed\.xml", "a poll is answered at the edge; full texts, so readers stay in their program"
    ),
    Kind("feeds, Atom", r"(.*/)?feed\.atom", "the same for programs that prefer it"),
    Kind("feeds, JSON Feed", r"(.*/)?feed\.json", "the same for scripts"),
    Kind(
        "archive documents", r"(.*/)?feed\.\d{4}.*", "the feed's whole history (RFC 5005); written once a part is full"
    ),
    Kind("the month's sitemap", r"[a-z]{2}/sitemap-.*\.xml", "search engines find changed articles, with pictures"),
    Kind("sitemaps of news, and their index", r"(news|sitemap)\.xml", "news search takes two days of articles"),
    Kind("the feed directory, OPML", r"([a-z]{2}/feeds/index\.html|feeds\.opml)", "only with a new tag or author"),
)
OTHERS = "others"


class Written(NamedTuple):
    """What was written of a kind."""

    objects: int
    bytes: int
    why: str


def by_kind(objects: Mapping[str, int]) -> dict[str, Written]:
    """The objects with these keys and bytes, by the name of their kind; the largest kind first."""
    found: dict[str, Written] = {}
    for key, size in objects.items():
        kind = next((kind for kind in KINDS if re.fullmatch(kind.pattern, key)), Kind(OTHERS, "", "named nowhere yet"))
        before = found.get(kind.name, Written(0, 0, kind.why))
        found[kind.name] = Written(before.objects + 1, before.bytes + size, kind.why)
    return dict(sorted(found.items(), key=lambda item: -item[1].bytes))
