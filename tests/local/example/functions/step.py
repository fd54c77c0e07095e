"""A task of the state machine: each call with a name does the next of what the event says."""

import os
import time
from typing import Any

import boto3

table = boto3.resource("dynamodb").Table(os.environ["SEEN_TABLE"])


class Hopeless(Exception):
    """An error that the state machine does not retry."""


def handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    seen: Any = table.update_item(
        Key={"pk": event["name"]},
        UpdateExpression="SET entries = list_append(if_not_exists(entries, :none), :what)",
        ExpressionAttributeValues={":none": [], ":what": ["called"]},
        ReturnValues="ALL_NEW",
    )["Attributes"]["entries"]
    match event["does"][len(seen) - 1]:
        case "fail":
            raise RuntimeError("failed")
        case "give up":
            raise Hopeless("no retry helps")
        case "die":
            os._exit(1)
        case "work":
            time.sleep(1.5)
            return event | {"next": "done"}
        case what:
            return event | {"next": what, "seconds": 600}
