"""Permissions that hang on what AWS evaluates: SES's identities, and keys of KMS."""

from fnmatch import fnmatchcase
from typing import Any

import pytest

from tests.template.reading import FULL, Resources, listed, of_type, resolved

SES = "arn:aws:ses:eu-west-1:123456789012:"
CAPTCHA = {
    "Captcha": "turnstile",
    "CaptchaSiteKey": "key",
    "CaptchaSecret": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:captcha-AbC123",
}


def allowed(resources: Resources, action: str, resource: str, **context: str) -> bool:
    """Whether the mail function's role may do it, as IAM evaluates statements with `StringEquals` alone."""
    return any(
        action in listed(statement["Action"])
        and any(fnmatchcase(resource, pattern) for pattern in listed(statement["Resource"]))
        and all(context.get(key.partition(":")[2]) == value for key, value in conditions(statement).items())
        for policy in of_type(resources, "AWS::IAM::Role")["MailerRole"]["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
    )


def conditions(statement: dict[str, Any]) -> dict[str, str]:
    condition = statement.get("Condition", {})
    assert set(condition) <= {"StringEquals"}
    found: dict[str, str] = condition.get("StringEquals", {})
    return found


@pytest.mark.parametrize(
    "resource",
    [
        "identity/news.example",  # the sender's domain
        "identity/letter@news.example",  # the sender verified as an address, which SES takes first
        "identity/editor@elsewhere.example",  # the recipient's, which SES's sandbox authorises too
        "configuration-set/ConfigurationSet",
    ],
)
@pytest.mark.parametrize("action", ["ses:SendEmail", "ses:SendRawEmail"])
def test_mail_is_sent_as_the_sender_under_every_identity_and_as_nobody_else(
    action: str, resource: str, resources: Resources
) -> None:
    """aws#8"""
    assert allowed(resources, action, SES + resource, FromAddress=FULL["Sender"])
    assert not allowed(resources, action, SES + resource, FromAddress="other@news.example")
    assert not allowed(resources, action, SES + resource)


@pytest.mark.parametrize(
    "resource",
    [
        "arn:aws:ses:us-east-1:123456789012:identity/news.example",
        "arn:aws:ses:eu-west-1:210987654321:identity/news.example",
        SES + "configuration-set/another",
    ],
)
def test_mail_is_sent_by_no_other_account_region_or_configuration_set(resource: str, resources: Resources) -> None:
    """aws#8"""
    assert not allowed(resources, "ses:SendEmail", resource, FromAddress=FULL["Sender"])


@pytest.mark.parametrize("key", ["", "arn:aws:kms:eu-west-1:123456789012:key/1234abcd"])
def test_a_captcha_secret_under_a_key_of_ones_own_can_be_decrypted(key: str) -> None:
    """aws#6"""
    stack: Resources = resolved(**CAPTCHA, CaptchaSecretKey=key)["Resources"]
    found = {
        statement["Sid"]: statement
        for policy in of_type(stack, "AWS::IAM::Role")["NewsletterRole"]["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
    }
    assert found["ReadCaptchaKey"]["Resource"] == CAPTCHA["CaptchaSecret"]
    assert ("DecryptCaptchaKey" in found) is bool(key)
    if key:
        decrypt = found["DecryptCaptchaKey"]
        assert (decrypt["Action"], decrypt["Resource"]) == ("kms:Decrypt", key)
        assert conditions(decrypt) == {"kms:ViaService": "secretsmanager.eu-west-1.amazonaws.com"}
