"""Corrections of moto's SES, applied by `moto_patches`."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

from moto.core.exceptions import JsonRESTError
from moto.sesv2.responses import SESV2Response

from infra.local.account import REGION

_send_email = SESV2Response.send_email
_create_email_identity = SESV2Response.create_email_identity

_MESSAGE_ID = re.compile(r"^message-id:.*\n(?:[ \t].*\n)*", re.IGNORECASE | re.MULTILINE)


def send_email(response: SESV2Response) -> str:
    """A mail keeps the parameters of the call as `envelope`: time, recipients, configuration set, tags.

    moto drops tags and configuration set, and adds the emails of the headers to the recipients. It also keeps the
    sender's Message-ID, which SES replaces (developer guide, "Sending raw email").
    """
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
    if "Raw" in call["Content"]:
        vars(message)["raw_data"] = _with_message_id(vars(message)["raw_data"], message.id)
    return result


def create_email_identity(response: SESV2Response) -> str:
    """SES refuses to create an identity that exists; moto replaces it."""
    name = json.loads(response.body)["EmailIdentity"]
    if name in response.sesv2_backend.core_backend.email_identities:
        raise JsonRESTError("AlreadyExistsException", f"Email identity {name} already exist.")
    return _create_email_identity(response)


def _with_message_id(source: str, id_: str) -> str:
    """The mail with SES's Message-ID instead of its own."""
    line_end = "\r\n" if "\r\n" in source else "\n"
    head, blank, body = source.partition(line_end * 2)
    headers = _MESSAGE_ID.sub("", head + line_end).removesuffix(line_end)
    return f"Message-ID: <{id_}@{REGION}.amazonses.com>{line_end}{headers}{blank}{body}"
