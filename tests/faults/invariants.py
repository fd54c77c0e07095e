"""What must hold of the articles table and the site: stated again, independently of the code."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from html import unescape
from itertools import product
from urllib.parse import unquote, urljoin

from broadsheet.build import MANIFEST
from broadsheet.model.article import Article
from broadsheet.model.config import Site, parse_site
from broadsheet.settings import SITE_FILE
from broadsheet.store.article_rows import article_of
from broadsheet.store.revisions import revision_in
from tests.faults.moto_state import Row

BASE = "https://courier.example"
SITE = parse_site(SITE_FILE.read_text(encoding="utf-8"))
# Paths that no object answers for. The site's menus name static pages, which these sites do not have.
ELSEWHERE = ("/api/", *(entry.path for edition in SITE.editions.values() for entry in (*edition.menu, *edition.footer)))
LINKS = re.compile(
    rb"""(?:href|src|action|[uU]rl|"current|"next_archive|data-[a-z]+(?==./))"?\s*[=:]\s*["']([^"']+)["']"""
)
ARTICLE = re.compile(r"\w+/\d{4}/\d\d/\d\d/[^/]+/index\.html")
FEED = re.compile(r"/feed\.\w+$")
TEASERS = re.compile(r"<h2><a [^>]*>([^<]*)</a></h2>")
ELEMENTS = re.compile(rb"<(?:link|guid[^>]*|id|uri|loc)>([^<]+)</")


class Violation(AssertionError):
    """Something that must never happen."""


def articles(rows: Iterable[Row]) -> list[Article]:
    """The articles, of all rows of the table."""
    return [article_of(row) for row in rows if row["sk"] == "META"]


def check_table(rows: list[Row], bodies: Iterable[str]) -> None:
    """Every article has its body, its paths, a row in exactly the listings that it belongs to, and counts once."""
    states = {article.id: article for article in articles(rows)}
    known = set(bodies)
    for article in states.values():
        must(article.body.hash in known, f"article {article.id} has no body")
    _check_paths(rows, states)
    _check_days(rows, states.values())
    _check_names(rows, states.values())
    _check_related(rows, states.values())
    _check_rows(rows, states)
    _check_removed(rows, states)
    _check_log(rows, states.values())
    _check_revisions(rows, states, known)


def _check_log(rows: Iterable[Row], states: Iterable[Article]) -> None:
    """The last change of every article is in the change log."""
    logged = {row["sk"] for row in rows if row["pk"] == "LOG"}
    for article in states:
        entry = f"{article.changed_at:%Y-%m-%dT%H:%M:%SZ}#{article.id}#{article.revision}"
        must(entry in logged, f"the change log lacks {entry}")


def _check_revisions(rows: Iterable[Row], states: Mapping[str, Article], bodies: set[str]) -> None:
    """Every revision of every article is kept once, with its text, and no other one."""
    kept = [(row["pk"].partition("#")[2], revision_in(row)) for row in rows if row["pk"].startswith("REVISIONS#")]
    wanted = {(id, number) for id, article in states.items() for number in range(2, article.revision + 1)}
    found = {(id, revision.number) for id, revision in kept}
    must(found == wanted, f"revisions missing: {sorted(wanted - found)}; revisions too many: {sorted(found - wanted)}")
    for id, revision in kept:
        must(revision.before.revision == revision.number - 1, f"revision {revision.number} of {id} has another text")
        must(revision.before.body.hash in bodies, f"revision {revision.number} of {id} has no body")


def _check_paths(rows: Iterable[Row], states: Mapping[str, Article]) -> None:
    owners = {row["pk"]: row["article"] for row in rows if row["sk"] == "PATH"}
    for article in states.values():
        if article.path:
            must(owners.get(f"PATH#{article.path}") == article.id, f"{article.path} is not a path of {article.id}")
    for path, id in owners.items():
        must(id in states, f"{path} is the path of no article")


def _check_rows(rows: Iterable[Row], states: Mapping[str, Article]) -> None:
    wanted = {key for article in states.values() for key in _rows(article)}
    aside = (
        *("DAYS#", "NAMES#", "WEBSUB#", "PATH#", "ADS", "FRONT", "NEWS", "CHANGES", "LOG", "REVISIONS#", "UNSETTLED"),
        *("ISSUES#", "NEXT_ISSUE"),
    )
    kept = [row for row in rows if not row["pk"].startswith(aside) and row["sk"] != "RELATED" and "gone" not in row]
    found = {(row["pk"], row["sk"]) for row in kept}
    must(found == wanted, f"rows missing: {sorted(wanted - found)}; rows too many: {sorted(found - wanted)}")
    for row in kept:
        if row["pk"].startswith(("LIST#", "EDITORIAL#", "PAGES#")):
            shown = article_of(row)
            must(shown == states[shown.id], f"{row['pk']} shows an old state of {shown.id}")


def _check_removed(rows: Iterable[Row], states: Mapping[str, Article]) -> None:
    """Only channels keep the places of removed articles."""
    for row in rows:
        if "gone" in row:
            must(row["pk"].startswith("LIST#"), f"{row['pk']} keeps the place of a removed article")
            must(row["sk"].partition("#")[2] in states, f"{row['pk']} keeps a place of no article")


def _check_related(rows: Iterable[Row], states: Iterable[Article]) -> None:
    wanted = Counter((f"ARTICLE#{id}", a.edition) for a in states if a.live for id in a.related)
    found = {
        (row["pk"], edition): count
        for row in rows
        if row["sk"] == "RELATED"
        for edition, count in row.items()
        if edition not in ("pk", "sk") and count
    }
    must(found == wanted, f"related articles are counted as {found}, not {dict(wanted)}")


def _rows(article: Article) -> Iterator[tuple[str, str]]:
    """The keys of an article's rows, without paths and counts."""
    position = f"{article.published_at:%Y-%m-%dT%H:%M:%SZ}#{article.id}"
    yield f"ARTICLE#{article.id}", "META"
    if article.live and article.kind == "page":
        yield f"PAGES#{article.edition}", str(article.path)
    elif article.live:
        yield "LIST#*#all", position
        yield f"LIST#{article.edition}#all", position
        for listing in listings(article):
            yield f"LIST#{article.edition}#{listing}", position
    if article.live and article.translation_of:
        yield f"ARTICLE#{article.translation_of}", f"TRANSLATION#{article.edition}#{article.id}"
    scheduled = article.status == "published" and not article.live
    state = "scheduled" if scheduled else article.status
    yield f"EDITORIAL#{article.edition}#{state}", position
    if article.kind != "page":
        yield f"EDITORIAL#{article.edition}#{state}/{article.section}", position
    if scheduled:
        yield "DUE", position


def listings(article: Article) -> Iterator[str]:
    """The listings that hold an article besides its edition's. Tags and authors have plain ASCII names here."""
    yield f"section/{article.section}"
    if article.kind == "caricature":
        yield "caricatures"
    yield from names(article)


def names(article: Article) -> Iterator[str]:
    for kind, given in (("tag", article.tags), ("author", article.authors)):
        yield from (f"{kind}/{name.lower().replace(' ', '-')}" for name in given)


def _check_days(rows: Iterable[Row], states: Iterable[Article]) -> None:
    wanted = Counter(
        (f"DAYS#{edition}", year, f"{month}-{day}")
        for article in states
        if article.live and article.path and article.kind != "page"
        for edition, year, month, day in [article.path.strip("/").split("/")[:4]]
    )
    found = {
        (row["pk"], row["sk"], day): count
        for row in rows
        if row["pk"].startswith("DAYS#")
        for day, count in row.items()
        if day not in ("pk", "sk")
    }
    for edition, year, day in sorted(wanted.keys() | found.keys()):
        count, expected = found.get((edition, year, day), 0), wanted[edition, year, day]
        must(count == expected, f"{edition} counts {count} articles on {year}-{day}, not {expected}")


def _check_names(rows: Iterable[Row], states: Iterable[Article]) -> None:
    wanted = Counter((f"NAMES#{a.edition}", name) for a in states if a.live for name in names(a))
    found = {(row["pk"], row["sk"]): row["live"] for row in rows if row["pk"].startswith("NAMES#")}
    for edition, name in sorted(wanted.keys() | found.keys()):
        count, expected = found.get((edition, name), 0), wanted[edition, name]
        must(count == expected, f"{edition} counts {count} articles of {name}, not {expected}")


def check_site(rows: list[Row], objects: Mapping[str, bytes], site: Site) -> None:
    """Every live article has its page and is in every listing; no other is anywhere; no link is broken."""
    check_links(objects)
    _check_cards(articles(rows), objects)
    for article in articles(rows):
        if article.path is not None:
            shown = _check_page if article.kind == "page" else _check_shown
            check = shown if article.live else _check_absent
            check(article, article.path, objects)
    must(all(edition in site.editions for edition in editions(objects)), "an edition that there is not")


def _check_cards(states: Iterable[Article], objects: Mapping[str, bytes]) -> None:
    """Each edition has the cards of the articles that its live ones name, and no others."""
    live = {article.id: article for article in states if article.live}
    wanted = {
        f"{article.edition}/fragments/related/{id}.html": id for article in live.values() for id in article.related
    }
    found = {key for key in objects if "/fragments/related/" in key}
    must(found == wanted.keys(), f"cards missing or too many: {sorted(found ^ wanted.keys())}")
    for key, id in wanted.items():
        headline = live[id].headline if id in live else ""
        must(headline in _text(objects[key]), f"{key} lacks {headline}")
        must(bool(headline) == bool(objects[key]), f"{key} shows an article that is not live")


def _check_shown(article: Article, path: str, objects: Mapping[str, bytes]) -> None:
    edition, year, month, day = path.strip("/").split("/")[:4]
    lists = [f"{edition}/{year}/{month}/{day}/index.html", *_newest_lists(article, objects)]
    for key in (f"{path[1:]}index.html", *lists):
        must(key in objects, f"{key} is missing, and {article.id} with it")
        must(article.headline in _text(objects[key]), f"{article.id} is missing from {key}")
    for key in lists:
        must(path.encode() in objects[key], f"{key} does not link to {path}")
    for name, key in product(names(article), (f"{edition}/feeds/index.html", "feeds.opml")):
        must(f"{edition}/{name}/feed.xml".encode() in objects[key], f"{name} is missing from {key}")


def _check_page(page: Article, path: str, objects: Mapping[str, bytes]) -> None:
    """A static page has its page and is in the sitemap; nothing else but its translations links to it."""
    own = f"{path[1:]}index.html"
    must(own in objects and page.headline in _text(objects[own]), f"{own} does not show {page.id}")
    holding = {key for key, content in objects.items() if path.encode() in content} - {own}
    others = {key for key in holding if b"hreflang" in objects[key] and key.endswith("index.html")}
    must(holding - others == {"sitemap-pages.xml"}, f"{path} is in {sorted(holding - others)}")


def _check_absent(_: Article, path: str, objects: Mapping[str, bytes]) -> None:
    for key, content in objects.items():
        must(path.encode() not in content, f"{key} links to {path}, which is not live")
    own = f"{path[1:]}index.html"
    must(own not in objects, f"{own} exists, and is not live")


def _newest_lists(article: Article, objects: Mapping[str, bytes]) -> Iterator[str]:
    """The pages that show an article while it is among the newest, which their feeds hold."""
    edition = article.edition
    for folder in (edition, *(f"{edition}/{listing}" for listing in listings(article))):
        if f':{article.id}"'.encode() in objects.get(f"{folder}/feed.json", b""):
            yield f"{folder}/index.html"
            if folder == edition:
                yield from (f"{edition}/fragments/{name}.html" for name in ("latest", "ticker"))


def check_ads(rows: list[Row], objects: Mapping[str, bytes]) -> None:
    """Each edition shows all its live ads, and no other. There are too few here for a choice."""
    ads = [row for row in rows if row["pk"] == "ADS"]
    for edition in editions(objects):
        shown = _text(objects[f"{edition}/fragments/ads.html"])
        for ad in ads:
            must(ad["revision"] >= 1, f"{ad['sk']} has no revision")
            wanted = ad["live"] and ad["edition"] in (None, edition)
            must((ad["alt"] in shown) == wanted, f"{ad['sk']} is {'not ' if wanted else ''}shown in {edition}")


def check_fronts(rows: list[Row], objects: Mapping[str, bytes]) -> None:
    """Each front page shows first what was chosen, as far as it is live there. There is little else to show here."""
    live = {article.id: article for article in articles(rows) if article.live}
    for row in rows:
        if row["pk"] == "FRONT":
            chosen = [each["id"] for each in (row["lead"], *row["pinned"]) if each]
            wanted = [live[id].headline for id in chosen if id in live and live[id].edition == row["sk"]]
            shown = TEASERS.findall(_text(objects[f"{row['sk']}/index.html"]))
            must(shown[: len(wanted)] == wanted, f"the front page of {row['sk']} begins with {shown}, not {wanted}")


def check_issues(rows: list[Row], objects: Mapping[str, bytes]) -> None:
    """Each issue with news has a page with its live articles in its order; windows follow each other without a gap."""
    live = {article.id: article for article in articles(rows) if article.live}
    until: dict[str, str] = {}
    for row in rows:
        if row["pk"].startswith("ISSUES#"):
            _, edition, _ = row["pk"].split("#")
            must(until.get(row["pk"], row["since"]) == row["since"], f"{row['pk']} has no window before {row['since']}")
            until[row["pk"]] = row["until"]
            key = f"{edition}/newsletter/{row['sk']}/index.html"
            must((key in objects) == bool(row["articles"]), f"{key} is too many, or missing")
            wanted = [live[id].headline for id in row["articles"] if id in live and live[id].edition == edition]
            shown = re.findall(r"<h[23]><a [^>]*>([^<]*)</a></h[23]>", _text(objects.get(key, b"")))
            must(shown == wanted, f"{key} shows {shown}, not {wanted}")


def check_media(objects: Mapping[str, bytes]) -> None:
    """An image whose state is `ready` exists in the sizes and formats that pages use."""
    for key, content in objects.items():
        if key.startswith("states/") and (image := json.loads(content).get("image")):
            folder, _, widest = image["src"].rpartition("/")
            own, _, extension = widest.partition(".")
            for width in {480, int(own)}:
                for ending in (extension, "webp") if extension == "jpg" else (extension,):
                    must(f"{folder[1:]}/{width}.{ending}" in objects, f"{key} promises {width}.{ending}")


def check_links(objects: Mapping[str, bytes], but: Iterable[str] = ()) -> None:
    """No link is broken on any page that readers reach from a front page, a feed or a fragment.

    A new day may link to an article's page that does not exist yet, as long as nothing links to the day: two objects
    cannot be written at once. Links to keys that start with one of `but` may be broken. Feeds never link to a missing
    article, even if nothing links to the feed: feed readers may know it from before. While a site has no build manifest
    yet, its pages may link to each other before they exist, but not to missing articles.
    """
    begun = MANIFEST in objects
    seen = {key for key in objects if _is_entry(key)}
    for key in filter(FEED.search, objects):
        for target in filter(ARTICLE.fullmatch, links(key, objects[key])):
            must(target in objects or target.startswith(tuple(but)), f"{key} links to /{target}, which is missing")
    todo = sorted(seen)
    while todo:
        key = todo.pop()
        for target in links(key, objects[key]):
            if target in objects:
                todo += {target} - seen
                seen.add(target)
            elif begun or ARTICLE.fullmatch(target):
                must(target.startswith(tuple(but)), f"{key} links to /{target}, which is missing")


def _is_entry(key: str) -> bool:
    """Whether readers and their software reach an object by itself, and follow links from there.

    The API's description is not one: the URLs in it are examples.
    """
    folder, _, name = key.partition("/")
    return folder != "api" and ("/" not in name or name.startswith("fragments/"))


@lru_cache(maxsize=20_000)
def links(key: str, content: bytes) -> frozenset[str]:
    """The keys of all objects that an object links to."""
    if key.startswith("api/") or not key.endswith((".html", ".xml", ".atom", ".json", ".opml")):
        return frozenset()
    found = {match[1].decode() for pattern in (LINKS, ELEMENTS) for match in pattern.finditer(content)}
    return frozenset(keys(key, found))


def editions(objects: Mapping[str, bytes]) -> set[str]:
    return {key.split("/")[0] for key in objects if "/" in key} - {"api", "assets"}


def shows(content: bytes | None, word: str) -> bool:
    """Whether an object shows the article with that word in its headline."""
    return content is not None and word.encode() in content


def keys(key: str, urls: Iterable[str]) -> Iterator[str]:
    """The keys of the site's objects at these URLs, which the object with that key contains."""
    for url in urls:
        absolute = urljoin(f"{BASE}/{key}", unescape(url).replace("\\/", "/"))
        if absolute.startswith(f"{BASE}/"):
            path = unquote(absolute.removeprefix(BASE).split("#")[0].split("?")[0])
            if not path.startswith(ELSEWHERE):
                yield path[1:] + ("index.html" if path.endswith("/") else "")


def _text(content: bytes) -> str:
    return unescape(content.decode())


def must(holds: bool, otherwise: str) -> None:
    """Raise `Violation`, with what is the case instead, where something does not hold."""
    if not holds:
        raise Violation(otherwise)
