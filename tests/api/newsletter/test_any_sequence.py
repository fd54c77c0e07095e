"""In any sequence of what readers, strangers, editors, mail programs and SES do, the newsletter equals the reference
model.
"""

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
from moto.ses.models import ses_backends

from broadsheet.model.newsletter.limits import SignUpLimits
from broadsheet.settings import Settings
from broadsheet.store.rows import from_item
from infra.local.account import ACCOUNT, REGION
from infra.local.resources import Deployment
from tests.api.events import Context, answer, request
from tests.api.newsletter.bed import base64_free, newsletter_bed, parsed, part
from tests.api.newsletter.reference import DAY, HOUR, PER_NETWORK, ReferenceMailbox, ReferenceSubscriber
from tests.world import PARAMETERS

# Spellings of emails, and the email that each belongs to.
SPELLINGS = {
    "ann@example.org": "ann@example.org",
    "Ann@Example.ORG": "ann@example.org",
    "ann+news@example.org": "ann+news@example.org",
    "bob@bücher.example": "bob@xn--bcher-kva.example",
    "bob@xn--bcher-kva.example": "bob@xn--bcher-kva.example",
}
EMAILS = tuple(dict.fromkeys(SPELLINGS.values()))
# Client IPs, and the network of each.
NETWORKS = {"192.0.2.1": "one", "192.0.2.2": "two", "2001:db8:1:2::1": "three", "2001:db8:1:2::2": "three"}
KINDS = {
    "hard bounce": ("Bounce", {"bounceType": "Permanent"}),
    "soft bounce": ("Bounce", {"bounceType": "Transient"}),
    "refused content": ("Bounce", {"bounceType": "Transient", "bounceSubType": "ContentRejected"}),
    "complaint": ("Complaint", {}),
    "delivery": ("Delivery", {}),
    "delay": ("DeliveryDelay", {}),
}
# What a email may have done before the run.
PASTS = {
    "nothing": "",
    "signed up": "sign_up",
    "pending": "sign_up deliver",
    "confirmed": "sign_up deliver confirm deliver",
    "unsubscribed": "sign_up deliver confirm deliver unsubscribe deliver",
    "unsubscribed, and signed up again": "sign_up deliver confirm deliver unsubscribe deliver sign_up deliver",
    "suppressed": "sign_up deliver confirm deliver complain",
    "erased": "sign_up deliver confirm deliver erase",
    "bounced": "sign_up deliver confirm deliver bounce",
    "bounced and erased": "sign_up deliver confirm deliver bounce erase",
    "suppressed and erased": "sign_up deliver confirm deliver complain erase",
}
# The links in each kind of mail.
LINKS = {
    "confirmation": {"confirm", "unsubscribe"},
    "welcome": {"preferences", "unsubscribe"},
    "farewell": {"form", "preferences"},
    "links": {"preferences", "unsubscribe"},
    "reminder": {"preferences", "unsubscribe"},
}
NEW: dict[str, Any] = {
    "state": "new",
    "profile": None,
    "confirmations_sent_at": [],
    "bounces": [],
    "awaiting_confirmation_since": None,
}
PROGRAM = {"Accept": "application/json"}
LINK = re.compile(rf"{re.escape(PARAMETERS['SiteUrl'])}/api/subscriptions/(\w+)\?\S+")

Rule = TypeVar("Rule", bound=Callable[..., Any])

some_preferences = st.tuples(st.sampled_from(("en", "ar")), st.sampled_from(("daily", "weekly")))
any_one = st.integers(0, 10_000)


@dataclass(frozen=True)
class Mail:
    """A sent mail. `link` is the number of its confirmation link, if it has one; it confirms the `preferences`."""

    message_id: str
    sent_at: datetime
    email: str
    signed_at: datetime
    links: dict[str, str]
    link: int | None
    preferences: tuple[str, str]

    def token(self, name: str) -> str:
        return parse_qs(urlsplit(self.links[name]).query)["token"][0]


@dataclass(frozen=True)
class Event:
    """A notification from SES about a mail, and when what it reports happened."""

    kind: str
    mail: Mail
    at: datetime
    message: str


def sent_with(link: str) -> Callable[[Rule], Rule]:
    """Run the rule only if a mail with such a link was sent."""
    return precondition(lambda machine: any(link in mail.links for mail in machine.mails))


class Newsletter(RuleBasedStateMachine):
    """The handlers beside the reference model."""

    def __init__(self, deployment: Deployment) -> None:
        super().__init__()
        self.stack = ExitStack()
        patch = self.stack.enter_context(pytest.MonkeyPatch.context())
        self.bed = self.stack.enter_context(newsletter_bed(deployment, patch))
        self.bounces = importlib.import_module("bounces")
        patch.setattr(self.bounces, "settings", Settings(deployment.environment("BouncesFunction")))
        self.bounces.deps.cache_clear()
        self.subscribers = importlib.import_module("subscribers")
        patch.setattr(self.subscribers, "settings", Settings(deployment.environment("SubscribersFunction")))
        patch.setattr(self.subscribers, "datetime", self.bed.clock)
        self.stack.callback(self.clear_clients)
        self.clear_clients()
        rules = SignUpLimits(per_network=PER_NETWORK)
        patch.setattr(self.bed.newsletter, "site", replace(self.bed.newsletter.site, newsletter=rules))
        keyring = self.bed.keyring()
        self.ids = {keyring.email_id(email): email for email in EMAILS}
        ann = ReferenceMailbox()
        boxes = {email: ann if email.startswith("ann") else ReferenceMailbox() for email in EMAILS}
        self.references = {email: ReferenceSubscriber(boxes[email]) for email in EMAILS}
        self.mails: list[Mail] = []
        self.records: list[dict[str, Any]] = []
        self.counts: Counter[object] = Counter()
        self.answers: dict[object, object] = {}
        self.confirmed: set[str] = set()
        self.suppressed: set[str] = set()
        self.complained: set[str] = set()
        self.confirms: str | None = None
        self.events: list[Event] = []
        self.bed.sign_up(website="https://spam.example", source_ip="198.51.100.1")  # warms up the process

    def clear_clients(self) -> None:
        self.subscribers.deps.cache_clear()
        self.subscribers.ses.cache_clear()

    def teardown(self) -> None:
        self.bounces.deps.cache_clear()
        self.stack.close()

    @initialize(pasts=st.tuples(*(st.sampled_from(tuple(PASTS)) for _ in EMAILS)))
    def begin(self, pasts: tuple[str, ...]) -> None:
        """Each email has a past that ended two hours ago or earlier, so that no spelling keeps another's mail back."""
        for network, (email, past) in zip(NETWORKS, zip(EMAILS, pasts, strict=True), strict=False):
            for step in PASTS[past].split():
                latest = len(self.mails) - 1
                match step:
                    case "sign_up":
                        self.use_sign_up(email, network, ("en", "daily"))
                    case "deliver":
                        self.deliver()
                    case "complain":
                        self.notify("complaint", self.mails[latest])
                    case "bounce":
                        self.notify("hard bounce", self.mails[latest])
                    case "confirm":
                        self.use_confirm(self.mails[latest])
                    case "unsubscribe":
                        self.use_unsubscribe(self.mails[latest], one_click=False)
                    case "erase":
                        self.use_erase(self.mails[latest])
                self.bed.later(seconds=1)
            self.confirmed |= {email} & {
                email for email, reference in self.references.items() if reference.state == "confirmed"
            }
            self.bed.later(hours=2)

    # What readers and strangers do

    @rule(
        spelling=st.sampled_from(tuple(SPELLINGS)),
        network=st.sampled_from(tuple(NETWORKS)),
        preferences=some_preferences,
        more=st.sampled_from(("delivered", "delivered", "waiting", "bot")),
    )
    def sign_up(self, spelling: str, network: str, preferences: tuple[str, str], more: str) -> None:
        self.use_sign_up(spelling, network, preferences, is_bot=more == "bot")
        if more == "delivered":
            self.deliver()

    def use_sign_up(self, spelling: str, network: str, preferences: tuple[str, str], *, is_bot: bool = False) -> None:
        edition, frequency = preferences
        more = {"website": "https://spam.example"} if is_bot else {}
        with self.bed.calls() as calls:
            answer = self.bed.sign_up(spelling, network, edition=edition, frequency=frequency, **more)
        hour = NETWORKS[network], self.now.replace(minute=0, second=0)
        if self.counts[hour] >= PER_NETWORK:
            assert answer.status == 429
            assert 0 < int(answer.headers["retry-after"]) <= 3600
            assert calls == ["TransactWriteItems"]
            return
        assert answer.status == 202
        self.check_same(f"signed up in {edition}", answer)
        self.check_same("the calls of a sign-up", calls)
        self.counts[hour] += 1
        if not is_bot:
            self.references[SPELLINGS[spelling]].sign_up = self.now, preferences

    @rule(
        spelling=st.sampled_from(tuple(SPELLINGS)),
        network=st.sampled_from(tuple(NETWORKS)),
        delivered=st.booleans(),
    )
    def ask_for_links(self, spelling: str, network: str, delivered: bool) -> None:
        sent = {"email": spelling, "form_token": self.bed.form_token()}
        answer = self.bed.call("POST", "/links", sent, source_ip=network)
        hour = NETWORKS[network], self.now.replace(minute=0, second=0)
        if self.counts[hour] >= PER_NETWORK:
            assert answer.status == 429
            return
        assert answer.status == 202
        self.check_same("asked for links", answer)
        self.counts[hour] += 1
        self.references[SPELLINGS[spelling]].asked_for_links_at = self.now
        if delivered:
            self.deliver()

    @sent_with("confirm")
    @rule(number=any_one)
    def confirm(self, number: int) -> None:
        self.use_confirm(self.mail_with("confirm", number))

    @precondition(lambda machine: machine.old_confirmations())
    @rule(number=any_one)
    def confirm_by_an_old_mail(self, number: int) -> None:
        """By a mail that is not the reader's latest."""
        mails = self.old_confirmations()
        self.use_confirm(mails[number % len(mails)])

    def old_confirmations(self) -> list[Mail]:
        mails = [mail for mail in self.mails if mail.link]
        return [mail for at, mail in enumerate(mails) if any(mail.email == later.email for later in mails[at + 1 :])]

    def use_confirm(self, mail: Mail) -> None:
        assert mail.link
        self.confirms = mail.email
        answer = self.bed.call("POST", "/confirm", {"token": mail.token("confirm")})
        reference = self.references[mail.email]
        assert answer.status == reference.confirm(mail.link, mail.preferences, mail.signed_at, self.now)
        # When the next issue comes depends on the clock, and on what the mail confirms.
        self.check_same(f"confirmed, {answer.status}", answer.json | {"next_issue_at": None})

    @sent_with("unsubscribe")
    @rule(number=any_one, one_click=st.booleans())
    def unsubscribe(self, number: int, one_click: bool) -> None:
        self.use_unsubscribe(self.mail_with("unsubscribe", number), one_click=one_click)

    def use_unsubscribe(self, mail: Mail, *, one_click: bool) -> None:
        if one_click:
            answer = self.bed.one_click(mail.links["unsubscribe"])
        else:
            answer = self.bed.call("POST", "/unsubscribe", {"token": mail.token("unsubscribe")})
        assert answer.status == self.references[mail.email].unsubscribe(self.now)
        self.check_same(f"unsubscribed, by one click: {one_click}", (answer.status, not one_click and answer.body))

    @sent_with("preferences")
    @rule(number=any_one, preferences=some_preferences)
    def save_preferences(self, number: int, preferences: tuple[str, str]) -> None:
        mail = self.mail_with("preferences", number)
        sent = {"token": mail.token("preferences"), "edition": preferences[0], "frequency": preferences[1]}
        answer = self.bed.call("POST", "/preferences", sent)
        assert answer.status == self.references[mail.email].save_preferences(preferences)

    @sent_with("preferences")
    @rule(number=any_one)
    def export(self, number: int) -> None:
        mail = self.mail_with("preferences", number)
        answer = self.bed.call("POST", "/export", {"token": mail.token("preferences")})
        reference = self.references[mail.email]
        assert answer.status == 200
        assert (mail.email in answer.body.lower()) == (reference.has_profile or reference.sign_up is not None)

    @sent_with("preferences")
    @rule(number=any_one)
    def erase(self, number: int) -> None:
        self.use_erase(self.mail_with("preferences", number))

    def use_erase(self, mail: Mail) -> None:
        answer = self.bed.call("POST", "/erase", {"token": mail.token("preferences")})
        assert answer.status == self.references[mail.email].erase(self.now)
        self.check_same("erased", answer)

    @precondition(lambda machine: machine.mails)
    @rule(number=any_one, call=st.sampled_from(("confirm", "unsubscribe", "preferences", "export", "erase")))
    def use_a_wrong_token(self, number: int, call: str) -> None:
        """A token for another purpose, a forged one and an email in its place are refused."""
        mail = self.mails[number % len(self.mails)]
        opens = {"export": "preferences", "erase": "preferences"}.get(call, call)
        others = [mail.token(name) for name in mail.links if name != opens and "token=" in mail.links[name]]
        forged = [mail.token(name)[:-1] + "~" for name in mail.links if name == opens]
        for token in (*others, *forged, mail.email):
            sent = {"token": token} | ({"edition": "en"} if call == "preferences" else {})
            assert self.bed.call("POST", f"/{call}", sent).status == 400

    @precondition(lambda machine: machine.mails)
    @rule(number=any_one)
    def follow_every_link(self, number: int) -> None:
        """As a program that scans mail does."""
        for link in self.mails[number % len(self.mails)].links.values():
            parts = urlsplit(link)
            query = {name: value for name, [value] in parse_qs(parts.query).items()}
            path = parts.path.removeprefix("/api/subscriptions")
            assert self.bed.call("GET", path, query=query, headers=PROGRAM).status in (200, 400)

    # What happens without them

    @rule()
    def deliver(self) -> None:
        records = self.bed.records()
        self.records += records
        self.hand_over(records)

    @precondition(lambda machine: machine.records)
    @rule(number=any_one)
    def deliver_again(self, number: int) -> None:
        self.hand_over(self.records[number % len(self.records) :])

    @precondition(lambda machine: machine.mails)
    @rule(number=any_one, kind=st.sampled_from(tuple(KINDS)))
    def notify_of_a_mail(self, number: int, kind: str) -> None:
        self.notify(kind, self.mails[number % len(self.mails)])

    @precondition(lambda machine: machine.mails)
    @rule(number=any_one)
    def notify_that_all_mails_soft_bounce(self, number: int) -> None:
        email = self.mails[number % len(self.mails)].email
        for mail in [mail for mail in self.mails if mail.email == email]:
            self.notify("soft bounce", mail)

    @precondition(lambda machine: machine.events)
    @rule(number=any_one)
    def notify_again(self, number: int) -> None:
        self.handle(self.events[number % len(self.events)])

    @rule(email=st.sampled_from(EMAILS))
    def lift_a_suppression(self, email: str) -> None:
        """An editor does."""
        before = self.references[email].state
        sent = request("POST", "/api/subscribers/lift", {"email": email})
        lifted = answer(self.subscribers.handler(sent, Context()))
        assert lifted.status == self.references[email].lift(self.now)
        if lifted.status == 200:
            assert lifted.json["result"] == ("changed" if before == "suppressed" else "unchanged")
        self.complained.discard(email)
        self.confirms = email if before == "suppressed" else None

    @rule(by=st.sampled_from(({"minutes": 5}, {"minutes": 61}, {"hours": 9}, {"days": 1}, {"days": 8}, {"days": 31})))
    def time_passes(self, by: dict[str, float]) -> None:
        self.bed.later(**by)

    # Checks after each rule

    @invariant()
    def the_rows_equal_the_reference_model(self) -> None:
        stored = self.stored()
        for email, reference in self.references.items():
            rows = stored[email]
            found = rows.get("META", NEW)
            assert found["state"] == reference.state
            profile = found["profile"] or {"preferences": {"edition": None, "frequency": None}, "email": None}
            preferences = profile["preferences"]["edition"], profile["preferences"]["frequency"]
            assert preferences == (reference.preferences or (None, None))
            assert (profile["email"] or "").lower() == (email if reference.has_profile else "")
            assert found["confirmations_sent_at"] == [at.isoformat() for at in reference.confirmations_sent_at[-3:]]
            since = reference.awaiting_confirmation_since
            assert found["awaiting_confirmation_since"] == (since and since.isoformat())
            assert {bounce["message_id"] for bounce in found["bounces"]} == set(reference.bounces)
            assert rows.get("OUTBOX", {}).get("kind") == reference.pending_email
            assert ("SIGN_UP" in rows) == (reference.sign_up is not None)
            assert ("LINKS" in rows) == (reference.asked_for_links_at is not None)

    @invariant()
    def only_confirmations_and_editors_confirm_and_end_a_suppression(self) -> None:
        found = {state: set[str]() for state in ("new", "pending", "confirmed", "unsubscribed", "suppressed")}
        for email, rows in self.stored().items():
            found[rows.get("META", NEW)["state"]].add(email)
        assert found["confirmed"] - self.confirmed <= {self.confirms}
        assert self.suppressed - found["suppressed"] <= {self.confirms}
        assert self.complained <= found["suppressed"]
        self.confirmed, self.suppressed, self.confirms = found["confirmed"], found["suppressed"], None
        self.bed.later(seconds=1)

    @invariant()
    def no_personal_data_is_stored_after_erasing(self) -> None:
        for email, rows in self.stored().items():
            if not self.references[email].has_profile and self.references[email].sign_up is None:
                assert set(rows) <= {"META", "LINKS"}
                assert "@" not in repr(rows)

    @invariant()
    def confirmation_mails_stay_within_their_limits(self) -> None:
        """At most three in a day, and two in an hour only if the first was answered."""
        sent = defaultdict(list)
        for mail in self.mails:
            if mail.link:
                sent[mail.email].append(mail)
        for mails in sent.values():
            assert all(later.sent_at - mail.sent_at >= DAY for mail, later in zip(mails, mails[3:], strict=False))
            for mail, later in pairwise(mails):
                assert later.sent_at - mail.sent_at >= HOUR or later.link != mail.link

    # Helpers

    @property
    def now(self) -> datetime:
        return self.bed.clock.at

    def check_same(self, what: object, answer: object) -> None:
        """The answer is the same for every email, in every state."""
        assert self.answers.setdefault(what, answer) == answer

    def mail_with(self, link: str, number: int) -> Mail:
        mails = [mail for mail in self.mails if link in mail.links]
        return mails[number % len(mails)]

    def hand_over(self, records: list[dict[str, Any]]) -> None:
        """Hand records to the mailer, which sends the mails that are due and no others."""
        sent = ses_backends[ACCOUNT][REGION].sent_messages
        before = len(sent)
        assert self.bed.deliver(records) == []
        ids = dict.fromkeys(record["dynamodb"]["Keys"]["pk"]["S"].partition("#")[2] for record in records)
        due: list[tuple[str, str, ReferenceSubscriber]] = []
        for email in [self.ids[id] for id in ids]:
            reference = self.references[email]
            due += [(email, kind, reference) for kind in reference.deliver(self.now)]
        assert len(sent) - before == len(due)
        for message, (email, kind, reference) in zip(sent[before:], due, strict=True):
            mail = parsed(base64_free(message.raw_data))
            assert mail["To"].lower() == email
            links = {match[1]: match[0] for match in LINK.finditer(part(mail, "plain"))}
            assert set(links) == LINKS[kind]
            confirms = kind == "confirmation"
            signed = reference.sign_up[0] if confirms and reference.sign_up else self.now
            link = reference.link if confirms else None
            preferences = reference.preferences or ("", "")
            self.mails.append(Mail(mail["Message-ID"], self.now, email, signed, links, link, preferences))

    def notify(self, kind: str, mail: Mail) -> None:
        """Hand a notification from SES to the bounces function."""
        name, details = KINDS[kind]
        id = next(id for id, email in self.ids.items() if email == mail.email)
        mail_fields = {
            "messageId": mail.message_id,
            "timestamp": mail.sent_at.isoformat(),
            "tags": {"subscriber": [id]},
        }
        details = details | {"timestamp": self.now.isoformat()}
        event = {"eventType": name, "mail": mail_fields, name[0].lower() + name[1:]: details}
        self.events.append(Event(kind, mail, self.now, json.dumps(event)))
        self.complained |= {mail.email} if kind == "complaint" else set()
        self.handle(self.events[-1])

    def handle(self, event: Event) -> None:
        self.bounces.handler({"Records": [{"Sns": {"Message": event.message}}]}, Context())
        mail = event.mail
        self.references[mail.email].handle_notification(event.kind, mail.message_id, mail.sent_at, event.at)

    def stored(self) -> dict[str, dict[str, dict[str, Any]]]:
        """All rows of each subscriber, by their sort keys."""
        found: dict[str, dict[str, dict[str, Any]]] = {email: {} for email in EMAILS}
        for row in map(from_item, self.bed.clients.dynamodb.scan(TableName=self.bed.table)["Items"]):
            kind, _, id = row["pk"].partition("#")
            if kind == "SUBSCRIBER":
                found[self.ids[id]][row["sk"]] = row
        return found


def test_after_any_short_sequence_the_rows_equal_the_reference_model(deployment: Deployment) -> None:
    """newsletter#7, newsletter#11, newsletter#16, newsletter#17, newsletter#18, newsletter#25, newsletter#26"""
    run(deployment, examples=1, steps=20)


@pytest.mark.proof
def test_after_any_long_sequence_the_rows_equal_the_reference_model(deployment: Deployment) -> None:
    """newsletter#7, newsletter#11, newsletter#16, newsletter#17, newsletter#18, newsletter#25, newsletter#26"""
    run(deployment, examples=60, steps=50)


def run(deployment: Deployment, examples: int, steps: int) -> None:
    slow = [HealthCheck.too_slow]  # as on a busy machine
    size = settings(max_examples=examples, stateful_step_count=steps, deadline=None, suppress_health_check=slow)
    run_state_machine_as_test(partial(Newsletter, deployment), settings=size)  # type: ignore[arg-type]  # it wants a call
