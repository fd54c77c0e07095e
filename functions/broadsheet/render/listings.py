"""Pages and fragments that show an edition's newest articles: its front, the latest headlines, the ticker."""

from collections.abc import Iterator
from functools import partial

from ..model.article import Article
from ..model.facts import Facts
from ..model.site import Site
from . import addresses
from .feed import newest
from .layout import page
from .serving import PAGE
from .target import Output, Target
from .templating import fragment

# How many headlines each fragment shows.
FRAGMENTS = {"latest": 8, "ticker": 6}


def fragments(article: Article, _site: Site) -> Iterator[Target]:
    """Pieces of HTML that pages fetch for themselves, so that what is fresh on them needs no page rendered again."""
    if article.path is None:
        return
    for name in FRAGMENTS:
        key = f"{article.edition}/fragments/{name}.html"
        yield Target(key, (newest(article.edition),), partial(_fragment, article.edition, name))


def front(article: Article, _site: Site) -> Iterator[Target]:
    """The edition's front page. It exists even when nothing is live."""
    if article.path is not None:
        path = f"/{article.edition}/"
        yield Target(addresses.key(path), (newest(article.edition),), partial(_front, article.edition, path))


def _fragment(edition: str, name: str, site: Site, facts: Facts) -> Output:
    articles = facts.listings[newest(edition)][: FRAGMENTS[name]]
    return PAGE.output(fragment(f"{name}.html", site, site.editions[edition], articles=articles))


def _front(edition: str, path: str, site: Site, facts: Facts) -> Output:
    paper = site.editions[edition]
    articles = facts.listings[newest(edition)]
    return page("front.html", site, paper, path, paper.name, paper.tagline, articles=articles)
