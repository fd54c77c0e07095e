"""Mail on its way out, by SES."""

from typing import TYPE_CHECKING

from botocore.config import Config
from botocore.exceptions import ClientError

from ..model.newsletter.bounces import READER

if TYPE_CHECKING:
    from types_boto3_sesv2 import SESV2Client

# Merged into the client's configuration: the client never sends a mail again by itself, because it cannot know whether
# SES took it.
ONCE = Config(retries={"mode": "standard", "total_max_attempts": 1}, read_timeout=10)


# SES will not take this mail, today or tomorrow; every other refusal is about the sender, or about now.
FOR_GOOD = {"MessageRejected", "BadRequestException"}


class EmailRefused(Exception):
    """SES has said no: the mail is not sent. The message is SES's code alone, since its words may hold an address."""


class EmailRefusedForGood(EmailRefused):
    """Sending it again would change nothing."""


class Ses:
    """SES under a configuration set, through a client with `ONCE` in its configuration."""

    def __init__(self, client: "SESV2Client", configuration_set: str) -> None:
        self._client = client
        self._configuration_set = configuration_set

    def send(self, address: str, message: bytes, reader: str) -> None:
        """Send one email to one address. SES's events about it carry the tag `reader`. Raises `EmailRefused`.

        Any other error leaves open whether the email was sent.
        """
        try:
            self._client.send_email(
                Destination={"ToAddresses": [address]},
                Content={"Raw": {"Data": message}},
                ConfigurationSetName=self._configuration_set,
                EmailTags=[{"Name": READER, "Value": reader}],
            )
        except ClientError as error:
            code = error.response["Error"]["Code"]
            raise (EmailRefusedForGood if code in FOR_GOOD else EmailRefused)(code) from None
