"""What clients that follow a feed do when the feed changes."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

import pytest

from broadsheet_cli.client import Client as Editor
from infra.local.deployment.local_deployment import LocalDeployment
from tests.readers import edition
from tests.readers.clients import CLIENTS, Client, Entry, Newsboat, Reader
from tests.readers.wire import Exchange, Wire

pytestmark = pytest.mark.proof

NUMBERS = count(1)
AT = "2026-03-14T10:00:00+02:00"


@dataclass(frozen=True)
class Poll:
    """The result of one poll: its exchanges, and the new and changed entries by id."""

    exchanges: list[Exchange]
    new: Mapping[str, Entry]
    changed: Mapping[str, Entry]


@dataclass(frozen=True)
class Follower:
    """A client that follows a feed over a wire."""

    feed: str
    client: Client
    wire: Wire

    def poll(self) -> Poll:
        self.wire.taken()
        before = self.client.held()
        self.client.poll()
        after = self.client.held()
        return Poll(
            self.wire.taken(),
            new={id: entry for id, entry in after.items() if id not in before},
            changed={id: after[id] for id, entry in before.items() if after[id] != entry},
        )


@dataclass(frozen=True)
class Readership:
    """Clients of one kind, one for each feed that they can read, and an editor with an article in every edition."""

    stack: LocalDeployment
    editor: Editor
    followers: list[Follower]
    articles: dict[str, dict[str, Any]]

    def put(self, **changed: Any) -> None:
        """Change these fields of the articles, and wait until they are published."""
        for id in self.articles:
            self.articles[id] |= changed
            self.editor.put(id, self.articles[id])
        self.stack.settle()

    def withdraw(self) -> None:
        """Withdraw the articles, and wait until they are gone."""
        for id in self.articles:
            self.editor.withdraw(id)
        self.stack.settle()

    def poll(self) -> dict[str, Poll]:
        """Every client's next poll, by its feed."""
        return {follower.feed: follower.poll() for follower in self.followers}

    def entries(self) -> dict[str, dict[str, Entry]]:
        """The entries that each feed must have of the articles now, by id."""
        ours = {edition.id_of(id) for id in self.articles}
        shown = {follower.feed: edition.shown(self.editor, edition.FEEDS[follower.feed]) for follower in self.followers}
        return {feed: {entry.id: entry for entry in entries if entry.id in ours} for feed, entries in shown.items()}


@pytest.fixture(scope="module", params=CLIENTS, ids=lambda kind: kind.__name__)
def followers(
    request: pytest.FixtureRequest, stack: LocalDeployment, editor: Editor, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[Follower]]:
    """Clients of each kind in turn, which have polled often enough to send conditional requests."""
    kind: type[Client] = request.param
    for id, article in articles("first", "The first").items():
        editor.put(id, article)
    stack.settle()
    with ExitStack() as opened:
        wire = opened.enter_context(Wire(stack.url))
        found = []
        for feed in edition.FEEDS:
            if feed.endswith(kind.endings):
                client = opened.enter_context(closing(kind(wire.url + feed, tmp_path_factory.mktemp("client"))))
                found.append(Follower(feed, client, wire))
        for _ in range(kind.warm_up):
            for follower in found:
                follower.client.poll()
        yield found


def articles(name: str, headline: str) -> dict[str, dict[str, Any]]:
    """An article for every edition, by ids that no other test has."""
    number = next(NUMBERS)
    return {f"{name}-{number}-{code}": edition.article(code, headline, AT) for code in edition.TITLES}


@pytest.fixture
def readership(stack: LocalDeployment, editor: Editor, followers: list[Follower]) -> Iterator[Readership]:
    """All clients have seen the articles, which are withdrawn in the end."""
    readership = Readership(stack, editor, followers, articles("ferry", "Ferry returns"))
    readership.put()
    readership.poll()
    yield readership
    for id in readership.articles:
        editor.withdraw(id)


def test_a_poll_without_changes_gets_an_empty_304(readership: Readership) -> None:
    for feed, poll in readership.poll().items():
        assert poll == Poll([Exchange(feed, 304, 0)], new={}, changed={})


def test_a_new_article_is_one_new_entry(readership: Readership) -> None:
    before = readership.entries()
    readership.articles.update(articles("tram", "Tram turns ten"))
    readership.put()
    after = readership.entries()
    for feed, poll in readership.poll().items():
        new = {id: entry for id, entry in after[feed].items() if id not in before[feed]}
        assert len(new) == len(edition.FEEDS[feed])
        assert (poll.new, poll.changed) == (new, {}), feed


def test_a_corrected_headline_changes_the_entry_in_its_place(readership: Readership) -> None:
    before = readership.entries()
    readership.put(headline="Ferry returns & stays <for good>")
    for feed, poll in readership.poll().items():
        assert poll.new == {}, feed
        assert poll.changed == {
            id: replace(entry, title="Ferry returns & stays <for good>") for id, entry in before[feed].items()
        }, feed


def test_a_moved_article_is_the_same_entry_with_another_link(readership: Readership) -> None:
    before = readership.entries()
    readership.put(slug="العبارة-ferry")
    after = readership.entries()
    for feed, poll in readership.poll().items():
        assert poll.new == {}, feed
        assert poll.changed == after[feed], feed
        assert all(poll.changed[id] == replace(entry, link=after[feed][id].link) for id, entry in before[feed].items())
        assert all(poll.changed[id].link != entry.link for id, entry in before[feed].items())


def test_a_withdrawal_adds_no_entry(readership: Readership) -> None:
    readership.withdraw()
    for feed, poll in readership.poll().items():
        assert [exchange.status for exchange in poll.exchanges] == [200], feed
        assert (poll.new, poll.changed) == ({}, {}), feed


@pytest.mark.parametrize("followers", [Reader], indirect=True)
def test_reader_counts_a_corrected_article_as_one_changed_entry(readership: Readership) -> None:
    readership.put(headline="Ferry returns, and stays")
    for follower in readership.followers:
        follower.client.poll()
        assert isinstance(follower.client, Reader)
        assert follower.client.result
        counted = (follower.client.result.new, follower.client.result.modified)
        assert counted == (0, len(edition.FEEDS[follower.feed])), follower.feed


@pytest.mark.parametrize("followers", [Newsboat], indirect=True)
def test_newsboat_has_no_more_to_read_after_a_correction(readership: Readership) -> None:
    clients = [follower.client for follower in readership.followers if isinstance(follower.client, Newsboat)]
    unread = [client.unread() for client in clients]
    assert all(unread)
    readership.put(headline="Ferry returns, and stays")
    readership.poll()
    assert [client.unread() for client in clients] == unread
