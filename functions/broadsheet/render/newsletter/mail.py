"""The newsletter's mails: text and HTML with the same content, in the subscriber's language, without tracking.

`templates/mail/mail.html` is written by `make mails` from `infra/email_layout.html` and its stylesheet.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import getaddresses
from typing import Literal

from ...model.config import Edition, Publisher
from ..shared.locale import locale
from ..shared.texts import MailTexts
from .templating import filled

Kind = Literal["confirmation", "welcome", "farewell", "links", "reminder", "imported"]

# Around words of the publisher, which may have another direction than the text (Unicode: FSI, PDI).
ISOLATED = "\u2068{}\u2069"

# The targets of each mail's button and of the link at its foot.
LINKS: Mapping[Kind, tuple[str, str]] = {
    "confirmation": ("confirm", "unsubscribe"),
    "welcome": ("preferences", "unsubscribe"),
    "farewell": ("again", "preferences"),
    "links": ("preferences", "unsubscribe"),
    "reminder": ("preferences", "unsubscribe"),
    "imported": ("preferences", "unsubscribe"),
}


UNFOLDED = frozenset(["from", "to", "list-unsubscribe", "list-id", "message-id", "feedback-id"])
MAX_LINE = 998  # octets (RFC 5322 §2.1.1)


class _SevenBitPolicy(EmailPolicy):
    """SMTP's rules in seven bits, with some headers never folded.

    The standard library's folding encodes long words, and drops the quotes of long names, so that a comma in a name
    would make it two. It also drops and adds blanks where it cuts a text into encoded words (RFC 2047 §2), so subjects
    and names that are not in ASCII are encoded as a whole.
    """

    def fold(self, name: str, value: str) -> str:
        if name.lower() in UNFOLDED and value.isascii() and len(f"{name}: {value}") <= MAX_LINE:
            return f"{name}: {value}{self.linesep}"
        if name.lower() == "subject" and not value.isascii():
            return f"{name}: {self._encoded(name, value)}{self.linesep}"
        if name.lower() in ("from", "list-id"):
            [(phrase, identifier)] = getaddresses([value])
            return f"{name}: {self._encoded(name, phrase)}{self.linesep} <{identifier}>{self.linesep}"
        folded: str = super().fold(name, value)
        return folded

    def _encoded(self, name: str, text: str) -> str:
        return Header(text, "utf-8", header_name=name).encode(linesep=self.linesep)

    def fold_binary(self, name: str, value: str) -> bytes:
        return self.fold(name, value).encode("ascii")


# Amazon SES accepts raw mail in seven bits only.
POLICY = _SevenBitPolicy(linesep=SMTP.linesep, max_line_length=SMTP.max_line_length, cte_type="7bit")


def render_mail(
    kind: Kind,
    edition: Edition,
    email: str,
    sender: str,
    links: Mapping[str, str],
    now: datetime,
    publisher: Publisher | None = None,
    source: str | None = None,
    more: str = "",
) -> EmailMessage:
    """A mail of that kind to that email, in the edition's language, from the email `sender`.

    `links` are absolute URLs by their names in `LINKS`. The foot names the `publisher`, if there is one. `source` says
    where an imported email comes from, in the publisher's words. `more` is a paragraph after the text.
    There is no Message-ID, since SES replaces it.
    """
    texts = _texts(kind, edition, source)
    button_url, link_url = (links[name] for name in LINKS[kind])
    mail = EmailMessage(policy=POLICY)
    mail["Subject"] = texts.subject
    mail["From"] = Address(edition.name, addr_spec=sender)
    mail["To"] = email
    mail["Date"] = now
    mail["Auto-Submitted"] = "auto-generated"
    if "unsubscribe" in LINKS[kind]:
        mail["List-Unsubscribe"] = f"<{links['unsubscribe']}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    imprint = locale(edition).imprint(publisher)
    values = {"texts": texts, "more": more, "button_url": button_url, "link_url": link_url, "imprint": imprint}
    mail.set_content(filled("mail.txt", edition, **values))
    start = "right" if edition.direction == "rtl" else "left"
    mail.add_alternative(filled("mail.html", edition, start=start, **values), subtype="html")
    mail["Content-Language"] = edition.code
    return mail


def _texts(kind: Kind, edition: Edition, source: str | None) -> MailTexts:
    mails = locale(edition).mails
    texts: Mapping[Kind, MailTexts] = {
        "confirmation": mails.confirmation,
        "welcome": mails.welcome,
        "farewell": mails.farewell,
        "links": mails.links,
        "reminder": mails.reminder,
        "imported": mails.imported,
    }
    if kind == "imported" and source:
        return replace(mails.imported, text=mails.imported_from.replace("{source}", ISOLATED.format(source)))
    return texts[kind]
