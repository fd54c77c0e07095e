"""What a first deployment meets: resources that exist already, creations that fail, and what is kept in the end."""

import re

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from infra.local.deployment.deployment import PATCHED_AWS, deploy
from infra.local.moto.moto_patches import patched
from tests.template.reading import FULL, TEMPLATE, Resources, of_type, parameters, resolved
from tests.world import PARAMETERS

HOLDING_DATA = (
    "AWS::DynamoDB::Table",
    "AWS::S3::Bucket",
    "AWS::SecretsManager::Secret",
    "AWS::SES::EmailIdentity",
)


def test_a_second_stack_uses_the_identity_that_the_first_one_made() -> None:
    """aws#2: SES has an identity once; to create it again fails, as AWS::SES::EmailIdentity would."""
    with mock_aws(), patched():
        deploy(TEMPLATE, PARAMETERS)
        with pytest.raises(ClientError, match="AlreadyExistsException"):
            deploy(TEMPLATE, PARAMETERS, stack="second")
        third = deploy(TEMPLATE, PARAMETERS | {"CreateSenderIdentity": "false"}, stack="third")
        assert third.environment("MailerFunction")["CONFIGURATION_SET"] == "third-ConfigurationSet"
        [identity] = PATCHED_AWS.ses.list_email_identities()["EmailIdentities"]
        assert identity["IdentityName"] == "courier.example"


def test_with_an_identity_of_others_there_is_none_and_no_record_to_set() -> None:
    """aws#2"""
    stack = resolved(**FULL | {"CreateSenderIdentity": "false"})
    assert of_type(stack["Resources"], "AWS::SES::EmailIdentity") == {}
    assert not [name for name in stack["Outputs"] if name.startswith("SenderRecord")]
    assert len([name for name in resolved(**FULL)["Outputs"] if name.startswith("SenderRecord")]) == 3


def test_what_holds_data_outlives_the_stack_and_not_a_failed_creation(resources: Resources) -> None:
    """aws#2, aws#3: RetainExceptOnCreate deletes a resource where the operation that created it is rolled back."""
    kept = {name for name, one in resources.items() if one["Type"] in HOLDING_DATA}
    assert kept
    for name in kept:
        assert resources[name]["DeletionPolicy"] == "RetainExceptOnCreate"
        assert resources[name]["UpdateReplacePolicy"] == "Retain"
    assert {name for name, one in resources.items() if "DeletionPolicy" in one} == kept


@pytest.mark.parametrize("protected", ["true", "false"])
def test_tables_are_protected_once_the_first_deployment_is_complete(protected: str) -> None:
    """aws#3: DynamoDB refuses to delete a protected table, so the rollback of a creation would fail and leave it."""
    assert parameters()["DeletionProtection"]["Default"] == "false"
    stack = resolved(DeletionProtection=protected)
    for table in of_type(stack["Resources"], "AWS::DynamoDB::Table").values():
        assert table["DeletionProtectionEnabled"] is (protected == "true")
    # `sam deploy` shows outputs at its end, so nobody forgets the second step.
    assert ("TablesUnprotected" in stack["Outputs"]) is (protected == "false")


def test_nothing_is_charged_or_risked_for_nothing(resources: Resources) -> None:
    """aws#6: SSEEnabled is a KMS key that is paid for by the call; without it DynamoDB encrypts with its own key."""
    assert not [
        name for name, table in of_type(resources, "AWS::DynamoDB::Table").items() if "SSESpecification" in table
    ]
    [api] = of_type(resources, "AWS::ApiGatewayV2::Api").values()
    assert not api.get("FailOnWarnings")  # the body is SAM's, so a warning is nothing that anybody here can mend


def test_without_a_sender_ses_is_left_alone() -> None:
    """aws#6"""
    bare: Resources = resolved()["Resources"]
    assert [name for name, one in bare.items() if one["Type"].startswith("AWS::SES::")] == []
    functions = of_type(bare, "AWS::Lambda::Function")
    assert functions["MailerFunction"]["Environment"]["Variables"]["CONFIGURATION_SET"] == ""
    allowed = [
        statement["Sid"]
        for role in of_type(bare, "AWS::IAM::Role").values()
        for policy in role["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
    ]
    assert "SendMail" not in allowed
    with mock_aws(), patched():
        assert deploy(TEMPLATE, {}).environment("MailerFunction")["CONFIGURATION_SET"] == ""


@pytest.mark.parametrize(
    ("name", "value", "taken"),
    [
        ("Domain", "news.example", True),
        ("Domain", "xn--mgbh0fb.xn--4gbrim", True),  # مثال.موقع
        ("Domain", "xn--mgbh0fb.xn--mgbaam7a8h", True),
        ("Domain", "news.example1", False),
        ("Domain", "news", False),
        ("Sender", "letter@xn--mgbh0fb.xn--4gbrim", True),
        ("Sender", "letter@news.example", True),
        ("Sender", "letter@news", False),
        ("FormOrigins", "https://xn--mgbh0fb.xn--4gbrim https://news.example:8443", True),
        ("FormOrigins", "https://news", False),
        ("CaptchaSecret", "", True),
        ("CaptchaSecret", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:captcha-AbC123", True),
        ("CaptchaSecret", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:paper/captcha-x9Y8z7", True),
        ("CaptchaSecret", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:captcha", False),
        ("CaptchaSecret", "captcha-AbC123", False),
        ("CaptchaSecretKey", "", True),
        ("CaptchaSecretKey", "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab", True),
        ("CaptchaSecretKey", "arn:aws:kms:eu-west-1:123456789012:alias/captcha", False),
    ],
)
def test_parameters_take_every_domain_and_complete_arns_alone(name: str, value: str, taken: bool) -> None:
    """aws#6: Arabic top-level domains are Punycode; the role is allowed the very ARN that is given."""
    assert bool(re.fullmatch(parameters()[name]["AllowedPattern"], value)) is taken
