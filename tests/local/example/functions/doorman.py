"""Lets in who says the word, and tells the function all that it was asked."""

from typing import Any


def handler(event: dict[str, Any], _: Any) -> Any:
    match event["headers"]["authorization"]:
        case "friend":
            return {"isAuthorized": True, "context": {"asked": event}}
        case "broken":
            raise ValueError("no answer")
        case "policy":
            return {"principalId": "friend", "policyDocument": {}}
    return {"isAuthorized": False, "context": {"asked": "in vain"}}
