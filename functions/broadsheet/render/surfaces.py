"""Every kind of output that the site has, in the order of writing.

What others lead to comes before them: assets before the pages that ask for them, articles before the listings, and
feeds last, so that none links to a page that is not there. A further kind of page is one module and one line here.
"""

from .archive import day, month, year
from .article_page import article_page
from .feeds import feeds
from .listings import fragments, front
from .static import assets, notices, root
from .target import Surface

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
)
