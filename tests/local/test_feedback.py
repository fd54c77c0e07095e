"""Notifications of SES about mails, by a topic."""

import json
from datetime import datetime
from typing import Any

import pytest

from infra.local.functions import schedules
from infra.local.services import feedback
from tests.local.conftest import Example


def letter(example: Example, subject: str, query: str = "&issue=7") -> int:
    """Send a mail; returns its number in the outbox."""
    assert example.get(f"/api/echo/1?mail={subject}{query}").status == 200
    return example.stack.outbox()[-1].number


def heard(example: Example) -> list[Any]:
    """Every event that the function on the topic got."""
    return [json.loads(event) for event in example.seen("heard")]


def news(example: Example, number: int, kind: str) -> Any:
    """The notification that the function gets about a mail."""
    before = len(heard(example))
    example.stack.feedback(number, kind)
    [event] = heard(example)[before:]
    return json.loads(event["Records"][0]["Sns"]["Message"])


def test_a_function_on_a_topic_gets_lambdas_event(example: Example) -> None:
    example.stack.feedback(letter(example, "Once"), "delivery")
    [record] = heard(example)[-1]["Records"]
    arn = "arn:aws:sns:eu-west-1:123456789012:News"
    assert (record["EventSource"], record["EventVersion"]) == ("aws:sns", "1.0")
    assert record["EventSubscriptionArn"].startswith(f"{arn}:")
    sns = record["Sns"]
    assert (sns["Type"], sns["TopicArn"]) == ("Notification", arn)
    assert sns["Subject"] == "Amazon SES Email Event Notification"
    assert datetime.fromisoformat(sns["Timestamp"]).tzinfo
    assert sns["MessageId"]
    assert sns["MessageAttributes"] == {}


def test_the_event_names_its_mail(example: Example) -> None:
    number = letter(example, "Twice")
    sent = example.stack.outbox()[-1]
    mail = news(example, number, "delivery")["mail"]
    assert mail["messageId"] == sent.id
    assert mail["source"] == "newsletter@courier.example"
    assert mail["destination"] == ["envelope@example.org"]  # the envelope's recipient, not the header's
    assert mail["commonHeaders"]["to"] == ["reader@example.org"]
    assert mail["commonHeaders"]["subject"] == "Twice"
    assert {"name": "List-Unsubscribe", "value": "<https://courier.example/leave?t=1>"} in mail["headers"]
    assert (mail["tags"]["issue"], mail["tags"]["ses:configuration-set"]) == (["7"], ["broadsheet-Letters"])
    assert datetime.fromisoformat(mail["timestamp"]).tzinfo


@pytest.mark.parametrize(
    ("kind", "type_", "name", "recipients", "more"),
    [
        ("permanent bounce", "Bounce", "bounce", "bouncedRecipients", {"bounceType": "Permanent"}),
        ("transient bounce", "Bounce", "bounce", "bouncedRecipients", {"bounceType": "Transient"}),
        ("complaint", "Complaint", "complaint", "complainedRecipients", {"complaintFeedbackType": "abuse"}),
    ],
)
def test_each_kind_of_notification_has_its_object(
    example: Example, kind: str, type_: str, name: str, recipients: str, more: dict[str, str]
) -> None:
    event = news(example, letter(example, "Thrice"), kind)
    assert event["eventType"] == type_
    assert event.keys() == {"eventType", "mail", name}
    assert [one["emailAddress"] for one in event[name][recipients]] == ["envelope@example.org"]
    assert event[name].items() >= more.items()
    assert event[name]["timestamp"] >= event["mail"]["timestamp"]
    assert event[name]["feedbackId"]


def test_a_delivery_delay_has_an_expiration_time(example: Example) -> None:
    letter(example, "Late")
    sent = example.stack.outbox()[-1]
    event = feedback.event(sent, "delivery delay", sent.sent_at)
    assert event["eventType"] == "DeliveryDelay"
    assert [one["emailAddress"] for one in event["deliveryDelay"]["delayedRecipients"]] == ["envelope@example.org"]
    assert event["deliveryDelay"]["expirationTime"] > event["deliveryDelay"]["timestamp"]


def test_notifications_without_an_event_destination_are_dropped(example: Example) -> None:
    number, without_a_set = letter(example, "Slow"), letter(example, "Alone", query="")
    before = len(heard(example))
    example.stack.feedback(number, "delivery delay")
    example.stack.feedback(without_a_set, "delivery")
    assert len(heard(example)) == before


def test_a_notification_that_keeps_failing_is_retried_and_becomes_a_dead_letter(
    example: Example, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedules, "RETRY_DELAY", 0.05)
    example.stack.feedback(letter(example, "deaf"), "complaint")
    [given_up] = example.given_up()
    assert given_up["requestContext"]["approximateInvokeCount"] == 2
    assert given_up["responsePayload"] == {"errorMessage": "RuntimeError: deaf"}
    assert '"Complaint"' in given_up["requestPayload"]["Records"][0]["Sns"]["Message"]


def test_an_unknown_mail_or_kind_of_notification_is_an_error(example: Example) -> None:
    number = letter(example, "Known")
    with pytest.raises(KeyError):
        example.stack.feedback(number + 1, "delivery")
    with pytest.raises(KeyError):
        example.stack.feedback(number, "read")


def test_a_button_in_the_console_sends_a_notification(example: Example) -> None:
    number = letter(example, "Pressed")
    page = example.get(f"/_local/outbox/{number}/")
    assert "form-action 'self'" in page.headers["content-security-policy"]
    assert '<form method="post">' in page.body.decode()
    assert '<button name="kind" value="permanent bounce">Permanent bounce</button>' in page.body.decode()
    before = len(heard(example))
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = example.get(f"/_local/outbox/{number}/", "POST", b"kind=permanent+bounce", form)
    assert (answer.status, answer.headers["location"]) == (303, f"/_local/outbox/{number}/")
    [event] = heard(example)[before:]
    assert json.loads(event["Records"][0]["Sns"]["Message"])["eventType"] == "Bounce"
    for target, body in ((number + 1, b"kind=delivery"), (number, b"kind=read"), (number, b"")):
        assert example.get(f"/_local/outbox/{target}/", "POST", body, form).status == 404
    assert "the topic News" in example.get("/_local/").body.decode()
