"""AWS Signature Version 4 as API Gateway checks it on IAM-authorised routes, for this stack's one key pair."""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import UTC, datetime, timedelta

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from infra.local.account import ACCESS_KEY, SECRET_KEY
from infra.local.services.web import Request

SERVICE = "execute-api"
CLOCK_SKEW = timedelta(minutes=5)

_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 +Credential=(?P<key>[^/]+)/(?P<date>\d{8})/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request,"
    r" *SignedHeaders=(?P<headers>[^,]+), *Signature=(?P<signature>[0-9a-f]{64})"
)


class Refused(Exception):
    """The request is not signed as it must be. Its text says why, for the person at the terminal."""


def check(request: Request, now: datetime) -> None:
    """Raise Refused unless the key pair of this stack signed `request`, all of it, within five minutes of `now`.

    Any region will do: the stack has only one.
    """
    said = _AUTHORIZATION.fullmatch((request.header("Authorization") or "").strip())
    if said is None:
        raise Refused("It carries no Signature Version 4.")
    if said["key"] != ACCESS_KEY:
        raise Refused(f"The access key is {said['key']}; here it is {ACCESS_KEY}.")
    if said["service"] != SERVICE:
        raise Refused(f"It is signed for {said['service']}, not for {SERVICE}.")
    date = request.header("X-Amz-Date") or ""
    _check_date(date, said["date"], now)
    names = said["headers"].split(";")
    if "host" not in names:
        raise Refused("The Host header is not signed.")
    claimed = request.header("X-Amz-Content-SHA256")
    if claimed not in {None, "UNSIGNED-PAYLOAD", hashlib.sha256(request.body).hexdigest()}:
        raise Refused("The body is not the one that was signed.")
    signed = AWSRequest(
        request.method,
        f"http://{request.header('Host')}{request.target}",
        headers={name: request.header(name) or "" for name in names},
        data=request.body,
    )
    signed.context["timestamp"] = date
    signer = SigV4Auth(Credentials(ACCESS_KEY, SECRET_KEY), SERVICE, said["region"])
    wanted = signer.signature(signer.string_to_sign(signed, signer.canonical_request(signed)), signed)
    if not hmac.compare_digest(wanted, said["signature"]):
        raise Refused("The signature does not match the request.")


def _check_date(date: str, scope: str, now: datetime) -> None:
    try:
        at = datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise Refused("It has no X-Amz-Date.") from None
    if not date.startswith(scope):
        raise Refused("It is dated otherwise than it is signed for.")
    if abs(now - at) > CLOCK_SKEW:
        raise Refused(f"It was signed at {at:%H:%M:%S}, and here it is {now:%H:%M:%S} UTC.")
