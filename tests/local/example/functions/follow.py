"""Writes down the keys of its records. "poison" fails in the report, "bomb" by an exception."""

import os
from typing import Any

import boto3

table = boto3.resource("dynamodb").Table(os.environ["SEEN_TABLE"])


def handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    names = [record["dynamodb"]["Keys"]["pk"]["S"] for record in event["Records"]]
    write_down("batches", ",".join(names))
    if any(name.startswith("bomb") for name in names):
        raise RuntimeError("bomb")
    for name, record in zip(names, event["Records"], strict=True):
        if name.startswith("poison"):
            return {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}]}
        write_down("names", f"{record['eventName']} {name}")
    return {"batchItemFailures": []}


def write_down(where: str, what: str) -> None:
    table.update_item(
        Key={"pk": where},
        UpdateExpression="SET entries = list_append(if_not_exists(entries, :none), :what)",
        ExpressionAttributeValues={":none": [], ":what": [what]},
    )
