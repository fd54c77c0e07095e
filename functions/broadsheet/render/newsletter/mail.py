"""Mails to the newsletter's readers: text and HTML that say the same, in the reader's language, tracking nothing.

`newsletter/letter.html` is made by `make mails` from `infra/email_layout.html` and its stylesheet.
"""

from collections.abc import Mapping
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from typing import Literal

from ...model.config import Edition
from .phrases import filled, phrases

Kind = Literal["confirmation", "welcome", "farewell"]

# What the button of each mail opens, and what the link at its foot does.
DOORS: Mapping[Kind, tuple[str, str]] = {
    "confirmation": ("confirm", "unsubscribe"),
    "welcome": ("preferences", "unsubscribe"),
    "farewell": ("again", "preferences"),
}


class _Letter(EmailPolicy):
    """SMTP's rules in seven bits, with some headers left in one line: folding would encode a long word, and takes the
    quotes off a long name, so that a comma in it makes two names of it."""

    def fold(self, name: str, value: str) -> str:
        if name.lower() in ("from", "to", "list-unsubscribe") and value.isascii():
            return f"{name}: {value}{self.linesep}"
        folded: str = super().fold(name, value)
        return folded

    def fold_binary(self, name: str, value: str) -> bytes:
        return self.fold(name, value).encode("ascii")


# Not 8bit: Amazon SES takes raw mail in seven bits alone.
POLICY = _Letter(linesep=SMTP.linesep, max_line_length=SMTP.max_line_length, cte_type="7bit")


def letter(
    kind: Kind, edition: Edition, address: str, sender: str, links: Mapping[str, str], now: datetime
) -> EmailMessage:
    """The mail of that kind to that address, in the edition's language; `sender` is a plain address, the paper's own.

    `links` are the absolute addresses that it shows, by their names in `DOORS`. It has no Message-ID: SES replaces any.
    """
    say = {**phrases(edition, "mail"), **phrases(edition, kind)}
    door, side_door = (links[name] for name in DOORS[kind])
    mail = EmailMessage(policy=POLICY)
    mail["Subject"] = say["subject"]
    mail["From"] = Address(edition.name, addr_spec=sender)
    mail["To"] = address
    mail["Date"] = now
    mail["Auto-Submitted"] = "auto-generated"
    if "unsubscribe" in DOORS[kind]:
        mail["List-Unsubscribe"] = f"<{links['unsubscribe']}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    start = "right" if edition.direction == "rtl" else "left"
    shown = say | {"door": door, "side_door": side_door, "start": start}
    mail.set_content(filled("letter.txt", edition, **shown))
    mail.add_alternative(filled("letter.html", edition, **shown), subtype="html")
    mail["Content-Language"] = edition.code
    return mail
