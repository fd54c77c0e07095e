"""Says what it was asked for, and that it is not there."""

from typing import Any


def handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    http = event["requestContext"]["http"]
    text = f"<p>No {http['method']} {event['rawPath']} ({event['rawQueryString']})</p>" + " " * 1000
    return {"statusCode": 404, "headers": {"Content-Type": "text/html"}, "body": text}
