"""The feeds of an edition's issues of the newsletter: the newest ones, in all formats."""

from collections.abc import Iterator
from functools import partial

from ...model.channel import Channel
from ...model.config import Site
from ...model.newsletter.issue import issue_path
from ...model.queries import IssueArticles, NewestIssues, Snapshot
from ..shared import channels, issues, urls
from ..shared.target import ChangeSet, RenderedObject, Target
from ..shared.templating import fragment
from .channel_feeds import FORMATS
from .entry import Entry
from .feed import Feed, Format, newest_change


def issue_feeds(changes: ChangeSet) -> Iterator[Target]:
    """The feeds, also while they are empty. No hub is pinged about them: an issue comes once a day."""
    for edition in changes.issue_editions:
        for format in FORMATS:
            key = changes.site.issues_path(edition)[1:] + format.file()
            yield Target(key, (NewestIssues(edition),), partial(_feed, edition, format))


def _feed(code: str, format: Format, site: Site, snapshot: Snapshot) -> RenderedObject:
    home = urls.absolute(site, site.issues_path(code))
    channel = Channel(code, "newsletter")
    entries = tuple(_entry(each, site) for each in snapshot[NewestIssues(code)])
    feed = Feed(
        id=site.tag(f"feeds/{code}/newsletter"),
        url=home + format.file(),
        home=home,
        title=channels.title(channel, site, ()),
        description=channels.description(channel, site),
        language=code,
        updated=newest_change(None, entries),
        entries=entries,
        archived=False,
    )
    return format.kind.output(format.render(feed))


def _entry(found: IssueArticles, site: Site) -> Entry:
    """An issue with its note and its first headlines, as they are now."""
    issue, edition = found.issue, site.editions[found.issue.key.edition]
    title, headlines = issues.title(issue, site), issues.headlines(found.articles)
    body = fragment("issue_entry.html", site, edition, issue=issue, articles=found.articles)
    return Entry(
        id=site.tag(f"newsletter/{issue.key.id}"),
        link=urls.absolute(site, issue_path(issue.key, site)),
        title=title,
        summary=issue.note or headlines or title,
        figure="",
        body=body if site.feeds_in_full else None,
        corrections="",
        authors=(),
        categories=(),
        published=issue.composed_at,
        updated=issue.composed_at,
        changed=issue.composed_at,
        language=edition.code,
        direction=edition.direction,
        image=None,
        enclosures=(),
        continue_reading="",
    )
