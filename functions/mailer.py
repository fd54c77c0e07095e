"""On the subscribers' stream: what readers do is answered by a mail, if one is due."""

import os
import secrets
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
from broadsheet.store.ses import ONCE, Ses
from broadsheet.store.subscribers import Subscribers, id_of

METRICS: dict[Kind, str] = {
    "confirmation": "ConfirmationSent",
    "welcome": "WelcomeSent",
    "farewell": "FarewellSent",
}

RESERVE = 30.0  # seconds: one mail with SES slow to answer, and three attempts at a write

settings = Settings(os.environ)
site = settings.site()


@cache
def stores() -> tuple[Subscribers, Ses, SigningKeys]:
    """The parts of this function; the clients are made once in a process."""
    return (
        Subscribers(boto3.client("dynamodb", config=CONFIG), settings.subscribers_table),
        Ses(boto3.client("sesv2", config=CONFIG.merge(ONCE)), settings.configuration_set),
        SigningKeys(boto3.client("secretsmanager", config=CONFIG), settings.token_secret),
    )


def correspondent() -> Mailer:
    """Who answers, with the keys as they are now. Raises `SwitchedOff` where there is no address to write from."""
    if settings.sender is None:
        raise SwitchedOff("there is no address to write from")
    subscribers, postbox, keys = stores()
    return Mailer(
        subscribers, postbox, keys.keyring(), site, settings.sender, lambda: datetime.now(UTC), secrets.token_urlsafe
    )


@cache
def dead_letters() -> DeadLetters:
    """The queue for readers whom no mail can be made for."""
    return DeadLetters(boto3.client("sqs", config=CONFIG), settings.dead_letters)


@telemetry.observed
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    records = batch.by_sequence_number(event)

    ids = {sequence: id_of(record["dynamodb"]["Keys"]) for sequence, record in records.items()}
    answered = mail_batch(correspondent(), ids, dead_letters().of(records), Deadline.of(context, RESERVE))
    for kind, number in answered.sent.items():
        telemetry.metrics.add_metric(METRICS[kind], MetricUnit.Count, number)
    telemetry.metrics.add_metric("MailRefused", MetricUnit.Count, answered.refused)
    return batch.failures(answered.failed)
