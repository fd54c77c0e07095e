"""SES's own suppression list, to which mails of no subscriber get: it holds the addresses that complained."""

from typing import TYPE_CHECKING

from ..model.errors import Busy

if TYPE_CHECKING:
    from types_boto3_sesv2 import SESV2Client


class SuppressionList:
    """The list of the AWS account in one region, through a client that retries.

    SES compares addresses without regard to case when it sends, and with regard to case when it removes them (SES
    developer guide, "Managing tenant suppression list entries").
    """

    def __init__(self, client: "SESV2Client") -> None:
        self._client = client

    def remove(self, email: str) -> None:
        """Remove an email in this spelling. Idempotent: it need not be on the list. Raises `Busy` if SES throttles."""
        try:
            self._client.delete_suppressed_destination(EmailAddress=email)
        except self._client.exceptions.NotFoundException:
            return
        except self._client.exceptions.TooManyRequestsException:
            raise Busy("SES takes no more changes of its suppression list now; please try again.") from None
