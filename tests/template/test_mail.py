"""SES: the sender's identity, the configuration set, and the events that it reports."""

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from infra.local.deployment.deployment import PATCHED_AWS, deploy
from infra.local.moto.moto_patches import patched
from tests.template.resources import FULL, TEMPLATE, Resources, deployment, environment, of_type, only, resolved
from tests.world import PARAMETERS

IDENTITY = "AWS::SES::EmailIdentity"


def test_mail_needs_tls_and_nothing_is_tracked(resources: Resources) -> None:
    mail = only(resources, "AWS::SES::ConfigurationSet")
    assert mail["DeliveryOptions"] == {"TlsPolicy": "REQUIRE"}
    assert mail["SuppressionOptions"] == {"SuppressedReasons": ["COMPLAINT"]}
    assert "TrackingOptions" not in mail


def test_ses_publishes_events_of_mails_to_a_topic(resources: Resources) -> None:
    events = only(resources, "AWS::SES::ConfigurationSetEventDestination")
    assert events["ConfigurationSetName"] == "ConfigurationSet"
    destination = events["EventDestination"]
    assert (destination["Enabled"], destination["SnsDestination"]) == (True, {"TopicARN": "SesEvents"})
    assert set(destination["MatchingEventTypes"]) == {"bounce", "complaint", "delivery", "deliveryDelay", "reject"}
    # SES publishes a test message when the destination is created, so the topic's policy comes first.
    assert resources["SesEventsDestination"]["DependsOn"] == "SesEventsPolicy"


def test_the_identity_is_the_senders_whole_domain(resources: Resources) -> None:
    identity = only(resources, IDENTITY)
    assert identity["EmailIdentity"] == "news.example"
    assert identity["ConfigurationSetAttributes"] == {"ConfigurationSetName": "ConfigurationSet"}


def test_bounces_go_to_a_subdomain_of_the_senders(resources: Resources) -> None:
    """So SPF is aligned with From (RFC 7489 §3.1.2); without its DNS records mails are sent all the same."""
    assert only(resources, IDENTITY)["MailFromAttributes"] == {
        "MailFromDomain": "bounces.news.example",
        "BehaviorOnMxFailure": "USE_DEFAULT_VALUE",
    }
    outputs = deployment(**FULL).outputs
    assert outputs["SenderBounceRecord"].startswith("bounces.news.example MX 10 feedback-smtp.")
    assert outputs["SenderSpfRecord"] == 'bounces.news.example TXT "v=spf1 include:amazonses.com ~all"'


def test_a_second_stack_uses_the_identity_of_the_first() -> None:
    """aws#2: SES has an identity once; to create it again fails, as AWS::SES::EmailIdentity would."""
    with mock_aws(), patched():
        deploy(TEMPLATE, PARAMETERS)
        with pytest.raises(ClientError, match="AlreadyExistsException"):
            deploy(TEMPLATE, PARAMETERS, stack="second")
        third = deploy(TEMPLATE, PARAMETERS | {"CreateSenderIdentity": "false"}, stack="third")
        assert third.environment("MailerFunction")["CONFIGURATION_SET"] == "third-ConfigurationSet"
        [identity] = PATCHED_AWS.ses.list_email_identities()["EmailIdentities"]
        assert identity["IdentityName"] == "courier.example"


def test_a_stack_without_an_identity_of_its_own_names_no_dns_record() -> None:
    """aws#2"""
    without = FULL | {"CreateSenderIdentity": "false"}
    assert of_type(resolved(**without), IDENTITY) == {}
    assert not [name for name in deployment(**without).outputs if name.startswith("Sender")]
    assert len([name for name in deployment(**FULL).outputs if name.startswith("Sender")]) == 5


def test_without_a_sender_the_stack_has_nothing_in_ses() -> None:
    """aws#6"""
    bare = resolved()
    assert [name for name, one in bare.items() if one["Type"].startswith("AWS::SES::")] == []
    assert environment(bare, "MailerFunction")["CONFIGURATION_SET"] == ""
    assert environment(bare, "NewsletterFunction")["SENDER"] == ""
    allowed = [
        statement["Sid"]
        for role in of_type(bare, "AWS::IAM::Role").values()
        for policy in role["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
    ]
    assert allowed
    assert not {"SendMail", "RemoveFromSuppressionList"} & set(allowed)
    with mock_aws(), patched():
        assert deploy(TEMPLATE, {}).environment("MailerFunction")["CONFIGURATION_SET"] == ""
