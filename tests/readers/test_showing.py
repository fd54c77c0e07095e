"""What clients show of a feed at their first poll."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from broadsheet_cli.client import Client as Editor
from infra.local.deployment.local_deployment import LocalDeployment
from tests.readers import clients, edition, history
from tests.readers.clients import Client, Entry, Feedparser, Newsboat, Reader

# In `make test`, `tests/unit/render/test_feeds.py` reads every format with feedparser.
pytestmark = pytest.mark.proof

# A client that keeps entries has an order of its own for them, which its person chose; a parser has the feed's.
KEEPERS: tuple[type[Client], ...] = (Reader, Newsboat)
NODE: Mapping[str, tuple[str, ...]] = {"feedsmith": ("xml", "atom", "json"), "rss-parser": ("xml", "atom")}


def known(endings: tuple[str, ...]) -> list[str]:
    """The feeds in formats with these endings."""
    return [feed for feed in edition.FEEDS if feed.endswith(endings)]


@pytest.fixture(scope="module")
def site(stack: LocalDeployment, editor: Editor) -> LocalDeployment:
    """The deployment with an article of every title, two at each instant."""
    for code, titles in edition.TITLES.items():
        for number, (name, title) in enumerate(titles.items()):
            editor.put(name, edition.article(code, title, f"2026-03-{10 + number // 2}T10:00:00+02:00"))
    stack.settle()
    return stack


@pytest.fixture(scope="module")
def parsed(site: LocalDeployment) -> Mapping[tuple[str, str], list[Entry]]:
    """Every feed as the parsers in Node read it, in one run of Node."""
    return clients.parsed_by_node([site.url + feed for feed in edition.FEEDS])


@pytest.mark.parametrize("feed", known(Feedparser.endings))
def test_feedparser_reads_every_entry_in_order_and_as_it_was_typed(
    site: LocalDeployment, editor: Editor, feed: str
) -> None:
    assert clients.parsed_by_feedparser(site.url + feed) == edition.shown(editor, edition.FEEDS[feed])


@pytest.mark.parametrize(
    ("kind", "feed"),
    [(kind, feed) for kind in KEEPERS for feed in known(kind.endings)],
)
def test_a_client_that_keeps_entries_shows_each_as_it_was_typed(
    site: LocalDeployment, editor: Editor, kind: type[Client], feed: str, tmp_path: Path
) -> None:
    client = kind(site.url + feed, tmp_path)
    client.poll()
    held = client.held()
    client.close()
    assert edition.newest_first(held.values()) == edition.shown(editor, edition.FEEDS[feed])


@pytest.mark.parametrize(("parser", "feed"), [(parser, feed) for parser in NODE for feed in known(NODE[parser])])
def test_a_parser_in_node_reads_every_entry_in_order_and_as_it_was_typed(
    site: LocalDeployment, editor: Editor, parsed: Mapping[tuple[str, str], list[Entry]], parser: str, feed: str
) -> None:
    assert parsed[parser, site.url + feed] == edition.shown(editor, edition.FEEDS[feed])


@pytest.mark.parametrize("feed", edition.FEEDS)
def test_a_feed_that_holds_its_whole_history_is_marked_complete(site: LocalDeployment, feed: str) -> None:
    document = history.read(site.url + feed)
    assert (document.complete, document.archive, document.previous) == (True, False, None)
