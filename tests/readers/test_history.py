"""A feed's whole history, walked over HTTP, before and after the past is changed."""

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest

from broadsheet_cli.client import READ_ONLY
from broadsheet_cli.client import Client as Editor
from infra.local.deployment.local_deployment import LocalDeployment
from tests.readers import edition, history
from tests.readers.history import Document

pytestmark = pytest.mark.proof

# How many articles each month has in the English edition; the Arabic one has every sixth of them. So January has two
# documents, the feed still holds more months than the newest, and an Arabic feed holds all there is.
MONTHS = {"2024-12": 4, "2025-01": 31, "2025-03": 0, "2025-04": 20, "2025-05": 12}
OF_JANUARY, OF_APRIL = "2025-01-06", "2025-04-06"  # in both editions


@pytest.fixture(scope="module")
def site(stack: LocalDeployment, editor: Editor) -> LocalDeployment:
    """The deployment with months of articles, put in the order of their dates."""
    for number, (id, article) in enumerate(past(), 1):
        editor.put(id, article)
        if number % 10 == 0:
            stack.settle()
    stack.settle()
    return stack


def past() -> Iterator[tuple[str, dict[str, Any]]]:
    for month, articles in MONTHS.items():
        for number in range(articles):
            at = f"{month}-{1 + number // 2:02}T10:00:00Z"  # two at each instant, whose order is by their ids
            for code in ("ar", "en") if number % 6 == 0 else ("en",):
                yield f"{month}-{number:02}-{code}", edition.article(code, f"Of {month}, {number}", at)


def forwards(oldest: Document) -> Iterator[Document]:
    """This archive document, and each that `next-archive` links to."""
    yield oldest
    while oldest.next:
        oldest = history.read(oldest.next)
        yield oldest


def archives(site: LocalDeployment) -> dict[str, Document]:
    """Every archive document of every feed, by URL. The entries of the newest may be in the feed too."""
    found: dict[str, Document] = {}
    for feed in edition.FEEDS:
        _, *documents = history.walk(site.url + feed)
        found |= {document.url: document for oldest in documents[-1:] for document in forwards(oldest)}
    return found


def ids(editor: Editor, feed: str) -> list[str]:
    """The ids that a feed's history must hold, newest first."""
    return [entry.id for entry in edition.shown(editor, edition.FEEDS[feed])]


@pytest.mark.parametrize("feed", edition.FEEDS)
def test_a_walk_back_from_a_feed_finds_every_article_once_newest_first(
    site: LocalDeployment, editor: Editor, feed: str
) -> None:
    """feeds#35"""
    head, *documents = history.walk(site.url + feed)
    assert [id for document in (head, *documents) for id in document.ids] == ids(editor, feed)
    assert (head.archive, head.complete, head.current, head.next) == (False, not documents, None, None)
    assert len(documents) == (3 if "en" in edition.FEEDS[feed] else 0)
    assert all(document.archive and document.current == head.url for document in documents)
    assert all(older.next == newer.url for newer, older in pairwise(documents))
    back = list(forwards(documents[-1])) if documents else []
    assert back[: len(documents)] == documents[::-1]
    assert all(set(document.ids) <= set(head.ids) for document in back[len(documents) :])


@pytest.mark.parametrize("folder", edition.FOLDERS)
def test_the_histories_of_all_formats_have_the_same_documents(site: LocalDeployment, folder: str) -> None:
    """feeds#37"""
    chains = [
        [(document.url.removesuffix(ending), document.ids) for document in history.walk(site.url + path)]
        for ending in edition.ENDINGS
        for path in (edition.feed(folder, ending),)
    ]
    assert chains[0] == chains[1] == chains[2]


def put(editor: Editor, name: str, **changed: Any) -> None:
    """Change these fields of the article of this name, in both editions."""
    for code in edition.TITLES:
        found = editor.get(f"{name}-{code}")
        kept = {field: found[field] for field in found if field not in READ_ONLY | {"updated_at"}}
        editor.put(f"{name}-{code}", kept | changed)


def withdraw(editor: Editor, name: str) -> None:
    for code in edition.TITLES:
        editor.withdraw(f"{name}-{code}")


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda editor: put(editor, OF_JANUARY, headline="Corrected", slug="elsewhere"), id="a correction"),
        pytest.param(lambda editor: withdraw(editor, OF_JANUARY), id="a withdrawal"),
    ],
)
def test_a_changed_article_changes_only_the_archive_document_that_holds_it(
    site: LocalDeployment, editor: Editor, change: Callable[[Editor], None]
) -> None:
    """feeds#36"""
    before = archives(site)
    change(editor)
    site.settle()
    after = archives(site)
    names = {edition.id_of(f"{OF_JANUARY}-{code}") for code in edition.TITLES}
    holding = {url for url, document in before.items() if names & set(document.ids)}
    assert len(holding) >= sum("en" in editions for editions in edition.FEEDS.values())
    assert after.keys() == before.keys()
    assert {url for url in after if after[url].body != before[url].body} == holding
    for feed in edition.FEEDS:
        assert [id for document in history.walk(site.url + feed) for id in document.ids] == ids(editor, feed)


def test_a_back_dated_article_changes_the_archive_documents_of_two_months_alone(
    site: LocalDeployment, editor: Editor
) -> None:
    before = archives(site)
    put(editor, OF_APRIL, published_at="2025-01-02T10:00:00Z")
    site.settle()
    after = archives(site)
    others = {url for url in before if "feed.2025-01" not in url and "feed.2025-04" not in url}
    assert others
    assert all(after[url] == before[url] for url in others)
    assert {url for url in after if url not in before} <= {url for url in after if "feed.2025-01" in url}
    for feed in edition.FEEDS:
        assert [id for document in history.walk(site.url + feed) for id in document.ids] == ids(editor, feed)
