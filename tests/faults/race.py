"""Race runs: actors over the same articles and objects, interleaved call by call, and what must hold at each step."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from itertools import groupby, permutations

from broadsheet.model.errors import Refusal
from broadsheet.model.history import PART_SIZE
from broadsheet.store.ads import ADS
from broadsheet.store.change_counts import CHANGES
from broadsheet.store.issues import PREFIX
from broadsheet.store.unsettled import UNSETTLED
from tests.faults import feed_invariants, invariants
from tests.faults.delivery import changed
from tests.faults.drawn import Drawn
from tests.faults.interceptor import Call
from tests.faults.invariants import Violation
from tests.faults.moto_state import Row
from tests.faults.process import Process, Records
from tests.faults.scheduler import KILL_PREFIX, Act, Choice, Scheduler, Step
from tests.faults.testbed import TestBed, part_size
from tests.world import as_if_new

# A word of each article's headline: an object that contains it shows the article.
WORDS = ("Alpha", "Bravo", "Charlie", "Delta", "Echo", "Foxtrot", "Golf", "Alif")


@dataclass(frozen=True)
class Race:
    """The state before a race, and its actors by name.

    `switches` bounds how often an actor waits for another where every order is run. `leaves` are the articles that may
    disappear from pages and feeds, because the race withdraws or moves them. `unsettled` are prefixes of keys that
    links may point to for a moment although there is no object: the fallback answers for withdrawn and moved articles.
    `later` and `recurs` are as in a `Flow`. `part` is the number of places in a part of a channel's history; where it
    is small, a feed shows few articles, and a newer one takes the place of an older one.
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
    """One run of a race: the responses of its actors, and the batches that are not done."""

    bed: TestBed
    race: Race
    undone: list[Records] = field(default_factory=list)
    responses: dict[str, str] = field(default_factory=dict)

    def process(self) -> Process:
        return self.bed.process(self.race.later)

    def edits(self, **edits: Callable[[Process], object]) -> Mapping[str, Act]:
        """Editors, by name. The API may refuse what they ask."""
        return {name: partial(self._edit, name, edit) for name, edit in edits.items()}

    def _edit(self, name: str, edit: Callable[[Process], object]) -> None:
        try:
            self.responses[name] = str(edit(self.process()))
        except Refusal as refusal:
            self.responses[name] = type(refusal).__name__

    def publishes(self, records: Records | None = None, process: Process | None = None) -> Act:
        """A publisher with these records, or with those that wait in the stream when it starts; in a process that has
        published before, or in a new one.
        """

        if records is not None:
            self.undone.append(records)

        def act() -> None:
            batch = records
            if batch is None:
                batch = self.bed.articles.take()
                self.undone.append(batch)
            failed = (process or self.process()).publish_records(batch) if batch else []
            self.undone.remove(batch)
            if failed:
                self.undone.append({sequence: batch[sequence] for sequence in failed})

        return act

    def settle(self) -> None:
        """What happens afterwards: the schedule runs, failed and interrupted batches come again, the streams finish."""
        if self.race.recurs:
            self.process().release()
        for batch in self.undone:
            assert not self.process().publish_records(batch)
        self.bed.settle(self.race.later)


class RaceRun:
    """A race on a test bed, which runs again and again from the same state."""

    def __init__(self, bed: TestBed, race: Race) -> None:
        self.bed = bed
        self.race = race
        self._anew: dict[int, Mapping[str, bytes]] = {}
        self._settled: set[object] = set()
        with part_size(race.part):
            bed.prepare(race.given)
            self._beginning = bed.save()
        self._serial = Drawn(self._serial_ends())

    def with_serial_ends(self) -> "RaceRun":
        """Run every serial order now, before a test alters the code."""
        with part_size(self.race.part):
            self._serial.draw_all()
        return self

    def run(self, choose: Choice) -> Sequence[Step]:
        """Run the race once. Raises `Violation` with the choices that led to it."""
        with part_size(self.race.part):
            return self._run(choose)

    def _run(self, choose: Choice) -> Sequence[Step]:
        context, scheduler = self._begin()
        try:
            with self.bed.interceptor.listening(scheduler):
                ended = scheduler.run(self.race.actors(context), choose)
            invariants.must(not any(ended.values()), f"raised: {ended}")
            if (state := self._fingerprint(context)) not in self._settled:
                context.settle()
                self._check_end(context)
                self._settled.add(state)
        except Violation as violation:
            raise Violation(f"{self.race.name}: {violation}\nafter {describe(scheduler.steps)}") from violation
        return scheduler.steps

    def _begin(self) -> tuple[RaceContext, Scheduler]:
        self.bed.restore(self._beginning)
        objects = self.bed.moto.objects("Site")
        self._before = {key: _words(content) for key, content in objects.items()}
        self._followed = feed_invariants.followed(objects)
        return RaceContext(self.bed, self.race), Scheduler(self._watch)

    def _watch(self, actor: str, call: Call) -> None:
        """After each write: a client that reads a page again, or a feed and its history, finds what it found before."""
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
            self._check_kept(actor, key, self._before.get(key, frozenset()), shown)
            self._before[key] = shown
        invariants.check_links(objects, self.race.unsettled)

    def _check_kept(self, actor: str, key: str, before: frozenset[str], now: frozenset[str]) -> None:
        if missing := before - now - frozenset(self.race.leaves):
            raise Violation(f"{actor} took {', '.join(sorted(missing))} from {key}")

    def _fingerprint(self, context: RaceContext) -> object:
        """A value that is equal where the same happens afterwards: an end that was checked is not checked again."""
        undone = [changed(batch) for batch in context.undone]
        return self.bed.fingerprint(), repr(undone), repr(sorted(context.responses.items()))

    def _check_end(self, context: RaceContext) -> None:
        moto = self.bed.moto
        rows, objects = moto.rows("Articles"), moto.objects("Site")
        invariants.check_table(rows, moto.objects("Bodies"))
        invariants.check_site(rows, objects, self.bed.site)
        invariants.check_ads(rows, objects)
        live = [article for article in invariants.articles(rows) if article.live]
        feed_invariants.check_feeds(live, objects, self.bed.site)
        for key, content in (expected := self._rendered_anew()).items():
            if objects.get(key) != content:
                raise Violation(f"{key} differs from one that is rendered anew")
        if left := objects.keys() - expected.keys():
            raise Violation(f"left over: {sorted(left)}")
        if (_uncounted(rows), context.responses) not in self._serial:
            raise Violation(f"the table and the responses are as after no order of the actors: {context.responses}")

    def _serial_ends(self) -> Iterator[tuple[list[Row], Mapping[str, str]]]:
        """The table and the responses after the actors acted one after the other, for every order."""
        names = list(self.race.actors(self._begin()[0]))
        for order in permutations(names):
            context, _ = self._begin()
            acts = self.race.actors(context)
            for name in order:
                acts[name]()
            context.settle()
            yield _uncounted(self.bed.moto.rows("Articles")), context.responses

    def _rendered_anew(self) -> Mapping[str, bytes]:
        """The site that a publisher makes of the present table where there is only what the build makes."""
        moto = self.bed.moto
        state: int = moto.state("Articles")
        if state not in self._anew:
            kept = self.bed.save()
            self.bed.empty_site()
            publisher = self.bed.process().publisher()
            publisher.publish(as_if_new(moto.rows("Articles")))
            publisher.publish_others(ADS)
            for row in moto.rows("Articles"):
                if row["pk"].startswith(PREFIX):
                    publisher.publish_others(f"{row['pk']}#{row['sk']}")
            self._anew[state] = moto.objects("Site")
            self.bed.restore(kept)
        return self._anew[state]


def _uncounted(rows: Iterable[Row]) -> list[Row]:
    """The rows without the counts of changes and what publishers left to the stream, which follow from the order."""
    return [row for row in rows if row["pk"] not in (CHANGES, UNSETTLED)]


def _words(content: bytes) -> frozenset[str]:
    return frozenset(word.lower() for word in WORDS if invariants.shows(content, word))


def describe(steps: Sequence[Step]) -> str:
    """The run in words: which actor went on, and how many calls it then made."""
    parts = []
    for name, group in groupby(steps, lambda step: step.chosen):
        turn = list(group)
        call = turn[-1].ready[name.removeprefix(KILL_PREFIX)] or "the first call"
        parts.append(f"{name}, {len(turn)} steps, the last of them {call}")
    return "\n  ".join(parts)
