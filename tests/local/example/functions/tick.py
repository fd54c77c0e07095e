"""Fails as often as an object in the bucket tells it to."""

import os
from typing import Any

import boto3

s3 = boto3.client("s3")


def handler(event: dict[str, Any], _: Any) -> str:
    bucket = os.environ["SITE_BUCKET"]
    left = int(s3.get_object(Bucket=bucket, Key="failures")["Body"].read())
    if left:
        s3.put_object(Bucket=bucket, Key="failures", Body=str(left - 1))
        raise RuntimeError(f"{left} to go")
    s3.put_object(Bucket=bucket, Key="ticked", Body=event["detail-type"])
    return "ticked"
