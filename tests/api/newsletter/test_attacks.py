"""What attackers reach in an hour, and whom the limits turn away meanwhile: in simulations, at the default limits.

Each mail is a stranger's mailbox bothered, each 429 to a reader a subscriber lost. The figures that the tests hold are
in `docs/newsletter.md`.
"""

import random
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from heapq import heappop, heappush

import pytest

from broadsheet.model.newsletter.mailbox import mailbox_of
from tests.api.newsletter.bed import NewsletterBed, link

pytestmark = pytest.mark.proof

BATCH = 20  # sign-ups between two deliveries of the stream
SECOND = timedelta(seconds=1)


@dataclass
class Hour:
    """An hour of sign-ups: what each got, and the mails that came of them."""

    bed: NewsletterBed
    statuses: Counter[int] = field(default_factory=Counter)

    def sign_ups(self, requests: Iterable[tuple[str, str]], pause: timedelta = SECOND / 10) -> None:
        """Sign up each email from the network beside it."""
        for number, (email, ip) in enumerate(requests, 1):
            self.statuses[self.bed.sign_up(email, source_ip=ip).status] += 1
            self.bed.clock.at += pause
            if number % BATCH == 0:
                self.deliver()
        self.deliver()

    def deliver(self) -> None:
        assert self.bed.deliver() == []

    def mails(self) -> Counter[str]:
        """How many mails each mailbox got."""
        return Counter(mailbox_of(mail["To"]) for mail in self.bed.outbox())

    def turned_away(self) -> int:
        """How many of twenty readers, each from a network of their own, are refused now."""
        readers = (self.bed.sign_up(f"reader{n}@reader.example", source_ip=f"203.0.{n}.7") for n in range(20))
        return sum(reader.status != 202 for reader in readers)


@pytest.fixture
def hour(bed: NewsletterBed) -> Hour:
    return Hour(bed)


def victims(number: int) -> Iterator[str]:
    return (f"victim{at}@victims.example" for at in range(number))


def test_one_network_reaches_twenty_mailboxes_and_turns_nobody_away(hour: Hour) -> None:
    """newsletter#10"""
    hour.sign_ups((victim, "198.51.100.1") for victim in victims(300))
    assert hour.statuses == {202: 20, 429: 280}
    assert set(hour.mails().values()) == {1}
    assert hour.turned_away() == 0


def test_fifty_networks_reach_a_thousand_mailboxes_once_until_the_circuit_breaker_opens(hour: Hour) -> None:
    """newsletter#10, newsletter#11: then readers are turned away too, which is the one attack that this needs."""
    hour.sign_ups((victim, f"198.18.{at % 50}.1") for at, victim in enumerate(victims(1200)))
    assert hour.statuses[202] <= 1000
    assert hour.mails().total() == hour.statuses[202]
    assert set(hour.mails().values()) == {1}


def test_one_48_reaches_two_hundred_mailboxes_and_turns_nobody_away(hour: Hour) -> None:
    """newsletter#10: of 65,536 networks of IPv6."""
    hour.sign_ups((victim, f"2001:db8:7:{at:x}::1") for at, victim in enumerate(victims(600)))
    assert hour.statuses == {202: 200, 429: 400}
    assert hour.mails().total() == 200
    assert hour.turned_away() == 0


def test_one_24_reaches_two_hundred_mailboxes_and_turns_nobody_away(hour: Hour) -> None:
    """newsletter#10"""
    hour.sign_ups((victim, f"198.51.100.{at % 256}") for at, victim in enumerate(victims(600)))
    assert hour.statuses == {202: 200, 429: 400}
    assert hour.turned_away() == 0


@pytest.mark.parametrize(
    "spellings",
    [
        [f"victim+{at}@victims.example" for at in range(20)],
        [
            "".join(letter + "." * (at >> bit & 1) for bit, letter in enumerate("victimv")) + "s@gmail.com"
            for at in range(20)
        ],
        [("victim@victims.example", "VICTIM@victims.example")[at % 2] for at in range(20)],
    ],
    ids=["tags", "dots", "case"],
)
def test_twenty_spellings_of_one_email_an_hour_cause_one_mail_an_hour_and_three_a_day(
    hour: Hour, spellings: list[str]
) -> None:
    """newsletter#11: from fifty networks, for a day."""
    for began in range(24):
        hour.sign_ups((spelling, f"198.18.{at % 50}.{began}") for at, spelling in enumerate(spellings))
        assert max(hour.mails().values()) <= began + 1
        hour.bed.clock.at += timedelta(hours=1) - 2 * SECOND
    assert max(hour.mails().values()) == 3


def test_junk_without_emails_shuts_the_form_for_its_network_alone(hour: Hour) -> None:
    """newsletter#10: refused requests count."""
    answers = [hour.bed.call("POST", "", {}, source_ip="198.51.100.1") for _ in range(300)]
    assert Counter(answer.status for answer in answers) == {422: 100, 429: 200}
    assert answers[-1].headers["retry-after"]
    assert hour.bed.sign_up("neighbour@reader.example", source_ip="198.51.100.2").status == 202
    assert hour.turned_away() == 0


def test_five_thousand_readers_sign_up_in_one_hour_and_nobody_is_turned_away(hour: Hour) -> None:
    """newsletter#10, newsletter#11: 65 of 100 confirm, half of them within two minutes of the mail."""
    drawn = random.Random(7)  # noqa: S311  # the same hour in every run
    bed, noon = hour.bed, hour.bed.clock.at
    events: list[tuple[float, int, str]] = [
        (drawn.triangular(0, 3590, 600), at, f"reader{at}@reader.example") for at in range(5000)
    ]
    events.sort()
    networks = _networks_of_readers(drawn)
    confirmed, read = 0, 0
    while events:
        second, number, todo = heappop(events)
        bed.clock.at = noon + timedelta(seconds=second)
        if todo.startswith("https:"):
            confirmed += bed.one_click(todo).status == 200
            continue
        hour.statuses[bed.sign_up(todo, source_ip=next(networks)).status] += 1
        if hour.statuses.total() % BATCH == 0:
            hour.deliver()
        for mail in bed.outbox(read):
            read += 1
            if "confirm?" in mail.as_string() and drawn.random() < 0.65:
                heappush(events, (second + 30 + drawn.lognormvariate(4.5, 1), number, link(mail, "confirm")))
    assert hour.statuses == {202: 5000}
    assert confirmed > 3000


def _networks_of_readers(drawn: random.Random) -> Iterator[str]:
    """Two of five readers by a carrier's IPv6, one of five behind its IPv4 addresses, the others at home, at work."""
    while True:
        kind = drawn.random()
        if kind < 0.4:
            yield f"2001:db8:{drawn.randrange(192):x}:{drawn.randrange(65536):x}::1"
        elif kind < 0.6:
            yield f"198.18.{drawn.randrange(40)}.{drawn.randrange(64)}"
        elif kind < 0.95:
            yield f"10.{drawn.randrange(256)}.{drawn.randrange(256)}.{drawn.randrange(256)}"
        else:
            yield f"198.19.{drawn.randrange(25)}.1"
