"""Writes down each event of the topic, and fails at mails with "deaf" in their subject."""

import json
import os
from typing import Any

import boto3

table = boto3.resource("dynamodb").Table(os.environ["SEEN_TABLE"])


def handler(event: dict[str, Any], _: Any) -> None:
    [record] = event["Records"]
    if "deaf" in record["Sns"]["Message"]:
        raise RuntimeError("deaf")
    table.update_item(
        Key={"pk": "heard"},
        UpdateExpression="SET entries = list_append(if_not_exists(entries, :none), :what)",
        ExpressionAttributeValues={":none": [], ":what": [json.dumps(event)]},
    )
