"""Every kind of output that the site has, in the order of writing.

What others lead to comes before them: assets before the pages that ask for them, articles before the listings, and
feeds last, so that none links to a page that is not there. A further kind of page is one module and one line here.
"""

from collections.abc import Iterator
from dataclasses import replace

from ..model.article import Article
from ..model.site import Site
from .archive import day, month, year
from .article_page import article_page
from .feeds import feeds
from .listings import fragments, front
from .static import assets, notices, root
from .target import Surface, Target


def other_editions(article: Article, site: Site) -> Iterator[Target]:
    """What every page leads to in the other editions, so that it is there before they have an article."""
    others = [replace(article, edition=code) for code in site.editions if code != article.edition]
    for surface in (fragments, front, feeds):
        for other in others:
            yield from (replace(target, once=True) for target in surface(other, site))


SURFACES: tuple[Surface, ...] = (
    assets,
    root,
    notices,
    article_page,
    day,
    month,
    year,
    fragments,
    front,
    feeds,
    other_editions,
)
