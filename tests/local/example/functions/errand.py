"""Writes down each batch of messages. "poison" fails in the report, "bomb" by an exception."""

import json
import os
from typing import Any

import boto3

table = boto3.resource("dynamodb").Table(os.environ["SEEN_TABLE"])


def handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    bodies = [record["body"] for record in event["Records"]]
    table.update_item(
        Key={"pk": "errands"},
        UpdateExpression="SET entries = list_append(if_not_exists(entries, :none), :what)",
        ExpressionAttributeValues={":none": [], ":what": [",".join(bodies)]},
    )
    if "event" in bodies:
        table.put_item(Item={"pk": "event", "entries": [json.dumps(event)]})
    if any(body.startswith("bomb") for body in bodies):
        raise RuntimeError("bomb")
    failed = [record["messageId"] for record in event["Records"] if record["body"].startswith("poison")]
    return {"batchItemFailures": [{"itemIdentifier": id} for id in failed]}
