"""Each guard of articles and publishing is removed from the code, and a sweep or a race run notices."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import count
from typing import Any
from unittest import mock

import pytest
from boto3.dynamodb.conditions import Attr

from broadsheet.model.article import Article, revise
from broadsheet.model.newsletter.subscriber import signed_up
from broadsheet.model.revision import Revision
from broadsheet.render.shared.target import Target
from broadsheet.services import article_events, editing, mailer
from broadsheet.services.publishing import expansion, plan, write
from broadsheet.services.publishing.announcer import Announcements, Announcer
from broadsheet.services.publishing.snapshot import SnapshotReader
from broadsheet.services.publishing.write import Writer
from broadsheet.store import ads, fronts
from broadsheet.store.articles import Articles
from broadsheet.store.bodies import Bodies
from broadsheet.store.indexnow import IndexNow
from broadsheet.store.peer import Unavailable
from broadsheet.store.revisions import revision_write
from broadsheet.store.site_objects import SiteObjects
from broadsheet.store.websub import Hub
from tests.faults.ending import check_unfinished
from tests.faults.faults import Fault, Mode
from tests.faults.flows import EDITING, EVENTS, HUB, IMAGING, INDEXNOW, PUBLISHER, flow
from tests.faults.invariants import Violation
from tests.faults.process import Process
from tests.faults.race import RaceRun
from tests.faults.races import race
from tests.faults.scheduler import in_turn, stalled
from tests.faults.sweep import FaultSweep, Flow
from tests.faults.testbed import TestBed

Call = Callable[..., Any]


@contextmanager
def altered(owner: type, method: str, alter: Callable[[Call], Call]) -> Iterator[None]:
    with mock.patch.object(owner, method, alter(getattr(owner, method))):
        yield


def unconditional_writes(conditionally: Call) -> Call:
    """SiteObjects written without If-Match and If-None-Match."""

    def write(objects: SiteObjects, call: Call, **request: Any) -> Any:
        return conditionally(objects, call, **{k: v for k, v in request.items() if k not in ("IfMatch", "IfNoneMatch")})

    return write


def no_second_look(_: Call) -> Call:
    """The publisher takes it that the table is as it was before it wrote."""

    def all_of_them(_: SnapshotReader, targets: Sequence[Target]) -> list[Target]:
        return list(targets)

    return all_of_them


def unconditional_commits(put_meta: Call) -> Call:
    """Transactions have no condition that the article is still as it was read."""

    def put(*args: Any) -> Any:
        write = put_meta(*args)
        kept = {name: write["Put"][name] for name in ("TableName", "Item")}
        return {"Put": kept}

    return put


def test_without_conditional_writes_a_publisher_removes_an_article_from_a_page(bed: TestBed) -> None:
    """It stalls before its first write. Another publishes a new article, which the late write takes off the page."""
    runs, schedule = RaceRun(bed, race("an editor and two publishers")), stalled("one", "PutObject")
    runs.run(schedule)
    with (
        altered(SiteObjects, "_conditionally", unconditional_writes),
        pytest.raises(Violation, match="one took charlie from"),
    ):
        runs.run(schedule)


def test_without_the_second_look_a_withdrawn_article_comes_back(bed: TestBed) -> None:
    """It stalls before its first write. The article is withdrawn, and every object is as it was at the first look."""
    runs, schedule = RaceRun(bed, race("a withdrawal and two publishers")), stalled("one", "PutObject")
    runs.run(schedule)
    with (
        altered(SnapshotReader, "current", no_second_look),
        pytest.raises(Violation, match="bravo-is-new/, which is not live"),
    ):
        runs.run(schedule)


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("two editors of one new article", "counts 3 articles on 2026-03-14, not 2"),
        ("two editors of the revision that both saw", "as after no order of the actors"),
    ],
)
def test_without_the_transaction_condition_an_update_or_a_count_is_lost(bed: TestBed, name: str, found: str) -> None:
    runs, schedule = RaceRun(bed, race(name)).with_serial_ends(), stalled("one", "TransactWriteItems")
    runs.run(schedule)
    with altered(Articles, "_put_meta", unconditional_commits), pytest.raises(Violation, match=found):
        runs.run(schedule)


def test_without_expansion_to_archive_documents_a_feed_links_to_a_missing_one(bed: TestBed) -> None:
    """The publisher that closes it has not started, and the next article has moved it out of the feed."""
    runs, schedule = RaceRun(bed, race("two publishers at a full part")), in_turn("two", "one")
    runs.run(schedule)
    with (
        mock.patch.object(plan, "missing_archive_documents", return_value={}),
        pytest.raises(Violation, match=r"two took alpha, .* from feed.xml"),
    ):
        runs.run(schedule)


def test_without_a_look_at_the_feeds_of_a_new_tag_a_front_links_to_a_page_with_a_broken_link(
    bed: TestBed,
) -> None:
    """The article's publisher stalls after its page, before the tag's."""
    runs, schedule = RaceRun(bed, race("two publishers")), stalled("one", "PutObject", "en/tag/bravos/index")
    runs.run(schedule)

    with (
        mock.patch.object(expansion, "feed_keys", return_value=[]),
        pytest.raises(Violation, match=r"bravo-is-new/index\.html links to /en/tag/bravos/"),
    ):
        runs.run(schedule)


def test_without_new_objects_first_a_killed_publisher_leaves_broken_links(bed: TestBed) -> None:
    def unsorted(targets: Iterable[Target], _: object) -> Iterator[Sequence[Target]]:
        return ([target] for target in targets)

    with mock.patch.object(write, "waves", unsorted):
        sweep = FaultSweep(bed, flow("publish a back-dated article"))
        with pytest.raises(Violation, match=r"process is killed after it .* links to /.*, which is missing"):
            sweep.check_all(fault for fault in sweep.some_faults() if fault.mode is Mode.KILLED_AFTER)


@pytest.mark.parametrize(
    ("name", "missed"),
    [("hub", r"hub: feed.xml is"), ("indexnow", r"search engines: en/2026/03/14/\S+/ is missing")],
)
def test_without_announcements_of_what_was_not_written_a_party_misses_a_change(
    bed: TestBed, name: str, missed: str
) -> None:
    """A publisher is killed after its last write, and the next one finds nothing to write."""
    wrote: list[bool] = []

    def noted(write: Call) -> Call:
        def note(*args: Any) -> Any:
            outcome = write(*args)
            wrote.append(bool(outcome.written))
            return outcome

        return note

    def if_written(send: Call) -> Call:
        def send_if(announcer: Announcer, due: Announcements) -> None:
            send(announcer if wrote.pop() else replace(announcer, **{name: None}), due)

        return send_if

    with altered(Writer, "write", noted), altered(Announcer, "send", if_written):
        sweep = FaultSweep(bed, PUBLISHER[0])
        last = max(at for at, call in enumerate(sweep.undisturbed.calls, 1) if call.operation == "PutObject")
        with pytest.raises(Violation, match=missed):
            sweep.check(Fault(last, Mode.KILLED_AFTER))


@pytest.mark.parametrize(
    ("flow", "method", "missed"),
    [
        (HUB[0], (Hub, "ping"), r"hub: feed.xml is"),
        (INDEXNOW[0], (IndexNow, "submit"), r"search engines: en/2026/03/14/\S+/ is"),
    ],
    ids=str,
)
def test_without_retries_a_party_misses_a_change(
    bed: TestBed, flow: Flow, method: tuple[type, str], missed: str
) -> None:
    def once(tell: Call) -> Call:
        def say(*args: Any) -> None:
            with suppress(Unavailable):
                tell(*args)

        return say

    with altered(*method, once):
        sweep = FaultSweep(bed, flow)
        telling = [call.operation for call in sweep.undisturbed.calls].index("POST") + 1
        with pytest.raises(Violation, match=missed):
            sweep.check(Fault(telling, Mode.UNSENT))


def test_a_body_that_is_stored_after_its_article_is_missing_when_the_process_is_killed_between(bed: TestBed) -> None:
    def later(put: Call) -> Call:
        def keep(bodies: Bodies, hash: str, text: str) -> None:
            waiting.append(lambda: put(bodies, hash, text))

        return keep

    def then_bodies(put: Call) -> Call:
        def both(process: Process, *args: Any, **changed: Any) -> None:
            put(process, *args, **changed)
            while waiting:
                waiting.pop()()

        return both

    waiting: list[Callable[[], Any]] = []
    with altered(Bodies, "put", later), altered(Process, "put", then_bodies):
        sweep = FaultSweep(bed, EDITING[0])
        with pytest.raises(Violation, match=r"call 2: .*TransactWriteItems.*: article bravo has no body"):
            sweep.check(Fault(2, Mode.KILLED_AFTER))


def test_without_a_condition_the_schedule_overwrites_a_change_of_an_ad(bed: TestBed) -> None:
    runs, schedule = (
        RaceRun(bed, race("the schedule and two advertisers")).with_serial_ends(),
        stalled("schedule", "TransactWriteItems"),
    )
    runs.run(schedule)
    with (
        mock.patch.object(ads, "_still", return_value=Attr("pk").exists()),
        pytest.raises(Violation, match="as after no order of the actors"),
    ):
        runs.run(schedule)


def test_without_a_condition_an_advertiser_overwrites_what_another_one_put(bed: TestBed) -> None:
    runs = RaceRun(bed, race("three advertisers of the ad that all saw")).with_serial_ends()
    schedule = stalled("one", "TransactWriteItems")
    runs.run(schedule)
    with (
        mock.patch.object(ads, "_still", return_value=Attr("pk").exists()),
        pytest.raises(Violation, match="as after no order of the actors"),
    ):
        runs.run(schedule)


def test_without_a_condition_the_schedule_overwrites_a_choice_for_a_front_page(bed: TestBed) -> None:
    runs = RaceRun(bed, race("the schedule and an editor of a front page"))
    schedule = stalled("schedule", "TransactWriteItems")
    runs.run(schedule)
    with (
        mock.patch.object(fronts, "unchanged", return_value=Attr("pk").exists()),
        pytest.raises(Violation, match="as after no order of the actors"),
    ):
        runs.run(schedule)


def test_without_expansion_a_front_page_links_to_an_article_without_a_page(bed: TestBed) -> None:
    chosen = flow("publish the choice of an article without a page")
    bed.prepare(chosen.given)
    with mock.patch.object(plan, "unpublished_listed", return_value=[]):
        chosen.act(bed, bed.process())
    with pytest.raises(Violation, match=r"en/index.html links to .*bravo-has-news/index.html, which is missing"):
        check_unfinished(bed)


def test_an_image_that_is_ready_before_its_files_exist_is_noticed(bed: TestBed) -> None:
    def ready_first(process_upload: Call) -> Call:
        def process_late(process: Process, id: str) -> None:
            image = {"src": f"/images/{id}/600.jpg", "width": 600, "height": 300}
            process.media.put_result(id, {"status": "ready", "image": image})
            process_upload(process, id)

        return process_late

    with altered(Process, "process_upload", ready_first):
        sweep = FaultSweep(bed, IMAGING[0])
        with pytest.raises(Violation, match=r"states/\w+\.json promises \d+\.(jpg|webp)"):
            sweep.check(Fault(2, Mode.KILLED_AFTER))


def test_a_publisher_that_reports_no_failure_leaves_an_outdated_site(bed: TestBed) -> None:
    with altered(Process, "publish_records", lambda publish: lambda *args: publish(*args)[:0]):
        sweep = FaultSweep(bed, PUBLISHER[0])
        with mock.patch("broadsheet.services.publishing.batches.ATTEMPTS", 0), pytest.raises(Violation):
            sweep.check_all(list(sweep.single_faults())[-1:])


def test_without_idempotent_puts_a_repeated_request_makes_a_second_revision(bed: TestBed) -> None:
    def revised(honest: Call) -> Call:
        def always(previous: Any, *args: Any) -> Any:
            article = honest(previous, *args)
            return article if article is not previous else replace(previous, revision=previous.revision + 1)

        return always

    with mock.patch.object(editing, "revise", revised(revise)):
        sweep = FaultSweep(bed, EDITING[0])
        with pytest.raises(Violation, match=r"its response is lost .*\n.*ARTICLE#bravo META is .*'revision': 2"):
            sweep.check(Fault(3, Mode.UNHEARD))


def test_a_mail_that_is_sent_again_with_another_link_is_another_mail(bed: TestBed) -> None:
    def new_nonce(before: Any, request: Any, nonce: str) -> Any:
        after = signed_up(before, request, nonce)
        return replace(after, nonce=nonce, revision=after.revision + 1) if after == before else after

    with mock.patch.object(mailer, "signed_up", new_nonce):
        sweep = FaultSweep(bed, flow("send a confirmation"))
        sending = [call.operation for call in sweep.undisturbed.calls].index("SendEmail") + 1
        with pytest.raises(Violation, match=r"its response is lost .*2 different mails were sent, not 1"):
            sweep.check(Fault(sending, Mode.UNHEARD))


def test_a_revision_that_is_kept_after_the_change_is_missing_when_the_process_is_killed_between(bed: TestBed) -> None:
    def apart(together: Call) -> Call:
        def commit(articles: Articles, previous: Article | None, article: Article, revision: Revision | None) -> None:
            together(articles, previous, article)
            if revision:
                table = articles._table  # noqa: SLF001
                table.transact(revision_write(table, article.id, revision))

        return commit

    with altered(Articles, "commit", apart):
        sweep = FaultSweep(bed, flow("replace an article"))
        with pytest.raises(Violation, match=r"revisions missing: \[\('bravo', 2\)\]"):
            sweep.check(Fault(3, Mode.KILLED_AFTER))


@pytest.mark.parametrize("mode", [Mode.UNSENT, Mode.PARTLY])
def test_without_failures_that_are_reported_an_event_is_lost(bed: TestBed, mode: Mode) -> None:
    sweep = FaultSweep(bed, EVENTS[0])
    sweep.check(Fault(1, mode))
    with (
        mock.patch.object(article_events, "_is_done", return_value=True),
        pytest.raises(Violation, match=r"events: .*charlie.* is missing"),
    ):
        sweep.check(Fault(1, mode))


def test_without_an_id_of_the_change_an_event_that_comes_again_is_another_one(bed: TestBed) -> None:
    sweep = FaultSweep(bed, EVENTS[0])
    sweep.check(Fault(1, Mode.UNHEARD))
    with (
        mock.patch.object(article_events, "log_position", side_effect=map(str, count())),
        pytest.raises(Violation, match=r"events: .* is too many"),
    ):
        sweep.check(Fault(1, Mode.UNHEARD))
