"""The configuration of every AWS client, and the kinds of AWS errors."""

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

# Codes of errors that the same request gets again. All others are due to AWS, the network, permissions or load.
PERMANENT = frozenset(
    {
        "ValidationException",
        "NoSuchKey",
        "404",
        "InvalidArgument",
        "InvalidRequest",
        "KeyTooLongError",
        "EntityTooLarge",
    }
)

# Timeouts in seconds. botocore's are 60, longer than a function runs. With these, a connection that died while the
# process was frozen times out early enough for a retry.
CONNECT, READ = 2, 5
ATTEMPTS = 3
CONFIG = Config(
    connect_timeout=CONNECT,
    read_timeout=READ,
    tcp_keepalive=True,
    retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
    # Presigned requests name the bucket's regional host. S3's global host answers 307 for a young bucket outside
    # us-east-1, and 400 in regions that were opened after March 2019.
    s3={"addressing_style": "virtual"},
)


def is_outage(error: Exception) -> bool:
    """Whether an error concerns AWS or the network and not this request, so that a later retry may succeed."""
    if isinstance(error, ClientError):
        return error.response["Error"]["Code"] not in PERMANENT
    return isinstance(error, BotoCoreError | TimeoutError | ConnectionError) and not isinstance(
        error, ParamValidationError
    )
