"""Formats of subscriber lists: Broadsheet's own, and the exports of other newsletter software.

Only the fields of the API are read: email, status, dates of consent, and preferences. Names, notes, labels, locations
and ratings are ignored.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from .csv_files import unescape_formula

Cells = Mapping[str, str]
Fields = dict[str, object]

COLUMNS = (
    "email",
    "status",
    "edition",
    "sections",
    "frequency",
    "consented_at",
    "confirmed_at",
    "source",
    "wording",
    "wording_edition",
)
STATUSES = ("subscribed", "unsubscribed", "suppressed")
GO_TIME = re.compile(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(\.\d+)? ([+-]\d\d)(\d\d)( \S+)?")
UTC_TIME = re.compile(r"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)")


@dataclass(frozen=True, slots=True)
class Format:
    """The export format of one software: the `required` columns, by which it is detected, and how a row is read.

    `fields` may leave the status out; `file_status` is the status of the whole file, by its header and name, or None.
    """

    name: str
    required: tuple[str, ...]
    fields: Callable[[Cells], Fields]
    file_status: Callable[[Sequence[str], str], str | None] = lambda *_: None


def detect(columns: Sequence[str]) -> Format | None:
    """The format whose required columns the header has."""
    return next((format for format in FORMATS.values() if set(format.required) <= set(columns)), None)


def cells_of(subscriber: Mapping[str, object]) -> list[str]:
    """The cells of a subscriber from the API, in the order of `COLUMNS`."""
    values = (subscriber.get(column) for column in COLUMNS)
    return [" ".join(map(str, value)) if isinstance(value, list) else str(value or "") for value in values]


def _own(cells: Cells) -> Fields:
    fields: Fields = {name: unescape_formula(cell) for name, cell in cells.items() if cell}
    if "sections" in fields:
        fields["sections"] = str(fields["sections"]).split()
    return fields


def _listmonk(cells: Cells) -> Fields:
    """listmonk's export of subscribers. `subscription_status`, the status in one list, takes precedence."""
    in_list = {"unconfirmed": "pending", "unsubscribed": "unsubscribed"}.get(cells.get("subscription_status", ""))
    statuses = {"enabled": in_list or "subscribed", "disabled": "unsubscribed", "blocklisted": "suppressed"}
    created = GO_TIME.fullmatch(cells.get("created_at", ""))
    return {
        "email": cells["email"],
        "status": statuses.get(cells["status"], cells["status"]),
        "consented_at": "{0}T{1}{3}:{4}".format(*created.groups()) if created else cells.get("created_at") or None,
        "source": "listmonk",
    }


def _mailchimp(cells: Cells) -> Fields:
    """A file of Mailchimp's audience export. Its times are in UTC."""
    fields: Fields = {
        "email": cells["Email Address"],
        "consented_at": _utc(cells["OPTIN_TIME"]) or _utc(cells["CONFIRM_TIME"]),
        "confirmed_at": _utc(cells["CONFIRM_TIME"]),
        "source": "mailchimp",
    }
    for column, status in (("UNSUB_TIME", "unsubscribed"), ("CLEAN_TIME", "suppressed")):
        if cells.get(column):
            fields["status"] = status
    return fields


def _mailchimp_status(columns: Sequence[str], name: str) -> str | None:
    """Mailchimp exports one file for each status: the file's name begins with it, and some have a column for it."""
    prefixes = {
        "cleaned": "suppressed",
        "unsubscribed": "unsubscribed",
        "nonsubscribed": "pending",
        "subscribed": "subscribed",
    }
    by_name = next((status for prefix, status in prefixes.items() if name.lower().startswith(f"{prefix}_")), None)
    if by_name or ("UNSUB_TIME" in columns and "CLEAN_TIME" in columns):
        return by_name
    return "suppressed" if "CLEAN_TIME" in columns else "unsubscribed" if "UNSUB_TIME" in columns else None


def _ghost(cells: Cells) -> Fields:
    """Ghost's export of members, which escapes formulas as Broadsheet does."""
    statuses = {"true": "subscribed", "false": "unsubscribed"}
    subscribed = cells["subscribed_to_emails"]
    return {
        "email": unescape_formula(cells["email"]),
        "status": "unsubscribed" if cells.get("deleted_at") else statuses.get(subscribed.lower(), subscribed),
        "consented_at": cells.get("created_at") or None,
        "source": "ghost",
    }


def _utc(cell: str) -> str | None:
    """The time in RFC 3339. Any other text stays as it is: the API refuses it and names the field."""
    return UTC_TIME.sub(r"\1T\2Z", cell) or None


OWN = Format("own", ("email", "status"), _own)
MAILCHIMP = Format(
    "mailchimp", ("Email Address", "MEMBER_RATING", "OPTIN_TIME", "CONFIRM_TIME"), _mailchimp, _mailchimp_status
)
FORMATS = {
    format.name: format
    for format in (
        Format("listmonk", ("uuid", "email", "attributes", "status"), _listmonk),
        MAILCHIMP,
        Format("ghost", ("email", "subscribed_to_emails"), _ghost),
        OWN,
    )
}
