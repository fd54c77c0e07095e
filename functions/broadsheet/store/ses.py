"""Sending mail with SES."""

from typing import TYPE_CHECKING

from botocore.config import Config
from botocore.exceptions import ClientError

from ..model.newsletter.bounces import SUBSCRIBER_TAG

if TYPE_CHECKING:
    from types_boto3_sesv2 import SESV2Client

# Configuration of the client: no retries, because the client cannot know whether SES accepted a mail.
NO_RETRIES = Config(retries={"mode": "standard", "total_max_attempts": 1}, read_timeout=10)


# Errors about this mail, which no retry changes. Others are about the sender, or temporary.
PERMANENT = {"MessageRejected", "BadRequestException"}


class MailRefused(Exception):
    """SES refused the mail; it is not sent. The message is SES's error code only: its text may contain an email."""


class MailRefusedPermanently(MailRefused):
    """SES refuses this mail permanently. A retry is useless."""


class Ses:
    """SES with a configuration set, through a client that has `NO_RETRIES`."""

    def __init__(self, client: "SESV2Client", configuration_set: str) -> None:
        self._client = client
        self._configuration_set = configuration_set

    def send(self, email: str, message: bytes, subscriber_id: str) -> None:
        """Send one mail to one email. SES's events about it carry the subscriber's id. Raises `MailRefused`.

        After any other error the mail may or may not have been sent.
        """
        try:
            self._client.send_email(
                Destination={"ToAddresses": [email]},
                Content={"Raw": {"Data": message}},
                ConfigurationSetName=self._configuration_set,
                EmailTags=[{"Name": SUBSCRIBER_TAG, "Value": subscriber_id}],
            )
        except ClientError as error:
            code = error.response["Error"]["Code"]
            raise (MailRefusedPermanently if code in PERMANENT else MailRefused)(code) from None
