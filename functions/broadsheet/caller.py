"""Who makes an editor's call, as API Gateway has verified it. It imports no router.

`Caller` is the only form in which the code knows who calls: rows, logs and answers have its `name`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .model.editions import EVERY_EDITION, Editions


@dataclass(frozen=True, slots=True)
class Caller:
    """A caller, by the name that its changes have, and the editions that it may read and write.

    For a call with AWS Signature Version 4 the name is that of the IAM user, or of the session of a role: with IAM
    Identity Center the name by which a person signed in. IAM allows only letters, digits and `_+=,.@-` in these names
    (IAM User Guide, "IAM and AWS STS quotas"). For a call with an API key it is `key:` and the key's name, so no person
    has the name of a key.
    """

    name: str
    editions: Editions = EVERY_EDITION


def caller_of(event: Mapping[str, Any]) -> Caller:
    """Who made the call, from an event of an HTTP API (payload format 2.0) for a route with an authorizer.

    IAM's name ends the ARN: `…:assumed-role/Editors/lina.haddad`, `…:user/desk/lina`, `…:root`. That of a key is in the
    context that `functions/authorizer.py` gives (`context_of`). Raises KeyError for any other route, so that no change
    is without a name.
    """
    authorizer = event["requestContext"]["authorizer"]
    if "lambda" in authorizer:
        context = authorizer["lambda"]
        return Caller(f"key:{context['key']}", Editions.parse(context["editions"]))
    arn: str = authorizer["iam"]["userArn"]
    return Caller(arn.rpartition(":")[2].rpartition("/")[2])


def context_of(key: str, editions: Editions) -> dict[str, str]:
    """What the authorizer tells the articles function about a key: texts, which the access log can have, too."""
    return {"key": key, "editions": str(editions)}
