"""SNS topics: an asynchronous invocation of each subscribed function for each message."""

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
    """Sends messages of a topic to every subscribed function."""

    def __init__(
        self, subscriptions: list[Subscription], functions: Mapping[str, Function], asynchronous: Asynchronous
    ) -> None:
        self._subscriptions = subscriptions
        self._functions, self._asynchronous = functions, asynchronous

    def publish(self, topic: str, subject: str, message: str) -> None:
        """Publish a message to the topic with this logical name, and return at once."""
        id_, at = str(uuid.uuid4()), datetime.now(UTC)
        for subscription in self._subscriptions:
            if subscription.topic == topic:
                event = {"Records": [_record(subscription, id_, at, subject, message)]}
                self._asynchronous.submit(self._functions[subscription.function], event, f"topic {topic}")


def _record(subscription: Subscription, id_: str, at: datetime, subject: str, message: str) -> dict[str, Any]:
    """A message in the format of Lambda's event. The signature is empty: a function need not verify it."""
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
