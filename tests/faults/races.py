"""The races of editors, publishers and the schedule: the state before each, and its actors."""

from collections.abc import Callable, Mapping

from broadsheet.model.precondition import Precondition
from tests.faults.flows import (
    HOUR,
    ICON,
    MORNING,
    PAGE,
    SEEN,
    SHORT,
    advertised,
    dated,
    deployed_anew,
    history,
    led,
    moved_page,
    one_more,
    one_new,
    passed_on,
    published_articles,
    renamed,
    rewritten,
    scheduled,
    shown,
    upgraded,
)
from tests.faults.process import Process, Records
from tests.faults.race import Race, RaceContext
from tests.faults.scheduler import Act
from tests.faults.testbed import TestBed, nothing
from tests.world import NOON

DAY = "en/2026/03/14/"
SEEN_TWICE = Precondition(revisions=frozenset({"2"}))


def first_records(bed: TestBed, count: int) -> list[Records]:
    """The records that wait in the stream, each in a batch of its own."""
    records = bed.articles.take()
    assert len(records) == count
    return [{sequence: record} for sequence, record in records.items()]


def _two_of_one(context: RaceContext) -> Mapping[str, Act]:
    return context.edits(
        one=lambda editor: editor.put("bravo", headline="Bravo has news of one"),
        two=lambda editor: editor.put("bravo", headline="Bravo has news of two", tags=["gulls"]),
    )


def _two_of_one_revision(context: RaceContext) -> Mapping[str, Act]:
    return context.edits(
        one=lambda editor: editor.put("bravo", SEEN, headline="Bravo has news of one"),
        two=lambda editor: editor.put("bravo", SEEN, headline="Bravo has news of two"),
    )


def _two_at_one_address(context: RaceContext) -> Mapping[str, Act]:
    return context.edits(
        one=lambda editor: editor.put("bravo", headline="Bravo"),
        two=lambda editor: editor.put("charlie", headline="Bravo", summary="Another."),
    )


def _two_pages_at_one_address(context: RaceContext) -> Mapping[str, Act]:
    """One of them has the path; the other is refused."""
    return context.edits(
        one=lambda editor: editor.put("bravo", **PAGE),
        two=lambda editor: editor.put("charlie", **PAGE),
    )


def _three_of_one(context: RaceContext) -> Mapping[str, Act]:
    return context.edits(
        mover=lambda editor: editor.put("bravo", headline="Bravo", slug="bravo-elsewhere"),
        withdrawer=lambda editor: editor.withdraw("bravo"),
        replacer=lambda editor: editor.put("bravo", headline="Bravo has other news"),
    )


def _restoration_and_change(context: RaceContext) -> Mapping[str, Act]:
    return context.edits(
        restorer=lambda editor: editor.restore("bravo", 1),
        replacer=lambda editor: editor.put("bravo", headline="Bravo has news again", tags=["late"]),
    )


def _two_restorations(context: RaceContext) -> Mapping[str, Act]:
    return context.edits(
        one=lambda editor: editor.restore("bravo", 1, SEEN_TWICE),
        two=lambda editor: editor.restore("bravo", 1, SEEN_TWICE),
        withdrawer=lambda editor: editor.withdraw("bravo"),
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


def _release_and_postponement(context: RaceContext) -> Mapping[str, Act]:
    return context.edits(
        schedule=lambda schedule: schedule.release(),
        editor=lambda editor: editor.postpone("bravo", NOON + 2 * HOUR),
    )


def _schedule_and_advertiser(context: RaceContext) -> Mapping[str, Act]:
    return context.edits(
        schedule=lambda schedule: schedule.release(),
        editor=lambda editor: editor.put_ad("lamps", alt="Better lamps", image=ICON),
        other=lambda editor: editor.delete_ad("ropes"),
    )


def _two_of_one_ad(context: RaceContext) -> Mapping[str, Act]:
    return context.edits(
        one=lambda editor: editor.put_ad("lamps", SEEN, alt="Better lamps", image=ICON),
        two=lambda editor: editor.put_ad("lamps", SEEN, alt="Other lamps", image=ICON),
        deleter=lambda editor: editor.delete_ad("lamps", SEEN),
    )


def _schedule_and_front_editor(context: RaceContext) -> Mapping[str, Act]:
    lead = {"id": "bravo", "until": "2026-03-14T18:00:00Z"}
    return context.edits(
        schedule=lambda schedule: schedule.release(),
        editor=lambda editor: editor.choose("en", lead=lead),
    )


def _two_composers_and_an_editor(context: RaceContext) -> Mapping[str, Act]:
    return context.edits(
        one=lambda composer: composer.compose(),
        two=lambda composer: composer.compose(),
        editor=lambda editor: editor.note("Good morning."),
    )


def _two_publishers(context: RaceContext) -> Mapping[str, Act]:
    first, second = first_records(context.bed, 2)
    return {"one": context.publishes(first), "two": context.publishes(second)}


def _warm_and_another(context: RaceContext) -> Mapping[str, Act]:
    """A publisher that remembers the versions of what it wrote, and a new one."""
    first, *others = first_records(context.bed, 3)
    warm = context.process()
    assert not warm.publish_records(first)
    return {"one": context.publishes(others[0], warm), "two": context.publishes(others[1])}


def _and_publishers(context: RaceContext, edit: Callable[[Process], object]) -> Mapping[str, Act]:
    """An editor, a publisher with the record from before, and one with the records that wait when it starts."""
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
    """The article is withdrawn and put again as it was, so pages go back to an earlier state."""

    def edit(editor: Process) -> None:
        editor.withdraw("bravo")
        editor.put("bravo", headline="Bravo is new")

    return _and_publishers(context, edit)


def closed(bed: TestBed) -> None:
    """A full part, the article that closes it, and one more, so the feed no longer holds the part."""
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
    bed.prepare(published_articles)
    for word in ("Bravo", "Charlie"):
        bed.process().put(word.lower(), headline=f"{word} is new", tags=[f"{word}s"])


def first_two(bed: TestBed) -> None:
    """The first articles of an empty site."""
    bed.prepare(nothing)
    for word in ("Bravo", "Charlie"):
        bed.process().put(word.lower(), headline=f"{word} is new", tags=["gulls"])


def first_of_a_build(bed: TestBed) -> None:
    """The build of an empty site, and its first article."""
    bed.prepare(deployed_anew)
    bed.process().put("bravo", headline="Bravo is new", tags=["gulls"])


def come_and_gone(bed: TestBed) -> None:
    """A new article, a change of another one, and the withdrawal of the new one: listings go back to earlier states."""
    bed.prepare(one_more)
    bed.process().put("charlie", headline="Charlie is new")
    bed.process().put("bravo", headline="Bravo has other news")
    bed.process().withdraw("charlie")


def both_languages(bed: TestBed) -> None:
    bed.prepare(published_articles)
    bed.process().put("bravo", headline="Bravo is new")
    bed.process().put("charlie", headline="Charlie is Bravo in Arabic", edition="ar", translation_of="bravo")


def replaced(bed: TestBed) -> None:
    bed.prepare(one_more)
    bed.process().put("bravo", headline="Bravo has other news")


EDITORS = (
    Race("two editors of one new article", published_articles, _two_of_one),
    Race("two editors of one article", one_more, _two_of_one),
    Race("two editors of the revision that both saw", one_more, _two_of_one_revision),
    Race("two editors at one address", published_articles, _two_at_one_address),
    Race("two static pages at one address", published_articles, _two_pages_at_one_address),
    Race("a move, a withdrawal and a change of one article", one_more, _three_of_one, 1, leaves=("bravo",)),
    Race("a restoration and a change of one article", rewritten, _restoration_and_change),
    Race("two restorations and a withdrawal of one article", rewritten, _two_restorations, 1, leaves=("bravo",)),
    Race("release and an editor", scheduled, _release_and_editor, later=HOUR, recurs=True),
    Race("release and a postponement", scheduled, _release_and_postponement, later=HOUR, recurs=True),
    Race("three advertisers of the ad that all saw", shown, _two_of_one_ad),
    Race("the schedule and two advertisers", shown, _schedule_and_advertiser, later=HOUR, recurs=True),
    Race("the schedule and an editor of a front page", led, _schedule_and_front_editor, 1, later=HOUR, recurs=True),
    Race("two composers and an editor", one_more, _two_composers_and_an_editor, 1, later=MORNING, recurs=True),
    Race("release twice and a withdrawal", scheduled, _release_and_withdrawal, 1, later=HOUR, recurs=True),
)
PUBLISHERS = (
    Race(
        "a warm publisher and another",
        come_and_gone,
        _warm_and_another,
        0,
        ("bravo", "charlie"),
        (f"{DAY}bravo-has-news/", f"{DAY}charlie-is-new/"),
    ),
    Race("two publishers", two_new, _two_publishers, 0),
    Race("two publishers of related articles", renamed, _two_publishers, 0),
    Race("two publishers of advertising", advertised, _two_publishers),
    Race(
        "a static page that moves, its translation and two publishers",
        moved_page,
        _two_publishers,
        0,
        ("bravo",),
        ("en/bravo-has-a-page/",),
    ),
    Race("the first articles of a site and two publishers", first_two, _two_publishers, 0),
    # What is made of a table with the article names its month, whose objects its own publisher is about to write.
    Race(
        "the build of a new site and its first article",
        first_of_a_build,
        _two_publishers,
        0,
        unsettled=("en/sitemap-2026-03.xml", "en/fragments/2026-03.html"),
    ),
    Race("another build and a new article", upgraded, _two_publishers, 0),
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
    # The publisher of the correction finds the other article's day in the calendar, and no listing with the article.
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
