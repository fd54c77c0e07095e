"""What template.yaml promises: who may do what, what is kept, what is closed, and what tells us when it fails.

The template is translated to plain CloudFormation, as AWS would, and read with its parameters resolved. A resource goes
by its name in the template: `Bodies/*` is every object in the bucket `Bodies`.
"""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from broadsheet.model import config
from broadsheet.render.shared.serving import FEEDS
from broadsheet.services.websub import SETTLED
from broadsheet.settings import SITE_FILE
from infra.local.services import edge_headers
from infra.local.template import template
from infra.local.template.intrinsics import Resolver
from tests.template.reading import FULL, ROOT, Resources, functions, listed, of_type, resolved

# Who may do what: function → resource → actions. All of it; a permission that is not here fails the test.
EDIT = {
    "dynamodb:GetItem",
    "dynamodb:Query",
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
    "dynamodb:DeleteItem",
}
FOLLOW = {"dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"}
LOG = {"logs:CreateLogStream", "logs:PutLogEvents"}
TRACE = {"xray:PutTraceSegments", "xray:PutTelemetryRecords"}
SEND = {"ses:SendEmail", "ses:SendRawEmail"}

GRANTS: dict[str, dict[str, set[str]]] = {
    "ArticlesFunction": {
        "Articles": EDIT,
        "Bodies/*": {"s3:GetObject", "s3:PutObject"},
        "ArticlesLogs": LOG,
        "*": TRACE,
    },
    "AdsFunction": {
        "Articles": {"dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem", "dynamodb:DeleteItem"},
        "AdsLogs": LOG,
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
        "Uploads": {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"},
        "Media/uploads/*": {"s3:GetObject", "s3:DeleteObject"},
        "Media/images/*": {"s3:PutObject"},
        "Media/states/*": {"s3:PutObject"},
        "Media": {"s3:ListBucket"},
        "VariantsLogs": LOG,
        "*": TRACE,
    },
    "NewsletterFunction": {
        "Subscribers": {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"},
        "TokenSecret": {"secretsmanager:GetSecretValue"},
        "EdgeSecret": {"secretsmanager:GetSecretValue"},
        "NewsletterLogs": LOG,
        "*": TRACE,
    },
    "SubscribersFunction": {
        "Subscribers": {"dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:Scan"},
        "TokenSecret": {"secretsmanager:GetSecretValue"},
        "SubscribersLogs": LOG,
        "*": TRACE,
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
        "Articles": {"dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"},
        "Articles/stream/*": FOLLOW,
        "Bodies/*": {"s3:GetObject"},
        "Site": {"s3:ListBucket"},
        "Site/*": {"s3:GetObject", "s3:PutObject", "s3:DeleteObject"},
        "WebSubQueue": {"sqs:SendMessage"},
        "PublishDeadLetters": {"sqs:SendMessage"},
        "PublishLogs": LOG,
        "*": TRACE,
    },
    "WebSubFunction": {
        "WebSubQueue": {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"},
        "Site": {"s3:ListBucket"},
        "Site/*feed.*": {"s3:GetObject"},
        "Articles": {"dynamodb:GetItem", "dynamodb:PutItem"},
        "WebSubLogs": LOG,
        "*": TRACE,
    },
    "ScheduleFunction": {
        "Articles": EDIT,
        "ScheduleDeadLetters": {"sqs:SendMessage"},
        "ScheduleLogs": LOG,
        "*": TRACE,
    },
    "MailerFunction": {
        "Subscribers": {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem"},
        "Subscribers/stream/*": FOLLOW,
        "TokenSecret": {"secretsmanager:GetSecretValue"},
        "ses:identity/*": SEND,
        "ses:configuration-set/ConfigurationSet": SEND,
        "MailerDeadLetters": {"sqs:SendMessage"},
        "MailerLogs": LOG,
        "*": TRACE,
    },
    "BouncesFunction": {
        "Subscribers": {"dynamodb:GetItem", "dynamodb:PutItem"},
        "BouncesDeadLetters": {"sqs:SendMessage"},
        "BouncesLogs": LOG,
        "*": TRACE,
    },
}

# Who may call what.
ROUTES = {
    "PUT /api/articles/{id}": ("ArticlesFunction", "signed"),
    "GET /api/articles/{id}": ("ArticlesFunction", "signed"),
    "DELETE /api/articles/{id}": ("ArticlesFunction", "signed"),
    "GET /api/articles": ("ArticlesFunction", "signed"),
    "POST /api/images": ("ImagesFunction", "signed"),
    "GET /api/images/{id}": ("ImagesFunction", "signed"),
    "PUT /api/ads/{name}": ("AdsFunction", "signed"),
    "GET /api/ads/{name}": ("AdsFunction", "signed"),
    "DELETE /api/ads/{name}": ("AdsFunction", "signed"),
    "GET /api/ads": ("AdsFunction", "signed"),
    "POST /api/subscribers": ("SubscribersFunction", "signed"),
    "GET /api/subscribers": ("SubscribersFunction", "signed"),
    "GET /api/subscriptions/form": ("NewsletterFunction", "open"),
    "POST /api/subscriptions": ("NewsletterFunction", "open"),
    "GET /api/subscriptions/confirm": ("NewsletterFunction", "open"),
    "POST /api/subscriptions/confirm": ("NewsletterFunction", "open"),
    "GET /api/subscriptions/unsubscribe": ("NewsletterFunction", "open"),
    "POST /api/subscriptions/unsubscribe": ("NewsletterFunction", "open"),
    "GET /api/subscriptions/preferences": ("NewsletterFunction", "open"),
    "POST /api/subscriptions/preferences": ("NewsletterFunction", "open"),
    "POST /api/subscriptions/export": ("NewsletterFunction", "open"),
    "POST /api/subscriptions/erase": ("NewsletterFunction", "open"),
    "$default": ("FallbackFunction", "open"),
}


@pytest.fixture
def resources() -> Resources:
    """A deployment with every parameter given."""
    given: Resources = resolved(**FULL)["Resources"]
    return given


def statements(resources: Resources, function: str) -> Iterator[dict[str, Any]]:
    """Every statement of every policy that the function's role has."""
    role = resources[functions(resources)[function]["Role"].removesuffix(".Arn")]["Properties"]
    for policy in role.get("Policies", []):
        yield from policy["PolicyDocument"]["Statement"]
    for policy in role.get("ManagedPolicyArns", []):
        assert policy in resources, f"{policy} is a policy of AWS's own, which may say anything tomorrow"
        yield from resources[policy]["Properties"]["PolicyDocument"]["Statement"]


def grants(resources: Resources, function: str) -> dict[str, set[str]]:
    allowed: dict[str, set[str]] = {}
    for statement in statements(resources, function):
        for resource in listed(statement["Resource"]):
            name = re.sub(r"^arn:aws:(\w+):[^:]+:[^:]+:", r"\1:", resource.replace(".Arn", ""))
            allowed.setdefault(name, set()).update(listed(statement["Action"]))
    return allowed


# ── Who may do what ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_table_of_grants_names_every_function(resources: Resources) -> None:
    assert set(functions(resources)) == set(GRANTS)


@pytest.mark.parametrize("function", GRANTS)
def test_each_function_may_do_what_the_table_says_and_nothing_else(function: str, resources: Resources) -> None:
    assert grants(resources, function) == GRANTS[function]


@pytest.mark.parametrize("function", GRANTS)
def test_every_permission_is_named_in_full(function: str, resources: Resources) -> None:
    for statement in statements(resources, function):
        assert statement["Effect"] == "Allow"
        assert not {"NotAction", "NotResource"} & statement.keys()
        assert not [action for action in listed(statement["Action"]) if "*" in action]


def test_no_two_functions_share_a_role(resources: Resources) -> None:
    roles = [function["Role"] for function in functions(resources).values()]
    assert len(set(roles)) == len(roles)


def test_only_lambda_can_take_a_role(resources: Resources) -> None:
    for role in of_type(resources, "AWS::IAM::Role").values():
        [statement] = listed(role["AssumeRolePolicyDocument"]["Statement"])
        assert statement["Principal"] == {"Service": "lambda.amazonaws.com"}
        assert statement["Action"] == "sts:AssumeRole"


@pytest.mark.parametrize(
    "function", ["ArticlesFunction", "PublishFunction", "WebSubFunction", "ScheduleFunction", "FallbackFunction"]
)
def test_what_publishes_cannot_read_subscribers(function: str, resources: Resources) -> None:
    assert not [resource for resource in grants(resources, function) if resource.startswith("Subscribers")]


@pytest.mark.parametrize("function", sorted(set(GRANTS) - {"PublishFunction"}))
def test_only_publish_can_write_the_site(function: str, resources: Resources) -> None:
    reachable = {
        resource: actions for resource, actions in grants(resources, function).items() if resource.startswith("Site")
    }
    assert not {"s3:PutObject", "s3:DeleteObject"} & set().union(*reachable.values())


@pytest.mark.parametrize("function", ["NewsletterFunction", "MailerFunction", "SubscribersFunction"])
def test_the_newsletter_cannot_touch_articles(function: str, resources: Resources) -> None:
    assert not [resource for resource in grants(resources, function) if resource.startswith(("Articles", "Bodies"))]


def test_only_the_newsletter_reads_the_token_keys(resources: Resources) -> None:
    readers = {function for function in GRANTS if "TokenSecret" in grants(resources, function)}
    assert readers == {"NewsletterFunction", "MailerFunction", "SubscribersFunction"}


def test_only_the_function_for_lists_can_list_subscribers(resources: Resources) -> None:
    listers = {function for function in GRANTS if "dynamodb:Scan" in set().union(*grants(resources, function).values())}
    assert listers == {"SubscribersFunction"}


def test_only_the_newsletters_calls_read_the_edges_key(resources: Resources) -> None:
    assert {function for function in GRANTS if "EdgeSecret" in grants(resources, function)} == {"NewsletterFunction"}


def test_the_websub_function_can_write_no_row_of_an_article(resources: Resources) -> None:
    [statement] = [
        one for one in statements(resources, "WebSubFunction") if "dynamodb:PutItem" in listed(one["Action"])
    ]
    assert statement["Condition"] == {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["WEBSUB#*"]}}


# ── The HTTP API ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_each_route_leads_to_its_function_and_editors_must_sign(resources: Resources) -> None:
    [api] = of_type(resources, "AWS::ApiGatewayV2::Api").values()
    signed = api["Body"]["components"]["securitySchemes"]
    assert signed["AWS_IAM"]["x-amazon-apigateway-authtype"] == "awsSigv4"
    found = {}
    for path, methods in api["Body"]["paths"].items():
        for method, call in methods.items():
            route = "$default" if call.get("isDefaultRoute") else f"{method.upper()} {path}"
            integration = call["x-amazon-apigateway-integration"]
            assert integration["payloadFormatVersion"] == "2.0"
            function = integration["uri"].split("functions/")[1].removesuffix(".Arn/invocations")
            found[route] = (function, "signed" if call.get("security") == [{"AWS_IAM": []}] else "open")
    assert found == ROUTES


def test_calls_are_throttled_and_sign_ups_more_so(resources: Resources) -> None:
    [stage] = of_type(resources, "AWS::ApiGatewayV2::Stage").values()
    default, sign_up = stage["DefaultRouteSettings"], stage["RouteSettings"]["POST /api/subscriptions"]
    assert 0 < sign_up["ThrottlingRateLimit"] < default["ThrottlingRateLimit"]
    assert 0 < sign_up["ThrottlingBurstLimit"] < default["ThrottlingBurstLimit"]


def test_by_default_no_script_of_another_site_may_call() -> None:
    """newsletter#6"""
    [api] = of_type(resolved()["Resources"], "AWS::ApiGatewayV2::Api").values()
    assert "x-amazon-apigateway-cors" not in api["Body"]


def test_scripts_of_the_origins_that_are_named_may_call_with_a_form_or_json_and_unsigned() -> None:
    """newsletter#6"""
    origins = ("https://www.news.example", "https://app.news.example:8443")
    [api] = of_type(resolved(FormOrigins=" ".join(origins))["Resources"], "AWS::ApiGatewayV2::Api").values()
    assert api["Body"]["x-amazon-apigateway-cors"] == {
        "allowOrigins": list(origins),
        "allowMethods": ["GET", "POST"],
        "allowHeaders": ["content-type"],
        "maxAge": 3600,
    }


@pytest.mark.parametrize(
    ("origins", "taken"),
    [
        ("", True),
        ("https://news.example", True),
        ("https://www.news.example https://app.news.example:8443", True),
        ("http://news.example", False),
        ("https://*", False),
        ("*", False),
        ("https://news.example/", False),
        ("https://news.example,https://www.news.example", False),
        ("https://news.example  https://www.news.example", False),
        ("null", False),
    ],
)
def test_an_origin_is_named_in_full(origins: str, taken: bool) -> None:
    pattern = template.read(ROOT / "template.yaml", {})["Parameters"]["FormOrigins"]["AllowedPattern"]
    assert bool(re.fullmatch(pattern, origins)) is taken


# ── Functions ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("function", GRANTS)
def test_every_function_is_a_file_that_ships(function: str, resources: Resources) -> None:
    module, name = functions(resources)[function]["Handler"].split(".")
    assert (ROOT / "functions" / f"{module}.py").is_file()
    assert name == "handler"


def test_every_function_runs_python_3_13_on_arm64_and_is_traced(resources: Resources) -> None:
    for function in functions(resources).values():
        assert function["Runtime"] == "python3.13"
        assert function["Architectures"] == ["arm64"]
        assert function["TracingConfig"] == {"Mode": "Active"}


def test_every_function_logs_json_to_a_group_of_its_own(resources: Resources) -> None:
    groups = []
    for function in functions(resources).values():
        assert function["LoggingConfig"]["LogFormat"] == "JSON"
        groups.append(function["LoggingConfig"]["LogGroup"])
    assert len(set(groups)) == len(groups)
    assert set(groups) < set(of_type(resources, "AWS::Logs::LogGroup"))


def test_no_log_is_kept_for_ever(resources: Resources) -> None:
    for group in of_type(resources, "AWS::Logs::LogGroup").values():
        assert int(group["RetentionInDays"]) == 30


def test_no_environment_variable_holds_a_secret(resources: Resources) -> None:
    assert "NoEcho" not in (ROOT / "template.yaml").read_text("utf-8")
    for function in functions(resources).values():
        variables = function["Environment"]["Variables"]
        # A dynamic reference would put the secret itself into the environment. Its name does, and the key is fetched.
        assert not [value for value in variables.values() if "{{resolve:" in value]
        assert variables.get("TOKEN_SECRET", "TokenSecret") == "TokenSecret"
        assert variables.get("EDGE_SECRET", "EdgeSecret") == "EdgeSecret"
        assert not [name for name in variables if re.search("PASSWORD|API_KEY|CREDENTIAL|PRIVATE", name)]


def test_the_token_keys_are_made_by_aws_and_kept(resources: Resources) -> None:
    secret = resources["TokenSecret"]
    made = secret["Properties"]["GenerateSecretString"]
    current = json.loads(made["SecretStringTemplate"])["current"]
    assert made["GenerateStringKey"] == current
    assert made["PasswordLength"] >= 64
    assert "SecretString" not in secret["Properties"]


def test_the_edges_key_is_made_by_aws_kept_and_shown_to_the_api_alone(resources: Resources) -> None:
    secret = resources["EdgeSecret"]
    assert set(secret["Properties"]) == {"Description", "GenerateSecretString"}
    assert secret["Properties"]["GenerateSecretString"]["PasswordLength"] >= 64
    origins = resources["Distribution"]["Properties"]["DistributionConfig"]["Origins"]
    shown = {origin["Id"]: origin["OriginCustomHeaders"] for origin in origins if "OriginCustomHeaders" in origin}
    # A reference that CloudFormation looks up as it deploys: neither the template nor its parameters hold the key.
    reference = "{{resolve:secretsmanager:EdgeSecret}}"
    assert shown == {"api": [{"HeaderName": "x-origin-key", "HeaderValue": reference}]}
    assert json.dumps(resources).count("{{resolve:") == 1


@pytest.mark.parametrize(
    ("parameters", "address"),
    [
        ({}, "https://Distribution.DomainName"),
        ({"Domain": "news.example"}, "https://news.example"),
        ({"SiteUrl": "http://127.0.0.1:8080"}, "http://127.0.0.1:8080"),
        ({"SiteUrl": "https://www.news.example", "Domain": "news.example"}, "https://www.news.example"),
    ],
)
def test_the_sites_address_is_what_the_deployer_said_or_else_cloudfronts(
    parameters: dict[str, str], address: str
) -> None:
    stack = resolved(**parameters)
    assert stack["Outputs"]["SiteUrl"]["Value"] == address
    for function in ("PublishFunction", "WebSubFunction", "MailerFunction"):
        assert functions(stack["Resources"])[function]["Environment"]["Variables"]["SITE_URL"] == address


# ── What is kept and what is closed ───────────────────────────────────────────────────────────────────────────────────


def test_both_tables_survive_mistakes(resources: Resources) -> None:
    tables = of_type(resources, "AWS::DynamoDB::Table")
    assert set(tables) == {"Articles", "Subscribers"}
    for table in tables.values():
        assert table["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
        assert table["BillingMode"] == "PAY_PER_REQUEST"
        assert table["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}


def test_the_stream_of_subscribers_holds_keys_alone(resources: Resources) -> None:
    tables = of_type(resources, "AWS::DynamoDB::Table")
    assert tables["Articles"]["StreamSpecification"]["StreamViewType"] == "NEW_AND_OLD_IMAGES"
    assert tables["Subscribers"]["StreamSpecification"]["StreamViewType"] == "KEYS_ONLY"


def test_no_table_has_an_index(resources: Resources) -> None:
    for table in of_type(resources, "AWS::DynamoDB::Table").values():
        assert not {"GlobalSecondaryIndexes", "LocalSecondaryIndexes"} & table.keys()


@pytest.mark.parametrize("bucket", ["Bodies", "Site"])
def test_each_bucket_is_closed_and_encrypted(bucket: str, resources: Resources) -> None:
    properties = resources[bucket]["Properties"]
    assert properties["PublicAccessBlockConfiguration"] == {
        "BlockPublicAcls": True,
        "BlockPublicPolicy": True,
        "IgnorePublicAcls": True,
        "RestrictPublicBuckets": True,
    }
    assert properties["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    # S3's own keys, not KMS's: only then is an ETag the hash of the content.
    [encryption] = properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert encryption["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}


@pytest.mark.parametrize("bucket", ["Bodies", "Site"])
def test_each_bucket_refuses_what_comes_without_tls(bucket: str, resources: Resources) -> None:
    [policy] = [one for one in of_type(resources, "AWS::S3::BucketPolicy").values() if one["Bucket"] == bucket]
    [refusal] = [one for one in policy["PolicyDocument"]["Statement"] if one["Effect"] == "Deny"]
    assert refusal["Principal"] == "*"
    assert refusal["Action"] == "s3:*"
    assert refusal["Resource"] == [f"{bucket}.Arn", f"{bucket}.Arn/*"]
    assert refusal["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_nobody_but_this_distribution_reads_the_site_from_outside(resources: Resources) -> None:
    allowed = [
        statement
        for policy in of_type(resources, "AWS::S3::BucketPolicy").values()
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow"
    ]
    for reading in allowed:
        assert reading["Principal"] == {"Service": "cloudfront.amazonaws.com"}
        assert reading["Action"] == "s3:GetObject"
        assert reading["Condition"]["StringEquals"]["aws:SourceArn"].endswith(":distribution/Distribution")
    assert [reading["Resource"].rpartition(":")[2] for reading in allowed] == ["Media.Arn/images/*", "Site.Arn/*"]


def test_old_versions_of_bodies_can_be_had_back_for_a_month(resources: Resources) -> None:
    bodies = resources["Bodies"]["Properties"]
    assert bodies["VersioningConfiguration"] == {"Status": "Enabled"}
    [kept] = [rule for rule in bodies["LifecycleConfiguration"]["Rules"] if "NoncurrentVersionExpiration" in rule]
    assert kept["NoncurrentVersionExpiration"] == {"NoncurrentDays": 30}
    assert "ExpirationInDays" not in kept


# ── What happens when it fails ────────────────────────────────────────────────────────────────────────────────────────


def mappings(resources: Resources) -> dict[str, dict[str, Any]]:
    """What wakes each function that follows a stream or a queue."""
    return {one["FunctionName"]: one for one in of_type(resources, "AWS::Lambda::EventSourceMapping").values()}


def test_streams_and_queues_lead_to_their_functions(resources: Resources) -> None:
    assert {function: mapping["EventSourceArn"] for function, mapping in mappings(resources).items()} == {
        "PublishFunction": "Articles.StreamArn",
        "WebSubFunction": "WebSubQueue.Arn",
        "VariantsFunction": "Uploads.Arn",
        "MailerFunction": "Subscribers.StreamArn",
    }


@pytest.mark.parametrize("function", ["PublishFunction", "MailerFunction"])
def test_both_streams_are_read_at_once_and_from_the_start(function: str, resources: Resources) -> None:
    mapping = mappings(resources)[function]
    assert mapping["StartingPosition"] == "TRIM_HORIZON"  # a change before the first deployment ends counts too
    assert mapping["MaximumBatchingWindowInSeconds"] == 0


def test_the_hub_is_told_when_a_feed_has_settled_and_again_if_it_was_down(resources: Resources) -> None:
    queue, mapping = resources["WebSubQueue"]["Properties"], mappings(resources)["WebSubFunction"]
    held = int(re.findall(r"s-maxage=(\d+)", FEEDS)[0])
    # S3's times leave out parts of a second; and the clocks that write and compare them may differ by as much.
    assert timedelta(seconds=held + 1) < SETTLED < timedelta(seconds=queue["DelaySeconds"])
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["MaximumBatchingWindowInSeconds"] <= 1
    timeout = functions(resources)["WebSubFunction"]["Timeout"]
    assert queue["VisibilityTimeout"] >= 6 * timeout + mapping["MaximumBatchingWindowInSeconds"]
    assert queue["RedrivePolicy"]["maxReceiveCount"] >= 5  # fewer, and a busy minute could use them up


@pytest.mark.parametrize(
    ("hub", "taken"),
    [
        ("", True),
        ("https://hub.example/", True),
        ("https://hub.example/push?site=1", True),
        ("http://127.0.0.1:8080/_local/hub", True),
        ("http://hub.example/", False),
        ("http://127.0.0.1.hub.example/", False),
        ("https://hub.example/'+evil+'", False),
        ('https://hub.example/>; rel="self"', False),
        ("https://hub.example/ x", False),
        ("https://", False),
    ],
)
def test_a_hub_is_an_https_address_that_no_header_or_script_can_trip_over(hub: str, taken: bool) -> None:
    pattern = template.read(ROOT / "template.yaml", {})["Parameters"]["WebSubHub"]["AllowedPattern"]
    assert bool(re.fullmatch(pattern, hub)) is taken


def test_whoever_names_the_hub_and_whoever_tells_it_know_the_same_one() -> None:
    hub = "https://hub.example/"
    stack = resolved(WebSubHub=hub)["Resources"]
    told = {name for name, one in functions(stack).items() if "WEBSUB_HUB" in one["Environment"]["Variables"]}
    assert told == {"PublishFunction", "WebSubFunction"}
    assert {functions(stack)[name]["Environment"]["Variables"]["WEBSUB_HUB"] for name in told} == {hub}


def test_the_streams_wake_nobody_for_what_is_not_theirs(resources: Resources) -> None:
    filters = {
        function: [json.loads(one["Pattern"]) for one in mapping["FilterCriteria"]["Filters"]]
        for function, mapping in mappings(resources).items()
        if "FilterCriteria" in mapping
    }
    assert filters == {
        "PublishFunction": [
            {"dynamodb": {"Keys": {"sk": {"S": ["META"]}}}},
            {"dynamodb": {"Keys": {"pk": {"S": ["ADS"]}}}},
        ],
        "MailerFunction": [
            {"eventName": ["INSERT", "MODIFY"], "dynamodb": {"Keys": {"sk": {"S": ["SIGN_UP", "OUTBOX"]}}}}
        ],
    }


def test_articles_are_released_every_minute(resources: Resources) -> None:
    [rule] = of_type(resources, "AWS::Events::Rule").values()
    assert rule["ScheduleExpression"] == "rate(1 minute)"
    assert [target["Arn"] for target in rule["Targets"]] == ["ScheduleFunction.Arn"]


def dead_letters(resources: Resources) -> dict[str, str]:
    """The queue for what a function gives up, for each function that is called asynchronously."""
    redriven = {
        f"{name}.Arn": queue["RedrivePolicy"]["deadLetterTargetArn"]
        for name, queue in of_type(resources, "AWS::SQS::Queue").items()
        if "RedrivePolicy" in queue
    }
    paths = {
        one["FunctionName"]: redriven.get(one.get("EventSourceArn", ""))
        or one["DestinationConfig"]["OnFailure"]["Destination"]
        for one in of_type(resources, "AWS::Lambda::EventSourceMapping", "AWS::Lambda::EventInvokeConfig").values()
    }
    scheduled = {
        target["Arn"].removesuffix(".Arn")
        for rule in of_type(resources, "AWS::Events::Rule").values()
        for target in rule["Targets"]
    }
    assert scheduled <= set(paths)
    return {function: queue.removesuffix(".Arn") for function, queue in paths.items()}


def test_every_asynchronous_path_has_a_dead_letter_queue(resources: Resources) -> None:
    assert dead_letters(resources) == {
        "PublishFunction": "PublishDeadLetters",
        "WebSubFunction": "WebSubDeadLetters",
        "VariantsFunction": "UploadsDeadLetters",
        "MailerFunction": "MailerDeadLetters",
        "BouncesFunction": "BouncesDeadLetters",
        "ScheduleFunction": "ScheduleDeadLetters",
    }
    queues = of_type(resources, "AWS::SQS::Queue")
    assert set(queues) == {*dead_letters(resources).values(), "WebSubQueue", "Uploads"}
    assert all(queue["SqsManagedSseEnabled"] is True for queue in queues.values())
    kept = {name: queues[name]["MessageRetentionPeriod"] // (24 * 3600) for name in dead_letters(resources).values()}
    assert kept.pop("BouncesDeadLetters") == 4  # days; notices hold addresses
    assert set(kept.values()) == {14}


def alarms_on(resources: Resources, metric: str) -> set[str]:
    return {
        alarm["Dimensions"][0]["Value"]
        for alarm in of_type(resources, "AWS::CloudWatch::Alarm").values()
        if f"{alarm.get('Namespace')} {alarm.get('MetricName')}" == metric
    }


def test_every_dead_letter_queue_has_an_alarm(resources: Resources) -> None:
    queues = {f"{queue}.QueueName" for queue in dead_letters(resources).values()}
    assert alarms_on(resources, "AWS/SQS ApproximateNumberOfMessagesVisible") == queues


def test_late_streams_late_notices_a_stopped_schedule_and_failing_calls_raise_alarms(resources: Resources) -> None:
    assert alarms_on(resources, "AWS/Lambda IteratorAge") == {"PublishFunction", "MailerFunction"}
    assert alarms_on(resources, "AWS/Lambda AsyncEventAge") == {"BouncesFunction"}
    assert alarms_on(resources, "AWS/Lambda Invocations") == {"ScheduleFunction"}
    assert alarms_on(resources, "AWS/ApiGateway 5xx") == {"HttpApi"}


def test_bounces_and_complaints_raise_alarms_before_ses_stops_the_sender(resources: Resources) -> None:
    found = {
        alarm["MetricName"]: (alarm["ComparisonOperator"], alarm["Threshold"])
        for alarm in of_type(resources, "AWS::CloudWatch::Alarm").values()
        if alarm.get("Namespace") == "AWS/SES"
    }
    # It stops an account at 10 % and 0.5 %.
    assert found == {
        "Reputation.BounceRate": ("GreaterThanOrEqualToThreshold", 0.04),
        "Reputation.ComplaintRate": ("GreaterThanOrEqualToThreshold", 0.001),
    }


@pytest.mark.parametrize("metric", ["MailRefused", "Rejected", "SignUpStopped", "SignUpLimited"])
def test_mails_that_ses_will_not_send_and_floods_of_sign_ups_raise_alarms(metric: str, resources: Resources) -> None:
    """newsletter#11"""
    assert alarms_on(resources, f"Broadsheet/broadsheet {metric}") == {"broadsheet"}


def test_an_office_that_signs_up_together_raises_no_alarm(resources: Resources) -> None:
    settings = config.parse_site(SITE_FILE.read_text("utf-8")).newsletter
    limited = resources["SignUpsLimited"]["Properties"]
    assert limited["Period"] == 3600
    assert limited["Threshold"] >= 5 * settings.per_network


def test_every_alarm_says_what_it_means_and_reaches_somebody(resources: Resources) -> None:
    for alarm in of_type(resources, "AWS::CloudWatch::Alarm").values():
        assert alarm["AlarmDescription"].endswith(".")
        assert alarm["AlarmActions"] == ["Alarms"]
    [mailed] = [one for one in of_type(resources, "AWS::SNS::Subscription").values() if one["TopicArn"] == "Alarms"]
    assert mailed["Endpoint"] == FULL["AlarmEmail"]


# ── What readers get ──────────────────────────────────────────────────────────────────────────────────────────────────


def policy(resources: Resources, name: str) -> dict[str, Any]:
    found: dict[str, Any] = resources[name]["Properties"]["ResponseHeadersPolicyConfig"]
    return found


def test_pages_run_and_load_nothing_from_elsewhere_but_pictures_and_sound(resources: Resources) -> None:
    headers = policy(resources, "SecurityHeaders")["SecurityHeadersConfig"]
    parts = headers["ContentSecurityPolicy"]["ContentSecurityPolicy"].split(";")
    directives = {name: set(sources) for name, *sources in map(str.split, parts)}
    assert directives.pop("img-src") == directives.pop("media-src") == {"'self'", "https:"}
    assert directives.pop("default-src") == {"'none'"}
    assert directives.pop("frame-ancestors") == {"'none'"}
    assert directives.pop("base-uri") == {"'none'"}
    assert set(directives) == {
        "script-src",
        "style-src",
        "font-src",
        "connect-src",
        "manifest-src",
        "form-action",
    }
    assert all(sources == {"'self'"} for sources in directives.values())


def test_every_answer_carries_the_security_headers(resources: Resources) -> None:
    headers = policy(resources, "SecurityHeaders")["SecurityHeadersConfig"]
    assert headers["StrictTransportSecurity"]["AccessControlMaxAgeSec"] >= 31536000
    assert {"ContentTypeOptions", "FrameOptions", "ReferrerPolicy"} < headers.keys()
    # A page that a function makes for one reader has a policy of its own.
    own_to_pages = {name for name, header in headers.items() if not header["Override"]}
    assert own_to_pages == {"ContentSecurityPolicy", "ReferrerPolicy"}
    config = resources["Distribution"]["Properties"]["DistributionConfig"]
    for behaviour in [config["DefaultCacheBehavior"], *config["CacheBehaviors"]]:
        own = policy(resources, behaviour["ResponseHeadersPolicyId"])
        assert own["SecurityHeadersConfig"] == headers
        assert own["CustomHeadersConfig"] == policy(resources, "SecurityHeaders")["CustomHeadersConfig"]
        assert behaviour["ViewerProtocolPolicy"] == "redirect-to-https"
        assert behaviour["Compress"] is True


def test_what_a_bucket_does_not_have_goes_to_the_fallback(resources: Resources) -> None:
    config = resources["Distribution"]["Properties"]["DistributionConfig"]
    groups = {group["Id"]: group for group in config["OriginGroups"]["Items"]}
    assert config["OriginGroups"]["Quantity"] == len(groups)
    assert config["DefaultCacheBehavior"]["TargetOriginId"] == "site-or-fallback"
    assert config["DefaultCacheBehavior"]["AllowedMethods"] == ["GET", "HEAD"]
    for bucket in ("site", "media"):
        group = groups.pop(f"{bucket}-or-fallback")
        assert [member["OriginId"] for member in group["Members"]["Items"]] == [bucket, "api"]
        assert group["FailoverCriteria"]["StatusCodes"]["Items"] == [403, 404]
    assert groups == {}


def test_cloudfront_takes_every_header_that_it_is_to_add(resources: Resources) -> None:
    """aws#1"""
    config = resources["Distribution"]["Properties"]["DistributionConfig"]
    for origin in config["Origins"]:
        names = [header["HeaderName"] for header in origin.get("OriginCustomHeaders", [])]
        edge_headers.check_origin_headers(origin["Id"], names)
    for name, found in of_type(resources, "AWS::CloudFront::ResponseHeadersPolicy").items():
        custom = found["ResponseHeadersPolicyConfig"]["CustomHeadersConfig"]["Items"]
        edge_headers.check_policy_headers(name, [header["Header"] for header in custom])


def test_calls_are_passed_on_and_never_cached(resources: Resources) -> None:
    _, calls, *_ = resources["Distribution"]["Properties"]["DistributionConfig"]["CacheBehaviors"]
    assert calls["PathPattern"] == "/api/*"
    assert calls["TargetOriginId"] == "api"
    assert calls["CachePolicyId"] == "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"  # AWS's CachingDisabled
    assert calls["OriginRequestPolicyId"] == "b689b0a8-53d0-40ab-baf2-68738e2966ac"  # … AllViewerExceptHostHeader


def test_every_call_by_cloudfront_says_which_address_it_comes_from(resources: Resources) -> None:
    _, calls, *_ = resources["Distribution"]["Properties"]["DistributionConfig"]["CacheBehaviors"]
    assert calls["FunctionAssociations"] == [
        {"EventType": "viewer-request", "FunctionARN": "ViewerAddress.FunctionARN"}
    ]


def test_the_apis_description_comes_from_the_site_and_other_sites_may_read_it(resources: Resources) -> None:
    config = resources["Distribution"]["Properties"]["DistributionConfig"]
    described, *_ = config["CacheBehaviors"]
    assert described["PathPattern"] == "/api/openapi.json"
    alike = ("TargetOriginId", "CachePolicyId")
    assert {name: described[name] for name in alike} == {name: config["DefaultCacheBehavior"][name] for name in alike}
    assert described["AllowedMethods"] == ["GET", "HEAD", "OPTIONS"]
    assert {"EventType": "viewer-request", "FunctionARN": "FeedConditions.FunctionARN"} in described[
        "FunctionAssociations"
    ]
    cross_origin = policy(resources, described["ResponseHeadersPolicyId"])["CorsConfig"]
    assert cross_origin["AccessControlAllowOrigins"] == {"Items": ["*"]}


def test_pictures_come_from_their_own_bucket(resources: Resources) -> None:
    _, _, pictures, _ = resources["Distribution"]["Properties"]["DistributionConfig"]["CacheBehaviors"]
    assert (pictures["PathPattern"], pictures["TargetOriginId"]) == ("/images/*", "media-or-fallback")


def test_what_is_uploaded_wakes_the_function_that_makes_pictures_of_it(resources: Resources) -> None:
    [notified] = resources["Media"]["Properties"]["NotificationConfiguration"]["QueueConfigurations"]
    assert notified["Filter"]["S3Key"]["Rules"] == [{"Name": "prefix", "Value": "uploads/"}]


def test_feeds_come_as_pages_do_and_other_sites_may_read_them(resources: Resources) -> None:
    config = resources["Distribution"]["Properties"]["DistributionConfig"]
    *_, feeds = config["CacheBehaviors"]
    assert feeds["PathPattern"] == "*/feed.*"
    alike = ("TargetOriginId", "CachePolicyId")
    assert {name: feeds[name] for name in alike} == {name: config["DefaultCacheBehavior"][name] for name in alike}
    assert feeds["AllowedMethods"] == ["GET", "HEAD", "OPTIONS"]
    assert {"EventType": "viewer-request", "FunctionARN": "FeedConditions.FunctionARN"} in feeds["FunctionAssociations"]
    cross_origin = policy(resources, feeds["ResponseHeadersPolicyId"])["CorsConfig"]
    assert cross_origin["AccessControlAllowOrigins"] == {"Items": ["*"]}
    assert cross_origin["AccessControlAllowMethods"] == {"Items": ["GET", "HEAD"]}
    assert cross_origin["AccessControlAllowCredentials"] is False
    assert "CorsConfig" not in policy(resources, "SecurityHeaders")


def test_a_page_is_the_same_for_everybody(resources: Resources) -> None:
    [cache] = of_type(resources, "AWS::CloudFront::CachePolicy").values()
    key = cache["CachePolicyConfig"]["ParametersInCacheKeyAndForwardedToOrigin"]
    assert key == {
        "CookiesConfig": {"CookieBehavior": "none"},
        "HeadersConfig": {"HeaderBehavior": "none"},
        "QueryStringsConfig": {"QueryStringBehavior": "none"},
        "EnableAcceptEncodingBrotli": True,
        "EnableAcceptEncodingGzip": True,
    }


def test_mail_needs_tls_and_tracks_nobody(resources: Resources) -> None:
    [mail] = of_type(resources, "AWS::SES::ConfigurationSet").values()
    assert mail["DeliveryOptions"] == {"TlsPolicy": "REQUIRE"}
    assert mail["SuppressionOptions"] == {"SuppressedReasons": ["BOUNCE", "COMPLAINT"]}
    assert "TrackingOptions" not in mail


def test_what_becomes_of_mails_is_said_to_a_topic(resources: Resources) -> None:
    [destination] = of_type(resources, "AWS::SES::ConfigurationSetEventDestination").values()
    assert destination["ConfigurationSetName"] == "ConfigurationSet"
    said = destination["EventDestination"]
    assert (said["Enabled"], said["SnsDestination"]) == (True, {"TopicARN": "Feedback"})
    assert set(said["MatchingEventTypes"]) == {"bounce", "complaint", "delivery", "deliveryDelay", "reject"}
    # SES tries as it is made, so whoever lets it publish comes first.
    assert resources["SesEventsDestination"]["DependsOn"] == "SesEventsPolicy"


def test_nobody_but_ses_about_our_own_mails_says_there_what_became_of_them(resources: Resources) -> None:
    [policy] = of_type(resources, "AWS::SNS::TopicPolicy").values()
    assert policy["Topics"] == ["Feedback"]
    [statement] = policy["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Action"]) == ("Allow", "sns:Publish")
    assert (statement["Principal"], statement["Resource"]) == ({"Service": "ses.amazonaws.com"}, "Feedback")
    assert statement["Condition"] == {
        "StringEquals": {
            "aws:SourceAccount": "123456789012",
            "aws:SourceArn": "arn:aws:ses:eu-west-1:123456789012:configuration-set/ConfigurationSet",
        }
    }


# ── What the deployer chooses ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_deployment_needs_no_parameter() -> None:
    plain = template.read(ROOT / "template.yaml", {})
    assert [name for name, parameter in plain["Parameters"].items() if "Default" not in parameter] == []
    assert all(parameter["Description"] for parameter in plain["Parameters"].values())


def test_with_no_parameter_the_site_has_cloudfronts_name_and_sends_no_mail() -> None:
    bare: Resources = resolved()["Resources"]
    config = bare["Distribution"]["Properties"]["DistributionConfig"]
    assert "Aliases" not in config
    assert config["ViewerCertificate"] == {"CloudFrontDefaultCertificate": True}
    assert "SenderIdentity" not in bare
    assert "AlarmSubscription" not in bare
    assert functions(bare)["NewsletterFunction"]["Environment"]["Variables"]["SENDER"] == ""
    assert functions(bare)["PublishFunction"]["Environment"]["Variables"]["WEBSUB_HUB"] == ""


def test_a_domain_comes_with_its_certificate_and_modern_tls(resources: Resources) -> None:
    config = resources["Distribution"]["Properties"]["DistributionConfig"]
    assert config["Aliases"] == ["news.example"]
    assert config["ViewerCertificate"]["AcmCertificateArn"] == FULL["CertificateArn"]
    assert config["ViewerCertificate"]["MinimumProtocolVersion"] == "TLSv1.2_2021"


@pytest.mark.parametrize("given", [("Domain",), ("CertificateArn",), (), ("Domain", "CertificateArn")])
def test_a_domain_without_a_certificate_is_refused_and_so_is_the_reverse(given: tuple[str, ...]) -> None:
    plain = template.read(ROOT / "template.yaml", {})
    [assertion] = plain["Rules"]["DomainAndCertificate"]["Assertions"]
    resolver = Resolver(plain, {name: FULL[name] for name in given})
    assert bool(resolver.resolve(assertion["Assert"])) is (len(given) != 1)


def test_a_sender_is_vouched_for_by_its_whole_domain(resources: Resources) -> None:
    [identity] = of_type(resources, "AWS::SES::EmailIdentity").values()
    assert identity["EmailIdentity"] == "news.example"
    assert identity["ConfigurationSetAttributes"] == {"ConfigurationSetName": "ConfigurationSet"}
