"""From published articles to an issue of the newsletter: its page, its place in lists and feeds, what changes it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from broadsheet.model.newsletter.issue import Issue, IssueKey
from broadsheet.services.issues import compose_due, preview, put_note
from broadsheet.store.issues import Issues
from broadsheet.store.queries import ArticleQueries
from tests.world import ANY, NOON, World, deployed

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
SEVEN = NOON.replace(hour=5)  # 07:00 in Athens, on a Saturday
PAGE, LIST = "en/newsletter/2026-03-14/index.html", "en/newsletter/index.html"


@dataclass
class Desk(World):
    """Editors, the publisher, and the composer."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.issues = Issues(self.clients.dynamodb, self.table)
        self.queries = ArticleQueries(self.clients.dynamodb, self.table, self.site)

    def compose(self) -> list[str]:
        """Compose what is due, and publish it. Returns the ids of the issues."""
        composed = compose_due(self.issues, self.queries, self.site, self.now)
        for issue in composed:
            key = issue.key
            self.publisher().publish_others(f"ISSUES#{key.edition}#{key.frequency}#{key.name}")
        return [issue.key.id for issue in composed]

    def stored(self, name: str, frequency: str = "daily") -> Issue:
        key = IssueKey("en", "weekly" if frequency == "weekly" else "daily", name)
        issue = self.issues.get(key)
        assert issue
        return issue

    def text(self, key: str) -> str:
        return self.objects()[key].decode()


@pytest.fixture
def desk() -> Iterator[Desk]:
    with deployed() as deployment:
        desk = Desk(deployment)
        desk.now = SEVEN - 2 * HOUR
        desk.put("strike", headline="Strike ends", published_at=None, section="sport")
        desk.now = SEVEN - HOUR
        desk.put("ferry", headline="Ferry returns", published_at=None)
        desk.publish()
        yield desk


def test_an_issue_has_a_page_and_is_in_the_list_the_feeds_and_the_sitemap(desk: Desk) -> None:
    """newsletter#34."""
    desk.now = SEVEN + 3 * MINUTE
    assert desk.compose() == ["en-daily-2026-03-14", "en-weekly-2026-w11", "ar-daily-2026-03-14", "ar-weekly-2026-w11"]
    issue = desk.stored("2026-03-14")
    assert issue.articles == ("ferry", "strike")
    assert (issue.subject, issue.preheader) == ("Ferry returns", "Also in this issue: Strike ends")
    assert "Ferry returns" in desk.text(PAGE)
    assert "/en/newsletter/2026-03-14/" in desk.text(LIST)
    for format in ("xml", "atom", "json"):
        assert "/en/newsletter/2026-03-14/" in desk.text(f"en/newsletter/feed.{format}")
    assert "/en/newsletter/2026-w11/" in desk.text("en/sitemap-newsletter.xml")
    assert "sitemap-newsletter.xml" in desk.text("sitemap.xml")
    # Where nothing was published, the row says so and nothing else.
    empty = desk.issues.get(IssueKey("ar", "daily", "2026-03-14"))
    assert empty
    assert (empty.articles, empty.subject, empty.preheader) == ((), "", "")
    assert not [key for key in desk.objects() if key.startswith("ar/newsletter/2026")]


def test_an_issue_is_composed_once_and_the_next_one_has_only_what_is_new(desk: Desk) -> None:
    """newsletter#35, newsletter#36."""
    desk.now = SEVEN + 3 * MINUTE
    desk.compose()
    assert desk.compose() == []
    desk.now += HOUR
    desk.put("ferry", headline="Ferry returns, after all", published_at=desk.now.isoformat())
    desk.put("gulls", headline="Gulls", published_at=None)
    desk.put("archive", headline="From an archive", published_at="2019-03-14T10:00:00Z")
    desk.now = SEVEN + DAY + 3 * MINUTE
    assert desk.compose() == ["en-daily-2026-03-15", "ar-daily-2026-03-15"]
    assert desk.stored("2026-03-15").articles == ("gulls",)
    assert desk.stored("2026-03-15").previous == "2026-03-14"
    assert "/en/newsletter/2026-03-14/" in desk.text("en/newsletter/2026-03-15/index.html")


def test_what_is_withdrawn_or_corrected_before_and_after_the_composition(desk: Desk) -> None:
    """newsletter#37."""
    desk.put("slip", headline="A slip", published_at=None)
    desk.put("ferry", headline="Ferry returns today", published_at=None)
    desk.withdraw("slip")
    desk.publish()
    desk.now = SEVEN + 3 * MINUTE
    desk.compose()
    before = desk.stored("2026-03-14")
    assert before.articles == ("ferry", "strike")
    assert before.subject == "Ferry returns today"
    desk.now += HOUR
    desk.put("ferry", headline="Ferry returns tomorrow", published_at=None)
    desk.withdraw("strike")
    desk.publish()
    for key in (PAGE, "en/newsletter/2026-w11/index.html", LIST, "en/newsletter/feed.json"):
        assert "Ferry returns tomorrow" in desk.text(key)
        assert "Strike ends" not in desk.text(key)
    assert desk.stored("2026-03-14") == before
    desk.withdraw("ferry")
    desk.publish()
    assert "no longer available" in desk.text(PAGE)
    [item, _] = json.loads(desk.text("en/newsletter/feed.json"))["items"]
    assert item["title"] == "Weekly newsletter, 14 March 2026"


def test_an_editor_s_note_and_subject_are_over_one_issue(desk: Desk) -> None:
    """newsletter#39."""
    assert put_note(desk.issues, "en", "daily", ("Good morning", "Dear readers.\n\nIt rains."), ANY, "lina")
    assert not put_note(desk.issues, "en", "daily", ("Good morning", "Dear readers.\n\nIt rains."), ANY, "lina")
    seen = preview(desk.issues, desk.queries, desk.site, "en", "daily", desk.now + 3 * MINUTE)
    assert (seen.issue.key.id, seen.moment) == ("en-daily-2026-03-14", SEVEN)
    assert seen.issue.subject == "Good morning"
    desk.now = SEVEN + 3 * MINUTE
    desk.compose()
    issue = desk.stored("2026-03-14")
    assert issue == replace(seen.issue, until=issue.until, since=issue.since, composed_at=issue.composed_at)
    assert "<h1><bdi>Good morning</bdi></h1>" in desk.text(PAGE)
    assert '<p class="standfirst">It rains.</p>' in desk.text(PAGE)
    coming = desk.issues.next("en", "daily")
    assert (coming.subject, coming.note, coming.revision) == ("", "", 2)
    assert desk.stored("2026-w11", "weekly").note == ""
