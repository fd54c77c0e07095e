"""Actors that meet over the same articles and pages, and what must be so at each of their steps and at the end."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from itertools import groupby, permutations

from broadsheet.model.errors import Refusal
from broadsheet.model.history import PART_SIZE
from tests.faults import feed_invariants, invariants
from tests.faults.delivery import changed
from tests.faults.flows import (
    HOUR,
    ICON,
    SEEN,
    SHORT,
    advertised,
    dated,
    history,
    one_more,
    one_new,
    passed_on,
    scheduled,
    shown,
    standing,
)
from tests.faults.interceptor import Call
from tests.faults.invariants import Violation
from tests.faults.process import Process, Records
from tests.faults.scheduler import KILL_PREFIX, Act, Choice, Scheduler, Step
from tests.faults.testbed import TestBed, nothing, part_size
from tests.world import as_if_new

# A word of each article's headline, by which a page that shows it is known.
WORDS = ("Alpha", "Bravo", "Charlie", "Delta", "Echo", "Foxtrot", "Golf", "Alif")
DAY = "en/2026/03/14/"


@dataclass(frozen=True)
class Race:
    """Who meets. Whoever publishes takes what the stream holds when they begin, or the first records that it held.

    `switches` is how often an actor may be made to wait for others where every order is tried in a short time.
    `leaves` are the articles that may leave pages and feeds, because the race withdraws or moves them; `unsettled` are
    the beginnings of keys that links may lead to for a moment although nothing is there, or not any more: whoever
    follows one to a withdrawn or moved article is told so by the fallback. `part` is how many places a part of a
    channel's history has; where they are few, a page shows few articles, and a newer one takes an older one's place.
    """

    name: str
    given: Callable[[TestBed], None]
    actors: Callable[["RaceContext"], Mapping[str, Act]]
    switches: int = 2
    leaves: tuple[str, ...] = ()
    unsettled: tuple[str, ...] = ()
    later: timedelta = timedelta()
    recurs: bool = False
    part: int = PART_SIZE

    def __str__(self) -> str:
        return self.name


@dataclass
class RaceContext:
    """One run of a race: its actors' processes, and what they leave undone."""

    bed: TestBed
    race: Race
    undone: list[Records] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)

    def process(self) -> Process:
        return self.bed.process(self.race.later)

    def edits(self, **edits: Callable[[Process], object]) -> Mapping[str, Act]:
        """Editors, by name, who may be refused."""
        return {name: partial(self._edit, name, edit) for name, edit in edits.items()}

    def _edit(self, name: str, edit: Callable[[Process], object]) -> None:
        try:
            self.answers[name] = str(edit(self.process()))
        except Refusal as refusal:
            self.answers[name] = type(refusal).__name__

    def publishes(self, records: Records | None = None) -> Act:
        """A publisher, who gets these records, or what the stream holds when they begin."""

        if records is not None:
            self.undone.append(records)

        def act() -> None:
            batch = records
            if batch is None:
                batch = self.bed.articles.take()
                self.undone.append(batch)
            failed = self.process().publish_records(batch) if batch else []
            self.undone.remove(batch)
            if failed:
                self.undone.append({sequence: batch[sequence] for sequence in failed})

        return act

    def settle(self) -> None:
        """What happens by itself afterwards: the schedule, the batches that failed or were broken off, the streams."""
        if self.race.recurs:
            self.process().release()
        for batch in self.undone:
            assert not self.process().publish_records(batch)
        self.bed.settle(self.race.later)


class RaceRun:
    """A race on a bed, run again and again from the same beginning."""

    def __init__(self, bed: TestBed, race: Race) -> None:
        self.bed = bed
        self.race = race
        self._from_nothing: dict[int, Mapping[str, bytes]] = {}
        self._settled: set[object] = set()
        with part_size(race.part):
            bed.prepare(race.given)
            self._beginning = bed.save()
            self._one_after_the_other = list(self._serial_ends())

    def run(self, choose: Choice) -> Sequence[Step]:
        """Run the race once, and raise `Violation` for what must not be, with the choices that led there."""
        with part_size(self.race.part):
            return self._run(choose)

    def _run(self, choose: Choice) -> Sequence[Step]:
        context, scheduler = self._begin()
        try:
            with self.bed.interceptor.listening(scheduler):
                ended = scheduler.run(self.race.actors(context), choose)
            invariants.must(not any(ended.values()), f"raised: {ended}")
            if (standing := self._fingerprint(context)) not in self._settled:
                context.settle()
                self._check_end(context)
                self._settled.add(standing)
        except Violation as violation:
            raise Violation(f"{self.race.name}: {violation}\nafter {describe(scheduler.steps)}") from violation
        return scheduler.steps

    def _begin(self) -> tuple[RaceContext, Scheduler]:
        self.bed.restore(self._beginning)
        objects = self.bed.moto.objects("Site")
        self._shown = {key: _words(content) for key, content in objects.items()}
        self._followed = feed_invariants.followed(objects)
        return RaceContext(self.bed, self.race), Scheduler(self._watch)

    def _watch(self, actor: str, call: Call) -> None:
        """After every call: who reads a page again, or a feed and its history, misses nothing that was there before."""
        moto = self.bed.moto
        if call.operation not in ("PutObject", "DeleteObject") or moto.names[call.params["Bucket"]] != "Site":
            return
        key, objects = call.params["Key"], moto.objects("Site")
        if feed_invariants.DOCUMENT.fullmatch(key):
            before, self._followed = self._followed, feed_invariants.followed(objects)
            for feed in before:
                self._check_kept(actor, feed, before[feed], self._followed.get(feed, frozenset()))
        elif self.race.part == PART_SIZE:
            shown = _words(objects.get(key, b""))
            self._check_kept(actor, key, self._shown.get(key, frozenset()), shown)
            self._shown[key] = shown
        invariants.check_links(objects, self.race.unsettled)

    def _check_kept(self, actor: str, key: str, before: frozenset[str], now: frozenset[str]) -> None:
        if missing := before - now - frozenset(self.race.leaves):
            raise Violation(f"{actor} took {', '.join(sorted(missing))} from {key}")

    def _fingerprint(self, context: RaceContext) -> object:
        """All that the rest follows from, so that what has once ended well need not be seen to its end again."""
        undone = [changed(batch) for batch in context.undone]
        return self.bed.fingerprint(), repr(undone), repr(sorted(context.answers.items()))

    def _check_end(self, context: RaceContext) -> None:
        moto = self.bed.moto
        rows, objects = moto.rows("Articles"), moto.objects("Site")
        invariants.check_table(rows, moto.objects("Bodies"))
        invariants.check_site(rows, objects, self.bed.site)
        invariants.check_ads(rows, objects)
        live = [article for article in invariants.articles(rows) if article.live]
        feed_invariants.check_feeds(live, objects, self.bed.site)
        for key, content in (expected := self._rendered_from_nothing()).items():
            if objects.get(key) != content:
                raise Violation(f"{key} is not as it is when it is made from nothing")
        if left := objects.keys() - expected.keys():
            raise Violation(f"left over: {sorted(left)}")
        if (moto.state("Articles"), context.answers) not in self._one_after_the_other:
            raise Violation(f"the table and the answers are as after no order of the actors: {context.answers}")

    def _serial_ends(self) -> Iterator[tuple[int, Mapping[str, str]]]:
        """What the table and the answers are when the actors act one after the other, in every order."""
        names = list(self.race.actors(RaceContext(self.bed, self.race)))
        for order in permutations(names):
            context, _ = self._begin()
            acts = self.race.actors(context)
            for name in order:
                acts[name]()
            context.settle()
            yield self.bed.moto.state("Articles"), context.answers

    def _rendered_from_nothing(self) -> Mapping[str, bytes]:
        """The site that a publisher makes of the table where there is no site yet."""
        moto = self.bed.moto
        state: int = moto.state("Articles")
        if state not in self._from_nothing:
            kept = self.bed.save()
            moto.empty("Site")
            self.bed.process().publisher().publish(as_if_new(moto.rows("Articles")))
            self._from_nothing[state] = moto.objects("Site")
            self.bed.restore(kept)
        return self._from_nothing[state]


def first_records(bed: TestBed, count: int) -> list[Records]:
    """The first records that the stream holds, each as a batch of its own; the stream goes on after them."""
    records = bed.articles.take()
    assert len(records) == count
    return [{sequence: record} for sequence, record in records.items()]


def _words(content: bytes) -> frozenset[str]:
    return frozenset(word.lower() for word in WORDS if invariants.shows(content, word))


def describe(steps: Sequence[Step]) -> str:
    """The run in words: who went on, and how many calls each then made."""
    parts = []
    for name, group in groupby(steps, lambda step: step.chosen):
        turn = list(group)
        call = turn[-1].ready[name.removeprefix(KILL_PREFIX)] or "the first call"
        parts.append(f"{name}, {len(turn)} steps, the last of them {call}")
    return "\n  ".join(parts)


def _two_of_one(context: RaceContext) -> Mapping[str, Act]:
    return context.edits(
        one=lambda editor: editor.put("bravo", headline="Bravo has news of one"),
        two=lambda editor: editor.put("bravo", headline="Bravo has news of two", tags=["gulls"]),
    )


def _two_who_saw(context: RaceContext) -> Mapping[str, Act]:
    return context.edits(
        one=lambda editor: editor.put("bravo", SEEN, headline="Bravo has news of one"),
        two=lambda editor: editor.put("bravo", SEEN, headline="Bravo has news of two"),
    )


def _two_at_one_address(context: RaceContext) -> Mapping[str, Act]:
    return context.edits(
        one=lambda editor: editor.put("bravo", headline="Bravo"),
        two=lambda editor: editor.put("charlie", headline="Bravo", summary="Another."),
    )


def _three_of_one(context: RaceContext) -> Mapping[str, Act]:
    return context.edits(
        mover=lambda editor: editor.put("bravo", headline="Bravo", slug="bravo-elsewhere"),
        withdrawer=lambda editor: editor.withdraw("bravo"),
        replacer=lambda editor: editor.put("bravo", headline="Bravo has other news"),
    )


def _release_and_editor(context: RaceContext) -> Mapping[str, Act]:
    return context.edits(
        schedule=lambda schedule: schedule.release(),
        editor=lambda editor: editor.put("bravo", headline="Bravo waits no more", tags=["late"]),
    )


def _release_and_withdrawal(context: RaceContext) -> Mapping[str, Act]:
    return context.edits(
        schedule=lambda schedule: schedule.release(),
        again=lambda schedule: schedule.release(),
        editor=lambda editor: editor.withdraw("bravo"),
    )


def _schedule_and_advertiser(context: RaceContext) -> Mapping[str, Act]:
    return context.edits(
        schedule=lambda schedule: schedule.release(),
        editor=lambda editor: editor.put_ad("lamps", alt="Better lamps", image=ICON),
        other=lambda editor: editor.ads.remove("ropes"),
    )


def _two_publishers(context: RaceContext) -> Mapping[str, Act]:
    first, second = first_records(context.bed, 2)
    return {"one": context.publishes(first), "two": context.publishes(second)}


def _and_publishers(context: RaceContext, edit: Callable[[Process], object]) -> Mapping[str, Act]:
    """An editor, a publisher with what was there before, and one with what the stream holds when it begins."""
    [first] = first_records(context.bed, 1)
    return {**context.edits(editor=edit), "one": context.publishes(first), "two": context.publishes()}


def _one_more_and_publishers(context: RaceContext) -> Mapping[str, Act]:
    return _and_publishers(context, lambda editor: editor.put("charlie", headline="Charlie is new"))


def _withdrawal_and_publishers(context: RaceContext) -> Mapping[str, Act]:
    return _and_publishers(context, lambda editor: editor.withdraw("bravo"))


def _move_and_publishers(context: RaceContext) -> Mapping[str, Act]:
    moved = "2026-02-28T10:00:00+02:00"
    return _and_publishers(context, lambda editor: editor.put("bravo", headline="Bravo moves", published_at=moved))


def _back_and_forth(context: RaceContext) -> Mapping[str, Act]:
    """Withdrawn and put again as it was, so that pages go back to what they were."""

    def edit(editor: Process) -> None:
        editor.withdraw("bravo")
        editor.put("bravo", headline="Bravo is new")

    return _and_publishers(context, edit)


def closed(bed: TestBed) -> None:
    """A full part, the article that closes it, and one more, so that the part is in the feed no longer."""
    bed.prepare(history)
    dated(bed, "Hotel", "03-03")
    dated(bed, "India", "03-04")


def shifted(bed: TestBed) -> None:
    """A back-dated article, and a correction of one that it moves into another archive document."""
    bed.prepare(history)
    dated(bed, "Hotel", "01-15")
    dated(bed, "Charlie", "01-25", summary="Corrected.")


def shortened(bed: TestBed) -> None:
    """A withdrawal from an archive document, and the first article after a full part."""
    bed.prepare(history)
    bed.process().withdraw("echo")
    dated(bed, "Hotel", "03-03")


def two_new(bed: TestBed) -> None:
    """Two articles, each the first of a tag."""
    bed.prepare(standing)
    for word in ("Bravo", "Charlie"):
        bed.process().put(word.lower(), headline=f"{word} is new", tags=[f"{word}s"])


def first_two(bed: TestBed) -> None:
    """The first articles of a site that has nothing yet."""
    bed.prepare(nothing)
    for word in ("Bravo", "Charlie"):
        bed.process().put(word.lower(), headline=f"{word} is new", tags=["gulls"])


def both_languages(bed: TestBed) -> None:
    bed.prepare(standing)
    bed.process().put("bravo", headline="Bravo is new")
    bed.process().put("charlie", headline="Charlie is Bravo in Arabic", edition="ar", translation_of="bravo")


def replaced(bed: TestBed) -> None:
    bed.prepare(one_more)
    bed.process().put("bravo", headline="Bravo has other news")


EDITORS = (
    Race("two editors of one new article", standing, _two_of_one),
    Race("two editors of one article", one_more, _two_of_one),
    Race("two editors of the revision that both saw", one_more, _two_who_saw),
    Race("two editors at one address", standing, _two_at_one_address),
    Race("a move, a withdrawal and a change of one article", one_more, _three_of_one, 1, leaves=("bravo",)),
    Race("release and an editor", scheduled, _release_and_editor, later=HOUR, recurs=True),
    Race("the schedule and two advertisers", shown, _schedule_and_advertiser, later=HOUR, recurs=True),
    Race("release twice and a withdrawal", scheduled, _release_and_withdrawal, 1, later=HOUR, recurs=True),
)
PUBLISHERS = (
    Race("two publishers", two_new, _two_publishers, 0),
    Race("two publishers of advertising", advertised, _two_publishers),
    Race("the first articles of a site and two publishers", first_two, _two_publishers, 0),
    Race("an original, its translation and two publishers", both_languages, _two_publishers, 0),
    Race("an editor and two publishers", one_new, _one_more_and_publishers, 0),
    Race(
        "a withdrawal and two publishers", one_new, _withdrawal_and_publishers, 0, ("bravo",), (f"{DAY}bravo-is-new/",)
    ),
    Race("a move and two publishers", replaced, _move_and_publishers, 0, ("bravo",), (f"{DAY}bravo-has-news/",)),
    Race(
        "a tag that one article loses and another gains, and two publishers",
        passed_on,
        _two_publishers,
        0,
        ("bravo", "charlie"),
    ),
    Race(
        "a withdrawal, the same article again, and two publishers",
        one_new,
        _back_and_forth,
        0,
        ("bravo",),
        (f"{DAY}bravo-is-new/",),
    ),
)
HISTORIANS = (
    Race("two publishers at a full part", closed, _two_publishers, 0, part=SHORT),
    # Who publishes the correction finds the other article's day in the counts, and no listing that names the article.
    Race(
        "a back-dated article, a correction and two publishers",
        shifted,
        _two_publishers,
        0,
        unsettled=("en/2026/01/15/",),
        part=SHORT,
    ),
    Race(
        "a withdrawal from the past, a full part and two publishers",
        shortened,
        _two_publishers,
        0,
        ("echo",),
        ("en/2026/02/",),
        part=SHORT,
    ),
)


def race(name: str) -> Race:
    """The race of that name."""
    return next(race for race in (*EDITORS, *PUBLISHERS, *HISTORIANS) if race.name == name)
