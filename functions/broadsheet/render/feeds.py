"""An edition's main feed in every format. A further format is one module and one line in `FORMATS`."""

from collections.abc import Iterator
from functools import partial

from ..model.article import Article
from ..model.facts import Facts
from ..model.site import Site
from .atom import ATOM
from .feed import Format, feed, newest, written
from .jsonfeed import JSON_FEED
from .rss import RSS
from .target import Output, Target

FORMATS = (RSS, ATOM, JSON_FEED)


def feeds(article: Article, _site: Site) -> Iterator[Target]:
    """The feeds of the article's edition. They exist even when they are empty."""
    if article.path is None:
        return
    for format in FORMATS:
        render = partial(_render, article.edition, format)
        yield Target(f"{article.edition}/{format.file}", (newest(article.edition),), render, full_text=True)


def _render(edition: str, format: Format, site: Site, facts: Facts) -> Output:
    return format.kind.output(written(feed(site, edition, format.file, facts), format.write))
