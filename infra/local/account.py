"""The AWS account of the local deployment. Its keys are not secret: no other deployment accepts them."""

ACCOUNT = "123456789012"
"""moto's account."""
REGION = "eu-west-1"
ACCESS_KEY = SECRET_KEY = "local"  # noqa: S105  not a secret
