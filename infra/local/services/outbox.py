"""The mails that the functions sent, parsed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email import message_from_string
from email.message import EmailMessage
from email.policy import default
from typing import Any
from urllib.parse import urlsplit

_HREF = re.compile(r"""href=["']([^"']+)["']""")
_URL = re.compile(r"https?://[^\s<>\"')\]]+")


@dataclass(frozen=True)
class Mail:
    """A mail. `source` is the raw message that SES received; `text` and `html` are its parts, or empty.

    `id` is that of SES. `sent_at`, `recipients`, `configuration_set` and `tags` (each with a list of values) are
    parameters of the call to SES.
    """

    number: int
    id: str
    sent_at: datetime
    recipients: tuple[str, ...]
    configuration_set: str | None
    tags: Mapping[str, list[str]]
    source: str
    headers: tuple[tuple[str, str], ...]
    text: str
    html: str

    @classmethod
    def read(cls, number: int, sent: Mapping[str, Any]) -> Mail:
        """Parse a mail of the emulator's outbox."""
        envelope, source = sent["envelope"], sent["source"]
        message = message_from_string(source, EmailMessage, policy=default)
        return cls(
            number=number,
            id=sent["id"],
            sent_at=datetime.fromisoformat(envelope["at"]),
            recipients=tuple(envelope["destination"]),
            configuration_set=envelope["configuration_set"],
            tags=envelope["tags"],
            source=source,
            headers=tuple((name, str(value)) for name, value in message.items()),
            text=_part(message, "plain"),
            html=_part(message, "html"),
        )

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")

    @property
    def links(self) -> list[str]:
        """Every URL that the mail links to, once: in the text, in the HTML, and in List-Unsubscribe."""
        found = _URL.findall(self.text) + [link.replace("&amp;", "&") for link in _HREF.findall(self.html)]
        found += _URL.findall(self.header("List-Unsubscribe"))
        return [link for link in dict.fromkeys(found) if urlsplit(link).scheme in {"http", "https"}]

    def to_json(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "id": self.id,
            "tags": self.tags,
            "from": self.header("From"),
            "to": self.header("To"),
            "subject": self.header("Subject"),
            "date": self.header("Date"),
            "headers": [list(header) for header in self.headers],
            "text": self.text,
            "html": self.html,
            "links": self.links,
        }


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return str(part.get_content()).replace("\r\n", "\n") if part is not None else ""
