"""Whatever readers, strangers, mail programs and SES do in whatever order, it is as the newsletter in plain words."""

import importlib
import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import pairwise
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from moto.dynamodb.models import dynamodb_backends
from moto.ses.models import ses_backends

from broadsheet.model.newsletter.limits import SignUpLimits
from broadsheet.settings import Settings
from broadsheet.store.rows import from_item
from infra.local.account import ACCOUNT, REGION
from infra.local.deployment.deployment import Deployment
from tests.api.events import Context
from tests.api.newsletter.desk import base64_free, opened, parsed, part
from tests.api.newsletter.plain import DAY, HOUR, PER_NETWORK, Reader
from tests.world import PARAMETERS

# Each way to write an address, and the reader that it is.
SPELLINGS = {
    "ann@example.org": "ann@example.org",
    "Ann@Example.ORG": "ann@example.org",
    "ann+news@example.org": "ann+news@example.org",
    "bob@bücher.example": "bob@xn--bcher-kva.example",
    "bob@xn--bcher-kva.example": "bob@xn--bcher-kva.example",
}
READERS = tuple(dict.fromkeys(SPELLINGS.values()))
# Each address that a call may come from, and the network that it is in.
NETWORKS = {"192.0.2.1": "one", "192.0.2.2": "two", "2001:db8:1:2::1": "three", "2001:db8:1:2::2": "three"}
KINDS = {
    "bounce": ("Bounce", {"bounceType": "Permanent"}),
    "bounce for now": ("Bounce", {"bounceType": "Transient"}),
    "complaint": ("Complaint", {}),
    "delivery": ("Delivery", {}),
    "delay": ("DeliveryDelay", {}),
}
# What readers may have done before: each goes on from where another is.
PASTS = {
    "nothing": "",
    "asked": "ask",
    "pending": "ask deliver",
    "confirmed": "ask deliver confirm deliver",
    "left": "ask deliver confirm deliver leave deliver",
    "left, and asked to come back": "ask deliver confirm deliver leave deliver ask deliver",
    "suppressed": "ask deliver confirm deliver complain",
    "erased": "ask deliver confirm deliver erase",
    "suppressed and erased": "ask deliver confirm deliver complain erase",
}
# What each kind of mail lets its reader open.
LINKS = {
    "confirmation": {"confirm", "leave"},
    "welcome": {"preferences", "leave"},
    "farewell": {"form", "preferences"},
}
NEW: dict[str, Any] = {"state": "new", "person": None, "mailed": [], "bounces": [], "unanswered_at": None}
PROGRAM = {"Accept": "application/json"}
LINK = re.compile(rf"{re.escape(PARAMETERS['SiteUrl'])}/api/subscriptions/(\w+)\?\S+")

Rule = TypeVar("Rule", bound=Callable[..., Any])

some_wishes = st.tuples(st.sampled_from(("en", "ar")), st.sampled_from(("daily", "weekly")))
any_one = st.integers(0, 10_000)


@dataclass(frozen=True)
class Mail:
    """A mail that went out: when, to whom, when its links were signed, and which link to confirm by it has, if any."""

    id: str
    at: datetime
    reader: str
    signed: datetime
    links: dict[str, str]
    link: int | None

    def token(self, name: str) -> str:
        return parse_qs(urlsplit(self.links[name]).query)["token"][0]


def sent_with(link: str) -> Callable[[Rule], Rule]:
    """Only once there is a mail with such a link."""
    return precondition(lambda machine: any(link in mail.links for mail in machine.mails))


class Newsletter(RuleBasedStateMachine):
    """The handlers, called in any order, beside the plain words."""

    def __init__(self, deployment: Deployment) -> None:
        super().__init__()
        # A stream is read a thousand records at a time, and the run before has left its own.
        stream = dynamodb_backends[ACCOUNT][REGION].tables[deployment.name("Subscribers")].stream_shard
        assert stream
        stream.items.clear()
        self.stack = ExitStack()
        patch = self.stack.enter_context(pytest.MonkeyPatch.context())
        self.desk = self.stack.enter_context(opened(deployment, patch))
        self.feedback = importlib.import_module("bounces")
        patch.setattr(self.feedback, "settings", Settings(deployment.environment("BouncesFunction")))
        self.feedback.subscribers.cache_clear()
        rules = SignUpLimits(per_network=PER_NETWORK)
        patch.setattr(self.desk.newsletter, "site", replace(self.desk.newsletter.site, newsletter=rules))
        keyring = self.desk.keyring()
        self.ids = {keyring.email_id(reader): reader for reader in READERS}
        self.plain = {reader: Reader() for reader in READERS}
        self.mails: list[Mail] = []
        self.records: list[dict[str, Any]] = []
        self.counts: Counter[object] = Counter()
        self.told: dict[object, object] = {}
        self.confirmed: set[str] = set()
        self.suppressed: set[str] = set()
        self.confirms: str | None = None
        self.desk.sign_up(website="https://spam.example")  # the process is warm then

    def teardown(self) -> None:
        self.feedback.subscribers.cache_clear()
        self.stack.close()

    @initialize(pasts=st.tuples(*(st.sampled_from(tuple(PASTS)) for _ in READERS)))
    def begin(self, pasts: tuple[str, ...]) -> None:
        """Each reader has a past, some hours ago."""
        for network, (reader, past) in zip(NETWORKS, zip(READERS, pasts, strict=True), strict=False):
            for step in PASTS[past].split():
                latest = len(self.mails) - 1
                match step:
                    case "ask":
                        self.ask(reader, network, ("en", "daily"))
                    case "deliver":
                        self.deliver()
                    case "complain":
                        self.hear("complaint", self.mails[latest])
                    case "confirm":
                        self.use_confirm(self.mails[latest])
                    case "leave":
                        self.use_leave(self.mails[latest], one_click=False)
                    case "erase":
                        self.use_erase(self.mails[latest])
                self.desk.later(seconds=1)
            self.confirmed |= {reader} & {reader for reader, plain in self.plain.items() if plain.state == "confirmed"}
        self.desk.later(hours=2)

    # What strangers and readers can do

    @rule(
        spelling=st.sampled_from(tuple(SPELLINGS)),
        network=st.sampled_from(tuple(NETWORKS)),
        wishes=some_wishes,
        more=st.sampled_from(("delivered", "delivered", "waiting", "trapped")),
    )
    def sign_up(self, spelling: str, network: str, wishes: tuple[str, str], more: str) -> None:
        self.ask(spelling, network, wishes, is_bot=more == "trapped")
        if more == "delivered":
            self.deliver()

    def ask(self, spelling: str, network: str, wishes: tuple[str, str], *, is_bot: bool = False) -> None:
        edition, frequency = wishes
        more = {"website": "https://spam.example"} if is_bot else {}
        with self.desk.calls() as calls:
            answer = self.desk.sign_up(spelling, network, edition=edition, frequency=frequency, **more)
        hour = NETWORKS[network], self.now.replace(minute=0, second=0)
        if not is_bot and self.counts[hour] >= PER_NETWORK:
            assert answer.status == 429
            assert 0 < int(answer.headers["retry-after"]) <= 3600
            assert calls == ["TransactWriteItems"]
            return
        assert answer.status == 202
        self.same(f"signed up in {edition}", answer)
        if not is_bot:
            self.same("the calls of a sign-up", calls)
            self.counts[hour] += 1
            self.plain[SPELLINGS[spelling]].asked = self.now, wishes

    @sent_with("confirm")
    @rule(number=any_one)
    def confirm(self, number: int) -> None:
        self.use_confirm(self.mail_with("confirm", number))

    @precondition(lambda machine: machine.old_confirmations())
    @rule(number=any_one)
    def confirm_by_an_old_mail(self, number: int) -> None:
        """Whose reader has got another one since."""
        mails = self.old_confirmations()
        self.use_confirm(mails[number % len(mails)])

    def old_confirmations(self) -> list[Mail]:
        mails = [mail for mail in self.mails if mail.link]
        return [mail for at, mail in enumerate(mails) if any(mail.reader == later.reader for later in mails[at + 1 :])]

    def use_confirm(self, mail: Mail) -> None:
        assert mail.link
        self.confirms = mail.reader
        answer = self.desk.call("POST", "/confirm", {"token": mail.token("confirm")})
        assert answer.status == self.plain[mail.reader].confirm(mail.link, mail.signed, self.now)
        self.same(f"confirmed, {answer.status}", answer)

    @sent_with("leave")
    @rule(number=any_one, one_click=st.booleans())
    def leave(self, number: int, one_click: bool) -> None:
        self.use_leave(self.mail_with("leave", number), one_click=one_click)

    def use_leave(self, mail: Mail, *, one_click: bool) -> None:
        token = {"token": mail.token("leave")}
        answer = self.desk.one_click(mail.links["leave"]) if one_click else self.desk.call("POST", "/leave", token)
        assert answer.status == self.plain[mail.reader].leave(self.now)
        self.same(f"left, by one click: {one_click}", (answer.status, not one_click and answer.body))

    @sent_with("preferences")
    @rule(number=any_one, wishes=some_wishes)
    def prefer(self, number: int, wishes: tuple[str, str]) -> None:
        mail = self.mail_with("preferences", number)
        sent = {"token": mail.token("preferences"), "edition": wishes[0], "frequency": wishes[1]}
        answer = self.desk.call("POST", "/preferences", sent)
        assert answer.status == self.plain[mail.reader].prefer(wishes)

    @sent_with("preferences")
    @rule(number=any_one)
    def export(self, number: int) -> None:
        mail = self.mail_with("preferences", number)
        answer = self.desk.call("POST", "/export", {"token": mail.token("preferences")})
        plain = self.plain[mail.reader]
        assert answer.status == 200
        assert (mail.reader in answer.body.lower()) == (plain.known or plain.asked is not None)

    @sent_with("preferences")
    @rule(number=any_one)
    def erase(self, number: int) -> None:
        self.use_erase(self.mail_with("preferences", number))

    def use_erase(self, mail: Mail) -> None:
        answer = self.desk.call("POST", "/erase", {"token": mail.token("preferences")})
        assert answer.status == self.plain[mail.reader].erase(self.now)
        self.same("erased", answer)

    @precondition(lambda machine: machine.mails)
    @rule(number=any_one, call=st.sampled_from(("confirm", "leave", "preferences", "export", "erase")))
    def come_with_another_link(self, number: int, call: str) -> None:
        """A mail's links open what they are for; a forged one, or an address in its place, opens nothing."""
        mail = self.mails[number % len(self.mails)]
        opens = {"export": "preferences", "erase": "preferences"}.get(call, call)
        others = [mail.token(name) for name in mail.links if name != opens and "token=" in mail.links[name]]
        forged = [mail.token(name)[:-1] + "~" for name in mail.links if name == opens]
        for token in (*others, *forged, mail.reader):
            sent = {"token": token} | ({"edition": "en"} if call == "preferences" else {})
            assert self.desk.call("POST", f"/{call}", sent).status == 400

    @precondition(lambda machine: machine.mails)
    @rule(number=any_one)
    def follow_every_link(self, number: int) -> None:
        """As a program does that scans mail."""
        for link in self.mails[number % len(self.mails)].links.values():
            parts = urlsplit(link)
            query = {name: value for name, [value] in parse_qs(parts.query).items()}
            path = parts.path.removeprefix("/api/subscriptions")
            assert self.desk.call("GET", path, query=query, headers=PROGRAM).status in (200, 400)

    # What happens by itself

    @rule()
    def deliver(self) -> None:
        records = self.desk.records()
        self.records += records
        self.bring(records)

    @precondition(lambda machine: machine.records)
    @rule(number=any_one)
    def deliver_again(self, number: int) -> None:
        self.bring(self.records[number % len(self.records) :])

    @precondition(lambda machine: machine.mails)
    @rule(number=any_one, kind=st.sampled_from(tuple(KINDS)))
    def hear_of_a_mail(self, number: int, kind: str) -> None:
        self.hear(kind, self.mails[number % len(self.mails)])

    @precondition(lambda machine: machine.mails)
    @rule(number=any_one)
    def hear_that_no_mail_gets_through_for_now(self, number: int) -> None:
        reader = self.mails[number % len(self.mails)].reader
        for mail in [mail for mail in self.mails if mail.reader == reader]:
            self.hear("bounce for now", mail)

    @rule(by=st.sampled_from(({"minutes": 5}, {"minutes": 61}, {"hours": 9}, {"days": 1}, {"days": 8})))
    def time_passes(self, by: dict[str, float]) -> None:
        self.desk.later(**by)

    # What is so after each of them

    @invariant()
    def it_is_as_in_plain_words(self) -> None:
        held = self.held()
        for reader, plain in self.plain.items():
            rows = held[reader]
            found = rows.get("META", NEW)
            assert found["state"] == plain.state
            person = found["person"] or {"preferences": {"edition": None, "frequency": None}, "address": None}
            wishes = person["preferences"]["edition"], person["preferences"]["frequency"]
            assert wishes == (plain.wishes or (None, None))
            assert (person["address"] or "").lower() == (reader if plain.known else "")
            assert found["mailed"] == [at.isoformat() for at in plain.mails[-3:]]
            assert found["unanswered_at"] == (plain.unanswered and plain.unanswered.isoformat())
            assert {bounce["mail"] for bounce in found["bounces"]} == set(plain.bounces)
            assert rows.get("OUTBOX", {}).get("kind") == plain.owed
            assert ("REQUEST" in rows) == (plain.asked is not None)

    @invariant()
    def nobody_is_confirmed_but_by_a_mail_and_nobody_suppressed_comes_back(self) -> None:
        found = {state: set[str]() for state in ("new", "pending", "confirmed", "left", "suppressed")}
        for reader, rows in self.held().items():
            found[rows.get("META", NEW)["state"]].add(reader)
        assert found["confirmed"] - self.confirmed <= {self.confirms}
        assert self.suppressed <= found["suppressed"]
        self.confirmed, self.suppressed, self.confirms = found["confirmed"], found["suppressed"], None
        self.desk.later(seconds=1)

    @invariant()
    def nothing_is_known_of_who_was_erased(self) -> None:
        for reader, rows in self.held().items():
            if not self.plain[reader].known and self.plain[reader].asked is None:
                assert set(rows) <= {"META"}
                assert "@" not in repr(rows)

    @invariant()
    def nobody_gets_more_mails_to_confirm_than_is_fair(self) -> None:
        """Four in no day, and two in an hour only if the first was answered."""
        sent = defaultdict(list)
        for mail in self.mails:
            if mail.link:
                sent[mail.reader].append(mail)
        for mails in sent.values():
            assert all(later.at - mail.at >= DAY for mail, later in zip(mails, mails[3:], strict=False))
            for mail, later in pairwise(mails):
                assert later.at - mail.at >= HOUR or later.link != mail.link

    # Helpers

    @property
    def now(self) -> datetime:
        return self.desk.clock.at

    def same(self, what: object, told: object) -> None:
        """What is told of one address is told of every other, whatever is known of it."""
        assert self.told.setdefault(what, told) == told

    def mail_with(self, link: str, number: int) -> Mail:
        mails = [mail for mail in self.mails if link in mail.links]
        return mails[number % len(mails)]

    def bring(self, records: list[dict[str, Any]]) -> None:
        """Bring records to the mail function; what it sends is what is due."""
        sent = ses_backends[ACCOUNT][REGION].sent_messages
        before = len(sent)
        assert self.desk.deliver(records) == []
        ids = dict.fromkeys(record["dynamodb"]["Keys"]["pk"]["S"].partition("#")[2] for record in records)
        due: list[tuple[str, str, Reader]] = []
        for reader in [self.ids[id] for id in ids]:
            plain = self.plain[reader]
            due += [(reader, kind, plain) for kind in plain.answer(self.now)]
        assert len(sent) - before == len(due)
        for message, (reader, kind, plain) in zip(sent[before:], due, strict=True):
            mail = parsed(base64_free(message.raw_data))
            assert mail["To"].lower() == reader
            links = {match[1]: match[0] for match in LINK.finditer(part(mail, "plain"))}
            assert set(links) == LINKS[kind]
            confirms = kind == "confirmation"
            signed = plain.asked[0] if confirms and plain.asked else self.now
            link = plain.link if confirms else None
            self.mails.append(Mail(mail["Message-ID"], self.now, reader, signed, links, link))

    def hear(self, kind: str, mail: Mail) -> None:
        """One of SES's notices, by SNS."""
        name, about = KINDS[kind]
        id = next(id for id, reader in self.ids.items() if reader == mail.reader)
        told = {"messageId": mail.id, "timestamp": mail.at.isoformat(), "tags": {"reader": [id]}}
        about = about | {"timestamp": self.now.isoformat()}
        event = {"eventType": name, "mail": told, name[0].lower() + name[1:]: about}
        self.feedback.handler({"Records": [{"Sns": {"Message": json.dumps(event)}}]}, Context())
        self.plain[mail.reader].heed(kind, mail.id, mail.at, self.now)

    def held(self) -> dict[str, dict[str, dict[str, Any]]]:
        """All rows of each reader, by their sort keys."""
        found: dict[str, dict[str, dict[str, Any]]] = {reader: {} for reader in READERS}
        for row in map(from_item, self.desk.cloud.dynamodb.scan(TableName=self.desk.table)["Items"]):
            kind, _, id = row["pk"].partition("#")
            if kind == "SUBSCRIBER":
                found[self.ids[id]][row["sk"]] = row
        return found


def test_any_short_sequence_is_as_in_plain_words(deployment: Deployment) -> None:
    """newsletter#7, newsletter#11, newsletter#16, newsletter#17, newsletter#18, newsletter#25, newsletter#26"""
    run(deployment, examples=6, steps=20)


@pytest.mark.proof
def test_any_long_sequence_is_as_in_plain_words(deployment: Deployment) -> None:
    """newsletter#7, newsletter#11, newsletter#16, newsletter#17, newsletter#18, newsletter#25, newsletter#26"""
    run(deployment, examples=250, steps=50)


def run(deployment: Deployment, examples: int, steps: int) -> None:
    slow = [HealthCheck.too_slow]  # as is everything on a machine that has much to do
    size = settings(max_examples=examples, stateful_step_count=steps, deadline=None, suppress_health_check=slow)
    run_state_machine_as_test(partial(Newsletter, deployment), settings=size)  # type: ignore[arg-type]  # it wants a call
