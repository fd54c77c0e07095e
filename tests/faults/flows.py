"""The flows whose calls are broken, each with the operations that it calls undisturbed, as a regular expression."""

from contextlib import suppress
from datetime import timedelta
from hashlib import sha256
from typing import Any

from broadsheet.model.errors import Stale
from broadsheet.services import editing
from tests.faults.harness import Flow
from tests.faults.lists import LISTS
from tests.faults.scene import Process, TestBed, nothing
from tests.faults.subscriptions import NEWSLETTER
from tests.unit.services.test_images import drawn, encoded

SEEN = editing.Precondition(revisions=frozenset({"1"}))
ABSENT = editing.Precondition(absent=True)
HOUR = timedelta(hours=1)
SHORT = 2  # places in a part, so that few articles make a history

# A publisher asks what became of the articles, sees what there is, asks the table, and does so again of the archive
# documents that it then finds touched; it writes, and asks everything once more. At last it has the hub told.
ASKING = r"(GetItem |BatchGetItem |Query )+(GetObject )*"
WRITING = r"(PutObject )*(DeleteObject )*"
PUBLISHING = rf"(GetItem )+(Query )+((HeadObject )+{ASKING})+(HeadObject )*{WRITING}{ASKING}SendMessage "
APART = rf"(HeadObject )+{ASKING}{WRITING}{ASKING}"
TELLING = r"(HeadObject GetItem POST PutItem )+"

PICTURE = {
    "src": "https://pictures.example/gulls.jpg",
    "alt": "Gulls over the harbour",
    "width": 1200,
    "height": 800,
    "credit": "Lina Haddad",
}
PHOTOGRAPH, NO_PICTURE = encoded(drawn(600, 300)), b"<svg/>"
ICON = {"src": "/assets/icon.svg", "width": 32, "height": 32}
ONE = "2026-03-14T13:00:00"


def standing(stage: TestBed) -> None:
    """A site with both editions and an article that nobody touches."""
    editor = stage.process()
    editor.put("alpha", headline="Alpha stands here")
    editor.put("alif", headline="Alif stands here", edition="ar")
    stage.settle()
    stage.notify()


def one_more(stage: TestBed) -> None:
    stage.prepare(standing)
    stage.process().put("bravo", headline="Bravo has news")
    stage.settle()
    stage.notify()


def scheduled(stage: TestBed) -> None:
    stage.prepare(standing)
    stage.process().put("bravo", headline="Bravo waits", published_at="2026-03-14T15:00:00+02:00")
    stage.settle()


def one_new(stage: TestBed) -> None:
    stage.prepare(standing)
    stage.process().put("bravo", headline="Bravo is new")


def tagged(stage: TestBed) -> None:
    """Two articles, one of which is the only one with its tag."""
    stage.prepare(standing)
    for id, tags in (("bravo", ["gulls"]), ("charlie", ["harbour"])):
        stage.process().put(id, headline=f"{id.title()} has news", tags=tags)
    stage.settle()
    stage.notify()


def retagged(stage: TestBed) -> None:
    """A tag loses its last article, and one that is new has its first."""
    stage.prepare(tagged)
    stage.process().put("bravo", headline="Bravo has news", tags=["ferries"])


def passed_on(stage: TestBed) -> None:
    """A tag loses its last article while another gains it."""
    stage.prepare(tagged)
    stage.process().put("bravo", headline="Bravo has news", tags=["harbour"])
    stage.process().put("charlie", headline="Charlie has news", tags=["gulls"])


def history(stage: TestBed) -> None:
    """Seven articles from January to March; where a part is two of them, these are three archive documents, and a feed.

    January has two, and is full; February has one. The feed holds the two of March.
    """
    days = ("01-10", "01-20", "01-25", "01-28", "02-10", "03-01", "03-02")
    for word, day in zip(("Alpha", "Bravo", "Charlie", "Delta", "Echo", "Foxtrot", "Golf"), days, strict=True):
        dated(stage, word, day)
    stage.settle()
    stage.notify()


def dated(stage: TestBed, word: str, day: str, **changed: Any) -> None:
    """Put an article of that day, without tags."""
    fields = {"headline": f"{word} has news", "published_at": f"2026-{day}T10:00:00+02:00", "tags": []}
    stage.process().put(word.lower(), **fields | changed)


def closing(stage: TestBed) -> None:
    """The first article after a full part, which becomes an archive document by it."""
    stage.prepare(history)
    dated(stage, "Hotel", "03-03", tags=["gulls"], authors=["Lina Haddad"], image=PICTURE, kind="caricature")


def back_dated(stage: TestBed) -> None:
    """An article that moves all after it in its month, and makes one archive document more of them."""
    stage.prepare(history)
    dated(stage, "Hotel", "01-15")


def withdrawn(stage: TestBed) -> None:
    """An article in an archive document is withdrawn."""
    stage.prepare(history)
    stage.process().withdraw("bravo")


def moved(stage: TestBed) -> None:
    """An article moves from one month to another, both of them past."""
    stage.prepare(history)
    dated(stage, "Bravo", "02-20")


def several_changes(stage: TestBed) -> None:
    """A new article, a replaced, a moved and a withdrawn one, all of them still in the stream."""
    stage.prepare(standing)
    editor = stage.process()
    for id in ("bravo", "charlie", "delta"):
        editor.put(id, headline=f"{id.title()} has news")
    stage.settle()
    editor.put("bravo", headline="Bravo has other news", slug="bravo-has-news")
    editor.put("charlie", headline="Charlie has moved", published_at="2026-02-28T10:00:00+02:00")
    editor.withdraw("delta")
    editor.put("echo", headline="Echo is new")


def published(stage: TestBed) -> None:
    """Changed twice since the hub was told, and published each time."""
    stage.prepare(one_more)
    for news in ("other news", "news again"):
        stage.process().put("bravo", headline=f"Bravo has {news}")
        stage.settle()


def translated(stage: TestBed) -> None:
    """An article that stands, and one that has just come that translates it."""
    stage.prepare(one_more)
    stage.process().put("ba", headline="Bravo in Arabic", edition="ar", translation_of="bravo")


def untranslated(stage: TestBed) -> None:
    """One of two translations is withdrawn."""
    stage.prepare(translated)
    stage.settle()
    stage.process().withdraw("ba")


def advertised(stage: TestBed) -> None:
    """An ad that is shown until one o'clock, and one that is not before; the publisher has seen neither yet."""
    stage.prepare(standing)
    for name, times in (("lamps", {"until": f"{ONE}Z"}), ("ropes", {"from": f"{ONE}Z"})):
        stage.process().put_ad(name, alt=f"The best {name}", image=ICON, **times)


def shown(stage: TestBed) -> None:
    stage.prepare(advertised)
    stage.settle()


def uploaded(stage: TestBed) -> None:
    send(stage, PHOTOGRAPH)


def sent_in_vain(stage: TestBed) -> None:
    send(stage, NO_PICTURE)


def send(stage: TestBed, content: bytes) -> None:
    """Upload a file, as an editor who was invited to."""
    stage.prepare(nothing)
    editor = stage.process()
    key = f"uploads/{sha256(content).hexdigest()}"
    editor.cloud.s3.put_object(Bucket=stage.deployment.name("Media"), Key=key, Body=content)


def put_new(_: TestBed, editor: Process) -> None:
    editor.put("bravo", headline="Bravo is new")


def put_new_where_there_must_be_none(_: TestBed, editor: Process) -> None:
    """At an address that is taken. Sent again, it is refused, since it is there: the editor knows then, too."""
    with suppress(Stale):
        editor.put("bravo", ABSENT, headline="Alpha stands here", summary="Another Alpha.")


def replace(_: TestBed, editor: Process) -> None:
    editor.put("bravo", headline="Bravo has other news", body={"format": "html", "text": "<p>Other.</p>"})


def replace_what_was_seen(_: TestBed, editor: Process) -> None:
    editor.put("bravo", SEEN, headline="Bravo has other news", tags=["harbour", "gulls"])


def move_by_slug(_: TestBed, editor: Process) -> None:
    editor.put("bravo", headline="Bravo has news", slug="bravo-elsewhere")


def move_by_date(_: TestBed, editor: Process) -> None:
    """To another year, and onto a new address with the same slug."""
    editor.put("bravo", headline="Bravo has news", published_at="2025-12-31T10:00:00+02:00")


def withdraw(_: TestBed, editor: Process) -> None:
    editor.withdraw("bravo")


def publish(stage: TestBed, publisher: Process) -> None:
    stage.articles.deliver(publisher.publish_records)


def tell(stage: TestBed, hub: Process) -> None:
    stage.queue.deliver(hub.notify)


def release(_: TestBed, schedule: Process) -> None:
    schedule.release()


def put_ad(_: TestBed, editor: Process) -> None:
    editor.put_ad("lamps", alt="Better lamps", image=ICON, edition="ar")


def take_ad_away(_: TestBed, editor: Process) -> None:
    editor.ads.delete("lamps")


def take_in(_: TestBed, function: Process) -> None:
    function.take_in(sha256(PHOTOGRAPH).hexdigest())


def take_in_in_vain(_: TestBed, function: Process) -> None:
    function.take_in(sha256(NO_PICTURE).hexdigest())


EDITING = (
    Flow("put a new article", standing, put_new, "GetItem PutObject TransactWriteItems "),
    Flow(
        "put an article that must be new, at an address that is taken",
        standing,
        put_new_where_there_must_be_none,
        "GetItem PutObject TransactWriteItems TransactWriteItems ",
    ),
    Flow("replace an article", one_more, replace, "GetItem PutObject TransactWriteItems "),
    Flow("replace the revision that was seen", one_more, replace_what_was_seen, "GetItem TransactWriteItems "),
    Flow("move an article by its slug", one_more, move_by_slug, "GetItem TransactWriteItems "),
    Flow("move an article by its date", one_more, move_by_date, "GetItem TransactWriteItems "),
    Flow("withdraw an article", one_more, withdraw, "GetItem TransactWriteItems "),
    Flow(
        "release a scheduled article", scheduled, release, "Query Query GetItem TransactWriteItems ", HOUR, recurs=True
    ),
)
PUBLISHER = (
    Flow("publish a new article", one_new, publish, PUBLISHING),
    Flow("publish that a tag is gone and another there", retagged, publish, PUBLISHING),
    Flow("publish a translation", translated, publish, PUBLISHING),
)
HISTORIAN = (
    Flow("publish the first article after a full part", closing, publish, PUBLISHING, part=SHORT),
    Flow("publish a withdrawal from an archive document", withdrawn, publish, PUBLISHING, part=SHORT),
)
ADVERTISING = (
    Flow("put an ad", shown, put_ad, "PutItem "),
    Flow("take an ad away", shown, take_ad_away, "DeleteItem "),
    Flow("let one ad come and one go", shown, release, "Query PutItem PutItem Query ", HOUR, recurs=True),
    Flow("publish advertising", advertised, publish, APART),
)
# What the queue brings once it may bring again.
IMAGING = (
    Flow("take in a picture", uploaded, take_in, "GetObject (PutObject ){5}DeleteObject ", recurs=True),
    Flow("take in what is no picture", sent_in_vain, take_in_in_vain, "GetObject PutObject DeleteObject ", recurs=True),
)
HUB = (Flow("tell the hub", published, tell, TELLING),)
# These make many calls, much the same as others' do.
LONG = (
    Flow("publish a back-dated article", back_dated, publish, PUBLISHING, part=SHORT),
    Flow("publish a move from one archive document to another", moved, publish, PUBLISHING, part=SHORT),
    Flow("publish that a translation is withdrawn", untranslated, publish, PUBLISHING),
    Flow("publish a batch of changes", several_changes, publish, PUBLISHING),
)


def flow(name: str) -> Flow:
    """The flow of that name."""
    groups = (EDITING, PUBLISHER, HISTORIAN, LONG, ADVERTISING, IMAGING, HUB, NEWSLETTER, LISTS)
    return next(flow for group in groups for flow in group if flow.name == name)
