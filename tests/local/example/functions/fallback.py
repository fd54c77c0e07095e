"""Answers 404 with the request's method and path."""

from typing import Any


def handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    http = event["requestContext"]["http"]
    text = f"<p>No {http['method']} {event['rawPath']} ({event['rawQueryString']})</p>" + " " * 1000
    return {"statusCode": 404, "headers": {"Content-Type": "text/html"}, "body": text}
