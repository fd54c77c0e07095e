"""Checks of an article on the site: published, moved, published by the schedule, withdrawn."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote, urlsplit

import feedparser  # type: ignore[import-untyped]  # it has no types

from .run import Run
from .site import Answer, CheckFailed

FEED_TYPES: Mapping[str, str] = {
    "xml": "application/rss+xml; charset=utf-8",
    "atom": "application/atom+xml; charset=utf-8",
    "json": "application/feed+json; charset=utf-8",
}
LEAD = timedelta(seconds=5)  # between the put of the scheduled article and its date


def put_article(run: Run) -> None:
    """A signed PUT stores an article that is live and has a path."""
    article = run.put(run.article_id)
    if not article.get("live") or not isinstance(article.get("path"), str):
        raise CheckFailed(
            f"expected a live article with a path, got live {article.get('live')}, path {article.get('path')}"
        )
    run.path = str(article["path"])


def put_scheduled(run: Run) -> None:
    """An article with a future date is stored and is not live."""
    due = datetime.now(UTC) + LEAD
    article = run.put(f"{run.article_id}-scheduled", published_at=due.isoformat(timespec="seconds"), tags=[])
    if article.get("live") is not False:
        raise CheckFailed(f"expected an article that is not live before its time, got live {article.get('live')}")
    run.scheduled_path = str(article.get("path"))


def article_page(run: Run) -> None:
    run.until(run.published(), 200, has(f"Smoke test {run.id}"), "the article's headline")


def listings(run: Run) -> None:
    """The front page, the section's page and the day's page link to the article."""
    path = run.published()
    day = path.removesuffix("/").rpartition("/")[0] + "/"
    for page in (f"{run.edition.root}/", f"{run.edition.root}/section/{run.section}/", day):
        run.until(page, 200, has(path), f"a link to {path}")


def edition_feeds(run: Run) -> None:
    for feed in run.feeds(f"{run.edition.root}/"):
        _feed(run, feed)


def tag_feeds(run: Run) -> None:
    for feed in run.feeds(run.tag):
        _feed(run, feed)


def moved(run: Run) -> None:
    """A new slug moves the page, and the old path redirects to the new one."""
    old_path = run.published()
    run.path = str(run.put(run.article_id, slug=f"smoke-test-moved-{run.id}").get("path"))
    run.until(run.path, 200, has(f"Smoke test {run.id}"), "the article's headline")
    answer = run.until(old_path, 301, meanwhile=(200,))
    target = unquote(urlsplit(answer.header("location")).path)
    if target != run.path:
        raise CheckFailed(f"expected a redirect from {old_path} to {run.path}, got one to {target or 'nowhere'}")


def released(run: Run) -> None:
    """The schedule, which runs every minute, publishes an article when its date is reached."""
    if not run.scheduled_path:
        raise CheckFailed("expected a scheduled article, got none")
    run.until(run.scheduled_path, 200, meanwhile=(404,), extra=60)


def withdrawn(run: Run) -> None:
    """The path of a withdrawn article answers 410."""
    path = run.published()
    run.client.withdraw(run.article_id)
    run.until(path, 410, meanwhile=(200,))


def withdrawn_from_feeds(run: Run) -> None:
    """Feeds and the front page do not list a withdrawn article; the feeds of its tag, now empty, answer 410."""
    path = run.published()
    run.client.withdraw(run.article_id)
    entry = run.settings.tag(run.article_id)
    for feed in run.feeds(f"{run.edition.root}/"):
        run.until(feed, 200, lacks(f"{entry}<", f'{entry}"'), "the article gone", meanwhile=())
    run.until(f"{run.edition.root}/", 200, lacks(path), "the article gone", meanwhile=())
    for feed in run.feeds(run.tag):
        run.until(feed, 410, meanwhile=(200,))


def has(*texts: str) -> Callable[[Answer], bool]:
    """Whether an answer's body has one of the texts."""
    return lambda answer: any(text.encode() in answer.body for text in texts)


def lacks(*texts: str) -> Callable[[Answer], bool]:
    """Whether an answer's body has none of the texts."""
    return lambda answer: not has(*texts)(answer)


def _feed(run: Run, path: str) -> None:
    """The feed is well-formed, has its media type, and contains the article."""
    run.published()
    entry = run.settings.tag(run.article_id)
    answer = run.until(path, 200, has(f"{entry}<", f'{entry}"'), f"the entry {entry}")
    ending = path.rpartition(".")[2]
    answer.expect_header("content-type", FEED_TYPES[ending])
    if ending == "json":
        answer.json()
    elif feedparser.parse(answer.body, response_headers={"content-type": answer.header("content-type")}).bozo:
        raise CheckFailed(f"expected a well-formed feed at {answer.url}, got one that does not parse")
