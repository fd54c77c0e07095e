"""The flows whose calls are broken, each with the operations that it calls undisturbed, as a regular expression."""

import re
from contextlib import suppress
from datetime import timedelta

from broadsheet import editing
from broadsheet.model.errors import Stale
from tests.faults.harness import Flow
from tests.faults.scene import Process, Stage

SEEN = editing.Precondition(revisions=frozenset({"1"}))
ABSENT = editing.Precondition(absent=True)
HOUR = timedelta(hours=1)

# A publisher asks what became of the articles, sees what there is, asks the table, writes; and then asks once more.
ASKING = r"(GetItem |Query )+(GetObject )*"
WRITING = r"(PutObject )*(DeleteObject )*"
PUBLISHING = rf"(GetItem )+(HeadObject )+{ASKING}(HeadObject )*{WRITING}{ASKING}"


def nothing(_: Stage) -> None:
    """An empty house."""


def standing(stage: Stage) -> None:
    """A site with both editions and an article that nobody touches."""
    editor = stage.process()
    editor.put("alpha", headline="Alpha stands here")
    editor.put("alif", headline="Alif stands here", edition="ar")
    stage.settle()


def one_more(stage: Stage) -> None:
    standing(stage)
    stage.process().put("bravo", headline="Bravo has news")
    stage.settle()


def scheduled(stage: Stage) -> None:
    standing(stage)
    stage.process().put("bravo", headline="Bravo waits", published_at="2026-03-14T15:00:00+02:00")
    stage.settle()


def one_new(stage: Stage) -> None:
    standing(stage)
    stage.process().put("bravo", headline="Bravo is new")


def several_changes(stage: Stage) -> None:
    """A new article, a replaced, a moved and a withdrawn one, all of them still in the stream."""
    editor = stage.process()
    standing(stage)
    for id in ("bravo", "charlie", "delta"):
        editor.put(id, headline=f"{id.title()} has news")
    stage.settle()
    editor.put("bravo", headline="Bravo has other news", slug="bravo-has-news")
    editor.put("charlie", headline="Charlie has moved", published_at="2026-02-28T10:00:00+02:00")
    editor.withdraw("delta")
    editor.put("echo", headline="Echo is new")


def asked(stage: Stage) -> None:
    stage.process().sign_up()


def mailed(stage: Stage) -> None:
    asked(stage)
    stage.settle()


def confirmed(stage: Stage) -> None:
    mailed(stage)
    stage.process().confirm(token(stage, "confirm"))


def token(stage: Stage, purpose: str) -> str:
    """What the mail's link carries."""
    return str(re.findall(rf"{purpose}\?\S*token=(\S+)", stage.emulated.mails()[0].text)[0])


def put_new(_: Stage, editor: Process) -> None:
    editor.put("bravo", headline="Bravo is new")


def put_new_where_there_must_be_none(_: Stage, editor: Process) -> None:
    """At an address that is taken. Sent again, it is refused, since it is there: the editor knows then, too."""
    with suppress(Stale):
        editor.put("bravo", ABSENT, headline="Alpha stands here", summary="Another Alpha.")


def replace(_: Stage, editor: Process) -> None:
    editor.put("bravo", headline="Bravo has other news", body={"format": "html", "text": "<p>Other.</p>"})


def replace_what_was_seen(_: Stage, editor: Process) -> None:
    editor.put("bravo", SEEN, headline="Bravo has other news", tags=["harbour", "gulls"])


def move_by_slug(_: Stage, editor: Process) -> None:
    editor.put("bravo", headline="Bravo has news", slug="bravo-elsewhere")


def move_by_date(_: Stage, editor: Process) -> None:
    """To another year, and onto a new address with the same slug."""
    editor.put("bravo", headline="Bravo has news", published_at="2025-12-31T10:00:00+02:00")


def withdraw(_: Stage, editor: Process) -> None:
    editor.withdraw("bravo")


def publish(stage: Stage, publisher: Process) -> None:
    stage.articles.deliver(publisher.publish_records)


def release(_: Stage, schedule: Process) -> None:
    schedule.release()


def sign_up(_: Stage, reader: Process) -> None:
    reader.sign_up()


def send_confirmation(stage: Stage, mail: Process) -> None:
    stage.subscribers.deliver(mail.answer_records)


def confirm(stage: Stage, reader: Process) -> None:
    reader.confirm(token(stage, "confirm"))


def leave(stage: Stage, reader: Process) -> None:
    reader.leave(token(stage, "leave"))


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
    Flow("release a scheduled article", scheduled, release, "Query GetItem TransactWriteItems ", HOUR, recurs=True),
)
PUBLISHER = (Flow("publish a new article", one_new, publish, PUBLISHING),)
BATCH = Flow("publish a batch of changes", several_changes, publish, PUBLISHING)
NEWSLETTER = (
    Flow("sign up", nothing, sign_up, "GetSecretValue PutItem "),
    Flow("sign up again before the mail is sent", asked, sign_up, "GetSecretValue PutItem "),
    Flow("send a confirmation", asked, send_confirmation, "GetSecretValue Query PutItem SendEmail PutItem "),
    Flow("confirm", mailed, confirm, "GetSecretValue GetItem PutItem "),
    Flow("leave", confirmed, leave, "GetSecretValue GetItem PutItem "),
)
