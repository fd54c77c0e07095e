"""What an editor should know of a manuscript that is accepted: parts of its body that are lost, and dead references."""

from collections.abc import Iterator
from dataclasses import dataclass

from ..model.config import Site
from ..model.manuscript import PAGE, Manuscript
from ..render.shared.bounded import TooMuchMarkdown
from ..render.shared.markup import Source, losses
from ..store.articles import Articles

BODY = "body.text"
DEAD_REFERENCES = {
    "absent": "names no article yet: {name}",
    "withdrawn": "names a withdrawn article: {name}",
    "page": "names a static page, which is not shown among related articles: {name}",
}


@dataclass(frozen=True, slots=True)
class ManuscriptWarning:
    """One kind of loss, or a dead reference: the id of a missing or withdrawn article.

    `name` is the element, attribute or label that is lost, or the article's id; `line` that of the first place in the
    body, from 1, and None for other fields. `message` is a sentence for the editor, after the name of the field.
    """

    field: str
    kind: str
    name: str
    count: int
    line: int | None
    message: str


def warnings_of(articles: Articles, site: Site, manuscript: Manuscript) -> tuple[ManuscriptWarning, ...]:
    """The losses in the order of their places, then the dead references. Reads each article that is named.

    Raises `Invalid` for a body that takes too much work to render.
    """
    return (*_losses(site, manuscript), *_dead_references(articles, manuscript))


def _losses(site: Site, manuscript: Manuscript) -> Iterator[ManuscriptWarning]:
    try:
        found = losses(Source(manuscript.format, manuscript.hash, manuscript.text), site.base_url)
    except TooMuchMarkdown as error:
        raise error.of(BODY) from None
    for loss in found:
        yield ManuscriptWarning(BODY, loss.kind, loss.name, loss.count, loss.line, loss.message)


def _dead_references(articles: Articles, manuscript: Manuscript) -> Iterator[ManuscriptWarning]:
    """A draft or a scheduled article is none: it may come."""
    original = [manuscript.translation_of] if manuscript.translation_of else []
    named = {"translation_of": original, "related": manuscript.related}
    for field, name in ((field, name) for field, names in named.items() for name in names):
        article = articles.get(name)
        kind: str = "absent" if article is None else article.status
        if field == "related" and article and article.is_page:
            kind = PAGE
        if kind in DEAD_REFERENCES:
            yield ManuscriptWarning(field, kind, name, 1, None, DEAD_REFERENCES[kind].format(name=name))
