"""Where moto's SES differs from AWS's in a way that this system would notice; `moto_patches` applies them."""

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
    """A mail keeps what SES was told beside it, as `envelope`: when, for whom, under which configuration set and tags.

    moto forgets tags and configuration set, and takes the addresses in the headers for recipients besides. It also
    keeps the Message-ID of the sender, which SES replaces ("Sending raw email", in its developer guide).
    """
    answer = _send_email(response)
    asked = json.loads(response.body)
    message = response.sesv2_backend.core_backend.sent_messages[-1]
    told = [address for addresses in asked.get("Destination", {}).values() for address in addresses]
    vars(message)["envelope"] = {
        "at": datetime.now(UTC).isoformat(),
        "destination": told or list(dict.fromkeys(message.destinations)),
        "configuration_set": asked.get("ConfigurationSetName"),
        "tags": {tag["Name"]: [tag["Value"]] for tag in asked.get("EmailTags", [])},
    }
    if "Raw" in asked["Content"]:
        vars(message)["raw_data"] = _with_message_id(vars(message)["raw_data"], message.id)
    return answer


def create_email_identity(response: SESV2Response) -> str:
    """An identity exists once in an account and region: SES refuses a second one, where moto replaces the first."""
    name = json.loads(response.body)["EmailIdentity"]
    if name in response.sesv2_backend.core_backend.email_identities:
        raise JsonRESTError("AlreadyExistsException", f"Email identity {name} already exist.")
    return _create_email_identity(response)


def _with_message_id(source: str, id_: str) -> str:
    """The mail with SES's Message-ID in place of its own."""
    line_end = "\r\n" if "\r\n" in source else "\n"
    head, blank, body = source.partition(line_end * 2)
    kept = _MESSAGE_ID.sub("", head + line_end).removesuffix(line_end)
    return f"Message-ID: <{id_}@{REGION}.amazonses.com>{line_end}{kept}{blank}{body}"
