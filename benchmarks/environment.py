"""The environment that every measured process has besides its function's own: a region, and nobody's credentials."""

import os


def environment() -> dict[str, str]:
    """Variables that Lambda sets itself, and those that keep this machine's settings out."""
    return {
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "benchmark",
        "AWS_SECRET_ACCESS_KEY": "benchmark",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }
