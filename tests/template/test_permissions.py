"""Which function may do what, which secrets it can read, and who may take a role."""

import json
import re
from fnmatch import fnmatchcase
from typing import Any

import pytest

from infra.template_check.stack import listed
from tests.template.permissions import CAPTCHA, grants, statements
from tests.template.resources import FULL, TEMPLATE, Resources, functions, of_type, only, resolved

# Function → resource → actions, and nothing else: a permission that is missing here fails the test.
EDIT = {
    "dynamodb:GetItem",
    "dynamodb:Query",
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
    "dynamodb:DeleteItem",
}
READ_STREAM = {"dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"}
CONSUME = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}
LOG = {"logs:CreateLogStream", "logs:PutLogEvents"}
TRACE = {"xray:PutTraceSegments", "xray:PutTelemetryRecords"}
SEND = {"ses:SendEmail", "ses:SendRawEmail"}
STEER = {"dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem", "dynamodb:DeleteItem"}

GRANTS: dict[str, dict[str, set[str]]] = {
    "ArticlesFunction": {
        "Articles": EDIT,
        "Bodies/*": {"s3:GetObject", "s3:PutObject"},
        "ssm:parameter/broadsheet/site-url": {"ssm:GetParameter"},
        "ArticlesLogs": LOG,
        "*": TRACE,
    },
    "AdsFunction": {
        "Articles": EDIT,
        "AdsLogs": LOG,
        "*": TRACE,
    },
    "PreviewsFunction": {
        "Articles": {"dynamodb:GetItem", "dynamodb:Query"},
        "Bodies/*": {"s3:GetObject"},
        "Previews/*": {"s3:GetObject", "s3:PutObject", "s3:DeleteObject"},
        "Previews": {"s3:ListBucket"},
        "PreviewSecret": {"secretsmanager:GetSecretValue"},
        "ssm:parameter/broadsheet/site-url": {"ssm:GetParameter"},
        "PreviewsLogs": LOG,
        "*": TRACE,
    },
    "FrontFunction": {
        "Articles": (EDIT - {"dynamodb:DeleteItem"}) | {"dynamodb:BatchGetItem"},
        "FrontLogs": LOG,
        "*": TRACE,
    },
    "KeysFunction": {
        "Keys": {"dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem", "dynamodb:DeleteItem"},
        "KeysLogs": LOG,
        "*": TRACE,
    },
    "AuthorizerFunction": {
        "Keys": {"dynamodb:GetItem"},
        "AuthorizerLogs": LOG,
        "*": TRACE,
    },
    "ImagesFunction": {
        "Media/uploads/*": {"s3:PutObject"},
        "Media/states/*": {"s3:GetObject"},
        "Media": {"s3:ListBucket"},
        "ImagesLogs": LOG,
        "*": TRACE,
    },
    "VariantsFunction": {
        "Uploads": CONSUME,
        "Media/uploads/*": {"s3:GetObject", "s3:DeleteObject"},
        "Media/images/*": {"s3:PutObject"},
        "Media/states/*": {"s3:PutObject"},
        "Media": {"s3:ListBucket"},
        "VariantsLogs": LOG,
        "*": TRACE,
    },
    "NewsletterFunction": {
        "Subscribers": {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"},
        "Deliveries": {"dynamodb:Query"},
        "TokenSecret": {"secretsmanager:GetSecretValue"},
        "EdgeSecret": {"secretsmanager:GetSecretValue"},
        "NewsletterLogs": LOG,
        "*": TRACE,
    },
    "SubscribersFunction": {
        "Subscribers": {
            "dynamodb:GetItem",
            "dynamodb:BatchGetItem",
            "dynamodb:PutItem",
            "dynamodb:DeleteItem",
            "dynamodb:Scan",
        },
        "Deliveries": {"dynamodb:Query"},
        "TokenSecret": {"secretsmanager:GetSecretValue"},
        "SubscribersLogs": LOG,
        "*": TRACE | {"ses:DeleteSuppressedDestination"},
    },
    "FallbackFunction": {
        "Articles": {"dynamodb:GetItem"},
        "Site": {"s3:ListBucket"},
        "Site/*/404.html": {"s3:GetObject"},
        "Site/*/410.html": {"s3:GetObject"},
        "FallbackLogs": LOG,
        "*": TRACE,
    },
    "PublishFunction": {
        "Articles": {"dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query", "dynamodb:PutItem"},
        "Articles/stream/*": READ_STREAM,
        "Bodies/*": {"s3:GetObject"},
        "Site": {"s3:ListBucket"},
        "Site/*": {"s3:GetObject", "s3:PutObject", "s3:DeleteObject"},
        "WebSubQueue": {"sqs:SendMessage"},
        "IndexNowQueue": {"sqs:SendMessage"},
        "PublishDeadLetters": {"sqs:SendMessage"},
        "PublishLogs": LOG,
        "*": TRACE,
    },
    "EventsFunction": {
        "Articles/stream/*": READ_STREAM,
        "EventBus": {"events:PutEvents"},
        "EventsDeadLetters": {"sqs:SendMessage"},
        "EventsLogs": LOG,
        "*": TRACE,
    },
    "WebSubFunction": {
        "WebSubQueue": CONSUME,
        "Site": {"s3:ListBucket"},
        "Site/*feed.*": {"s3:GetObject"},
        "Articles": {"dynamodb:GetItem", "dynamodb:PutItem"},
        "WebSubLogs": LOG,
        "*": TRACE,
    },
    "IndexNowFunction": {
        "IndexNowQueue": CONSUME | {"sqs:ChangeMessageVisibility"},
        "IndexNowLogs": LOG,
        "*": TRACE,
    },
    "ScheduleFunction": {
        "Articles": EDIT,
        "Site": {"s3:ListBucket"},
        "Site/build-manifest.txt": {"s3:GetObject"},
        "ScheduleDeadLetters": {"sqs:SendMessage"},
        "ScheduleLogs": LOG,
        "*": TRACE,
    },
    "ComposeFunction": {
        "Articles": {
            "dynamodb:GetItem",
            "dynamodb:BatchGetItem",
            "dynamodb:Query",
            "dynamodb:PutItem",
            "dynamodb:UpdateItem",
        },
        "Deliveries": STEER,
        "states:stateMachine:broadsheet-sending": {"states:StartExecution"},
        "states:execution:broadsheet-sending:*": {"states:DescribeExecution"},
        "ComposeDeadLetters": {"sqs:SendMessage"},
        "ComposeLogs": LOG,
        "*": TRACE,
    },
    "IssuesFunction": {
        "Articles": {
            "dynamodb:GetItem",
            "dynamodb:BatchGetItem",
            "dynamodb:Query",
            "dynamodb:PutItem",
            "dynamodb:UpdateItem",
        },
        "ssm:parameter/broadsheet/site-url": {"ssm:GetParameter"},
        "Deliveries": STEER,
        "states:stateMachine:broadsheet-sending": {"states:StartExecution"},
        "states:execution:broadsheet-sending:*": {"states:DescribeExecution"},
        "ses:identity/*": SEND,
        "ses:configuration-set/ConfigurationSet": SEND,
        "IssuesLogs": LOG,
        "*": TRACE,
    },
    "SendFunction": {
        "Articles": {"dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"},
        "Subscribers": {"dynamodb:Scan", "dynamodb:GetItem", "dynamodb:PutItem"},
        "Deliveries": STEER | {"dynamodb:BatchGetItem", "dynamodb:ConditionCheckItem"},
        "TokenSecret": {"secretsmanager:GetSecretValue"},
        "ses:identity/*": SEND,
        "ses:configuration-set/ConfigurationSet": SEND,
        "SendLogs": LOG,
        "*": TRACE | {"ses:GetAccount"},
    },
    "MailerFunction": {
        "Subscribers": {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem", "dynamodb:ConditionCheckItem"},
        "Subscribers/stream/*": READ_STREAM,
        "TokenSecret": {"secretsmanager:GetSecretValue"},
        "ses:identity/*": SEND,
        "ses:configuration-set/ConfigurationSet": SEND,
        "MailerDeadLetters": {"sqs:SendMessage"},
        "MailerLogs": LOG,
        "*": TRACE,
    },
    "BouncesFunction": {
        "Subscribers": {"dynamodb:GetItem", "dynamodb:PutItem"},
        "Deliveries": {"dynamodb:PutItem", "dynamodb:UpdateItem"},
        "BouncesDeadLetters": {"sqs:SendMessage"},
        "BouncesLogs": LOG,
        "*": TRACE,
    },
}

SES = "arn:aws:ses:eu-west-1:123456789012:"


def reached(resources: Resources, function: str) -> set[str]:
    """The resources of the template that the function may use in any way."""
    return {name.partition("/")[0] for name in grants(resources, function)} & resources.keys()


def allowing(resources: Resources, action: str, resource: str) -> set[str]:
    """The functions that may do the action on the resource, or on a part of it."""
    return {
        function
        for function in functions(resources)
        for name, actions in grants(resources, function).items()
        if name.partition("/")[0] == resource and action in actions
    }


# ── Functions and their roles ─────────────────────────────────────────────────────────────────────────────────────────


def test_the_table_of_grants_names_every_function(resources: Resources) -> None:
    assert set(functions(resources)) == set(GRANTS)


@pytest.mark.parametrize("function", GRANTS)
def test_each_function_may_do_what_the_table_grants_and_nothing_else(function: str, resources: Resources) -> None:
    assert grants(resources, function) == GRANTS[function]


def test_every_permission_names_its_actions_in_full(resources: Resources) -> None:
    for function in functions(resources):
        for statement in statements(resources, function):
            assert statement["Effect"] == "Allow"
            assert not {"NotAction", "NotResource"} & statement.keys()
            assert not [action for action in listed(statement["Action"]) if "*" in action]


def test_no_two_functions_share_a_role(resources: Resources) -> None:
    roles = [function["Role"] for function in functions(resources).values()]
    assert len(set(roles)) == len(roles)


def test_only_lambda_can_assume_a_functions_role(resources: Resources) -> None:
    roles = of_type(resources, "AWS::IAM::Role")
    assert roles
    for name, role in roles.items():
        [statement] = listed(role["AssumeRolePolicyDocument"]["Statement"])
        service = "states.amazonaws.com" if name == "SendingMachineRole" else "lambda.amazonaws.com"
        assert statement["Principal"] == {"Service": service}
        assert statement["Action"] == "sts:AssumeRole"


# ── Articles, the site and subscribers ────────────────────────────────────────────────────────────────────────────────


def test_only_the_function_that_sends_issues_reaches_both_subscribers_and_articles(resources: Resources) -> None:
    found = {function: reached(resources, function) for function in functions(resources)}
    newsletter = {function for function, used in found.items() if "Subscribers" in used}
    assert newsletter == {
        "NewsletterFunction",
        "MailerFunction",
        "SubscribersFunction",
        "BouncesFunction",
        "SendFunction",
    }
    for function in newsletter:
        assert found[function].isdisjoint({"Bodies", "Site", "Media"}), function
        assert function == "SendFunction" or "Articles" not in found[function]
    assert not allowing(resources, "dynamodb:PutItem", "Articles") & newsletter


def test_only_who_sends_steers_counts_bounces_or_exports_data_reaches_deliveries(
    resources: Resources,
) -> None:
    users = {name for name in functions(resources) if "Deliveries" in reached(resources, name)}
    steering, counting = ["SENDINGS#*", "RUNNING", "ISSUE#*"], ["ISSUE#*", "READER#*"]
    keys = {"ComposeFunction": steering, "IssuesFunction": steering, "BouncesFunction": counting}
    keys |= {name: ["READER#*"] for name in ("NewsletterFunction", "SubscribersFunction")}
    assert users == {"SendFunction", *keys}
    for function, leading in keys.items():
        limits = [one["Condition"] for one in statements(resources, function) if one["Resource"] == "Deliveries.Arn"]
        assert limits == [{"ForAllValues:StringLike": {"dynamodb:LeadingKeys": leading}}], function
    limits = [
        one.get("Condition") for one in statements(resources, "SendFunction") if one["Resource"] == "Articles.Arn"
    ]
    assert limits == [{"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["ISSUES#*", "ARTICLE#*"]}}]


def test_only_the_publisher_can_write_the_site(resources: Resources) -> None:
    for action in ("s3:PutObject", "s3:DeleteObject"):
        assert allowing(resources, action, "Site") == {"PublishFunction"}


def test_only_the_functions_for_editors_and_for_issues_can_list_subscribers(resources: Resources) -> None:
    allowed = {name: set().union(*grants(resources, name).values()) for name in functions(resources)}
    assert {name for name, actions in allowed.items() if "dynamodb:Scan" in actions} == {
        "SubscribersFunction",
        "SendFunction",
    }


@pytest.mark.parametrize(
    ("function", "condition"),
    [
        ("WebSubFunction", {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["WEBSUB#*"]}}),
        ("PublishFunction", {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["UNSETTLED"]}}),
    ],
)
def test_who_reacts_to_articles_can_write_none_of_their_rows(
    function: str, condition: dict[str, Any], resources: Resources
) -> None:
    [statement] = [one for one in statements(resources, function) if "dynamodb:PutItem" in listed(one["Action"])]
    assert statement["Condition"] == condition


def test_who_counts_changes_and_writes_no_article_can_update_the_counts_alone(resources: Resources) -> None:
    for function in ("AdsFunction", "FrontFunction"):
        [statement] = [one for one in statements(resources, function) if "dynamodb:UpdateItem" in listed(one["Action"])]
        assert statement["Condition"] == {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["CHANGES"]}}


def test_only_the_events_function_sends_to_the_bus(resources: Resources) -> None:
    assert allowing(resources, "events:PutEvents", "EventBus") == {"EventsFunction"}


def test_only_administration_and_the_authorizer_reach_keys_and_only_administration_lists_them(
    resources: Resources,
) -> None:
    users = {name for name in functions(resources) if "Keys" in reached(resources, name)}
    assert users == {"KeysFunction", "AuthorizerFunction"}
    assert allowing(resources, "dynamodb:Query", "Keys") == {"KeysFunction"}


# ── Secrets ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_only_the_newsletter_reads_the_token_keys(resources: Resources) -> None:
    readers = {name for name in functions(resources) if "TokenSecret" in reached(resources, name)}
    assert readers == {"NewsletterFunction", "MailerFunction", "SubscribersFunction", "SendFunction"}


def test_only_previews_read_their_keys_and_what_they_hold(resources: Resources) -> None:
    for resource in ("PreviewSecret", "Previews"):
        readers = {name for name in functions(resources) if resource in reached(resources, name)}
        assert readers == {"PreviewsFunction"}


def test_only_the_newsletters_calls_read_the_edge_key(resources: Resources) -> None:
    assert {name for name in functions(resources) if "EdgeSecret" in reached(resources, name)} == {"NewsletterFunction"}


def test_no_environment_variable_holds_a_secret(resources: Resources) -> None:
    assert "NoEcho" not in TEMPLATE.read_text("utf-8")
    for function in functions(resources).values():
        variables = function["Environment"]["Variables"]
        # A dynamic reference would put the secret into the environment. Functions get its name, and read it.
        assert not [value for value in variables.values() if "{{resolve:" in value]
        assert variables.get("TOKEN_SECRET", "TokenSecret") == "TokenSecret"
        assert variables.get("EDGE_SECRET", "EdgeSecret") == "EdgeSecret"
        assert variables.get("PREVIEW_SECRET", "PreviewSecret") == "PreviewSecret"
        assert not [name for name in variables if re.search("PASSWORD|API_KEY|CREDENTIAL|PRIVATE", name)]


def test_aws_generates_every_secret(resources: Resources) -> None:
    for name, secret in of_type(resources, "AWS::SecretsManager::Secret").items():
        assert set(secret) == {"Description", "GenerateSecretString"}, name
        assert secret["GenerateSecretString"]["PasswordLength"] >= 64, name


def test_the_current_token_key_is_the_generated_one(resources: Resources) -> None:
    for name in ("TokenSecret", "PreviewSecret"):
        made = resources[name]["Properties"]["GenerateSecretString"]
        assert made["GenerateStringKey"] == json.loads(made["SecretStringTemplate"])["current"]


def test_cloudfront_sends_the_edge_key_to_the_api_alone(resources: Resources) -> None:
    origins = only(resources, "AWS::CloudFront::Distribution")["DistributionConfig"]["Origins"]
    sent = {origin["Id"]: origin["OriginCustomHeaders"] for origin in origins if "OriginCustomHeaders" in origin}
    # CloudFormation resolves the reference when it deploys: neither the template nor its parameters hold the key.
    reference = "{{resolve:secretsmanager:EdgeSecret}}"
    assert sent == {"api": [{"HeaderName": "x-origin-key", "HeaderValue": reference}]}
    assert json.dumps(resources).count("{{resolve:") == 1


@pytest.mark.parametrize("key", ["", "arn:aws:kms:eu-west-1:123456789012:key/1234abcd"])
def test_a_captcha_secret_under_the_deployers_own_key_can_be_decrypted(key: str) -> None:
    """aws#6"""
    stack = resolved(**CAPTCHA, CaptchaSecretKey=key)
    found = {statement["Sid"]: statement for statement in statements(stack, "NewsletterFunction")}
    assert found["ReadCaptchaKey"]["Resource"] == CAPTCHA["CaptchaSecret"]
    assert ("DecryptCaptchaKey" in found) is bool(key)
    if key:
        decrypt = found["DecryptCaptchaKey"]
        assert (decrypt["Action"], decrypt["Resource"]) == ("kms:Decrypt", key)
        assert conditions(decrypt) == {"kms:ViaService": "secretsmanager.eu-west-1.amazonaws.com"}


# ── SES ───────────────────────────────────────────────────────────────────────────────────────────────────────────────


def allowed(resources: Resources, action: str, resource: str, **context: str) -> bool:
    """Whether the mailer may do it, as IAM evaluates statements whose only operator is `StringEquals`."""
    return any(
        action in listed(statement["Action"])
        and any(fnmatchcase(resource, pattern) for pattern in listed(statement["Resource"]))
        and all(context.get(key.partition(":")[2]) == value for key, value in conditions(statement).items())
        for statement in statements(resources, "MailerFunction")
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
        "identity/letter@news.example",  # the sender's email, which SES prefers if it is verified
        "identity/editor@elsewhere.example",  # the recipient's, which SES's sandbox authorises too
        "configuration-set/ConfigurationSet",
    ],
)
@pytest.mark.parametrize("action", ["ses:SendEmail", "ses:SendRawEmail"])
def test_the_mailer_sends_as_the_sender_under_every_identity_and_as_no_one_else(
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
def test_the_mailer_sends_by_no_other_account_region_or_configuration_set(resource: str, resources: Resources) -> None:
    """aws#8"""
    assert not allowed(resources, "ses:SendEmail", resource, FromAddress=FULL["Sender"])


def test_only_the_function_for_editors_removes_addresses_from_the_suppression_list_and_adds_none(
    resources: Resources,
) -> None:
    found = {
        (function, action)
        for function in functions(resources)
        for actions in grants(resources, function).values()
        for action in actions
        if action.startswith("ses:") and action not in SEND | {"ses:GetAccount"}
    }
    assert found == {("SubscribersFunction", "ses:DeleteSuppressedDestination")}


def test_only_ses_can_publish_events_and_only_about_our_own_mails(resources: Resources) -> None:
    policy = only(resources, "AWS::SNS::TopicPolicy")
    assert policy["Topics"] == ["SesEvents"]
    [statement] = policy["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Action"]) == ("Allow", "sns:Publish")
    assert (statement["Principal"], statement["Resource"]) == ({"Service": "ses.amazonaws.com"}, "SesEvents")
    assert statement["Condition"] == {
        "StringEquals": {
            "aws:SourceAccount": "123456789012",
            "aws:SourceArn": "arn:aws:ses:eu-west-1:123456789012:configuration-set/ConfigurationSet",
        }
    }
