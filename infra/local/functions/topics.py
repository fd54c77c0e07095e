"""SNS topics as their functions see them: one event for each message, asynchronous, with retries."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from infra.local.account import REGION
from infra.local.functions.dead_letters import timestamp
from infra.local.functions.event_sources import Subscription
from infra.local.functions.runtime import Function
from infra.local.functions.schedules import Asynchronous


class Topics:
    """Hands what is sent to a topic of the template to every function that is subscribed to it."""

    def __init__(
        self, subscriptions: list[Subscription], functions: Mapping[str, Function], asynchronous: Asynchronous
    ) -> None:
        self._subscriptions = subscriptions
        self._functions, self._asynchronous = functions, asynchronous

    def publish(self, topic: str, subject: str, message: str) -> None:
        """Send a message to the topic with this name in the template, and return at once."""
        id_, at = str(uuid.uuid4()), datetime.now(UTC)
        for subscription in self._subscriptions:
            if subscription.topic == topic:
                event = {"Records": [_record(subscription, id_, at, subject, message)]}
                self._asynchronous.submit(self._functions[subscription.function], event, f"the topic {topic}")


def _record(subscription: Subscription, id_: str, at: datetime, subject: str, message: str) -> dict[str, Any]:
    """A message as it is in Lambda's event. It is not signed here: Lambda has it from SNS itself, so nobody looks."""
    host = f"https://sns.{REGION}.amazonaws.com/"
    return {
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": subscription.arn,
        "Sns": {
            "Type": "Notification",
            "MessageId": id_,
            "TopicArn": subscription.topic_arn,
            "Subject": subject,
            "Message": message,
            "Timestamp": timestamp(at),
            "SignatureVersion": "1",
            "Signature": "",
            "SigningCertUrl": host,
            "UnsubscribeUrl": f"{host}?Action=Unsubscribe&SubscriptionArn={subscription.arn}",
            "MessageAttributes": {},
        },
    }
