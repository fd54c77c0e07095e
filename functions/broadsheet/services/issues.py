"""What happens to issues of the newsletter: the schedule composes them, editors look at the next one and write over it.

A composition stores content; it sends nothing. Everything is idempotent, and may run late or beside others.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from itertools import product

from ..deadline import UNLIMITED, Deadline
from ..model.channel import Channel
from ..model.config import Site
from ..model.errors import Busy, NotFound, WrongState
from ..model.history import Place
from ..model.newsletter.issue import (
    FREQUENCIES,
    NEWS_AGE,
    SETTLING,
    Digest,
    Frequency,
    Issue,
    IssueKey,
    NextIssue,
    digest,
    moment_of,
    next_due,
    window_now,
)
from ..model.precondition import Precondition
from ..model.queries import ArticlesBetween, FrontChoice
from ..render.newsletter.issue_texts import preheader, subject
from ..store.conflict import retrying
from ..store.issues import Issues
from ..store.queries import ArticleQueries
from ..telemetry import logger

TRIES = 8


class Uncomposed(Exception):
    """Some issues that are due cannot be composed; all others are."""


@dataclass(frozen=True, slots=True)
class Preview:
    """The next issue as it would be if it were composed now, its articles, and when it is to be composed."""

    coming: NextIssue
    issue: Issue
    digest: Digest
    moment: datetime


def compose_due(
    issues: Issues, queries: ArticleQueries, site: Site, now: datetime, deadline: Deadline = UNLIMITED
) -> tuple[Issue, ...]:
    """Compose the issues whose moment has come, and return them, empty ones included.

    Those for which there is no time are left to the next run. Raises `Uncomposed` at the end, so that an issue that
    cannot be composed does not hold up the others.
    """
    composed, failed = list[Issue](), list[str]()
    for edition, frequency in product(site.editions, FREQUENCIES):
        if deadline.left <= 0:
            logger.info("the rest of the issues have to wait for the next run")
            break
        try:
            issue = _compose(issues, queries, site, edition, frequency, now)
        except Busy:
            logger.info("others change the next issue; the next run composes it", extra=_about(edition, frequency))
        except Exception:  # noqa: BLE001  # any error concerns one issue, and the next run tries it again
            logger.exception("an issue cannot be composed", extra=_about(edition, frequency))
            failed.append(f"{edition}-{frequency}")
        else:
            composed += [issue] if issue else []
    if failed:
        raise Uncomposed(", ".join(failed))
    return tuple(composed)


@retrying(TRIES)
def compose_now(issues: Issues, queries: ArticleQueries, site: Site, key: IssueKey, now: datetime) -> Issue:
    """Compose the next issue before its moment, as the issue of its day or week, and return it.

    Idempotent: an issue that was composed is returned as it is. Raises `NotFound` for any other issue, `Busy`, and
    `WrongState` where it would have no articles, or the one before it was composed before its own moment, which has
    not come yet: readers would get none for several days.
    """
    coming = issues.next(key.edition, key.frequency)
    if composed := issues.get(key):
        return composed
    if next_due(coming, now, site)[0] != key:
        raise NotFound(f"there is no issue {key.id}")
    latest = IssueKey(key.edition, key.frequency, coming.latest) if coming.latest else None
    if latest and moment_of(latest, site) > now:
        raise WrongState(f"The issue {latest.id} was composed before its time; until then {key.id} has to wait.")
    issue = _issue(key, coming, _digest(queries, site, coming, now), site, now)
    if not issue.articles:
        raise WrongState(
            f"There is no news for the issue {key.id}. What was published in the last {SETTLING.seconds // 60} minutes"
            " is in none yet."
        )
    issues.commit(coming, issue)
    logger.info("an issue is composed before its time", extra={"issue": key.id, "articles": len(issue.articles)})
    return issue


def preview(
    issues: Issues, queries: ArticleQueries, site: Site, edition: str, frequency: Frequency, now: datetime
) -> Preview:
    """What the next issue would be if it were composed now."""
    coming = issues.next(edition, frequency)
    key, moment = next_due(coming, now, site)
    found = _digest(queries, site, coming, now)
    return Preview(coming, _issue(key, coming, found, site, now), found, moment)


def put_note(
    issues: Issues, edition: str, frequency: Frequency, texts: tuple[str, str], precondition: Precondition, by: str
) -> bool:
    """Put a subject and a note over the next issue, by the caller of that name. Returns whether anything changed.

    Empty texts take them away. The same texts again write nothing, and a request that was done before, and whose answer
    was lost, succeeds again (RFC 9110 §13.1.1). Raises `Stale` and `Busy`.
    """
    subject_line, note = texts

    @retrying(TRIES)
    def attempt() -> bool:
        current = issues.next(edition, frequency)
        same = (current.subject, current.note) == texts
        precondition.check("the next issue", current, done=same)
        if same:
            return False
        changed = replace(current, subject=subject_line, note=note, revision=current.revision + 1, updated_by=by)
        issues.replace_next(current, changed)
        return True

    return attempt()


@retrying(TRIES)
def _compose(
    issues: Issues, queries: ArticleQueries, site: Site, edition: str, frequency: Frequency, now: datetime
) -> Issue | None:
    """Compose the issue if its moment has come; None where it has not, or where it is there already. Raises `Busy`."""
    coming = issues.next(edition, frequency)
    key, moment = next_due(coming, now, site)
    if now < moment + SETTLING:
        return None
    issue = _issue(key, coming, _digest(queries, site, coming, now), site, now)
    issues.commit(coming, issue)
    logger.info("an issue is composed", extra={"issue": issue.key.id, "articles": len(issue.articles)})
    return issue


def _digest(queries: ArticleQueries, site: Site, coming: NextIssue, now: datetime) -> Digest:
    """The articles of the window that are live now. What left the site before is not among them."""
    window = window_now(coming, now)
    # No article is news of the window whose date is earlier or in the future.
    first, last = Place(window.since - NEWS_AGE, ""), Place(now, "\U0010ffff")
    live = queries(ArticlesBetween(Channel(coming.edition, "all"), first, last))
    front = queries(FrontChoice(coming.edition)).front
    return digest(filter(window.holds, live), front, site.editions[coming.edition].sections)


def _issue(key: IssueKey, coming: NextIssue, found: Digest, site: Site, now: datetime) -> Issue:
    window, edition = window_now(coming, now), site.editions[key.edition]
    empty = Issue(key, window.since, window.until, now.replace(microsecond=0))
    if not found.articles:
        return empty
    line = subject(found, coming.subject)
    return replace(
        empty,
        articles=tuple(article.id for article in found.articles),
        subject=line,
        titled=bool(coming.subject),
        preheader=preheader(found, line, edition),
        note=coming.note,
        previous=coming.previous,
    )


def _about(edition: str, frequency: Frequency) -> dict[str, str]:
    return {"edition": edition, "frequency": frequency}
