"""Notifications of SES about a mail (bounce, complaint, delivery), in the format that SES publishes to an SNS topic.

SES Developer Guide, "Contents of event data that Amazon SES publishes to Amazon SNS".
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from email.utils import parseaddr
from typing import Any

from infra.local.account import ACCOUNT, REGION
from infra.local.functions.dead_letters import timestamp
from infra.local.services.outbox import Mail

SUBJECT = "Amazon SES Email Event Notification"
TEST_MESSAGE = "Successfully validated SNS topic for Amazon SES event publishing."
"""The message that SES publishes to a topic when an event destination is created or changed. It is not JSON."""

Details = Callable[[Mail, datetime], dict[str, Any]]


def event(mail: Mail, kind: str, at: datetime) -> dict[str, Any]:
    """The notification of a kind (one of `KINDS`) about a mail."""
    name, details = KINDS[kind]
    event_details = {"timestamp": timestamp(at), **details(mail, at)}
    return {"eventType": name[0].upper() + name[1:], "mail": _mail(mail), name: event_details}


def _mail(mail: Mail) -> dict[str, Any]:
    source = mail.header("From")
    domain = parseaddr(source)[1].rpartition("@")[2]
    own = {"ses:configuration-set": [mail.configuration_set], "ses:from-domain": [domain]}
    return {
        "timestamp": timestamp(mail.sent_at),
        "messageId": mail.id,
        "source": source,
        "sourceArn": f"arn:aws:ses:{REGION}:{ACCOUNT}:identity/{domain}",
        "sendingAccountId": ACCOUNT,
        "destination": list(mail.recipients),
        "headersTruncated": False,
        "headers": [{"name": name, "value": value} for name, value in mail.headers],
        "commonHeaders": {
            "from": [source],
            "to": [mail.header("To")],
            "messageId": mail.id,
            "subject": mail.header("Subject"),
        },
        "tags": {**own, **mail.tags},
    }


def _bounce(kind: str, subtype: str, status: str, reply: str) -> Details:
    def details(mail: Mail, _: datetime) -> dict[str, Any]:
        failed = {"action": "failed", "status": status, "diagnosticCode": f"smtp; {reply}"}
        return {
            "feedbackId": str(uuid.uuid4()),
            "bounceType": kind,
            "bounceSubType": subtype,
            "bouncedRecipients": [{"emailAddress": email, **failed} for email in mail.recipients],
            "reportingMTA": "dns; mx.local",
        }

    return details


def _complaint(mail: Mail, at: datetime) -> dict[str, Any]:
    return {
        "feedbackId": str(uuid.uuid4()),
        "complaintSubType": None,
        "complainedRecipients": [{"emailAddress": email} for email in mail.recipients],
        "userAgent": "local",
        "complaintFeedbackType": "abuse",
        "arrivalDate": timestamp(at),
    }


def _delivery(mail: Mail, at: datetime) -> dict[str, Any]:
    return {
        "processingTimeMillis": (at - mail.sent_at) // timedelta(milliseconds=1),
        "recipients": list(mail.recipients),
        "smtpResponse": "250 2.6.0 Message received",
        "remoteMtaIp": "127.0.0.1",
        "reportingMTA": "mx.local",
    }


def _delay(mail: Mail, at: datetime) -> dict[str, Any]:
    failed = {"status": "4.4.1", "diagnosticCode": "smtp; 421 4.4.1 Unable to connect to remote host"}
    return {
        "delayType": "TransientCommunicationFailure",
        "expirationTime": timestamp(at + timedelta(hours=12)),
        "delayedRecipients": [{"emailAddress": email, **failed} for email in mail.recipients],
    }


KINDS: Mapping[str, tuple[str, Details]] = {
    "permanent bounce": ("bounce", _bounce("Permanent", "General", "5.1.1", "550 5.1.1 user unknown")),
    "transient bounce": ("bounce", _bounce("Transient", "MailboxFull", "5.2.2", "552 5.2.2 mailbox full")),
    "complaint": ("complaint", _complaint),
    "delivery": ("delivery", _delivery),
    "delivery delay": ("deliveryDelay", _delay),
}
"""Kinds of notifications: SES's name of the event type and of the object with its details."""
