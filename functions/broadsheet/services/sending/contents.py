"""The mails of an issue: rendered and encoded once for each choice of sections."""

from collections.abc import Sequence
from datetime import datetime

from cachetools import LRUCache

from ...model.article import Article
from ...model.config import Site
from ...model.newsletter.issue import Issue, news_at
from ...render.newsletter.issue_mail import IssueMail, render_issue

KEPT = 64  # mails of at most some 300 KB, so that a worker's memory has a bound


class Contents:
    """The mails of one issue with these articles, which are those of the issue in its order."""

    def __init__(self, issue: Issue, articles: Sequence[Article], site: Site) -> None:
        self.issue = issue
        self._articles = tuple(articles)
        self._site = site
        self._rendered: LRUCache[tuple[tuple[str, ...], int, str], IssueMail | None] = LRUCache(KEPT)

    def mail(self, sections: Sequence[str], after: datetime | None, sender: str) -> IssueMail | None:
        """The mail for the chosen sections with the articles that are news after that time; None without any."""
        articles = self._articles
        if after is not None and after > self.issue.since:
            articles = tuple(article for article in articles if news_at(article) > after)
        # Of two times, the articles after the later one are among those after the other: their number tells which.
        key = tuple(sorted(sections)), len(articles), sender
        if key not in self._rendered:
            content = render_issue(self.issue, articles, sections, self._site)
            self._rendered[key] = IssueMail(content, sender, self._site) if content else None
        return self._rendered[key]
