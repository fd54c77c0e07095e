"""Writes down what the topic says, event by event. Of letters to the deaf it hears nothing, and fails."""

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
        UpdateExpression="SET said = list_append(if_not_exists(said, :none), :what)",
        ExpressionAttributeValues={":none": [], ":what": [json.dumps(event)]},
    )
