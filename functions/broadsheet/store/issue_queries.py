"""The articles table's results for the queries about issues of the newsletter. Every read is consistent."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, assert_never

from ..model.article import Article
from ..model.config import Site
from ..model.newsletter.issue import FREQUENCIES, PERIODS, Frequency, Issue, IssueKey, issue_name
from ..model.queries import IssueArticles, IssueByKey, IssueKeys, IssuesWith, NewestIssues
from .article_rows import article_of
from .issues import Issues, issue_of, partition
from .table import Table

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

LISTED = 30  # issues on the page that lists them, and in their feeds
SHOWN = 3  # articles of each of these
IN_SITEMAP = 400  # issues of a frequency; older ones are linked by their pages, one by the next

IssueQuery = IssueByKey | NewestIssues | IssueKeys | IssuesWith


class IssueQueries:
    """Answers queries from the articles table, by its name, for one site."""

    def __init__(self, client: "DynamoDBClient", table: str, site: Site) -> None:
        self._table = Table(client, table)
        self._issues = Issues(client, table)
        self._site = site

    def __call__(self, query: IssueQuery) -> object:
        """The result of a query, as of now."""
        match query:
            case IssueByKey(key):
                return self._by_key(key)
            case NewestIssues(edition):
                return self._newest(edition)
            case IssueKeys(edition):
                return self._keys(edition)
            case IssuesWith():
                return self._with(query)
        assert_never(query)

    def _by_key(self, key: IssueKey) -> IssueArticles | None:
        issue = self._issues.get(key)
        return _with_live(issue, self._articles(issue.articles)) if issue else None

    def _newest(self, edition: str) -> tuple[IssueArticles, ...]:
        issues = [issue for each in FREQUENCIES for issue in self._with_news(edition, each)]
        issues.sort(key=lambda issue: (issue.composed_at, issue.key), reverse=True)
        articles = self._articles(id for issue in issues[:LISTED] for id in issue.articles[:SHOWN])
        return tuple(_with_live(issue, articles, SHOWN) for issue in issues[:LISTED])

    def _with_news(self, edition: str, frequency: Frequency) -> Iterable[Issue]:
        """The newest issues of a frequency; those without news may be between them."""
        issues = self._issues.newest(edition, frequency, 2 * LISTED)
        return [issue for issue in issues if issue.articles][:LISTED]

    def _keys(self, edition: str) -> tuple[IssueKey, ...]:
        issues = (issue for each in FREQUENCIES for issue in self._issues.newest(edition, each, IN_SITEMAP))
        return tuple(issue.key for issue in issues if issue.articles)

    def _with(self, query: IssuesWith) -> tuple[IssueKey, ...]:
        """Of each frequency, the issue whose window holds that time, if it has the article.

        The window of an issue ends at its moment; after an outage, before the next one, at the latest a day or a week
        later; and earlier, but not before the moment of the issue before it, where an editor released it. So that of
        the third issue from then on ends after the time, and these four are looked at.
        """
        found: list[IssueKey] = []
        for frequency in FREQUENCIES:
            first = issue_name(frequency, self._site.day(query.at) - PERIODS[frequency])
            pk = partition(query.edition, frequency)
            rows = self._table.query(pk, "sk >= :first", {":first": first}, limit=4, newest=False)
            found += [issue.key for issue in map(issue_of, rows) if query.article in issue.articles]
        return tuple(found)

    def _articles(self, ids: Iterable[str]) -> Mapping[str, Article]:
        keys = [(f"ARTICLE#{id}", "META") for id in dict.fromkeys(ids)]
        return {article.id: article for article in map(article_of, self._table.rows(keys))}


def _with_live(issue: Issue, articles: Mapping[str, Article], first: int | None = None) -> IssueArticles:
    found = (articles[id] for id in issue.articles[:first] if id in articles)
    return IssueArticles(issue, tuple(each for each in found if each.live and each.edition == issue.key.edition))
