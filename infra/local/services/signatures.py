"""AWS Signature Version 4, verified as API Gateway does on routes with IAM authorization, for one key pair."""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import UTC, datetime, timedelta

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from infra.local.account import ACCESS_KEY, SECRET_KEY
from infra.local.web import Request

SERVICE = "execute-api"
CLOCK_SKEW = timedelta(minutes=5)

_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 +Credential=(?P<key>[^/]+)/(?P<date>\d{8})/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request,"
    r" *SignedHeaders=(?P<headers>[^,]+), *Signature=(?P<signature>[0-9a-f]{64})"
)


class InvalidSignature(Exception):
    """The request is not signed as it must be. The text says why, for the developer."""


def check(request: Request, now: datetime) -> None:
    """Raise InvalidSignature unless the whole request was signed with the local key pair within five minutes of `now`.

    Any region is accepted.
    """
    claims = _AUTHORIZATION.fullmatch((request.header("Authorization") or "").strip())
    if claims is None:
        raise InvalidSignature("The request has no AWS Signature Version 4.")
    if claims["key"] != ACCESS_KEY:
        raise InvalidSignature(f"The access key is {claims['key']}; the local one is {ACCESS_KEY}.")
    if claims["service"] != SERVICE:
        raise InvalidSignature(f"The request is signed for {claims['service']}, not for {SERVICE}.")
    date = request.header("X-Amz-Date") or ""
    _check_date(date, claims["date"], now)
    names = claims["headers"].split(";")
    if "host" not in names:
        raise InvalidSignature("The Host header is not signed.")
    claimed = request.header("X-Amz-Content-SHA256")
    if claimed not in {None, "UNSIGNED-PAYLOAD", hashlib.sha256(request.body).hexdigest()}:
        raise InvalidSignature("The body does not match X-Amz-Content-SHA256.")
    signed = AWSRequest(
        request.method,
        f"http://{request.header('Host')}{request.target}",
        headers={name: request.header(name) or "" for name in names},
        data=request.body,
    )
    signed.context["timestamp"] = date
    signer = SigV4Auth(Credentials(ACCESS_KEY, SECRET_KEY), SERVICE, claims["region"])
    expected = signer.signature(signer.string_to_sign(signed, signer.canonical_request(signed)), signed)
    if not hmac.compare_digest(expected, claims["signature"]):
        raise InvalidSignature("The signature does not match the request.")


def _check_date(date: str, scope: str, now: datetime) -> None:
    try:
        at = datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise InvalidSignature("The request has no valid X-Amz-Date.") from None
    if not date.startswith(scope):
        raise InvalidSignature("X-Amz-Date and the date of the credential scope differ.")
    if abs(now - at) > CLOCK_SKEW:
        raise InvalidSignature(f"The request was signed at {at:%H:%M:%S}, and it is {now:%H:%M:%S} UTC now.")
