"""The arithmetic of histories, with parts of three: what changes touch, held against the whole made from nothing."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.model import history
from broadsheet.model.history import ArchiveDocument, Head, HistoryEntry, Place

JANUARY = datetime(2025, 1, 1, tzinfo=UTC)
LEFT = datetime(2026, 1, 1, tzinfo=UTC)

# What happens: an article joins on a day, or the one at an index leaves.
days = st.integers(0, 150)
events = st.lists(st.one_of(st.tuples(st.just("join"), days), st.tuples(st.just("leave"), days)), max_size=60)


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "PART", 3)


class Channel:
    """A channel's places, and its archive documents as changes left them."""

    def __init__(self) -> None:
        self.entries: list[HistoryEntry] = []
        self.documents: dict[str, ArchiveDocument] = {}

    def join(self, day: int) -> None:
        place = Place(JANUARY + timedelta(days=day), f"{len(self.entries):03}")
        self.entries = sorted([*self.entries, HistoryEntry(place)], key=lambda entry: entry.place)
        self._change(place, joined=True)

    def leave(self, index: int) -> None:
        at = index % len(self.entries)
        place = self.entries[at].place
        self.entries[at] = HistoryEntry(place, LEFT)
        self._change(place, joined=False)

    def head(self, window: int = 2) -> Head:
        """Through a window that grows, as the store has it."""
        newest = self.entries[::-1]
        shown, older = newest[:window], newest[window:]
        skipped = sum(month(entry.place) == month(shown[-1].place) for entry in older) if older else None
        return history.head(shown, skipped, month) or self.head(window * 2)

    def touched(self, place: Place, joined: bool) -> tuple[ArchiveDocument, ...]:
        return history.archive_documents_among(self.entries, place, joined, month)

    def all_documents(self) -> dict[str, ArchiveDocument]:
        return {
            document.name: document for entry in self.entries for document in self.touched(entry.place, joined=False)
        }

    def walk(self) -> Iterator[list[HistoryEntry]]:
        """What the feed holds, then the documents that it leads to, one after the other; newest first."""
        head = self.head()
        newest = self.entries[::-1]
        yield newest[: head.size]
        name = head.previous
        while name:
            document = self.documents[name]
            yield [entry for entry in newest if document.first <= entry.place <= document.last]
            if document.previous:
                assert self.documents[document.previous].next == name
            name = document.previous

    def _change(self, place: Place, joined: bool) -> None:
        if place <= self.head().open:
            self.documents |= {document.name: document for document in self.touched(place, joined)}


def month(place: Place) -> date:
    return place.published_at.date().replace(day=1)


@given(events)
def test_what_changes_touch_adds_up_to_all_that_there_is(happened: list[tuple[str, int]]) -> None:
    channel = Channel()
    for what, number in happened:
        if what == "join":
            channel.join(number)
        elif channel.entries:
            channel.leave(number)
    assert channel.documents == channel.all_documents()


@given(st.lists(days, min_size=1, max_size=60), st.lists(days, max_size=20))
def test_a_walk_comes_by_every_place_once_and_the_feed_holds_as_many_as_it_should(
    joined: list[int], left: list[int]
) -> None:
    channel = Channel()
    for day in joined:
        channel.join(day)
    for index in left:
        channel.leave(index)
    feed, *documents = channel.walk()
    assert [entry for part in (feed, *documents) for entry in part] == channel.entries[::-1]
    live = sum(entry.left is None for entry in feed)
    assert 3 <= live <= 5 or (live < 3 and not documents)
    assert all(1 <= len(part) <= 3 for part in documents)


@given(st.lists(days, min_size=8, max_size=60), days)
def test_a_withdrawal_changes_the_one_document_that_holds_it(joined: list[int], index: int) -> None:
    channel = Channel()
    for day in joined:
        channel.join(day)
    before = dict(channel.documents)
    channel.leave(index)
    assert before.keys() == channel.documents.keys()
    assert sum(before[name] != channel.documents[name] for name in before) <= 1


@given(st.lists(days, min_size=8, max_size=60), days)
def test_a_new_article_moves_nothing_in_other_months(joined: list[int], day: int) -> None:
    """Of their documents only a neighbour's name may change; what they lead back to, only where a month is new."""
    channel = Channel()
    for each in joined:
        channel.join(each)
    before = dict(channel.documents)
    own = month(Place(JANUARY + timedelta(days=day), ""))
    known = own in [month(entry.place) for entry in channel.entries]
    channel.join(day)
    for name, was in before.items():
        now = channel.documents[name]
        if month(was.first) != own:
            assert (was.first, was.last, was.left) == (now.first, now.last, now.left)
            assert was.previous == now.previous or not known
