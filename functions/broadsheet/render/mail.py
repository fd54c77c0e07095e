"""Mails to the newsletter's readers: text and HTML that say the same, in the reader's language, tracking nothing."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from html import escape

from ..model.site import Site
from ..model.subscriber import Subscriber
from .phrases import phrases, template

FONTS = {
    "serif": "Georgia, 'Times New Roman', serif",
    "sans": "'Segoe UI', Tahoma, Arial, sans-serif",
    "mono": "Consolas, Menlo, monospace",
}


@dataclass(frozen=True, slots=True)
class Links:
    """The addresses that a mail's reader may open."""

    confirm: str
    leave: str


class _Letter(EmailPolicy):
    """SMTP's rules in seven bits, and headers that hold one long word left in one line: folding would encode it."""

    def fold(self, name: str, value: str) -> str:
        if name.lower() in ("to", "message-id", "list-unsubscribe"):
            return f"{name}: {value}{self.linesep}"
        folded: str = super().fold(name, value)
        return folded

    def fold_binary(self, name: str, value: str) -> bytes:
        return self.fold(name, value).encode("ascii")


# Not 8bit: Amazon SES takes raw mail in seven bits alone.
POLICY = _Letter(linesep=SMTP.linesep, max_line_length=SMTP.max_line_length, cte_type="7bit")


def confirmation(site: Site, subscriber: Subscriber, sender: str, links: Links, now: datetime) -> EmailMessage:
    """The mail that asks whether an address is its reader's. `sender` is a plain address, the paper's own."""
    edition = site.editions.get(subscriber.edition) or next(iter(site.editions.values()))
    say = phrases(edition, "mail")
    mail = EmailMessage(policy=POLICY)
    mail["Subject"] = say["subject"]
    mail["From"] = Address(edition.name, addr_spec=sender)
    mail["To"] = subscriber.address
    mail["Date"] = now
    mail["Message-ID"] = _message_id(subscriber, sender)
    mail["Auto-Submitted"] = "auto-generated"
    mail["List-Unsubscribe"] = f"<{links.leave}>"
    mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    values = dict(say) | {"paper": edition.name, "confirm": links.confirm, "leave": links.leave}
    mail.set_content(template("mail.txt").substitute(values))
    style = FONTS | {
        "lang": edition.code,
        "dir": edition.direction,
        "start": "right" if edition.direction == "rtl" else "left",
    }
    html = template("mail.html").substitute({key: escape(value) for key, value in (values | style).items()})
    mail.add_alternative(html, subtype="html")
    mail["Content-Language"] = edition.code
    return mail


def _message_id(subscriber: Subscriber, sender: str) -> str:
    """The same for the same mail, so that a copy of it can be told to be one."""
    about = "|".join((subscriber.id, subscriber.nonce or "", str(subscriber.mailed_at)))
    return f"<{hashlib.sha256(about.encode()).hexdigest()[:32]}@{sender.rpartition('@')[2]}>"
