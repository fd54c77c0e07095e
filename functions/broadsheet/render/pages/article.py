"""Article pages and static pages. A page names no other article but its translations, of which there are as many as
editions at most; publishing an article changes the pages of its translations and no others.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from markupsafe import Markup

from ...model.article import Article
from ...model.channel import Channel
from ...model.config import Site
from ...model.queries import ArticleById, Snapshot, Translations
from ..feeds.entry import summary
from ..shared import body_images, channels, markup, typesetting, urls
from ..shared.enclosures import enclosures, unplayed
from ..shared.locale import direction_of, locale
from ..shared.reading import minutes
from ..shared.target import ChangeSet, RenderedObject, Target
from ..shared.typography import quotes
from .layout import page
from .meta import article_meta, static_page_meta


def article_pages(changes: ChangeSet) -> Iterator[Target]:
    """The page at each path of an article, which exists only where the article is live; and its translations' pages."""
    groups = {article.id: article.group for article in changes.articles}  # new states follow old ones
    for article in changes.articles:
        if article.path is not None:
            yield _target(article.id, article.path, groups[article.id])
    for group, translations in changes.translations.items():
        for article in translations:
            if article.id not in groups:
                yield _target(article.id, article.path or "", group)


def _target(id: str, path: str, group: str) -> Target:
    state, translations = ArticleById(id), Translations(group)
    render = partial(_render, state, translations, path)
    return Target(urls.key(path), (state, translations), render, full_text=True)


def _render(
    state: ArticleById, translations: Translations, path: str, site: Site, snapshot: Snapshot
) -> RenderedObject | None:
    article = snapshot[state]
    if article is None or not article.live or article.path != path:
        return None
    # If it changed its group since then, the stream has that change too and the page is rendered again.
    group = snapshot[translations] if article.group == translations.group else ()
    others = [other for other in group if other.edition != article.edition and other.edition in site.editions]
    source = markup.Source(article.body.format, article.body.hash, snapshot.bodies[article.body.hash])
    body = markup.render(source, site.base_url)
    shown = body_images.in_all_sizes(body, site.base_url)
    edition = site.editions[article.edition]
    texts = locale(edition)
    html = typesetting.on_page(
        shown,
        article.lang,
        direction_of(article, edition),
        texts.articles.link_to_heading,
        texts.articles.back_to_mark,
        {"table": texts.articles.table, "pre": texts.articles.code},
    )
    description = summary(article, body)
    template, own = ("static_page.html", _of_static_page) if article.is_page else ("article.html", _of_article)
    return page(
        template,
        site,
        edition,
        path,
        quotes(article.headline, article.lang),
        quotes(description, article.lang),
        article=article,
        # `markup` returns safe HTML. Nothing else on the site bypasses escaping, except `meta`'s JSON.
        body=Markup(html),  # noqa: S704
        translations=[article, *others] if others else [],
        # For readers of all other languages: the original, or else the first edition's.
        default_path=_default(article, others, site).path,
        translated_paths={other.edition: other.path for other in others},
        **own(article, body, description, others, site),
    )


def _of_article(article: Article, body: str, description: str, others: Sequence[Article], site: Site) -> dict[str, Any]:
    """The arguments of `page` that the page of an article has and a static page has not."""
    return {
        "nearest": Channel(article.edition, f"section/{article.section}"),
        "authors": channels.named(article, "author/"),
        "tags": channels.named(article, "tag/"),
        "reading_time": locale(site.editions[article.edition]).reading_time(minutes(body)),
        "recording": unplayed(article.enclosure, body, site),
        "day": article.day,
        "meta": article_meta(article, description, others, enclosures(article.enclosure, body, site), site),
    }


def _of_static_page(
    article: Article, _body: str, description: str, others: Sequence[Article], site: Site
) -> dict[str, Any]:
    """The arguments of `page` for a static page, which belongs to no channel but its edition."""
    return {"meta": static_page_meta(article, description, others, site)}


def _default(article: Article, others: Sequence[Article], site: Site) -> Article:
    """The article of a group of translations that suits readers of other languages; each of the group has the same."""
    order = [*site.editions]
    return min((article, *others), key=lambda each: (each.translation_of is not None, order.index(each.edition)))
