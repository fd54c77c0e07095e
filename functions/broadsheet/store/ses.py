"""Sending mail with SES."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from botocore.config import Config
from botocore.exceptions import ClientError, ConnectTimeoutError, EndpointConnectionError

from ..model.newsletter.bounces import ISSUE_TAG, SUBSCRIBER_TAG
from ..model.newsletter.issue import parse_issue_id

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


@dataclass(frozen=True, slots=True)
class Quota:
    """What SES lets the account send: mails a second, and in the current 24 hours."""

    rate: float
    left_today: float


class Ses:
    """SES with a configuration set, through a client that has `NO_RETRIES`."""

    def __init__(self, client: "SESV2Client", configuration_set: str) -> None:
        self._client = client
        self._configuration_set = configuration_set

    def send(self, email: str, message: bytes, subscriber_id: str | None, issue: str | None = None) -> None:
        """Send one mail to one email. SES's events about it carry the subscriber's id and the id of the `issue`.

        Without an id, as for a mail to an editor, they are about no subscriber.

        Raises `MailRefused` where SES did not take it. After any other error the mail may or may not have been sent.
        """
        tags = ({SUBSCRIBER_TAG: subscriber_id} if subscriber_id else {}) | (_issue_tags(issue) if issue else {})
        try:
            self._client.send_email(
                Destination={"ToAddresses": [email]},
                Content={"Raw": {"Data": message}},
                ConfigurationSetName=self._configuration_set,
                EmailTags=[{"Name": name, "Value": value} for name, value in tags.items()],
            )
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if error.response["ResponseMetadata"]["HTTPStatusCode"] >= HTTPStatus.INTERNAL_SERVER_ERROR:
                raise  # SES failed, perhaps after it took the mail
            raise (MailRefusedPermanently if code in PERMANENT else MailRefused)(code) from None
        except (EndpointConnectionError, ConnectTimeoutError) as error:
            raise MailRefused(type(error).__name__) from None

    def quota(self) -> Quota:
        """What the account may send now. A new account is in SES's sandbox, at one mail a second."""
        quota = self._client.get_account()["SendQuota"]
        return Quota(quota["MaxSendRate"], quota["Max24HourSend"] - quota["SentLast24Hours"])


def _issue_tags(issue: str) -> dict[str, str]:
    """The tags of an issue's mails. SES's own Feedback-ID begins with two of them, and Gmail shows complaints by each.

    Their values are about no reader.
    """
    tags, key = {ISSUE_TAG: issue}, parse_issue_id(issue)
    stream = {"ses:feedback-id-a": f"{key.edition}-{key.frequency}", "ses:feedback-id-b": "issue"} if key else {}
    return tags | stream
