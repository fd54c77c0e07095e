"""Who makes an editor's call, as API Gateway has verified it. It imports no router.

`Caller` is the only form in which the code knows who calls: rows, logs and answers have its `name`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Caller:
    """A caller, by the name that its changes have.

    For a call with AWS Signature Version 4 that is the name of the IAM user, or of the session of a role: with IAM
    Identity Center the name by which a person signed in. IAM allows only letters, digits and `_+=,.@-` in these names
    (IAM User Guide, "IAM and AWS STS quotas"), so a prefix with a colon can tell callers of another kind apart.
    """

    name: str


def caller_of(event: Mapping[str, Any]) -> Caller:
    """Who signed the call, from an event of an HTTP API (payload format 2.0) for a route with the IAM authorizer.

    The name ends the ARN: `…:assumed-role/Editors/lina.haddad`, `…:user/desk/lina`, `…:root`. Raises KeyError for any
    other route, so that no change is without a name.
    """
    arn: str = event["requestContext"]["authorizer"]["iam"]["userArn"]
    return Caller(arn.rpartition(":")[2].rpartition("/")[2])
