"""Sitemaps: of each month, of all other pages, an index of these, and news (https://www.sitemaps.org).

They contain no times but those of articles, so the same articles give the same bytes.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

from lxml import etree  # type: ignore[import-untyped]  # it has no types

from ...model.article import Article
from ...model.channel import EVERYTHING
from ...model.config import Site
from ...model.newsletter.issue import issue_path
from ...model.queries import (
    ArticlesOfMonthWithOriginals,
    Calendar,
    IssueKeys,
    NewsSitemapArticles,
    Snapshot,
    StaticPages,
)
from ..shared import urls
from ..shared.serving import SITEMAP
from ..shared.target import ChangeSet, RenderedObject, Target

SITEMAPS = "http://www.sitemaps.org/schemas/sitemap/0.9"
IMAGES = "http://www.google.com/schemas/sitemap-image/1.1"
XHTML = "http://www.w3.org/1999/xhtml"
NEWS = "http://www.google.com/schemas/sitemap-news/0.9"

INDEX, LATEST, PAGES = "sitemap.xml", "news.xml", "sitemap-pages.xml"


def sitemaps(changes: ChangeSet) -> Iterator[Target]:
    """The articles of each month of an edition, with their images, and the originals of translations."""
    translations = (article for group in changes.translations.values() for article in group)
    for article in (*changes.articles, *translations):
        if article.listed:
            query = ArticlesOfMonthWithOriginals(article.edition, changes.site.month(article.published_at))
            yield Target(urls.key(_path(query.edition, query.month, changes.site)), (query,), partial(_month, query))


def pages_sitemap(changes: ChangeSet) -> Iterator[Target]:
    """The page at `/`, fronts, sections, caricatures, archives and lists of issues, which exist always; static pages.

    Articles do not change it.
    """
    if not changes.articles or any(article.is_page for article in changes.articles):
        yield Target(PAGES, tuple(StaticPages(edition) for edition in changes.site.editions), _pages)


def sitemap_index(changes: ChangeSet) -> Iterator[Target]:
    """The sitemaps of all months, and years of issues, of all editions.

    It changes when a month gets its first article or loses its last, and when a year gets its first issue.
    """
    if changes.channels:
        yield Target(INDEX, tuple(map(Calendar, changes.site.editions)), _index)


def issue_sitemaps(changes: ChangeSet) -> Iterator[Target]:
    """The newsletter's newest issues of an edition, also while there are none: the index has this sitemap always."""
    for edition in dict.fromkeys((*(key.edition for key in changes.composed), *changes.newsletters)):
        query = IssueKeys(edition)
        yield Target(_issues_key(edition, changes.site), (query,), partial(_issues, query))


def news_sitemaps(changes: ChangeSet) -> Iterator[Target]:
    """The articles of the last two days, for Google News."""
    if changes.channels:
        yield Target(LATEST, (NewsSitemapArticles(EVERYTHING),), _news)


def _path(edition: str, month: date, site: Site) -> str:
    return f"{site.root(edition)}/sitemap-{month:%Y-%m}.xml"


def _issues_key(edition: str, site: Site) -> str:
    return urls.key(f"{site.root(edition)}/sitemap-newsletter.xml")


def _issues(query: IssueKeys, site: Site, snapshot: Snapshot) -> RenderedObject:
    root = etree.Element(f"{{{SITEMAPS}}}urlset", nsmap={None: SITEMAPS})
    for key in snapshot[query]:
        _page(root, issue_path(key, site), site)
    return _output(root)


def _month(query: ArticlesOfMonthWithOriginals, site: Site, snapshot: Snapshot) -> RenderedObject | None:
    pairs = {
        article: (original, article) if original and original.edition in site.editions else ()
        for article, original in snapshot[query]
    }
    if not pairs:
        return None
    # An original is listed again with its translation: search engines ignore a pair that only one side names.
    pairs |= {pair[0]: pair for pair in [*pairs.values()] if pair}
    root = etree.Element(f"{{{SITEMAPS}}}urlset", nsmap={None: SITEMAPS, "image": IMAGES, "xhtml": XHTML})
    for url, article in _urls(root, [*pairs], site):
        etree.SubElement(url, f"{{{SITEMAPS}}}lastmod").text = article.updated_at.isoformat()
        for other in pairs[article]:
            href = urls.absolute(site, other.path or "/")
            etree.SubElement(url, f"{{{XHTML}}}link", rel="alternate", hreflang=other.edition, href=href)
        if article.image:
            image = etree.SubElement(url, f"{{{IMAGES}}}image")
            etree.SubElement(image, f"{{{IMAGES}}}loc").text = urls.absolute(site, article.image.src)
    return _output(root)


def _pages(site: Site, snapshot: Snapshot) -> RenderedObject:
    """Only static pages have times: the others change with what they list, whose own sitemaps have times."""
    root = etree.Element(f"{{{SITEMAPS}}}urlset", nsmap={None: SITEMAPS, "xhtml": XHTML})
    fronts = {code: f"{edition.root}/" for code, edition in site.editions.items()}
    versions = {**fronts, "x-default": "/"} if len(fronts) > 1 else {}
    for path in dict.fromkeys(("/", *fronts.values())):
        url = _page(root, path, site)
        _link_versions(url, versions, site)
    for edition, front in fronts.items():
        sections = (f"section/{section}/" for section in site.editions[edition].sections)
        for path in (*sections, "caricatures/", "archive/"):
            _page(root, front + path, site)
        if site.sends_mail:
            _page(root, site.issues_path(edition), site)
    static = [page for edition in site.editions for page in snapshot[StaticPages(edition)]]
    for url, page in _urls(root, static, site):
        etree.SubElement(url, f"{{{SITEMAPS}}}lastmod").text = page.updated_at.isoformat()
        _link_versions(url, _translations(page, static), site)
    return _output(root)


def _translations(page: Article, among: Sequence[Article]) -> dict[str, str]:
    """The paths of a page and its translations by edition, as their pages link to each other; empty without these."""
    group = [each for each in among if each.group == page.group]
    paths: dict[str, str] = {}
    for each in sorted(group, key=lambda each: (each.id != each.group, each.id)):
        paths.setdefault(each.edition, each.path or "/")
    return paths if len(paths) > 1 and page.path in paths.values() else {}


def _link_versions(url: Any, paths: Mapping[str, str], site: Site) -> None:
    for language, path in paths.items():
        href = urls.absolute(site, path)
        etree.SubElement(url, f"{{{XHTML}}}link", rel="alternate", hreflang=language, href=href)


def _page(root: Any, path: str, site: Site) -> Any:
    """Lists the page, and returns its element."""
    url = etree.SubElement(root, f"{{{SITEMAPS}}}url")
    etree.SubElement(url, f"{{{SITEMAPS}}}loc").text = urls.absolute(site, path)
    return url


def _index(site: Site, snapshot: Snapshot) -> RenderedObject:
    root = etree.Element(f"{{{SITEMAPS}}}sitemapindex", nsmap={None: SITEMAPS})
    pages = etree.SubElement(root, f"{{{SITEMAPS}}}sitemap")
    etree.SubElement(pages, f"{{{SITEMAPS}}}loc").text = urls.absolute(site, f"/{PAGES}")
    for edition in site.editions:
        months = dict.fromkeys((day.year, day.month) for day in snapshot[Calendar(edition)])
        keys = [urls.key(_path(edition, date(year, month, 1), site)) for year, month in months]
        keys += [_issues_key(edition, site)] if site.sends_mail else []
        for key in keys:
            sitemap = etree.SubElement(root, f"{{{SITEMAPS}}}sitemap")
            etree.SubElement(sitemap, f"{{{SITEMAPS}}}loc").text = urls.absolute(site, f"/{key}")
    return _output(root)


def _news(site: Site, snapshot: Snapshot) -> RenderedObject:
    root = etree.Element(f"{{{SITEMAPS}}}urlset", nsmap={None: SITEMAPS, "news": NEWS})
    articles = [article for article in snapshot[NewsSitemapArticles(EVERYTHING)] if article.edition in site.editions]
    for url, article in _urls(root, articles, site):
        news = etree.SubElement(url, f"{{{NEWS}}}news")
        publication = etree.SubElement(news, f"{{{NEWS}}}publication")
        etree.SubElement(publication, f"{{{NEWS}}}name").text = site.editions[article.edition].name
        etree.SubElement(publication, f"{{{NEWS}}}language").text = article.edition
        etree.SubElement(news, f"{{{NEWS}}}publication_date").text = article.published_at.isoformat()
        etree.SubElement(news, f"{{{NEWS}}}title").text = article.headline
    return _output(root)


def _urls(root: Any, articles: Sequence[Article], site: Site) -> Iterator[tuple[Any, Article]]:
    for article in articles:
        yield _page(root, article.path or "/", site), article


def _output(root: Any) -> RenderedObject:
    return SITEMAP.output(etree.tostring(root, xml_declaration=True, encoding="utf-8"))
