"""What editors do with front pages: they read and replace what an edition chose. A call may run beside others."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from ..model.article import Article
from ..model.channel import Channel
from ..model.errors import NOT_IN_PAST, FieldError, Invalid, Rule
from ..model.front import Front, arranged
from ..model.precondition import Precondition
from ..model.queries import FeedWindow, FrontChoice
from ..schemas.front import fields_of
from ..store.articles import Articles
from ..store.conflict import retrying
from ..store.fronts import Fronts
from ..store.queries import ArticleQueries

TRIES = 8
FIRST = 10  # articles of a front page that an answer has


@dataclass(frozen=True, slots=True)
class FrontView:
    """A choice, the first articles of the front page as it is now, and the chosen articles that it does not show."""

    front: Front
    shown: tuple[Article, ...]
    waiting: tuple[Article, ...]


def put(
    fronts: Fronts, articles: Articles, sent: Front, now: datetime, precondition: Precondition, by: str
) -> Front | None:
    """Store what an edition chose, by the caller of that name. Returns it with its revision; None if nothing changed.

    The same choice again writes nothing. A request that was done before, and whose answer was lost, succeeds again
    (RFC 9110 §13.1.1). Raises `Stale`, `Busy`, and `Invalid` for articles that cannot be chosen and for times that have
    come. What is chosen already may stay, whatever has become of it meanwhile: the page leaves it out.
    """
    mine: Front | None = None

    @retrying(TRIES)
    def attempt() -> Front | None:
        nonlocal mine
        current = fronts.get(sent.edition)
        same = replace(sent, revision=current.revision, updated_by=current.updated_by) == current
        precondition.check("the front page", current, done=same)
        if same:
            return mine if current == mine else None  # an earlier attempt won the race, and only its answer was lost
        if errors := (*_ended(sent, current, now), *_unfit(sent, current, articles)):
            raise Invalid(errors)
        mine = replace(sent, revision=current.revision + 1, updated_by=by)
        fronts.replace(current, mine)
        return mine

    return attempt()


def view(queries: ArticleQueries, articles: Articles, edition: str) -> FrontView:
    """What the edition chose, with the articles."""
    choice, newest = queries(FrontChoice(edition)), queries(FeedWindow(Channel(edition, "all")))
    shown = arranged(choice.front, newest.articles, choice.articles)
    missing = set(choice.front.ids) - {article.id for article in choice.articles}
    waiting = articles.several(tuple(missing))
    return FrontView(choice.front, shown[:FIRST], tuple(waiting[id] for id in choice.front.ids if id in waiting))


def _ended(front: Front, current: Front, now: datetime) -> Iterator[FieldError]:
    """Which new choices would end at once."""
    leading = [("lead", front.lead)] if front.lead else []
    leading += [(f"pinned.{number}", each) for number, each in enumerate(front.pinned)]
    for path, each in leading:
        if each.until and each.until <= now and each not in current.leading:
            yield FieldError(f"{path}.until", NOT_IN_PAST)


def _unfit(front: Front, current: Front, articles: Articles) -> Iterator[FieldError]:
    """Why articles that are chosen anew cannot be on the edition's front page, now or later."""
    new = [(field, id) for field, id in fields_of(front) if id not in current.ids]
    found = articles.several(tuple(dict.fromkeys(id for _, id in new)))
    for field, id in new:
        article = found.get(id)
        if article is None:
            yield FieldError(field, Rule("absent", f"must be the id of an article; there is no {id}"))
        elif article.status == "withdrawn":
            yield FieldError(field, Rule("withdrawn", "must not be a withdrawn article"))
        elif article.is_page:
            yield FieldError(field, Rule("conflict", "must not be a static page"))
        elif article.edition != front.edition:
            message = f"must be an article of the edition {front.edition}; it is in {article.edition}"
            yield FieldError(field, Rule("other_edition", message))
