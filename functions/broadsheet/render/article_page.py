"""An article's own page. It holds nothing about other articles, so publishing one never touches another's page."""

from collections.abc import Iterator
from functools import partial

from markupsafe import Markup

from ..model.article import Article
from ..model.channel import Channel
from ..model.facts import Facts, State
from ..model.site import Site
from . import addresses, markup
from .entry import summary
from .layout import page
from .meta import article_meta
from .target import Output, Target, Touched


def article_pages(touched: Touched) -> Iterator[Target]:
    """The page at each article's address: gone when the article is not live there."""
    for article in touched.articles:
        if article.path is not None:
            state = State(article.id)
            yield Target(addresses.key(article.path), (state,), partial(_render, state, article.path), full_text=True)


def _render(state: State, path: str, site: Site, facts: Facts) -> Output | None:
    article = facts[state]
    if article is None or not article.live or article.path != path:
        return None
    source = markup.Source(article.body.format, article.body.hash, facts.bodies[article.body.hash])
    body = markup.render(source, site.base_url)
    description = summary(article, body)
    corrected = article.revision > 1 and article.updated_at > article.published_at
    return page(
        "article.html",
        site,
        site.editions[article.edition],
        path,
        article.headline,
        description,
        nearest=Channel(article.edition, f"section/{article.section}"),
        article=article,
        authors=_named(article, "author/"),
        tags=_named(article, "tag/"),
        # Safe by `markup`'s own promise; nothing else on the site goes round the escaping.
        body=Markup(body),  # noqa: S704
        day=article.day,
        corrected=corrected,
        meta=article_meta(article, description, corrected, site),
    )


def _named(article: Article, kind: str) -> list[tuple[Channel, str]]:
    """The tags or the authors, in the article's order, each after its channel."""
    return [(channel, name) for channel, name in article.names.items() if channel.listing.startswith(kind)]
