"""The flows of editors, the publisher, the schedule and the hub, each with the operations that it calls undisturbed."""

from contextlib import suppress
from datetime import timedelta
from hashlib import sha256
from typing import Any

from broadsheet.build import MANIFEST
from broadsheet.model.errors import Stale
from broadsheet.model.precondition import Precondition
from broadsheet.store.event_bus import MOST_ENTRIES
from broadsheet.store.fronts import FRONT
from tests.faults.import_flows import LISTS
from tests.faults.newsletter_flows import NEWSLETTER
from tests.faults.process import Process
from tests.faults.sweep import Flow
from tests.faults.testbed import TestBed, nothing
from tests.unit.services.test_images import drawn, encoded
from tests.world import NOON, fields

SEEN = Precondition(revisions=frozenset({"1"}))
ABSENT = Precondition(absent=True)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MORNING = timedelta(hours=17, minutes=3)  # from noon in Greenwich to the time at which issues are composed
SHORT = 2  # places in a part, so that few articles make a history

# A publisher reads the articles and what planning needs of them, counts the changes, and looks at its targets (versions
# first, then queries and bodies), and at more targets that it then finds. It writes, counts again, and queues what
# it announces to the hub and to search engines.
READING = r"(GetItem |BatchGetItem |Query )+(GetObject )*"
READS = r"(GetItem |BatchGetItem |Query |HeadObject |GetObject )+"
WRITING = r"(PutObject )*(DeleteObject )*"
COUNTING = "Query "
LOOKING = rf"{COUNTING}((HeadObject )+{READING})+"
PUBLISHING = (
    rf"(GetItem )+(Query )+(GetItem |Query )*(HeadObject )*{LOOKING}(HeadObject )*{WRITING}{COUNTING}(SendMessage )+"
)
ADS_PUBLISHING = rf"{LOOKING}{WRITING}{COUNTING}"
BUILD_PUBLISHING = rf"HeadObject {LOOKING}{WRITING}{COUNTING}"
FRONT_PUBLISHING = rf"{LOOKING}{READS}{WRITING}{COUNTING}(SendMessage )+"
# Two changes of pages that translate each other, whose reads take turns.
PAGES_PUBLISHING = rf"{READS}{WRITING}{COUNTING}(SendMessage )+"
ISSUE_PUBLISHING = rf"{LOOKING}{READS}(PutObject |HeadObject )+{COUNTING}"
COMPOSING = "(GetItem Query GetItem TransactWriteItems GetItem ){2}"  # weekly issues are not due
PINGING = r"(HeadObject GetItem POST PutItem )+"

IMAGE = {
    "src": "https://pictures.example/gulls.jpg",
    "alt": "Gulls over the harbour",
    "width": 1200,
    "height": 800,
    "credit": "Lina Haddad",
}
PHOTOGRAPH, NO_IMAGE = encoded(drawn(600, 300)), b"<svg/>"
PAGE: dict[str, Any] = {"headline": "Bravo has a page", "kind": "page", "section": None, "tags": []}
ICON = {"src": "/assets/icon.svg", "width": 32, "height": 32}
ONE = "2026-03-14T13:00:00"


def published_articles(bed: TestBed) -> None:
    """A site with an article in each edition, which no flow changes."""
    editor = bed.process()
    editor.put("alpha", headline="Alpha stands here")
    editor.put("alif", headline="Alif stands here", edition="ar")
    bed.settle()
    bed.notify()


def one_more(bed: TestBed) -> None:
    bed.prepare(published_articles)
    bed.process().put("bravo", headline="Bravo has news")
    bed.settle()
    bed.notify()


def scheduled(bed: TestBed) -> None:
    bed.prepare(published_articles)
    bed.process().put("bravo", headline="Bravo waits", published_at="2026-03-14T15:00:00+02:00")
    bed.settle()


def one_new(bed: TestBed) -> None:
    bed.prepare(published_articles)
    bed.process().put("bravo", headline="Bravo is new")


def tagged(bed: TestBed) -> None:
    """Two articles, each the only one with its tag."""
    bed.prepare(published_articles)
    for id, tags in (("bravo", ["gulls"]), ("charlie", ["harbour"])):
        bed.process().put(id, headline=f"{id.title()} has news", tags=tags)
    bed.settle()
    bed.notify()


def retagged(bed: TestBed) -> None:
    """A tag loses its last article, and a new tag has its first."""
    bed.prepare(tagged)
    bed.process().put("bravo", headline="Bravo has news", tags=["ferries"])


def passed_on(bed: TestBed) -> None:
    """A tag loses its last article while another gains it."""
    bed.prepare(tagged)
    bed.process().put("bravo", headline="Bravo has news", tags=["harbour"])
    bed.process().put("charlie", headline="Charlie has news", tags=["gulls"])


def history(bed: TestBed) -> None:
    """Seven articles from January to March. With two places in a part there are three archive documents and a feed.

    January has two of the documents, and February has one. The feed holds the two articles of March.
    """
    days = ("01-10", "01-20", "01-25", "01-28", "02-10", "03-01", "03-02")
    for word, day in zip(("Alpha", "Bravo", "Charlie", "Delta", "Echo", "Foxtrot", "Golf"), days, strict=True):
        dated(bed, word, day)
    bed.settle()
    bed.notify()


def dated(bed: TestBed, word: str, day: str, **changed: Any) -> None:
    """Put an article of that day, without tags."""
    fields = {"headline": f"{word} has news", "published_at": f"2026-{day}T10:00:00+02:00", "tags": []}
    bed.process().put(word.lower(), **fields | changed)


def closing(bed: TestBed) -> None:
    """The first article after a full part, which becomes an archive document."""
    bed.prepare(history)
    dated(bed, "Hotel", "03-03", tags=["gulls"], authors=["Lina Haddad"], image=IMAGE, kind="caricature")


def back_dated(bed: TestBed) -> None:
    """A back-dated article, which moves all places after it in its month, so there is one more archive document."""
    bed.prepare(history)
    dated(bed, "Hotel", "01-15")


def withdrawn(bed: TestBed) -> None:
    """An article in an archive document is withdrawn."""
    bed.prepare(history)
    bed.process().withdraw("bravo")


def moved(bed: TestBed) -> None:
    """An article moves from one month to another, both of them past."""
    bed.prepare(history)
    dated(bed, "Bravo", "02-20")


def withdrawn_one(bed: TestBed) -> None:
    bed.prepare(one_more)
    bed.process().withdraw("bravo")
    bed.settle()
    bed.notify()


def postponed(bed: TestBed) -> None:
    bed.prepare(one_more)
    bed.process().postpone("bravo", NOON + HOUR)
    bed.settle()


def paged(bed: TestBed) -> None:
    """A static page."""
    bed.prepare(published_articles)
    bed.process().put("bravo", **PAGE)
    bed.settle()
    bed.notify()


def moved_page(bed: TestBed) -> None:
    """A static page that gets another path, and a new one that translates it."""
    bed.prepare(paged)
    bed.process().put("bravo", **PAGE | {"slug": "bravo-elsewhere"})
    bed.process().put("ba", **PAGE | {"edition": "ar", "translation_of": "bravo"})


def withdrawn_page(bed: TestBed) -> None:
    bed.prepare(paged)
    bed.process().withdraw("bravo")


def several_changes(bed: TestBed) -> None:
    """The changes of a new, a replaced, a moved and a withdrawn article wait in the stream."""
    bed.prepare(published_articles)
    editor = bed.process()
    for id in ("bravo", "charlie", "delta"):
        editor.put(id, headline=f"{id.title()} has news")
    bed.settle()
    editor.put("bravo", headline="Bravo has other news", slug="bravo-has-news")
    editor.put("charlie", headline="Charlie has moved", published_at="2026-02-28T10:00:00+02:00")
    editor.withdraw("delta")
    editor.put("echo", headline="Echo is new")


def published(bed: TestBed) -> None:
    """An article that changed twice since the hub was pinged, and was published each time."""
    bed.prepare(one_more)
    for news in ("other news", "news again"):
        bed.process().put("bravo", headline=f"Bravo has {news}")
        bed.settle()


def translated(bed: TestBed) -> None:
    """A published article, and a new one that translates it."""
    bed.prepare(one_more)
    bed.process().put("ba", headline="Bravo in Arabic", edition="ar", translation_of="bravo")


def related(bed: TestBed) -> None:
    """Two articles, and changes of both: one names the other as related, and that has another headline."""
    bed.prepare(one_more)
    editor = bed.process()
    editor.put("charlie", headline="Charlie is new", related=["bravo", "alpha"])
    editor.put("bravo", headline="Bravo has other news")


def rewritten(bed: TestBed) -> None:
    """An article that has another text, another path and other channels than at first."""
    bed.prepare(one_more)
    text = {"format": "markdown", "text": "Other."}
    bed.process().put("bravo", headline="Bravo has other news", body=text, slug="bravo-elsewhere", tags=["gulls"])
    bed.settle()
    bed.notify()


def unrelated(bed: TestBed) -> None:
    """The article that names others as related names only one of them, and another."""
    bed.prepare(related)
    bed.settle()
    bed.notify()
    bed.process().put("charlie", headline="Charlie is new", related=["alif", "alpha"])


def renamed(bed: TestBed) -> None:
    """An article names another one no more, which a second article names now."""
    bed.prepare(related)
    bed.settle()
    bed.notify()
    bed.process().put("charlie", headline="Charlie is new", related=["alpha"])
    bed.process().put("delta", headline="Delta is new", related=["bravo"])


def untranslated(bed: TestBed) -> None:
    """One of two translations is withdrawn."""
    bed.prepare(translated)
    bed.settle()
    bed.process().withdraw("ba")


def advertised(bed: TestBed) -> None:
    """An ad that is shown until one o'clock, and one that is shown from then on; neither is published yet."""
    bed.prepare(published_articles)
    for name, times in (("lamps", {"until": f"{ONE}Z"}), ("ropes", {"from": f"{ONE}Z"})):
        bed.process().put_ad(name, alt=f"The best {name}", image=ICON, **times)


def shown(bed: TestBed) -> None:
    bed.prepare(advertised)
    bed.settle()


def taken_off(bed: TestBed) -> None:
    """An ad is deleted."""
    bed.prepare(shown)
    bed.process().delete_ad("lamps")
    bed.settle()


def chosen(bed: TestBed) -> None:
    """A front page with a lead until one o'clock and an article that is pinned ahead; neither page nor front exists."""
    bed.prepare(published_articles)
    editor = bed.process()
    editor.put("bravo", headline="Bravo has news")
    editor.put("charlie", headline="Charlie waits", published_at="2026-03-14T18:00:00+02:00")
    editor.choose("en", lead={"id": "alpha", "until": f"{ONE}Z"}, pinned=[{"id": "charlie"}, {"id": "bravo"}])


def led(bed: TestBed) -> None:
    bed.prepare(chosen)
    bed.settle()


def composed(bed: TestBed) -> None:
    """An issue in each edition, not published yet."""
    bed.prepare(one_more)
    bed.process(MORNING).compose()


def corrected(bed: TestBed) -> None:
    """An article that is in an issue is corrected, and another one is withdrawn."""
    bed.prepare(composed)
    bed.settle()
    bed.notify()
    bed.process().put("bravo", headline="Bravo was wrong")
    bed.process().withdraw("alpha")


def many_changes(bed: TestBed) -> None:
    """Every kind of change, and more of them than one call has events."""
    bed.prepare(published_articles)
    editor = bed.process()
    editor.put("bravo", headline="Bravo waits", published_at="2026-03-14T15:00:00+02:00")
    for number in range(MOST_ENTRIES // 2):
        editor.put("charlie", headline=f"Charlie has news, {number}")
        editor.put("charlie", headline="Nobody knows yet", status="draft")
    editor.put("charlie", headline="Charlie has news")
    editor.put("charlie", headline="Charlie has more")
    editor.withdraw("charlie")


def uploaded(bed: TestBed) -> None:
    send(bed, PHOTOGRAPH)


def invalid_upload(bed: TestBed) -> None:
    send(bed, NO_IMAGE)


def send(bed: TestBed, content: bytes) -> None:
    """Upload a file, as an editor with a presigned request."""
    bed.prepare(nothing)
    editor = bed.process()
    key = f"uploads/{sha256(content).hexdigest()}"
    editor.clients.s3.put_object(Bucket=bed.deployment.name("Media"), Key=key, Body=content)


def put_new(_: TestBed, editor: Process) -> None:
    editor.put("bravo", headline="Bravo is new")


def put_new_where_there_must_be_none(_: TestBed, editor: Process) -> None:
    """The path is another article's. A repeated request is refused, so the editor knows that the first one worked."""
    with suppress(Stale):
        editor.put("bravo", ABSENT, headline="Alpha stands here", summary="Another Alpha.")


def replace(_: TestBed, editor: Process) -> None:
    editor.put("bravo", headline="Bravo has other news", body={"format": "html", "text": "<p>Other.</p>"})


def replace_what_was_seen(_: TestBed, editor: Process) -> None:
    editor.put("bravo", SEEN, headline="Bravo has other news", tags=["harbour", "gulls"])


def move_by_slug(_: TestBed, editor: Process) -> None:
    editor.put("bravo", headline="Bravo has news", slug="bravo-elsewhere")


def move_by_date(_: TestBed, editor: Process) -> None:
    """To another year, so to another path with the same slug."""
    editor.put("bravo", headline="Bravo has news", published_at="2025-12-31T10:00:00+02:00")


def put_page(_: TestBed, editor: Process) -> None:
    editor.put("bravo", **PAGE)


def move_page(_: TestBed, editor: Process) -> None:
    editor.put("bravo", **PAGE | {"slug": "bravo-elsewhere"})


def name_others(_: TestBed, editor: Process) -> None:
    editor.put("charlie", headline="Charlie is new", related=["bravo"])


def withdraw(_: TestBed, editor: Process) -> None:
    editor.withdraw("bravo")


def postpone(_: TestBed, editor: Process) -> None:
    editor.postpone("bravo", NOON + DAY)


def put_back(_: TestBed, editor: Process) -> None:
    editor.put("bravo", headline="Bravo has news")


def restore(_: TestBed, editor: Process) -> None:
    editor.restore("bravo", 1)


def publish(bed: TestBed, publisher: Process) -> None:
    bed.articles.deliver(publisher.publish_records)


def ping(bed: TestBed, hub: Process) -> None:
    bed.queue.deliver(hub.notify)


def submit(bed: TestBed, indexnow: Process) -> None:
    bed.submissions.deliver(indexnow.submit)


def move_news(_: TestBed, schedule: Process) -> None:
    schedule.move_news()


def release(_: TestBed, schedule: Process) -> None:
    schedule.release()


def put_ad(_: TestBed, editor: Process) -> None:
    editor.put_ad("lamps", alt="Better lamps", image=ICON, edition="ar")


def put_a_new_ad(_: TestBed, editor: Process) -> None:
    """A repeated request is refused, so the editor knows that the first one worked."""
    with suppress(Stale):
        editor.put_ad("sails", ABSENT, alt="The best sails", image=ICON)


def replace_the_ad_that_was_seen(_: TestBed, editor: Process) -> None:
    editor.put_ad("lamps", SEEN, alt="Better lamps", image=ICON, edition="ar")


def delete_the_ad_that_was_seen(_: TestBed, editor: Process) -> None:
    editor.delete_ad("lamps", SEEN)


def delete_ad(_: TestBed, editor: Process) -> None:
    editor.delete_ad("lamps")


def choose_a_lead(_: TestBed, editor: Process) -> None:
    editor.choose("en", lead={"id": "alpha"})


def choose(_: TestBed, editor: Process) -> None:
    editor.choose("en", SEEN, pinned=[{"id": "bravo"}, {"id": "alpha"}])


def publish_front(_: TestBed, publisher: Process) -> None:
    publisher.publisher().publish_others(FRONT, deadline=publisher.deadline)


def compose(_: TestBed, composer: Process) -> None:
    composer.compose()


def put_a_note(_: TestBed, editor: Process) -> None:
    editor.note("Good morning.")


def request_build(_: TestBed, schedule: Process) -> None:
    schedule.request_build()


def deployed_anew(bed: TestBed) -> None:
    """An empty site, whose build is in the stream."""
    bed.prepare(nothing)
    bed.process().request_build()


def upgraded(bed: TestBed) -> None:
    """Other code wrote the front pages and the style sheet; a new article is in the stream, and then the build."""
    bed.prepare(one_new)
    for key in (MANIFEST, "en/index.html", "en/section/city/index.html", "assets/site.css"):
        bed.deployment.clients.s3.put_object(Bucket=bed.process().bucket, Key=key, Body=b"of other code")
    bed.process().request_build()


def send_events(bed: TestBed, function: Process) -> None:
    bed.events.deliver(function.send_events)


def process_upload(_: TestBed, function: Process) -> None:
    function.process_upload(sha256(PHOTOGRAPH).hexdigest())


def process_invalid_upload(_: TestBed, function: Process) -> None:
    function.process_upload(sha256(NO_IMAGE).hexdigest())


def put_preview(_: TestBed, editor: Process) -> None:
    article = {"headline": "Bravo has more", "tags": [], "authors": []}
    editor.previews.put("bravo", {"id": "bravo", "article": fields(**article)}, editor.now)


def end_preview(_: TestBed, editor: Process) -> None:
    editor.previews.delete("bravo")


def previewed(bed: TestBed) -> None:
    bed.prepare(one_more)
    bed.process().previews.put("bravo", {"id": "bravo"}, bed.process().now)


EDITING = (
    Flow("put a new article", published_articles, put_new, "GetItem PutObject TransactWriteItems "),
    Flow(
        "put an article that must be new, at a path that is taken",
        published_articles,
        put_new_where_there_must_be_none,
        "GetItem PutObject TransactWriteItems TransactWriteItems ",
    ),
    Flow("replace an article", one_more, replace, "GetItem PutObject TransactWriteItems "),
    Flow("replace the revision that was seen", one_more, replace_what_was_seen, "GetItem TransactWriteItems "),
    Flow("move an article by its slug", one_more, move_by_slug, "GetItem TransactWriteItems "),
    Flow("move an article by its date", one_more, move_by_date, "GetItem TransactWriteItems "),
    Flow("withdraw an article", one_more, withdraw, "GetItem TransactWriteItems "),
    Flow("put a static page", published_articles, put_page, "GetItem PutObject TransactWriteItems "),
    Flow("move a static page", paged, move_page, "GetItem TransactWriteItems "),
    Flow("withdraw a static page", paged, withdraw, "GetItem TransactWriteItems "),
    Flow("withdraw an article until tomorrow", one_more, postpone, "GetItem TransactWriteItems "),
    Flow("schedule a withdrawn article", withdrawn_one, postpone, "GetItem GetObject TransactWriteItems "),
    Flow("put a withdrawn article back", withdrawn_one, put_back, "GetItem TransactWriteItems "),
    Flow("restore a revision", rewritten, restore, "GetItem GetItem GetObject TransactWriteItems "),
    Flow("restore a withdrawn article", withdrawn_one, restore, "GetItem GetItem GetObject TransactWriteItems "),
    Flow(
        "release a scheduled article", scheduled, release, "(Query ){3}GetItem TransactWriteItems ", HOUR, recurs=True
    ),
)
PREVIEWING = (
    Flow("put a preview", one_more, put_preview, "GetItem (Query |GetItem )+GetObject PutObject "),
    Flow(
        "put another preview under the same link",
        previewed,
        put_preview,
        "GetItem (Query |GetItem )+GetObject PutObject ",
    ),
    Flow("end a preview", previewed, end_preview, "DeleteObject "),
)
PUBLISHER = (
    Flow("publish a new article", one_new, publish, PUBLISHING),
    Flow("publish the end of a tag and the start of another", retagged, publish, PUBLISHING),
    Flow("publish a translation", translated, publish, PUBLISHING),
)
HISTORIAN = (
    Flow("publish the first article after a full part", closing, publish, PUBLISHING, part=SHORT),
    Flow("publish a withdrawal from an archive document", withdrawn, publish, PUBLISHING, part=SHORT),
)
ADVERTISING = (
    Flow("put an ad", shown, put_ad, "GetItem TransactWriteItems "),
    Flow("put an ad that must be new", shown, put_a_new_ad, "GetItem GetItem TransactWriteItems "),
    Flow("put a deleted ad again", taken_off, put_ad, "GetItem GetItem TransactWriteItems "),
    Flow("replace the ad that was seen", shown, replace_the_ad_that_was_seen, "GetItem TransactWriteItems "),
    Flow("delete an ad", shown, delete_ad, "GetItem TransactWriteItems "),
    Flow("delete the ad that was seen", shown, delete_the_ad_that_was_seen, "GetItem TransactWriteItems "),
    Flow(
        "start one ad and end another",
        shown,
        release,
        "Query TransactWriteItems TransactWriteItems Query Query ",
        HOUR,
        recurs=True,
    ),
    Flow("publish ads", advertised, publish, ADS_PUBLISHING),
)
FRONT_PAGES = (
    Flow("choose what leads a front page", one_more, choose_a_lead, "GetItem BatchGetItem TransactWriteItems "),
    Flow("change the choice that was seen", led, choose, "GetItem TransactWriteItems "),
    Flow("move the news sitemap on", one_new, move_news, "GetItem TransactWriteItems ", HOUR, recurs=True),
    Flow("end the choice of a lead", led, release, "Query Query TransactWriteItems Query ", HOUR, recurs=True),
    Flow("request the build of a new site", nothing, request_build, "GetObject PutItem ", recurs=True),
)
ISSUES = (
    Flow("compose issues", one_more, compose, COMPOSING, MORNING, recurs=True),
    Flow("put a note over the next issue", published_articles, put_a_note, "GetItem TransactWriteItems "),
)
# The queue of uploads may deliver a message again.
IMAGING = (
    Flow("process an upload", uploaded, process_upload, "GetObject (PutObject ){5}DeleteObject ", recurs=True),
    Flow(
        "process an upload that is no image",
        invalid_upload,
        process_invalid_upload,
        "GetObject PutObject DeleteObject ",
        recurs=True,
    ),
)
# More changes than events fit into one call.
EVENTS = (Flow("send events", many_changes, send_events, "PutEvents PutEvents "),)
HUB = (Flow("ping the hub", published, ping, PINGING),)
INDEXNOW = (Flow("submit pages", published, submit, "POST "),)
# These make many calls, or calls of the kinds that other flows make too.
LONG = (
    Flow(
        "release an article that was postponed",
        postponed,
        release,
        "(Query ){3}GetItem TransactWriteItems ",
        HOUR,
        recurs=True,
    ),
    Flow("publish a back-dated article", back_dated, publish, PUBLISHING, part=SHORT),
    Flow("publish a move from one archive document to another", moved, publish, PUBLISHING, part=SHORT),
    # The article's own change is in another shard of the stream, which comes later.
    Flow("publish the choice of an article without a page", chosen, publish_front, FRONT_PUBLISHING),
    Flow("publish an article and one that names it as related", related, publish, PUBLISHING),
    Flow("name other articles as related", unrelated, name_others, "GetItem TransactWriteItems "),
    Flow("publish other related articles", unrelated, publish, PUBLISHING),
    Flow("publish the withdrawal of a translation", untranslated, publish, PUBLISHING),
    Flow("publish the move of a static page and its translation", moved_page, publish, PAGES_PUBLISHING),
    Flow("publish the withdrawal of a static page", withdrawn_page, publish, PUBLISHING),
    Flow("publish a batch of changes", several_changes, publish, PUBLISHING),
    Flow("publish the build of a new site", deployed_anew, publish, BUILD_PUBLISHING),
    Flow("publish issues", composed, publish, rf"({ISSUE_PUBLISHING}){{2}}"),
    Flow("publish what changes in an issue", corrected, publish, PUBLISHING),
    Flow("publish an article and another build", upgraded, publish, rf"{PUBLISHING}HeadObject "),
)


def flow(name: str) -> Flow:
    """The flow of that name."""
    groups = (
        EDITING,
        PREVIEWING,
        PUBLISHER,
        HISTORIAN,
        LONG,
        ADVERTISING,
        FRONT_PAGES,
        ISSUES,
        IMAGING,
        EVENTS,
        HUB,
        INDEXNOW,
        NEWSLETTER,
        LISTS,
    )
    return next(flow for group in groups for flow in group if flow.name == name)
