"""boto3 clients for moto."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from infra.local.account import ACCESS_KEY, REGION, SECRET_KEY

if TYPE_CHECKING:
    from types_boto3_cloudformation import CloudFormationClient
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_events import EventBridgeClient
    from types_boto3_lambda import LambdaClient
    from types_boto3_s3 import S3Client
    from types_boto3_secretsmanager import SecretsManagerClient
    from types_boto3_sesv2 import SESV2Client
    from types_boto3_sqs import SQSClient
    from types_boto3_stepfunctions import SFNClient


@dataclass(frozen=True)
class AwsClients:
    """Clients for `endpoint`; None means the real endpoints, for tests that patch botocore (`mock_aws`).

    Each client is created on first use. Threads may share it.
    """

    endpoint: str | None = None

    @property
    def options(self) -> dict[str, Any]:
        """The arguments of `boto3.client` and `boto3.resource`, except the service."""
        return {
            "region_name": REGION,
            "aws_access_key_id": ACCESS_KEY,
            "aws_secret_access_key": SECRET_KEY,
            "endpoint_url": self.endpoint,
            # moto's streams do not support endpoints with an account id. No retries, because a retry would hide an
            # error from the developer.
            "config": Config(
                account_id_endpoint_mode="disabled",
                retries={"mode": "standard", "total_max_attempts": 1},
                # The emulator answers one call after the other, so a busy machine takes as long as it takes. A call
                # ends without a response when the emulator's process is gone, because its connection is closed.
                connect_timeout=None,
                read_timeout=None,
                max_pool_connections=32,
                user_agent="local",  # botocore's own is put together anew for each call: a tenth of its time
            ),
        }

    @cached_property
    def cloudformation(self) -> CloudFormationClient:
        return _session().client("cloudformation", **self.options)

    @cached_property
    def dynamodb(self) -> DynamoDBClient:
        return _session().client("dynamodb", **self.options)

    @cached_property
    def streams(self) -> Any:
        return _session().client("dynamodbstreams", **self.options)

    @cached_property
    def events(self) -> EventBridgeClient:
        return _session().client("events", **self.options)

    @cached_property
    def iam(self) -> Any:
        return _session().client("iam", **self.options)

    @cached_property
    def lambda_(self) -> LambdaClient:
        return _session().client("lambda", **self.options)

    @cached_property
    def s3(self) -> S3Client:
        return _session().client("s3", **self.options)

    @cached_property
    def secrets(self) -> SecretsManagerClient:
        return _session().client("secretsmanager", **self.options)

    @cached_property
    def ses(self) -> SESV2Client:
        return _session().client("sesv2", **self.options)

    @cached_property
    def ssm(self) -> Any:
        return _session().client("ssm", **self.options)

    @cached_property
    def states(self) -> SFNClient:
        return _session().client("stepfunctions", **self.options)

    @cached_property
    def sqs(self) -> SQSClient:
        return _session().client("sqs", **self.options)


@lru_cache
def _session() -> boto3.Session:
    return boto3.Session()
