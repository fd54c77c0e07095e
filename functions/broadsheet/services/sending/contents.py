"""What the mails of an issue say: rendered once for each choice of sections."""

from collections.abc import Sequence
from datetime import datetime

from cachetools import LRUCache

from ...model.article import Article
from ...model.config import Site
from ...model.newsletter.issue import Issue, news_at
from ...render.newsletter.issue_mail import IssueContent, render_issue

KEPT = 64  # contents of at most 100 KB each in two parts, so that a worker's memory has a bound


class Contents:
    """The contents of one issue with these articles, which are those of the issue in its order."""

    def __init__(self, issue: Issue, articles: Sequence[Article], site: Site) -> None:
        self.issue = issue
        self._articles = tuple(articles)
        self._site = site
        self._rendered: LRUCache[tuple[tuple[str, ...], ...], IssueContent | None] = LRUCache(KEPT)

    def of(self, sections: Sequence[str], after: datetime | None) -> IssueContent | None:
        """The content for the chosen sections with the articles that are news after that time; None without any."""
        articles = self._articles
        if after is not None and after > self.issue.since:
            articles = tuple(article for article in articles if news_at(article) > after)
        key = tuple(sorted(sections)), tuple(article.id for article in articles)
        if key not in self._rendered:
            self._rendered[key] = render_issue(self.issue, articles, sections, self._site)
        return self._rendered[key]
