"""A mailbox, which has many spellings of its email, and the mails that anybody can cause to it.

`reader+news@example.org` and `reader@example.org` are different subscribers, because only the mailbox's provider knows
that they are one person. The mails that strangers cause are limited for all of them together.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

MIN_MAIL_INTERVAL = timedelta(hours=1)
DAY, MAX_MAILS_PER_DAY = timedelta(days=1), 3
# Gmail ignores dots in an email, and has two domains.
DOTLESS = {"gmail.com": "gmail.com", "googlemail.com": "gmail.com"}


@dataclass(frozen=True, slots=True)
class CausedMail:
    """A mail that a request at that time causes to a subscriber."""

    subscriber_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Mailbox:
    """The mails of the last day to all spellings of one email. `id` is the keyed hash of `mailbox_of` the email.

    `revision` is 0 where nothing is stored, and increases with every change.
    """

    id: str
    mails: tuple[CausedMail, ...] = ()
    revision: int = 0

    def claimed(self, mail: CausedMail) -> "Mailbox | None":
        """The mailbox after one more mail, or None if it has had its share. Idempotent.

        Its share is three mails a day, and none within an hour of a mail to another subscriber: how soon the same
        subscriber gets another one is the subscriber's own limit. The time of the request decides, not the clock.
        """
        if mail in self.mails:
            return self
        recent = tuple(one for one in self.mails if abs(mail.at - one.at) < DAY)
        others = (one for one in recent if one.subscriber_id != mail.subscriber_id)
        if len(recent) >= MAX_MAILS_PER_DAY or any(abs(mail.at - one.at) < MIN_MAIL_INTERVAL for one in others):
            return None
        return replace(self, mails=(*recent, mail), revision=self.revision + 1)

    def is_quiet_for(
        self, mail: CausedMail, interval: timedelta = MIN_MAIL_INTERVAL, since: datetime | None = None
    ) -> bool:
        """Whether no other mail was caused to the same subscriber within that interval of this one.

        Mails that were caused at `since` or earlier do not count.
        """
        others = (one for one in self.mails if one.subscriber_id == mail.subscriber_id and one != mail)
        return all(abs(mail.at - one.at) >= interval for one in others if since is None or one.at > since)


def mailbox_of(email: str) -> str:
    """The mailbox of a parsed email: in lower case, without a tag (RFC 5233), and of Gmail's addresses without dots."""
    name, _, at = email.lower().rpartition("@")
    name = name.partition("+")[0] or name
    return f"{name.replace('.', '')}@{DOTLESS[at]}" if at in DOTLESS else f"{name}@{at}"
