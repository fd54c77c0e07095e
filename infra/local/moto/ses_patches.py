"""Corrections of moto's SES, applied by `moto_patches`: mails, identities, the account and its suppression list."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.ses.models import SESBackend
from moto.sesv2.responses import SESV2Response

from infra.local.account import REGION

PATHS = {
    "{0}/v2/email/account$": SESV2Response.dispatch,
    "{0}/v2/email/suppression/addresses$": SESV2Response.dispatch,
    "{0}/v2/email/suppression/addresses/(?P<EmailAddress>[^/]+)$": SESV2Response.dispatch,
}
"""The paths of the account and of its suppression list, which moto's server has not."""

SEND_RATE = 14.0
"""Mails a second: what SES grants a new account."""
LOCAL_SEND_RATE = 100.0
"""Mails a second that SES grants the local deployment, more than moto can take: nobody waits for a quota there."""
THROTTLES = {"TooManyRequestsException": 429, "LimitExceededException": 400, "SendingPausedException": 400}
"""The status of the errors by which SES takes no mail now: the rate, the quota of a day, a paused account."""

_send_email = SESV2Response.send_email
_create_email_identity = SESV2Response.create_email_identity

_MESSAGE_ID = re.compile(r"^message-id:.*\n(?:[ \t].*\n)*", re.IGNORECASE | re.MULTILINE)


def send_email(response: SESV2Response) -> str:
    """A mail keeps the parameters of the call as `envelope`: time, recipients, configuration set, tags.

    moto drops tags and configuration set, and adds the emails of the headers to the recipients. It also keeps the
    sender's Message-ID, which SES replaces (developer guide, "Sending raw email"). SES accepts a mail to an address on
    the suppression list, and sends it to nobody. (It reports a bounce then, which nothing does here.)
    Refuses the mail if a test put an error into `refusals`.
    """
    if pending := refusals(response.sesv2_backend.core_backend):
        refusal = JsonRESTError(pending.pop(0), "Refused by a test.")
        refusal.code = THROTTLES.get(refusal.error_type, 400)
        raise refusal
    result = _send_email(response)
    call = json.loads(response.body)
    message = response.sesv2_backend.core_backend.sent_messages[-1]
    recipients = [email for emails in call.get("Destination", {}).values() for email in emails]
    vars(message)["envelope"] = {
        "at": datetime.now(UTC).isoformat(),
        "destination": recipients or list(dict.fromkeys(message.destinations)),
        "configuration_set": call.get("ConfigurationSetName"),
        "tags": {tag["Name"]: [tag["Value"]] for tag in call.get("EmailTags", [])},
    }
    listed = {email.lower() for email in suppressed(response.sesv2_backend.core_backend)}
    if listed.issuperset(email.lower() for email in vars(message)["envelope"]["destination"]):
        response.sesv2_backend.core_backend.sent_messages.remove(message)
    if "Raw" in call["Content"]:
        vars(message)["raw_data"] = _with_message_id(vars(message)["raw_data"], message.id)
    return result


def create_email_identity(response: SESV2Response) -> str:
    """SES refuses to create an identity that exists; moto replaces it."""
    name = json.loads(response.body)["EmailIdentity"]
    if name in response.sesv2_backend.core_backend.email_identities:
        raise JsonRESTError("AlreadyExistsException", f"Email identity {name} already exist.")
    return _create_email_identity(response)


def send_quota(backend: SESBackend) -> dict[str, float]:
    """What SES grants the account: mails in 24 hours, and in a second. Another value changes it."""
    found: dict[str, float] = vars(backend).setdefault("quota", {"Max24HourSend": 50_000.0, "MaxSendRate": SEND_RATE})
    return found


def refusals(backend: SESBackend) -> list[str]:
    """The errors of `THROTTLES` with which SES answers the next mails, one each."""
    found: list[str] = vars(backend).setdefault("refusals", [])
    return found


def get_account(response: SESV2Response) -> str:
    """The account's quota, which moto has not. All mails that were sent count as those of the last 24 hours."""
    backend = response.sesv2_backend.core_backend
    quota = {**send_quota(backend), "SentLast24Hours": float(len(backend.sent_messages))}
    about = {
        "SendQuota": quota,
        "SendingEnabled": True,
        "ProductionAccessEnabled": True,
        "EnforcementStatus": "HEALTHY",
    }
    return json.dumps(about)


def suppressed(backend: SESBackend) -> dict[str, str]:
    """The account's suppression list, which moto has not: the reason of each address, with its case as it was added."""
    found: dict[str, str] = vars(backend).setdefault("suppressed", {})
    return found


def put_suppressed_destination(response: SESV2Response) -> str:
    """Add an address to the account's suppression list."""
    call = json.loads(response.body)
    suppressed(response.sesv2_backend.core_backend)[call["EmailAddress"]] = call["Reason"]
    return "{}"


def get_suppressed_destination(response: SESV2Response) -> str:
    """An address of the list, if it is there in the same case."""
    email, reason = _listed(response)
    at = datetime.now(UTC).timestamp()
    return json.dumps({"SuppressedDestination": {"EmailAddress": email, "Reason": reason, "LastUpdateTime": at}})


def delete_suppressed_destination(response: SESV2Response) -> str:
    """Remove an address from the list, if it is there in the same case."""
    email, _ = _listed(response)
    del suppressed(response.sesv2_backend.core_backend)[email]
    return "{}"


def _listed(response: SESV2Response) -> tuple[str, str]:
    """The address in the path, and its reason."""
    match: dict[str, Any] = response.uri_match
    email = str(match["EmailAddress"])
    reason = suppressed(response.sesv2_backend.core_backend).get(email)
    if reason is None:
        missing = JsonRESTError("NotFoundException", "Email address does not exist on your suppression list.")
        missing.code = 404
        raise missing
    return email, reason


def _with_message_id(source: str, id_: str) -> str:
    """The mail with SES's Message-ID instead of its own."""
    line_end = "\r\n" if "\r\n" in source else "\n"
    head, blank, body = source.partition(line_end * 2)
    headers = _MESSAGE_ID.sub("", head + line_end).removesuffix(line_end)
    return f"Message-ID: <{id_}@{REGION}.amazonses.com>{line_end}{headers}{blank}{body}"
