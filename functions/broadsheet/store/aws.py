"""How every client calls AWS, and whose fault an error is. Entry points make their clients with `CONFIG`."""

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

# Refusals that are about the request, so the same request is refused again. All others are about AWS, the network,
# permissions or the moment.
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

# Seconds to connect, and to wait for an answer. botocore waits for 60, longer than a function lives. A connection that
# died while the process was frozen is given up in time for another attempt.
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
    """Whether an error is AWS's and concerns every request alike, so that it is best to wait and to retry.

    False for one that this request brings about again and again: a refusal of the request itself, or a fault of ours.
    """
    if isinstance(error, ClientError):
        return error.response["Error"]["Code"] not in PERMANENT
    return isinstance(error, BotoCoreError | TimeoutError | ConnectionError) and not isinstance(
        error, ParamValidationError
    )
