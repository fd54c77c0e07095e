"""The formats of subscriber lists that `import` reads: Broadsheet's own, and exports of other newsletter software.

What each export holds is from the software's code or documentation: listmonk, Ghost and MailPoet from their code;
Mailchimp's "View, export, or archive contacts"; Substack and Beehiiv as Ghost's migration tools read them
(TryGhost/migrate); Buttondown's and MailerLite's descriptions of a subscriber in their APIs; Kit's and Brevo's help.
"""

from dataclasses import replace

from .cells import key
from .formats import COLUMNS, STATUSES, Format, Header

NO_STATUS = "does not tell who has left or never confirmed"
EACH = f"{NO_STATUS}. Export {{which}} into files of their own, and say with --status what each file has"

OWN = Format(
    "own",
    ("email",),
    statuses={"status": {each: each for each in (*STATUSES, "pending")}},
    telling=("status",),
    ask="does not tell who is subscribed: give it a column status, or say with --status what all of its rows are",
    consented_at=("consented_at",),
    confirmed_at=("confirmed_at",),
    escapes_formulas=True,
    own=True,
)


def _mailchimp_status(header: Header, name: str) -> str | None:
    """Mailchimp exports one file for each status: the file's name begins with it, and some have a column for it."""
    prefixes = {
        "cleaned": "suppressed",
        "unsubscribed": "unsubscribed",
        "nonsubscribed": "pending",
        "subscribed": "subscribed",
    }
    by_name = next((status for prefix, status in prefixes.items() if name.lower().startswith(f"{prefix}_")), None)
    left, cleaned = header.place("UNSUB_TIME") is not None, header.place("CLEAN_TIME") is not None
    if by_name or (left and cleaned):
        return by_name
    return "suppressed" if cleaned else "unsubscribed" if left else None


LISTMONK = Format(
    "listmonk",
    ("uuid", "email", "attributes", "status"),
    statuses={
        "status": {"enabled": "subscribed", "disabled": "unsubscribed", "blocklisted": "suppressed"},
        "subscription_status": {"confirmed": "subscribed", "unconfirmed": "pending", "unsubscribed": "unsubscribed"},
    },
    telling=("subscription_status",),
    ask=EACH.format(which="the confirmed and the unsubscribed subscribers of a list"),
    consented_at=("created_at",),
)
MAILCHIMP = Format(
    "mailchimp",
    ("Email Address", "MEMBER_RATING", "OPTIN_TIME", "CONFIRM_TIME"),
    email="Email Address",
    email_is_first=True,  # its name is a label, which each audience may change
    marks={"UNSUB_TIME": "unsubscribed", "CLEAN_TIME": "suppressed"},
    ask=(
        "does not tell whether its contacts are subscribed: keep the name that Mailchimp gave it (subscribed_…), or "
        "say it with --status"
    ),
    consented_at=("OPTIN_TIME", "CONFIRM_TIME"),
    confirmed_at=("CONFIRM_TIME",),
    file_status=_mailchimp_status,
)
GHOST = Format(
    "ghost",
    ("email", "subscribed_to_emails"),
    statuses={"subscribed_to_emails": {"true": "subscribed", "false": "unsubscribed"}},
    marks={"deleted_at": "unsubscribed"},
    telling=("subscribed_to_emails",),
    consented_at=("created_at",),
    escapes_formulas=True,
)
SUBSTACK = Format(
    "substack",
    ("email", "active_subscription", "created_at"),
    statuses={"email_disabled": {"false": "subscribed", "true": "unsubscribed"}},
    telling=("email_disabled",),
    ask=f"{NO_STATUS}, since it has no column email_disabled: export all subscribers, with all columns",
    consented_at=("created_at",),
)
BEEHIIV = Format(
    "beehiiv",
    ("email", "tier|subscription_tier", "created_at|subscribed_at"),
    statuses={
        "status": {
            "active": "subscribed",
            "inactive": "unsubscribed",
            "pending": "pending",
            "validating": "pending",
            "invalid": "suppressed",
        }
    },
    marks={"unsubscribed_at": "unsubscribed"},
    telling=("status",),
    ask=EACH.format(which="the active and the inactive subscribers, each as a segment,"),
    consented_at=("created_at|subscribed_at",),
)
MAILPOET_WORDS = {
    "subscribed": "subscribed",
    "inactive": "subscribed",  # has not opened a mail for long
    "unconfirmed": "pending",
    "unsubscribed": "unsubscribed",
    "bounced": "suppressed",
}
MAILPOET = Format(
    "mailpoet",
    ("email", "list", "subscription time|confirmation time|global status|list status"),
    statuses={"global status": MAILPOET_WORDS, "list status": MAILPOET_WORDS},
    telling=("global status",),
    ask=f"{NO_STATUS}: export again with the field “Global status”",
    consented_at=("confirmation time", "subscription time"),
    confirmed_at=("confirmation time",),
    escapes_formulas=True,
    backslash=True,
)
BUTTONDOWN = Format(
    "buttondown",
    ("email|email_address", "creation_date", "type|subscriber_type|secondary_id|unsubscription_date"),
    email="email|email_address",
    statuses={
        "type|subscriber_type": {
            **dict.fromkeys(
                ("regular", "premium", "gifted", "trialed", "paused", "churning", "past_due"), "subscribed"
            ),
            "unactivated": "pending",
            "unsubscribed": "unsubscribed",
            "removed": "unsubscribed",
            "undeliverable": "suppressed",
            "complained": "suppressed",
        }
    },
    marks={"unsubscription_date": "unsubscribed", "undeliverability_date": "suppressed"},
    telling=("type|subscriber_type",),
    ask=EACH.format(which="the regular and the unsubscribed subscribers"),
    consented_at=("creation_date",),
)
MAILERLITE = Format(
    "mailerlite",
    ("subscriber|email", "subscribed|subscribed_at|date subscribed|subscription date", "groups|sent|opens|opened"),
    email="subscriber|email",
    statuses={"status|type": {"active": "subscribed", "unconfirmed": "pending", "junk": "suppressed"}},
    marks={"unsubscribed|unsubscribed_at|date unsubscribed": "unsubscribed"},
    telling=("status|type",),
    ask=EACH.format(which="the active, the unsubscribed and the bounced subscribers"),
    consented_at=(
        "opted_in_at|opt-in date|opt-in time|confirmation timestamp",
        "subscribed|subscribed_at|date subscribed|subscription date",
    ),
    confirmed_at=("opted_in_at|opt-in date|opt-in time|confirmation timestamp",),
)
BREVO = Format(
    "brevo",
    ("email", "contact id|added_time|modified_time"),
    statuses={
        "email_blacklist|email_blacklisted|email blocklisted|blacklisted": {
            "false": "subscribed",
            "true": "unsubscribed",
        },
        "email_marketing|email_subscription_status|email subscription status": {},
    },
    telling=(
        "email_blacklist|email_blacklisted|email blocklisted|blacklisted",
        "email_marketing|email_subscription_status|email subscription status",
    ),
    ask=EACH.format(which="the subscribed and the blocklisted contacts"),
    consented_at=("double_opt-in_time|added_time",),
)
KIT = Format(
    "kit",
    ("email|email_address", "first_name", "created_at", "status|state|tags|subscriber id|id"),
    email="email|email_address",
    statuses={
        "status|state": {
            "active": "subscribed",
            "confirmed": "subscribed",
            "cold": "subscribed",  # has not opened a mail for 90 days
            "inactive": "pending",
            "unconfirmed": "pending",
            "cancelled": "unsubscribed",
            "bounced": "suppressed",
            "complained": "suppressed",
        }
    },
    telling=("status|state",),
    ask=EACH.format(which="the confirmed, the cancelled and the bounced subscribers"),
    consented_at=("created_at",),
)

# The more columns of its own a format has, the earlier.
FORMATS = {
    format.name: format
    for format in (
        *(LISTMONK, MAILCHIMP, GHOST, SUBSTACK, BEEHIIV, MAILPOET, BUTTONDOWN, MAILERLITE, BREVO, KIT),
        OWN,
    )
}


def detect(header: Header) -> Format | None:
    """The format whose columns the header has."""
    found = next((format for format in FORMATS.values() if format.fits(header)), None)
    if found is OWN and header.place("status") is None and unknown_columns(header):
        return None
    return found


def nearest(header: Header) -> Format:
    """The format of which the header has the largest part."""

    def part(format: Format) -> float:
        named = replace(format, email_is_first=False)
        missing = len(named.missing(header)) / len(format.required)
        return 1 - (missing or (len(unknown_columns(header)) / len(header.names) if format is OWN else 0))

    return max(reversed(FORMATS.values()), key=part)


def unknown_columns(header: Header) -> list[str]:
    """The file's names of columns that the own format does not have."""
    known = {key(column) for column in COLUMNS}
    found = header.with_email(OWN.email, first=False)
    return [name for name, each in zip(found.names, found.keys, strict=True) if each and each not in known]
