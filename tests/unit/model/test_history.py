"""The arithmetic of histories, with parts of three: documents updated by changes equal those computed from scratch."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broadsheet.model import history
from broadsheet.model.history import ArchiveDocument, Head, HistoryEntry, Place

JANUARY = datetime(2025, 1, 1, tzinfo=UTC)
REMOVED = datetime(2026, 1, 1, tzinfo=UTC)

# An article joins the channel on a day, or the one at an index is removed from it.
days = st.integers(0, 150)
events = st.lists(st.one_of(st.tuples(st.just("join"), days), st.tuples(st.just("remove"), days)), max_size=60)


@pytest.fixture(autouse=True)
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "PART_SIZE", 3)


class Channel:
    """A channel's entries, and its archive documents after each change wrote those that it may change."""

    def __init__(self) -> None:
        self.entries: list[HistoryEntry] = []
        self.documents: dict[str, ArchiveDocument] = {}

    def join(self, day: int) -> None:
        place = Place(JANUARY + timedelta(days=day), f"{len(self.entries):03}")
        self.entries = sorted([*self.entries, HistoryEntry(place)], key=lambda entry: entry.place)
        self._change(place, joined=True)

    def remove(self, index: int) -> None:
        at = index % len(self.entries)
        place = self.entries[at].place
        self.entries[at] = HistoryEntry(place, REMOVED)
        self._change(place, joined=False)

    def head(self, window: int = 2) -> Head:
        """As the store reads it: through a window that grows."""
        newest = self.entries[::-1]
        read, older = newest[:window], newest[window:]
        skipped = sum(month(entry.place) == month(read[-1].place) for entry in older) if older else None
        return history.head(read, skipped, month) or self.head(window * 2)

    def documents_around(self, place: Place, joined: bool) -> tuple[ArchiveDocument, ...]:
        return history.archive_documents_among(self.entries, place, joined, month)

    def all_documents(self) -> dict[str, ArchiveDocument]:
        return {
            document.name: document
            for entry in self.entries
            for document in self.documents_around(entry.place, joined=False)
        }

    def walk(self) -> Iterator[list[HistoryEntry]]:
        """The entries of the feed, then those of each document that a `prev-archive` link names; newest first."""
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
        if place <= self.head().open_from:
            self.documents |= {document.name: document for document in self.documents_around(place, joined)}


def month(place: Place) -> date:
    return place.published_at.date().replace(day=1)


@settings(deadline=None)  # a slow machine is no error
@given(events)
def test_updating_documents_change_by_change_equals_computing_them_all(
    events: list[tuple[str, int]],
) -> None:
    channel = Channel()
    for what, number in events:
        if what == "join":
            channel.join(number)
        elif channel.entries:
            channel.remove(number)
    assert channel.documents == channel.all_documents()


@settings(deadline=None)  # a slow machine is no error
@given(st.lists(days, min_size=1, max_size=60), st.lists(days, max_size=20))
def test_a_walk_meets_every_place_once_and_the_feed_has_the_promised_size(
    joined: list[int], removed: list[int]
) -> None:
    channel = Channel()
    for day in joined:
        channel.join(day)
    for index in removed:
        channel.remove(index)
    feed, *documents = channel.walk()
    assert [entry for part in (feed, *documents) for entry in part] == channel.entries[::-1]
    live = sum(entry.removed_at is None for entry in feed)
    assert 3 <= live <= 5 or (live < 3 and not documents)
    assert all(1 <= len(part) <= 3 for part in documents)


@settings(deadline=None)  # a slow machine is no error
@given(st.lists(days, min_size=8, max_size=60), days)
def test_a_withdrawal_changes_at_most_the_document_that_holds_the_place(joined: list[int], index: int) -> None:
    channel = Channel()
    for day in joined:
        channel.join(day)
    before = dict(channel.documents)
    channel.remove(index)
    assert before.keys() == channel.documents.keys()
    assert sum(before[name] != channel.documents[name] for name in before) <= 1


@settings(deadline=None)  # a slow machine is no error
@given(st.lists(days, min_size=8, max_size=60), days)
def test_a_new_article_moves_no_place_in_other_months(joined: list[int], day: int) -> None:
    """Only the links of their documents may change, and `previous` only where the new article's month is new."""
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
            assert (was.first, was.last, was.last_removed_at) == (now.first, now.last, now.last_removed_at)
            assert was.previous == now.previous or not known
