"""The page of each issue of the newsletter, and the page of an edition that lists them.

An issue never changes, and its page shows its articles as they are now: a correction shows, a withdrawn article leaves.
"""

from collections.abc import Iterator
from functools import partial

from ...model.config import Site
from ...model.newsletter.issue import IssueKey, arranged_digest, issue_path
from ...model.queries import IssueByKey, NewestIssues, Snapshot
from ..shared import issues, urls
from ..shared.locale import locale
from ..shared.target import ChangeSet, RenderedObject, Target
from .layout import page


def issue_pages(changes: ChangeSet) -> Iterator[Target]:
    """The issues' own pages. An issue without news has none."""
    for key in changes.issue_keys:
        yield Target(urls.key(issue_path(key, changes.site)), (IssueByKey(key),), partial(_issue, key))


def issue_lists(changes: ChangeSet) -> Iterator[Target]:
    """The editions' newest issues. Each page of an issue links to the one before it, so that readers find all."""
    for edition in changes.issue_editions:
        yield Target(urls.key(changes.site.issues_path(edition)), (NewestIssues(edition),), partial(_list, edition))


def _issue(key: IssueKey, site: Site, snapshot: Snapshot) -> RenderedObject | None:
    found = snapshot[IssueByKey(key)]
    if found is None or not found.issue.articles:
        return None
    issue, edition = found.issue, site.editions[key.edition]
    title = issues.title(issue, site)
    previous = issue_path(IssueKey(key.edition, key.frequency, issue.previous), site) if issue.previous else None
    return page(
        "issue.html",
        site,
        edition,
        issue_path(key, site),
        title,
        issues.headlines(found.articles[:3]) or title,
        breadcrumbs=[(locale(edition).issues.title, site.issues_path(key.edition))],
        issue=issue,
        label=issues.label(issue, site),
        digest=arranged_digest(found.articles, edition.sections),
        all_issues=site.issues_path(key.edition),
        previous=previous,
    )


def _list(code: str, site: Site, snapshot: Snapshot) -> RenderedObject:
    edition, path = site.editions[code], site.issues_path(code)
    texts = locale(edition)
    found = [
        (each.issue, issue_path(each.issue.key, site), issues.label(each.issue, site), issues.headlines(each.articles))
        for each in snapshot[NewestIssues(code)]
    ]
    others = {other: site.issues_path(other) for other in site.editions if other != code}
    return page(
        "issues.html",
        site,
        edition,
        path,
        texts.issues.title,
        texts.issues.intro,
        breadcrumbs=[],
        listed=found,
        translated_paths=others,
    )
