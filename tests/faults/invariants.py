"""What must be so of the table and the site, said again here in other words than the code's own."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from html import unescape
from functools import lru_cache
from urllib.parse import unquote, urljoin

from broadsheet.model.article import Article
from broadsheet.model.site import Site
from broadsheet.store.articles import article_of

from tests.faults.emulated import Row

BASE = "https://courier.example"
# The API, which no object of the site answers for.
ELSEWHERE = ("/api/",)
LINKS = re.compile(rb"""(?:href|src|action|url|data-[a-z]+(?==./))"?\s*[=:]\s*["']([^"']+)["']""")
ELEMENTS = re.compile(rb"<(?:link|guid[^>]*|id|uri|loc)>([^<]+)</")


class Violation(AssertionError):
    """Something that must never be so."""


def articles(rows: Iterable[Row]) -> list[Article]:
    """The articles themselves, of all the table's rows."""
    return [article_of(row) for row in rows if row["sk"] == "META"]


def check_table(rows: list[Row], bodies: Iterable[str]) -> None:
    """Every article has its body, stands in exactly the listings that it should, and is counted once."""
    found: Counter[tuple[str, str]] = Counter()
    wanted: Counter[tuple[str, str]] = Counter()
    counts: Counter[tuple[str, str, str]] = Counter()
    known = set(bodies)
    owners = {row["pk"]: row["article"] for row in rows if row["sk"] == "PATH"}
    for article in articles(rows):
        _must(article.body.hash in known, f"article {article.id} has no body")
        wanted[f"ARTICLE#{article.id}", "META"] += 1
        position = f"{article.published_at:%Y-%m-%dT%H:%M:%SZ}#{article.id}"
        for listing in article.listings():
            wanted[f"LIST#{article.edition}#{listing}", position] += 1
        if article.status == "published" and not article.live:
            wanted["DUE", position] += 1
        if article.path:
            _must(owners.get(f"PATH#{article.path}") == article.id, f"{article.path} does not lead to {article.id}")
        if article.live and article.path:
            edition, year, month, day = article.path.strip("/").split("/")[:4]
            counts[f"DAYS#{edition}", year, f"{month}-{day}"] += 1
    for row in rows:
        if row["sk"] == "PATH":
            _must(f"ARTICLE#{row['article']}" in {pk for pk, _ in wanted}, f"{row['pk']} leads to no article")
        elif row["pk"].startswith("DAYS#"):
            for day, count in row.items():
                if day not in ("pk", "sk"):
                    expected = counts.pop((row["pk"], row["sk"], day), 0)
                    _must(count == expected, f"{row['pk']} counts {count} articles on {day}, not {expected}")
        else:
            found[row["pk"], row["sk"]] += 1
    _must(not counts, f"not counted: {sorted(counts)}")
    _must(found == wanted, f"rows missing: {sorted(wanted - found)}; rows too many: {sorted(found - wanted)}")
    meta = {article.id: article for article in articles(rows)}
    for row in rows:
        if row["pk"].startswith("LIST#"):
            _must(article_of(row) == meta[row["id"]], f"{row['pk']} shows an old state of {row['id']}")


def check_site(rows: list[Row], objects: Mapping[str, bytes], site: Site) -> None:
    """Every live article is on its page, in every listing and feed; no other is anywhere; every link leads somewhere."""
    check_links(objects)
    for article in articles(rows):
        if article.path is None:
            continue
        path = article.path.encode()
        edition, year, month, day = article.path.strip("/").split("/")[:4]
        own = f"{article.path[1:]}index.html"
        lists = (f"{edition}/index.html", f"{edition}/{year}/{month}/{day}/index.html", *feeds(edition))
        if article.live:
            for key in (own, *lists):
                _must(key in objects, f"{key} is missing, and {article.id} with it")
                _must(article.headline in _text(objects[key]), f"{article.id} is missing from {key}")
            for key in lists:
                _must(path in objects[key], f"{key} does not lead to {article.path}")
        else:
            for key, content in objects.items():
                _must(path not in content, f"{key} leads to {article.path}, which is not live")
            _must(own not in objects, f"{own} is there, and not live")
    _must(all(edition in site.editions for edition in editions(objects)), "an edition that there is not")


def check_links(objects: Mapping[str, bytes], but: Iterable[str] = ()) -> None:
    """No link leads nowhere, on any page that readers come to from a front page, a feed or a fragment.

    A new article's page may lead to a day that is not there yet, as long as nothing leads to the article; whoever
    wanted more would have to write two pages at once. Links to keys that start as one of `but` may lead nowhere.
    """
    seen = {key for key in objects if _is_door(key)}
    todo = sorted(seen)
    while todo:
        key = todo.pop()
        for target in links(key, objects[key]):
            if target not in objects and not target.startswith(tuple(but)):
                raise Violation(f"{key} links to /{target}, which is not there")
            if target in objects and target not in seen:
                seen.add(target)
                todo.append(target)


def _is_door(key: str) -> bool:
    """Whether readers and their software come to an object from elsewhere."""
    edition, _, name = key.partition("/")
    return "/" not in name or name.startswith("fragments/")


@lru_cache(maxsize=20_000)
def links(key: str, content: bytes) -> frozenset[str]:
    """The keys of all objects that an object links to."""
    if not key.endswith((".html", ".xml", ".atom", ".json")):
        return frozenset()
    found = {match[1].decode() for pattern in (LINKS, ELEMENTS) for match in pattern.finditer(content)}
    return frozenset(_keys(key, found))


def feeds(edition: str) -> tuple[str, ...]:
    return tuple(f"{edition}/feed.{format}" for format in ("xml", "atom", "json"))


def editions(objects: Mapping[str, bytes]) -> set[str]:
    return {key.split("/")[0] for key in objects if "/" in key} - {"assets"}


def shows(content: bytes | None, word: str) -> bool:
    """Whether an object shows the article with that word in its headline."""
    return content is not None and word.encode() in content


def _keys(key: str, addresses: Iterable[str]) -> Iterator[str]:
    for address in addresses:
        absolute = urljoin(f"{BASE}/{key}", unescape(address).replace("\\/", "/"))
        if absolute.startswith(f"{BASE}/"):
            path = unquote(absolute.removeprefix(BASE).split("#")[0].split("?")[0])
            if not path.startswith(ELSEWHERE):
                yield path[1:] + ("index.html" if path.endswith("/") else "")


def _text(content: bytes) -> str:
    return unescape(content.decode())


def _must(so: bool, otherwise: str) -> None:
    if not so:
        raise Violation(otherwise)
