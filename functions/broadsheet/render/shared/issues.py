"""The names of the newsletter's issues, on pages, in feeds and in mails."""

from collections.abc import Sequence
from datetime import datetime

from ...model.article import Article
from ...model.config import Edition, Site
from ...model.newsletter.issue import Issue
from ...model.newsletter.subscriber import Preferences
from .locale import locale


def label(issue: Issue, site: Site) -> str:
    """Which issue it is, with its date: of a weekly one, the day on which it was composed."""
    texts = locale(site.editions[issue.key.edition])
    if issue.key.frequency == "daily":
        return texts.issues.daily.format(day=texts.dates.day(issue.key.day))
    return texts.issues.weekly.format(day=texts.dates.day(site.day(issue.until)))


def title(issue: Issue, site: Site) -> str:
    """The subject that an editor wrote, or else which issue it is. The subject of a mail names an article otherwise,
    which may have been withdrawn since.
    """
    return issue.subject if issue.titled else label(issue, site)


def coming(preferences: Preferences, edition: Edition, moment: datetime | None, site: Site) -> str:
    """When the next issue comes that a subscriber chose, in a sentence; nothing where there is no moment."""
    if moment is None:
        return ""
    texts, local = locale(edition), site.local(moment)
    sentence = texts.issues.next_weekly if preferences.frequency == "weekly" else texts.issues.next_daily
    return sentence.format(day=texts.dates.coming_day(local), time=texts.dates.time(local))


def headlines(articles: Sequence[Article]) -> str:
    """The headlines of articles in one line."""
    return " · ".join(article.headline for article in articles)
