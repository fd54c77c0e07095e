"""The newsletter in plain words: what becomes of a reader, without a table, a stream or a second process."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
PER_NETWORK = 4


@dataclass
class Reader:
    """One address. `link` counts the mails with a link of their own to confirm by; only the latest is good, if any."""

    state: str = "new"
    known: bool = False
    wishes: tuple[str, str] | None = None
    links: int = 0
    link: int | None = None
    changed: datetime | None = None
    confirmed: datetime | None = None
    asked: tuple[datetime, tuple[str, str]] | None = None
    owed: str | None = None
    mails: list[datetime] = field(default_factory=list)
    unanswered: datetime | None = None
    bounces: dict[str, datetime] = field(default_factory=dict)
    delivered: datetime | None = None

    def answer(self, now: datetime) -> list[str]:
        """The kinds of mail that go out when the stream brings something about the reader."""
        sent = []
        if self.owed and self.known and self.state == {"welcome": "confirmed", "farewell": "left"}[self.owed]:
            sent.append(self.owed)
        self.owed = None
        if self.asked is None:
            return sent
        at, wishes = self.asked
        due = self._rested(at)
        comes_back = self.state == "left" and self.changed is not None and at > self.changed
        if self.state == "new" or (due and comes_back):
            self.state, self.known, self.changed = "pending", True, at
            self.wishes, self.confirmed = wishes, None
            self.links += 1
            self.link = self.links
        elif self.state == "pending" and due:
            self.wishes = wishes
        if not self.known:
            self.asked = None
        elif self.state == "pending" and due:
            self.mails.append(now)
            self.unanswered = now
            sent.append("confirmation")
        return sent

    def confirm(self, link: int, signed: datetime, now: datetime) -> int:
        if now - signed > WEEK or not self.known or self.link != link:
            return 400
        if self.state == "pending":
            self.state, self.changed, self.confirmed, self.unanswered = "confirmed", now, now, None
            self.owed = "welcome"
        return 200

    def leave(self, now: datetime) -> int:
        if self.state == "confirmed":
            self.owed = "farewell"
        if self.state in ("pending", "confirmed"):
            self.state, self.changed, self.link = "left", now, None
        return 200

    def prefer(self, wishes: tuple[str, str]) -> int:
        if self.state != "confirmed":
            return 400
        self.wishes = wishes
        return 200

    def erase(self, now: datetime) -> int:
        self.leave(now)
        self.known, self.wishes, self.confirmed = False, None, None
        self.asked = self.owed = self.delivered = None
        self.bounces.clear()
        return 200

    def heed(self, kind: str, mail: str, sent: datetime, now: datetime) -> None:
        """What SES says of a mail. A bounce says nothing once the reader has answered a later mail."""
        overtaken = self.confirmed is not None and self.confirmed > sent
        if kind == "complaint" or (kind == "bounce" and not overtaken):
            self._suppress(now)
        elif kind == "bounce for now" and not overtaken and self.known and self.state != "suppressed":
            if self.delivered is None or now > self.delivered:
                self.bounces.setdefault(mail, now)
            if len(self.bounces) == 5:
                self._suppress(now)
        elif kind == "delivery" and any(at <= now for at in self.bounces.values()):
            self.bounces = {mail: at for mail, at in self.bounces.items() if at > now}
            self.delivered = now

    def _suppress(self, now: datetime) -> None:
        if self.state != "suppressed":
            self.state, self.changed, self.link = "suppressed", now, None
            self.bounces = {}

    def _rested(self, at: datetime) -> bool:
        lately = [mail for mail in self.mails[-3:] if at - mail < DAY]
        return len(lately) < 3 and not (self.unanswered and at - self.unanswered < HOUR)
