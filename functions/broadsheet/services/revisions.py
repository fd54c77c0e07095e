"""The earlier texts of an article: its revisions, for as long as they are kept.

The row of a revision holds what the article was before it, so the text of a revision is in the row of the next one,
and that of the present revision in the article's own row.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ..model.article import Article
from ..model.editions import Editions
from ..model.errors import Invalid, NotFound, ParameterError, RevisionGone
from ..model.revision import NOT_RESTORED, Action, Revision
from ..store.articles import Articles
from ..store.revisions import Revisions


@dataclass(frozen=True, slots=True)
class ArticleRevision:
    """The article as one revision had it, and by what change: when, by which action, and which fields.

    These are None where the change is not kept any more; it is as old as the text, which is kept from its replacement
    on. `kept_until` is when the text is deleted; None for the present one.
    """

    article: Article
    at: datetime | None
    action: Action | None
    fields: tuple[str, ...] | None
    kept_until: datetime | None


@dataclass(frozen=True, slots=True)
class RevisionPage:
    """Versions of an article, newest first. `next` is the cursor of the next page; None after the last."""

    versions: tuple[ArticleRevision, ...]
    next: int | None


def history(
    articles: Articles,
    revisions: Revisions,
    editions: Editions,
    id: str,
    before: int | None,
    limit: int,
    now: datetime,
) -> RevisionPage:
    """The versions of an article, the present one first, or those before a revision; `limit` at most.

    Versions of other editions are left out. A page may have fewer, or none, and still a next one. Raises `NotFound` for
    an id that was never used, and `EditionRefused` for an article that is in another edition now.
    """
    current = _existing(articles, editions, id)
    present = [current] if before is None else []
    earlier = limit - len(present)
    # One row more has the change that made the last version, and shows whether there is an earlier text.
    rows = revisions.newest(id, min(before or current.revision, current.revision), earlier + 1)
    changes = {change.number: change for change in rows if change.kept_until > now}
    versions = [_version(article, changes, None) for article in present]
    kept = (row for row in rows[:earlier] if row.number in changes)
    versions += (_version(row.before, changes, row.kept_until) for row in kept)
    more = len(rows) > earlier
    readable = (version for version in versions if version.article.edition in editions)
    return RevisionPage(tuple(readable), rows[-1].number if more else None)


def read(articles: Articles, revisions: Revisions, editions: Editions, id: str, number: int, now: datetime) -> Article:
    """The article as that revision had it, whether it is withdrawn now or was then.

    Raises as `version` does, and `EditionRefused` where it is or was then in another edition.
    """
    found = version(_existing(articles, editions, id), revisions, number, now)
    editions.check(found.edition)
    return found


def version(current: Article, revisions: Revisions, number: int, now: datetime) -> Article:
    """The article as that revision had it, given the present one.

    Raises `NotFound` for a revision that never was, `RevisionGone` for one that is not kept any more.
    """
    if number == current.revision:
        return current
    if number > current.revision:
        raise NotFound(f"article {current.id} has no revision {number}")
    following = revisions.get(current.id, number + 1)
    if following is None or following.kept_until <= now:
        raise RevisionGone(f"revision {number} of article {current.id} is not kept any more")
    return following.before


def to_restore(current: Article | None, revisions: Revisions, id: str, number: int, now: datetime) -> Article:
    """The article as a revision had it, to be put again.

    Raises as `version` does, `NotFound` where there is no article, and `Invalid` for a revision in which the article
    was withdrawn: the one before it has the same text.
    """
    if current is None:
        raise _not_found(id)
    found = version(current, revisions, number, now)
    if found.status == "withdrawn":
        raise Invalid((ParameterError("revision", NOT_RESTORED),))
    return found


def _version(article: Article, changes: Mapping[int, Revision], kept_until: datetime | None) -> ArticleRevision:
    if article.revision == 1:
        return ArticleRevision(article, article.created_at, "created", (), kept_until)
    if change := changes.get(article.revision):
        return ArticleRevision(article, change.at, change.action, change.fields, kept_until)
    return ArticleRevision(article, None, None, None, kept_until)


def _existing(articles: Articles, editions: Editions, id: str) -> Article:
    """The article, withdrawn or not. Raises `NotFound` and `EditionRefused`."""
    if (article := articles.get(id)) is None:
        raise _not_found(id)
    editions.check(article.edition)
    return article


def _not_found(id: str) -> NotFound:
    return NotFound(f"there is no article {id}")
