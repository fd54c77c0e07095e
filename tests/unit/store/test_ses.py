"""Which tags a mail has for SES: its events and its own Feedback-ID carry them."""

import boto3
import pytest
from botocore.stub import ANY, Stubber

from broadsheet.store.ses import Ses
from infra.local.account import REGION

READER = {"Name": "subscriber", "Value": "d2f1"}
STREAM = [{"Name": "ses:feedback-id-a", "Value": "ar-eg-weekly"}, {"Name": "ses:feedback-id-b", "Value": "issue"}]


@pytest.mark.parametrize(
    ("issue", "more"),
    [(None, []), ("ar-eg-weekly-2026-w48", [{"Name": "issue", "Value": "ar-eg-weekly-2026-w48"}, *STREAM])],
)
def test_gmail_counts_complaints_by_stream_and_never_by_reader(issue: str | None, more: list[dict[str, str]]) -> None:
    """newsletter#41."""
    client = boto3.client("sesv2", region_name=REGION)
    expected = {
        "Destination": {"ToAddresses": ["reader@example.org"]},
        "Content": ANY,
        "ConfigurationSetName": "set",
        "EmailTags": [READER, *more],
    }
    with Stubber(client) as stubber:
        stubber.add_response("send_email", {"MessageId": "1"}, expected)
        Ses(client, "set").send("reader@example.org", b"", "d2f1", issue)
        stubber.assert_no_pending_responses()
