"""On the subscribers' stream: send the mails that are due."""

import os
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

import boto3
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from broadsheet import batch, telemetry
from broadsheet.deadline import Deadline
from broadsheet.model.errors import SwitchedOff
from broadsheet.render.newsletter.mail import Kind
from broadsheet.services.mailer import Mailer, mail_batch
from broadsheet.settings import Settings
from broadsheet.store.aws import CONFIG
from broadsheet.store.dead_letters import DeadLetters
from broadsheet.store.secrets import SigningKeys
from broadsheet.store.ses import NO_RETRIES, Ses
from broadsheet.store.subscribers import Subscribers, subscriber_id

METRICS: dict[Kind, str] = {
    "confirmation": "ConfirmationSent",
    "welcome": "WelcomeSent",
    "farewell": "FarewellSent",
    "links": "LinksSent",
    "reminder": "ReminderSent",
    "imported": "ImportMailSent",
}

RESERVE = 30.0  # seconds: one mail while SES is slow, and three attempts at a write

settings = Settings(os.environ)
site = settings.site()


@dataclass(frozen=True)
class Deps:
    """What the handler needs from AWS."""

    subscribers: Subscribers
    ses: Ses
    keys: SigningKeys

    def mailer(self) -> Mailer:
        """A mailer with the current keys. Raises `SwitchedOff` if the deployment has no sender."""
        if settings.sender is None:
            raise SwitchedOff("the deployment has no sender")
        return Mailer(
            self.subscribers,
            self.ses,
            self.keys.keyring(),
            site,
            settings.sender,
            lambda: datetime.now(UTC),
            secrets.token_urlsafe,
        )


@cache
def deps() -> Deps:
    """Created once per process, with the clients."""
    return Deps(
        Subscribers(boto3.client("dynamodb", config=CONFIG), settings.subscribers_table),
        Ses(boto3.client("sesv2", config=CONFIG.merge(NO_RETRIES)), settings.configuration_set),
        SigningKeys(boto3.client("secretsmanager", config=CONFIG), settings.token_secret),
    )


@cache
def dead_letters() -> DeadLetters:
    """The queue for records that the mailer gives up. Created only when it is needed."""
    return DeadLetters(boto3.client("sqs", config=CONFIG), settings.dead_letters)


@telemetry.observed
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    records = batch.by_sequence_number(event)
    ids = {sequence: subscriber_id(record["dynamodb"]["Keys"]) for sequence, record in records.items()}
    mailed = mail_batch(deps().mailer(), ids, dead_letters().of(records), Deadline.of(context, RESERVE))
    for kind, number in mailed.sent.items():
        telemetry.metrics.add_metric(METRICS[kind], MetricUnit.Count, number)
    telemetry.metrics.add_metric("MailRefused", MetricUnit.Count, mailed.refused)
    return batch.failures(mailed.failed)
