"""Processes: what clients, schedules, streams and queues may call, over the stores of one deployment."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property, partial
from itertools import count
from typing import Any

from broadsheet.deadline import UNLIMITED, Deadline
from broadsheet.executor import SEQUENTIAL, Executor
from broadsheet.model.article import Article
from broadsheet.model.config import Site
from broadsheet.model.newsletter.bounces import Kind, Notification
from broadsheet.model.newsletter.imported import RowResult
from broadsheet.model.newsletter.issue import Issue, IssueKey
from broadsheet.model.newsletter.subscriber import Preferences
from broadsheet.model.newsletter.tokens import PREFERENCES, Keyring
from broadsheet.model.precondition import Precondition
from broadsheet.model.queries import IssueByKey
from broadsheet.schemas import sign_up
from broadsheet.schemas.import_row import Batch
from broadsheet.schemas.links import parse_links_form
from broadsheet.services import bounces, images, reader_requests, subscriber_import, subscriptions, suppressions
from broadsheet.services.article_events import send_batch
from broadsheet.services.indexnow import submit_batch
from broadsheet.services.issues import compose_due, put_note
from broadsheet.services.mailer import Mailer, mail_batch
from broadsheet.services.previewing.service import PreviewService
from broadsheet.services.previewing.shown import Showing
from broadsheet.services.publishing.announcer import Announcer
from broadsheet.services.publishing.batches import BatchPublisher
from broadsheet.services.publishing.causes import cause_in
from broadsheet.services.publishing.publisher import Publisher
from broadsheet.services.schedule import release_due, request_build, update_ads, update_fronts, update_news
from broadsheet.services.sending import dispatch
from broadsheet.services.sending.contents import Contents
from broadsheet.services.sending.delivery import Delivery
from broadsheet.services.sending.dispatch import Dispatcher, Unfinished
from broadsheet.services.sending.pace import Pace
from broadsheet.services.sending.worker import CHECKPOINT, Step, Worker
from broadsheet.services.subscriptions import SignUpService
from broadsheet.services.websub import HubPinger, ping_batch
from broadsheet.store.announcements import AnnouncementQueue
from broadsheet.store.change_counts import ChangeCounts
from broadsheet.store.deliveries import Deliveries
from broadsheet.store.event_bus import EventBus
from broadsheet.store.executions import Executions
from broadsheet.store.indexnow import IndexNow
from broadsheet.store.issues import Issues
from broadsheet.store.media import Media
from broadsheet.store.news_window import NewsWindow
from broadsheet.store.previews import Previews
from broadsheet.store.queries import ArticleQueries
from broadsheet.store.secrets import SigningKeys
from broadsheet.store.ses import Ses
from broadsheet.store.site_objects import SiteObjects
from broadsheet.store.subscribers import Subscribers, subscriber_id
from broadsheet.store.suppression_list import SuppressionList
from broadsheet.store.unsettled import UnsettledCauses
from broadsheet.store.websub import Feeds, Hub, HubPings
from tests.faults.interceptor import HUB, INDEXNOW, KEY_LOCATION
from tests.world import ANY, NOON, PARAMETERS, World, set_nothing_aside

READER, NETWORK = "reader@example.org", "192.0.2.1"
PREVIEW_KEYS = Keyring("1", {"1": "k" * 32})
MINUTE = timedelta(minutes=1)
LATE = datetime(2100, 1, 1, tzinfo=UTC)  # the hub's clock: by now every feed has been unchanged for long enough
Records = Mapping[str, Mapping[str, Any]]
"""Stream records by sequence number."""
Messages = Mapping[str, tuple[str, ...]]
"""The feeds or pages that each message of a queue of announcements names, by message id."""


class Killed(BaseException):
    """The process ends here. No handler of exceptions may catch it."""


@dataclass
class Process(World):
    """A process with a memory of its own, which a warm function keeps and a killed one loses."""

    nonce: Callable[[], str] = lambda: "nonce"
    deadline: Deadline = UNLIMITED
    executor: Executor = SEQUENTIAL

    def put(self, id: str, precondition: Precondition = ANY, **changed: Any) -> Article:
        """Put an article, with a text of its own, in few channels."""
        text = {"format": "markdown", "text": f"The text of *{id}*."}
        return super().put(id, precondition, **{"body": text, "tags": ["harbour"], "authors": []} | changed)

    def publisher(self) -> Publisher:
        """A publisher of a fresh process, which announces to the hub and to search engines."""
        queries = ArticleQueries(self.clients.dynamodb, self.table, self.site)
        counts = ChangeCounts(self.clients.dynamodb, self.table)
        hub, indexnow = (
            AnnouncementQueue(self.clients.sqs, self.deployment.name(name)) for name in ("WebSubQueue", "IndexNowQueue")
        )
        objects = SiteObjects(self.clients.s3, self.bucket)
        unsettled = UnsettledCauses(self.clients.dynamodb, self.table)
        announcer = Announcer(hub, indexnow)
        return Publisher(queries, counts, self.bodies, objects, unsettled, self.site, announcer, self.executor)

    @cached_property
    def publishing(self) -> BatchPublisher:
        return BatchPublisher(self.publisher())

    @cached_property
    def previews(self) -> PreviewService:
        queries = ArticleQueries(self.clients.dynamodb, self.table, self.site)
        showing = Showing(self.articles, queries, self.bodies, self.site)
        previews = Previews(self.clients.s3, self.deployment.name("Previews"))
        return PreviewService(previews, showing, lambda: PREVIEW_KEYS, self.site, ())

    @cached_property
    def media(self) -> Media:
        return Media(self.clients.s3, self.deployment.name("Media"))

    @cached_property
    def subscribers(self) -> Subscribers:
        return Subscribers(self.clients.dynamodb, self.deployment.name("Subscribers"))

    @cached_property
    def keys(self) -> SigningKeys:
        return SigningKeys(self.clients.secrets, self.deployment.name("TokenSecret"))

    def publish_records(self, records: Records) -> list[str]:
        """The function on the articles' stream: publish a batch. Returns the records that failed."""
        causes = {sequence: cause_in(record) for sequence, record in records.items()}
        others = {sequence: each for sequence, each in causes.items() if isinstance(each, str)}
        changes = {sequence: each for sequence, each in causes.items() if not isinstance(each, str)}
        return [
            *self.publishing.publish(changes, set_nothing_aside, self.deadline).left,
            *self.publishing.publish_others(others, set_nothing_aside, self.deadline).left,
        ]

    def send_events(self, records: Records) -> list[str]:
        """The second function on the articles' stream: send events. Returns the records that failed."""
        bus = EventBus(self.clients.events, self.deployment.name("EventBus"))
        return send_batch(bus, self.site, records, set_nothing_aside, self.deadline)

    def release(self) -> int:
        """The scheduled function: ads start and end, choices for front pages end, scheduled articles go live."""
        update_ads(self.ads, self.now)
        update_fronts(self.fronts, self.now)
        return release_due(self.articles, self.now, self.deadline)

    def move_news(self) -> bool:
        """Of the scheduled function: the news sitemap starts an hour later."""
        return update_news(NewsWindow(self.clients.dynamodb, self.table), self.now)

    def compose(self) -> None:
        """The function that composes the newsletter's issues: each by itself, so two runs may share them."""
        queries = ArticleQueries(self.clients.dynamodb, self.table, self.site)
        compose_due(self.issues, queries, self.site, self.now, self.deadline)

    def schedule(self) -> None:
        """The whole function: it watches over the sendings too, composes issues, and begins to send them."""
        self.dispatcher.watch(self.now)
        self.compose()
        for _ in self.dispatcher.start_due(self.site, self.now):
            pass

    @cached_property
    def deliveries(self) -> Deliveries:
        return Deliveries(self.clients.dynamodb, self.deployment.name("Deliveries"))

    @cached_property
    def dispatcher(self) -> Dispatcher:
        executions = Executions(self.clients.states, self.deployment.sending_machine)
        return Dispatcher(self.deliveries, self.issues, executions)

    @cached_property
    def ses(self) -> Ses:
        return Ses(self.clients.ses, self.deployment.name("ConfigurationSet"))

    def plan(self, key: IssueKey) -> tuple[int, ...]:
        """The state machine's first task: the segments of an issue that are not done."""
        issue = self.issues.get(key)
        assert issue
        return dispatch.plan(self.deliveries, self.subscribers, self.ses, issue)

    def work(self, key: IssueKey, segment: int) -> Step:
        """The state machine's task for a segment. The worker looks before each reader whether it may go on."""
        sending = self.deliveries.get(key)
        if sending is None or sending.state != "running":
            return Step("done")
        worker = Worker(self._delivery(key), sending, self.ses.quota().rate)
        return worker.work(segment, self.deadline)

    def send(self, key: IssueKey) -> None:
        """One execution of the state machine, which calls every task once. Raises where segments are left."""
        for number in self.plan(key):
            step = self.work(key, number)
            if step.next != "done":
                raise Unfinished(f"{key.id}, segment {number}: {step.next}")
        if sending := self.deliveries.get(key):
            dispatch.finish(self.deliveries, key, sending.run, self.now)

    def _delivery(self, key: IssueKey) -> Delivery:
        sender, keyring = PARAMETERS["Sender"], self.keys.keyring()
        found = ArticleQueries(self.clients.dynamodb, self.table, self.site)(IssueByKey(key))
        assert found
        pace = Pace(partial(next, count(step=CHECKPOINT)), lambda _: None)
        contents = _contents(found.issue, found.articles, self.site)
        stores = self.deliveries, self.subscribers, self.ses
        return Delivery(*stores, keyring, self.site, sender, contents, pace, lambda: self.now)

    def note(self, text: str, precondition: Precondition = ANY) -> bool:
        """Put a note over the next daily issue in English, as an editor."""
        return put_note(self.issues, "en", "daily", ("", text), precondition, self.editor_name)

    @cached_property
    def issues(self) -> Issues:
        return Issues(self.clients.dynamodb, self.table)

    def request_build(self) -> bool:
        """Of the scheduled function: the publisher writes what code and settings make, after a deployment."""
        causes = UnsettledCauses(self.clients.dynamodb, self.table)
        return request_build(SiteObjects(self.clients.s3, self.bucket), causes, self.site, self.now)

    def process_upload(self, id: str) -> None:
        """The function on the queue of uploads: make an image of an uploaded file."""
        images.process_upload(self.media, id, self.deadline)

    def mail_records(self, records: Records) -> list[str]:
        """The function on the subscribers' stream: send the mails of a batch. Returns the records that failed."""
        environment = self.deployment.environment("MailerFunction")
        mailer = Mailer(
            self.subscribers,
            Ses(self.clients.ses, environment["CONFIGURATION_SET"]),
            self.keys.keyring(),
            self.site,
            environment["SENDER"],
            lambda: self.now,
            self.nonce,
        )
        ids = {sequence: subscriber_id(record["Keys"]) for sequence, record in records.items()}
        return mail_batch(mailer, ids, set_nothing_aside, self.deadline).failed

    def notify(self, messages: Messages) -> list[str]:
        """The function on the hub's queue: ping the hub. Returns the messages that failed."""
        feeds, pings = Feeds(self.clients.s3, self.bucket), HubPings(self.clients.dynamodb, self.table)
        return ping_batch(HubPinger(feeds, pings, Hub(HUB), self.site, lambda: LATE), messages, self.deadline).failed

    def submit(self, messages: Messages) -> list[str]:
        """The function on IndexNow's queue: submit pages. Returns the messages that failed."""
        engines = IndexNow(INDEXNOW, self.site.indexnow_key or "", KEY_LOCATION)
        return submit_batch(engines, self.site, messages, self.deadline).failed

    def sign_up(self, address: str = READER, **wishes: Any) -> bool:
        """Sign up, with a form that was loaded a minute ago."""
        service = self._sign_up_service
        sent = {"email": address, "source": "/en/", "form_token": service.form_token(self.now - MINUTE)} | wishes
        return service.accept(sign_up.parse_sign_up(sent, self.site), NETWORK, self.now)

    def ask_for_links(self, address: str = READER) -> bool:
        """Ask for new links, with a form that was loaded a minute ago."""
        service = self._sign_up_service
        sent = {"email": address, "form_token": service.form_token(self.now - MINUTE)}
        return service.accept_links(parse_links_form(sent), NETWORK, self.now)

    def confirm(self, token: str) -> bool:
        """Press the button on the page that the link in the confirmation opens."""
        return self._sign_up_service.confirm(self.now, token).is_first

    def unsubscribe(self, token: str) -> bool:
        """Press the button on the page that the unsubscribe link opens."""
        return subscriptions.unsubscribe(self.subscribers, self.keys.keyring(), self.now, token)

    def prefer(self, wanted: Preferences) -> bool:
        """Save preferences, on the page that the preferences link opens."""
        return subscriptions.save_preferences(self.subscribers, self.keys.keyring(), self.now, self._own_link(), wanted)

    def erase(self) -> bool:
        """Erase everything, on the page that the preferences link opens."""
        return subscriptions.erase(self.subscribers, self.keys.keyring(), self.now, self._own_link())

    @property
    def _sign_up_service(self) -> SignUpService:
        return SignUpService(self.subscribers, self.keys.keyring(), self.site, lambda _: 0)

    def lift(self, address: str = READER) -> suppressions.Lifted:
        """The editors' call that lifts a suppression."""
        ses = SuppressionList(self.clients.ses)
        return suppressions.lift(self.subscribers, ses, self.keys.keyring(), address, "lina", self.now)

    def show_reader(self, address: str = READER) -> bool:
        """The editors' call for a reader who asks what is stored; whether it found personal data."""
        return "@" in repr(reader_requests.show(self.subscribers, self.deliveries, self.keys.keyring(), address))

    def unsubscribe_reader(self, address: str = READER) -> str:
        """The editors' call for a reader who asks to leave; the state after it."""
        return reader_requests.unsubscribe(self.subscribers, self.keys.keyring(), address, self.now).subscriber.state

    def erase_reader(self, address: str = READER) -> str:
        """The editors' call for a reader who asks to be erased; the state after it."""
        return reader_requests.erase(self.subscribers, self.keys.keyring(), address, self.now).subscriber.state

    def import_reader(self, address: str = READER) -> list[RowResult]:
        """The editors' call that imports a list with one subscriber."""
        rows = [{"email": address, "status": "subscribed", "consented_at": "2024-05-06T07:08:09Z"}]
        return subscriber_import.import_subscribers(
            self.subscribers, self.keys.keyring(), self.site, self.now, Batch(rows, source="our former newsletter")
        )

    def _own_link(self) -> str:
        """The token of the preferences link, which is valid for ever."""
        keyring = self.keys.keyring()
        return keyring.sign(PREFERENCES, NOON, keyring.email_id(READER))

    def handle_notification(self, reader: str, kind: Kind, mail: int = 1, issue: str | None = None) -> bool:
        """The function on SES's notifications: one about the mail that was sent so many minutes after noon."""
        sent_at = NOON + mail * MINUTE
        notification = Notification(kind, reader, f"mail-{mail}", sent_at, sent_at + MINUTE, issue)
        changed = bounces.handle_notification(self.subscribers, notification)
        bounces.count_feedback(self.deliveries, notification)
        return changed


_CONTENTS: dict[tuple[Issue, tuple[Article, ...]], Contents] = {}


def _contents(issue: Issue, articles: tuple[Article, ...], site: Site) -> Contents:
    """The contents of the same issue with the same articles: rendered once for all runs, since they are equal."""
    return _CONTENTS.setdefault((issue, articles), Contents(issue, articles, site))
