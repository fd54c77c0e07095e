"""Cards of the articles that others name as related: a fragment for each edition that names the article.

A page loads the cards of the articles that it names, so a new headline changes one card, and no page.
"""

from collections.abc import Iterator
from functools import partial

from ...model.config import Site
from ...model.queries import ArticleById, EditionsNaming, Snapshot
from ..shared import urls
from ..shared.serving import PAGE
from ..shared.target import ChangeSet, RenderedObject, Target
from ..shared.templating import fragment


def related_cards(changes: ChangeSet) -> Iterator[Target]:
    """The card of each article that a changed one names, and those of changed articles that are named.

    The card of an article that is not live is empty, and so is that of a static page. An article that no live one names
    any more has none.
    """
    for id, editions in changes.related.items():
        for edition in editions:
            article, naming = ArticleById(id), EditionsNaming(id)
            yield Target(
                card_key(changes.site.root(edition), id), (article, naming), partial(_card, edition, article, naming)
            )


def card_key(root: str, id: str) -> str:
    """The key of the card that the pages of the edition load whose paths begin with `root`."""
    return urls.key(f"{root}/fragments/related/{id}.html")


def _card(
    code: str, state: ArticleById, naming: EditionsNaming, site: Site, snapshot: Snapshot
) -> RenderedObject | None:
    if code not in snapshot[naming] or code not in site.editions:
        return None
    article = snapshot[state]
    if article is None or not article.listed or article.edition not in site.editions:
        return PAGE.output("")
    return PAGE.output(fragment("related_card.html", site, site.editions[code], article=article))
