"""A test bed of the newsletter's handlers: the real template in moto, a clock that tests set, and the stream."""

import base64
import email
import importlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from email.message import EmailMessage
from email.policy import SMTP
from functools import cache
from secrets import token_hex
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import boto3
import pytest
from lxml import html  # type: ignore[import-untyped]  # it has no types
from moto.dynamodb.models import dynamodb_backends
from moto.ses.models import ses_backends

from broadsheet.model.newsletter.form import Form
from broadsheet.model.newsletter.subscriber import Subscriber, SuppressionReason, suppressed
from broadsheet.model.newsletter.tokens import Keyring
from broadsheet.settings import Settings
from broadsheet.store.subscribers import Subscribers
from infra.local.account import ACCOUNT, REGION
from infra.local.resources import Deployment
from tests.api.events import Answer, Context, answer, request
from tests.world import NOON, PARAMETERS

API = "/api/subscriptions"
READER = "reader@example.org"
NETWORK = "192.0.2.1"
FORM = "application/x-www-form-urlencoded"
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}

# The operations of all AWS calls of the handlers' clients; `NewsletterBed.calls` returns those of its block.
_calls: list[str] = []


@dataclass
class Clock:
    """Replaces `datetime` in the handlers."""

    at: datetime = NOON

    def now(self, zone: tzinfo) -> datetime:
        return self.at.astimezone(zone)


@dataclass
class NewsletterBed:
    """The deployment, and what readers, the stream and mail programs do with it."""

    deployment: Deployment
    newsletter: Any
    mailer: Any
    clock: Clock = field(default_factory=Clock)
    _position: str | None = None

    def __post_init__(self) -> None:
        self.clients = self.deployment.clients
        self.table = self.deployment.name("Subscribers")
        self.subscribers = Subscribers(self.clients.dynamodb, self.table)
        self.secret = self.deployment.name("TokenSecret")
        stream = dynamodb_backends[ACCOUNT][REGION].tables[self.table].stream_shard
        assert stream
        stream.items.clear()  # the records of earlier tests: to read them takes longer than most tests

    # Readers

    def call(self, method: str, path: str = "", body: object = None, **more: Any) -> Answer:
        """Call the API; `path` follows /api/subscriptions."""
        return answer(self.newsletter.handler(request(method, API + path, body, **more), Context()))

    def sign_up(self, address: str = READER, source_ip: str = NETWORK, **fields: object) -> Answer:
        """As a script signs up: in JSON, with the token of a form that was loaded a minute ago."""
        return self.call("POST", "", {"email": address, "form_token": self.form_token()} | fields, source_ip=source_ip)

    def form_token(self, **ago: float) -> str:
        """The token of a form that was loaded a minute ago, or that long ago."""
        at = self.clock.at - timedelta(**ago or {"minutes": 1})
        return self.keyring().form_token(Form(token_hex(8), at))

    def submit(self, fields: Mapping[str, str | list[str]], path: str = "") -> Answer:
        """As a browser sends a form, in the base64 of API Gateway. A sign-up gets a form token."""
        fields = fields if path else {"form_token": self.form_token(), **fields}
        body = urlencode(fields, doseq=True).encode()
        return self.call("POST", path, body, headers={"Content-Type": FORM} | BROWSER)

    def open(self, link: str) -> Answer:
        """As a browser, or a program that scans mail, opens a link."""
        return self._follow("GET", link, None, BROWSER)

    def press(self, page: Answer, path: str | None = None, **changed: str | list[str]) -> Answer:
        """Submit the page's only form, or the form whose action is `path`, with its values and the changed ones."""
        forms = [form for form in html.fromstring(page.body).forms if path in (None, form.action.removeprefix(API))]
        [form] = forms
        assert form.method == "POST"
        values: dict[str, str | list[str]] = dict(form.form_values())
        if "sections" in values:
            values["sections"] = [value for name, value in form.form_values() if name == "sections"]
        return self.submit(values | changed, form.action.removeprefix(API))

    def one_click(self, link: str) -> Answer:
        """As a mail program unsubscribes (RFC 8058 §3.2)."""
        return self._follow("POST", link, b"List-Unsubscribe=One-Click", {"Content-Type": FORM})

    def _follow(self, method: str, link: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        parts = urlsplit(link)
        assert f"{parts.scheme}://{parts.netloc}" == PARAMETERS["SiteUrl"]
        query = {name: value for name, [value] in parse_qs(parts.query, strict_parsing=True).items()}
        return self.call(method, parts.path.removeprefix(API), body, query=query, headers=headers)

    # The stream

    def records(self) -> list[dict[str, Any]]:
        """The stream's records since the last call, through the template's filter."""
        table = self.clients.dynamodb.describe_table(TableName=self.table)["Table"]
        stream = self.clients.streams.describe_stream(StreamArn=table["LatestStreamArn"])["StreamDescription"]
        where: dict[str, Any] = {"ShardIteratorType": "TRIM_HORIZON"}
        if self._position:
            where = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": self._position}
        [shard] = stream["Shards"]
        iterator = self.clients.streams.get_shard_iterator(
            StreamArn=stream["StreamArn"], ShardId=shard["ShardId"], **where
        )["ShardIterator"]
        found: list[Any] = []
        while page := (got := self.clients.streams.get_records(ShardIterator=iterator))["Records"]:
            found += page
            iterator = got["NextShardIterator"]
        if found:
            self._position = found[-1]["dynamodb"]["SequenceNumber"]
        return [
            record
            for record in found
            if record["dynamodb"]["Keys"]["sk"]["S"] in ("SIGN_UP", "LINKS", "OUTBOX")
            and record["eventName"] != "REMOVE"
        ]

    def deliver(self, records: list[dict[str, Any]] | None = None) -> list[str]:
        """Hand records to the mailer, by default those on the stream, and return the ones that it reports as failed."""
        event = {"Records": self.records() if records is None else records}
        report = self.mailer.handler(json.loads(json.dumps(event, default=str)), Context())
        return [failure["itemIdentifier"] for failure in report["batchItemFailures"]]

    def set_aside(self) -> list[dict[str, Any]]:
        """The mailer's dead letters."""
        queue = self.deployment.name("MailerDeadLetters")
        received = self.clients.sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
        for message in received:
            self.clients.sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(message["Body"]) for message in received]

    def outbox(self, since: int = 0) -> list[EmailMessage]:
        """The mails that were sent after the first `since`, as a mail program parses them, without a defect."""
        sent = ses_backends[ACCOUNT][REGION].sent_messages[since:]
        return [parsed(base64_free(message.raw_data)) for message in sent]

    # State

    def subscriber(self, address: str = READER) -> Subscriber | None:
        return self.subscribers.get(self.keyring().email_id(address))

    def keyring(self) -> Keyring:
        return Keyring.parse(self.clients.secrets.get_secret_value(SecretId=self.secret)["SecretString"])

    def rotate(self, **changes: str) -> None:
        """Change the secret, and clear the handlers' caches of it."""
        keys = json.loads(self.clients.secrets.get_secret_value(SecretId=self.secret)["SecretString"]) | changes
        self.clients.secrets.put_secret_value(SecretId=self.secret, SecretString=json.dumps(keys))
        self.newsletter.deps.cache_clear()
        self.mailer.deps.cache_clear()

    def rows(self) -> list[str]:
        """The sort keys of all subscribers' rows."""
        found = self.clients.dynamodb.scan(TableName=self.table)["Items"]
        return sorted(row["sk"]["S"] for row in found if row["pk"]["S"].startswith("SUBSCRIBER#"))

    def later(self, **by: float) -> None:
        self.clock.at += timedelta(**by)

    def bring_to(self, state: str, address: str = READER) -> None:
        """Bring a subscriber into the state as readers do."""
        if state == "new":
            return
        self.sign_up(address)
        self.deliver()
        mail = self.outbox()[-1]
        if state in ("confirmed", "unsubscribed"):
            assert self.press(self.open(link(mail, "confirm"))).status == 200
        if state == "unsubscribed":
            assert self.press(self.open(link(mail, "unsubscribe"))).status == 200
        if state in ("bounced", "suppressed"):
            suppress(self, address, "bounce" if state == "bounced" else "complaint")
        assert self.deliver() == []
        self.later(hours=2)

    @contextmanager
    def calls(self) -> Iterator[list[str]]:
        """The AWS calls that the handlers make in this block."""
        start = len(_calls)
        made: list[str] = []
        yield made
        made += _calls[start:]


def suppress(bed: NewsletterBed, address: str = READER, reason: SuppressionReason = "complaint") -> None:
    """Suppress a subscriber, as a complaint or a hard bounce does."""
    reader = bed.subscriber(address)
    assert reader
    bed.subscribers.commit(suppressed(reader, reason, bed.clock.at))


def base64_free(raw: str) -> bytes:
    """The bytes that were sent to SES."""
    try:
        return base64.b64decode(raw, validate=True)
    except ValueError:
        return raw.encode()


def parsed(raw: bytes) -> EmailMessage:
    message = email.message_from_bytes(raw, policy=SMTP)
    assert isinstance(message, EmailMessage)
    for part in message.walk():
        assert part.defects == []
        assert all(header.defects == () for header in part.values())
    return message


def part(message: EmailMessage, kind: str) -> str:
    """The text of the mail's plain or HTML part."""
    body = message.get_body((kind,))
    assert isinstance(body, EmailMessage)
    return str(body.get_content()).replace("\r\n", "\n")


def link(message: EmailMessage, purpose: str) -> str:
    """The URL in the mail's text for that purpose."""
    lines = part(message, "plain").splitlines()
    [found] = {line for line in lines if line.startswith(f"{PARAMETERS['SiteUrl']}/api/subscriptions/{purpose}?")}
    return found


@contextmanager
def newsletter_bed(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> Iterator[NewsletterBed]:
    """A test bed over the deployment, without rows or mails of earlier tests."""
    monkeypatch.setattr(boto3, "client", _client)
    clock = Clock()
    modules: list[Any] = []
    for name, function in (("newsletter", "NewsletterFunction"), ("mailer", "MailerFunction")):
        module = importlib.import_module(name)
        settings = Settings(deployment.environment(function))
        monkeypatch.setattr(module, "settings", settings)
        monkeypatch.setattr(module, "site", settings.site())
        monkeypatch.setattr(module, "datetime", clock)
        module.deps.cache_clear()
        modules.append(module)
    modules[1].dead_letters.cache_clear()
    bed = NewsletterBed(deployment, modules[0], modules[1], clock)
    secret = bed.clients.secrets.get_secret_value(SecretId=bed.secret)["SecretString"]
    yield bed
    rows = bed.clients.dynamodb.scan(TableName=bed.table)["Items"]
    deletes: list[Any] = [{"DeleteRequest": {"Key": {name: row[name] for name in ("pk", "sk")}}} for row in rows]
    for at in range(0, len(deletes), 25):
        bed.clients.dynamodb.batch_write_item(RequestItems={bed.table: deletes[at : at + 25]})
    bed.clients.secrets.put_secret_value(SecretId=bed.secret, SecretString=secret)
    ses_backends[ACCOUNT][REGION].sent_messages.clear()
    for module in modules:
        module.deps.cache_clear()


@cache
def _client(service: str, config: Any = None) -> Any:
    """A client that records every call, created once for all tests."""
    make: Any = boto3.session.Session().client
    client = make(service, region_name=REGION, config=config)
    client.meta.events.register("before-call", _note)
    return client


def _note(model: Any, **_: Any) -> None:
    _calls.append(model.name)
