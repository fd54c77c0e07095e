"""Answers with its event and environment, or fails as the query asks."""

import json
import os
import time
from email.message import EmailMessage
from typing import Any

import boto3

ses = boto3.client("sesv2")  # before the first event, whose time is limited


def handler(event: dict[str, Any], _: Any) -> Any:
    wanted = event.get("queryStringParameters", {})
    print("asked for", wanted)  # noqa: T201  a line for the log
    if "sleep" in wanted:
        time.sleep(float(wanted["sleep"]))
    if "exit" in wanted:
        os._exit(int(wanted["exit"]))
    if "raise" in wanted:
        raise ValueError(wanted["raise"])
    if "status" in wanted:
        return {"statusCode": int(wanted["status"])}
    if "bare" in wanted:
        return {"plain": "عربي"}
    if "bad" in wanted:
        return {"statusCode": "no number"}
    if "bytes" in wanted:
        return {"statusCode": 200, "isBase64Encoded": True, "body": "/9j/", "headers": {"content-type": "image/jpeg"}}
    if "mail" in wanted:
        send(wanted["mail"], wanted.get("issue"))
    return {
        "statusCode": 200,
        "headers": {"Content-Type": "application/json", "X-Frame-Options": "SAMEORIGIN"},
        "cookies": ["a=1", "b=2"],
        "body": json.dumps({"event": event, "environment": dict(os.environ), "directory": os.getcwd()}),  # noqa: PTH109
    }


def send(subject: str, issue: str | None) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = os.environ["SENDER"], "reader@example.org", subject
    mail["List-Unsubscribe"] = "<https://courier.example/leave?t=1>"
    mail.set_content("Hello.\nhttps://courier.example/confirm?t=1&u=2\n")
    mail.add_alternative('<p><a href="https://courier.example/confirm?t=1&amp;u=2">Yes</a></p>', subtype="html")
    options: dict[str, Any] = {}
    if issue:
        options = {
            "ConfigurationSetName": os.environ["CONFIGURATION_SET"],
            "EmailTags": [{"Name": "issue", "Value": issue}],
            "Destination": {"ToAddresses": ["envelope@example.org"]},
        }
    ses.send_email(Content={"Raw": {"Data": mail.as_bytes()}}, **options)
