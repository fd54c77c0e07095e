"""The AWS account that the local stack plays. Nothing in it is secret, and nothing outside accepts its keys."""

ACCOUNT = "123456789012"
"""moto's own."""
REGION = "eu-west-1"
ACCESS_KEY = SECRET_KEY = "local"  # noqa: S105  the key pair of a machine that has no secrets
