"""What invokes each function: routes of the API, streams, queues, topics and schedules; retries, and dead letters."""

import json
import re
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

import indexnow
from broadsheet.model.api_key import CALLS, PREFIX
from broadsheet.model.newsletter.limits import REQUESTS_PER_SIGN_UP, SignUpLimits
from broadsheet.render.shared.serving import FEEDS, STALE_SECONDS
from broadsheet.services.websub import SETTLED
from broadsheet.settings import Settings
from tests.template.resources import FULL, Resources, environment, functions, mappings, of_type, only, resolved

QUEUE = "AWS::SQS::Queue"
DAY = 24 * 3600
MOST_DELAY = 900  # seconds, of SQS

SIGNED, KEYED, OPEN = "signed", "keyed", "open"
ROUTES = {
    "PUT /api/articles/{id}": ("ArticlesFunction", SIGNED),
    "PATCH /api/articles/{id}": ("ArticlesFunction", SIGNED),
    "GET /api/articles/{id}": ("ArticlesFunction", SIGNED),
    "DELETE /api/articles/{id}": ("ArticlesFunction", SIGNED),
    "GET /api/articles": ("ArticlesFunction", SIGNED),
    "GET /api/articles/{id}/revisions": ("ArticlesFunction", SIGNED),
    "GET /api/articles/{id}/revisions/{revision}": ("ArticlesFunction", SIGNED),
    "POST /api/articles/{id}/revisions/{revision}/restore": ("ArticlesFunction", SIGNED),
    "GET /api/site": ("ArticlesFunction", SIGNED),
    "PUT /bearer/api/articles/{id}": ("ArticlesFunction", KEYED),
    "PATCH /bearer/api/articles/{id}": ("ArticlesFunction", KEYED),
    "GET /bearer/api/articles/{id}": ("ArticlesFunction", KEYED),
    "DELETE /bearer/api/articles/{id}": ("ArticlesFunction", KEYED),
    "GET /bearer/api/articles": ("ArticlesFunction", KEYED),
    "GET /bearer/api/articles/{id}/revisions": ("ArticlesFunction", KEYED),
    "GET /bearer/api/articles/{id}/revisions/{revision}": ("ArticlesFunction", KEYED),
    "POST /bearer/api/articles/{id}/revisions/{revision}/restore": ("ArticlesFunction", KEYED),
    "GET /api/keys": ("KeysFunction", SIGNED),
    "GET /api/keys/{name}": ("KeysFunction", SIGNED),
    "PUT /api/keys/{name}": ("KeysFunction", SIGNED),
    "POST /api/keys/{name}/rotate": ("KeysFunction", SIGNED),
    "DELETE /api/keys/{name}": ("KeysFunction", SIGNED),
    "POST /api/images": ("ImagesFunction", SIGNED),
    "GET /api/images/{id}": ("ImagesFunction", SIGNED),
    "PUT /api/ads/{name}": ("AdsFunction", SIGNED),
    "GET /api/ads/{name}": ("AdsFunction", SIGNED),
    "DELETE /api/ads/{name}": ("AdsFunction", SIGNED),
    "GET /api/ads": ("AdsFunction", SIGNED),
    "PUT /api/previews/{name}": ("PreviewsFunction", SIGNED),
    "DELETE /api/previews/{name}": ("PreviewsFunction", SIGNED),
    "GET /preview/{proxy+}": ("PreviewsFunction", OPEN),
    "PUT /api/front/{edition}": ("FrontFunction", SIGNED),
    "GET /api/front/{edition}": ("FrontFunction", SIGNED),
    "GET /api/issues": ("IssuesFunction", SIGNED),
    "GET /api/issues/{id}": ("IssuesFunction", SIGNED),
    "GET /api/issues/{id}/report": ("IssuesFunction", SIGNED),
    "POST /api/issues/{id}/hold": ("IssuesFunction", SIGNED),
    "DELETE /api/issues/{id}/hold": ("IssuesFunction", SIGNED),
    "POST /api/issues/{id}/release": ("IssuesFunction", SIGNED),
    "POST /api/issues/{id}/stop": ("IssuesFunction", SIGNED),
    "POST /api/issues/{id}/resume": ("IssuesFunction", SIGNED),
    "POST /api/issues/{id}/test": ("IssuesFunction", SIGNED),
    "GET /api/next-issues/{edition}/{frequency}": ("IssuesFunction", SIGNED),
    "PUT /api/next-issues/{edition}/{frequency}": ("IssuesFunction", SIGNED),
    "POST /api/subscribers": ("SubscribersFunction", SIGNED),
    "GET /api/subscribers": ("SubscribersFunction", SIGNED),
    "POST /api/subscribers/lift": ("SubscribersFunction", SIGNED),
    "POST /api/subscribers/show": ("SubscribersFunction", SIGNED),
    "POST /api/subscribers/leave": ("SubscribersFunction", SIGNED),
    "POST /api/subscribers/erase": ("SubscribersFunction", SIGNED),
    "GET /api/subscriptions/form": ("NewsletterFunction", OPEN),
    "HEAD /api/subscriptions/form": ("NewsletterFunction", OPEN),
    "POST /api/subscriptions": ("NewsletterFunction", OPEN),
    "POST /api/subscriptions/links": ("NewsletterFunction", OPEN),
    "GET /api/subscriptions/confirm": ("NewsletterFunction", OPEN),
    "HEAD /api/subscriptions/confirm": ("NewsletterFunction", OPEN),
    "POST /api/subscriptions/confirm": ("NewsletterFunction", OPEN),
    "GET /api/subscriptions/unsubscribe": ("NewsletterFunction", OPEN),
    "HEAD /api/subscriptions/unsubscribe": ("NewsletterFunction", OPEN),
    "POST /api/subscriptions/unsubscribe": ("NewsletterFunction", OPEN),
    "GET /api/subscriptions/preferences": ("NewsletterFunction", OPEN),
    "HEAD /api/subscriptions/preferences": ("NewsletterFunction", OPEN),
    "POST /api/subscriptions/preferences": ("NewsletterFunction", OPEN),
    "POST /api/subscriptions/export": ("NewsletterFunction", OPEN),
    "POST /api/subscriptions/erase": ("NewsletterFunction", OPEN),
    "$default": ("FallbackFunction", OPEN),
}
"""Route → its function, and whether calls need a signature or a key. A new route fails the test until it has a line."""

AUTHORIZATION = {"AWS_IAM": SIGNED, "Bearer": KEYED}
"""Security scheme → what it asks for."""

NEW_ACCOUNT = 10
"""Concurrent executions that a new account often has ("Lambda quotas", Lambda Developer Guide)."""
SHARDS = 4
"""Shards of a new on-demand table's stream, one for each partition: 4,000 writes a second at 1,000 for each partition
("Read/write capacity mode" and "Best practices for partition keys", DynamoDB Developer Guide)."""

# ── The HTTP API ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_each_route_invokes_its_function_and_editors_must_sign(resources: Resources) -> None:
    body = only(resources, "AWS::ApiGatewayV2::Api")["Body"]
    assert body["components"]["securitySchemes"]["AWS_IAM"]["x-amazon-apigateway-authtype"] == "awsSigv4"
    found = {}
    for path, methods in body["paths"].items():
        for method, call in methods.items():
            route = "$default" if call.get("isDefaultRoute") else f"{method.upper()} {path}"
            integration = call["x-amazon-apigateway-integration"]
            assert integration["payloadFormatVersion"] == "2.0"
            function = integration["uri"].split("functions/")[1].removesuffix(".Arn/invocations")
            [scheme] = [name for one in call.get("security", [{OPEN: []}]) for name in one]
            found[route] = (function, AUTHORIZATION.get(scheme, OPEN))
    assert found == ROUTES


def test_a_key_reaches_the_calls_of_its_scopes_and_no_others() -> None:
    keyed = {route.replace(PREFIX, "") for route, (_, kind) in ROUTES.items() if kind == KEYED}
    assert keyed == {call for calls in CALLS.values() for call in calls}
    assert keyed <= ROUTES.keys()


def test_no_decision_about_a_key_is_cached(resources: Resources) -> None:
    """So a revoked key works in no later call, and the decision about one route is none about another."""
    scheme = only(resources, "AWS::ApiGatewayV2::Api")["Body"]["components"]["securitySchemes"]["Bearer"]
    authorizer = scheme["x-amazon-apigateway-authorizer"]
    assert authorizer.pop("authorizerUri").split("functions/")[1] == "AuthorizerFunction.Arn/invocations"
    assert authorizer == {
        "type": "request",
        "authorizerPayloadFormatVersion": "2.0",
        "enableSimpleResponses": True,
        "identitySource": ["$request.header.Authorization"],
        "authorizerResultTtlInSeconds": 0,
    }


def test_only_the_api_may_ask_the_authorizer(resources: Resources) -> None:
    permissions = of_type(resources, "AWS::Lambda::Permission").values()
    [permission] = [one for one in permissions if one["FunctionName"] == "AuthorizerFunction.Arn"]
    assert permission["Principal"] == "apigateway.amazonaws.com"
    assert permission["SourceArn"].endswith(":HttpApi/authorizers/*")


def test_calls_are_throttled_far_above_what_one_network_may_send_in_an_hour(resources: Resources) -> None:
    """newsletter#10: so that a reader gets the function's 429, and no network shuts the form for others."""
    stage = only(resources, "AWS::ApiGatewayV2::Stage")
    throttle = stage["DefaultRouteSettings"]
    limits = SignUpLimits()
    assert "RouteSettings" not in stage
    assert throttle["ThrottlingBurstLimit"] >= 2 * limits.per_network * REQUESTS_PER_SIGN_UP
    assert throttle["ThrottlingRateLimit"] * 3600 > 100 * limits.per_hour


def test_by_default_no_script_of_another_site_may_call() -> None:
    """newsletter#6"""
    assert "x-amazon-apigateway-cors" not in only(resolved(), "AWS::ApiGatewayV2::Api")["Body"]


def test_scripts_of_the_origins_that_are_named_may_call_with_a_form_or_json_and_unsigned() -> None:
    """newsletter#6"""
    origins = ("https://www.news.example", "https://app.news.example:8443")
    api = only(resolved(FormOrigins=" ".join(origins)), "AWS::ApiGatewayV2::Api")
    assert api["Body"]["x-amazon-apigateway-cors"] == {
        "allowOrigins": list(origins),
        "allowMethods": ["GET", "POST"],
        "allowHeaders": ["content-type"],
        "maxAge": 3600,
    }


def test_a_warning_about_the_apis_body_fails_no_deployment(resources: Resources) -> None:
    """aws#6: the body is SAM's, so the deployer cannot mend what a warning is about."""
    assert not only(resources, "AWS::ApiGatewayV2::Api").get("FailOnWarnings")


# ── Streams ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def by_function(resources: Resources) -> dict[str, dict[str, Any]]:
    """The event source mapping of each function that reads a stream or a queue."""
    found = {one["FunctionName"]: one for one in mappings(resources)}
    assert len(found) == len(mappings(resources))
    return found


def test_streams_and_queues_invoke_their_functions(resources: Resources) -> None:
    assert {function: mapping["EventSourceArn"] for function, mapping in by_function(resources).items()} == {
        "PublishFunction": "Articles.StreamArn",
        "EventsFunction": "Articles.StreamArn",
        "WebSubFunction": "WebSubQueue.Arn",
        "IndexNowFunction": "IndexNowQueue.Arn",
        "VariantsFunction": "Uploads.Arn",
        "MailerFunction": "Subscribers.StreamArn",
    }


def test_every_event_source_mapping_retries_only_the_records_that_failed(resources: Resources) -> None:
    for mapping in mappings(resources):
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_streams_are_read_from_their_start_and_only_events_are_delayed(resources: Resources) -> None:
    """So that an event normally comes after the page that the publisher writes."""
    streams = mappings(resources, "dynamodb")
    assert all(stream["StartingPosition"] == "TRIM_HORIZON" for stream in streams)  # before the first deployment ends
    windows = {stream["FunctionName"]: stream["MaximumBatchingWindowInSeconds"] for stream in streams}
    assert windows == {"PublishFunction": 0, "EventsFunction": 2, "MailerFunction": 0}


def test_no_stream_has_more_consumers_than_dynamodb_allows(resources: Resources) -> None:
    """A third one would be throttled ("DynamoDB Streams quotas", DynamoDB Developer Guide)."""
    consumers = Counter(stream["EventSourceArn"] for stream in mappings(resources, "dynamodb"))
    assert consumers == {"Articles.StreamArn": 2, "Subscribers.StreamArn": 1}


def test_streams_invoke_no_function_for_other_rows(resources: Resources) -> None:
    filters = {
        function: [json.loads(one["Pattern"]) for one in mapping["FilterCriteria"]["Filters"]]
        for function, mapping in by_function(resources).items()
        if "FilterCriteria" in mapping
    }
    assert filters == {
        "PublishFunction": [
            {"dynamodb": {"Keys": {"sk": {"S": ["META"]}}}},
            {"dynamodb": {"Keys": {"pk": {"S": ["ADS", "FRONT", "NEWS", {"prefix": "ISSUES#"}]}}}},
            {"eventName": ["INSERT", "MODIFY"], "dynamodb": {"Keys": {"pk": {"S": ["UNSETTLED"]}}}},
        ],
        "EventsFunction": [{"eventName": ["INSERT", "MODIFY"], "dynamodb": {"Keys": {"sk": {"S": ["META"]}}}}],
        "MailerFunction": [
            {"eventName": ["INSERT", "MODIFY"], "dynamodb": {"Keys": {"sk": {"S": ["SIGN_UP", "LINKS", "OUTBOX"]}}}}
        ],
    }


def test_a_stream_takes_one_execution_for_each_shard(resources: Resources) -> None:
    """aws#9: the streams at their busiest may take all of ten, so docs/operations.md says to ask for more."""
    for stream in mappings(resources, "dynamodb"):
        assert stream.get("ParallelizationFactor", 1) == 1


def test_a_record_is_retried_until_it_is_too_old(resources: Resources) -> None:
    """aws#11: ten attempts are over within minutes of an outage. As long as docs/operations.md says."""
    streams = mappings(resources, "dynamodb")
    hours = {stream["FunctionName"]: stream["MaximumRecordAgeInSeconds"] / 3600 for stream in streams}
    assert hours == {"PublishFunction": 6, "EventsFunction": 6, "MailerFunction": 1}
    assert all(age < 24 for age in hours.values())  # DynamoDB keeps records for a day


def test_no_stream_counts_attempts(resources: Resources) -> None:
    """aws#11: and a batch that fails as a whole is halved, until the record that fails is alone."""
    for stream in mappings(resources, "dynamodb"):
        assert stream["MaximumRetryAttempts"] == -1
        assert stream["BisectBatchOnFunctionError"] is True


# ── Queues ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("chosen", "left"), [({}, 2), ({"IndexNowKey": FULL["IndexNowKey"]}, 0)])
def test_queues_leave_executions_to_the_api_in_a_new_account(chosen: dict[str, str], left: int) -> None:
    """aws#9: two is Lambda's minimum. A reservation would do more, and Lambda refuses one under a quota of 10, of which
    it keeps all unreserved. Who chooses IndexNow needs a higher quota, as docs/deploying.md says."""
    resources = resolved(**chosen)
    queues = mappings(resources, "sqs")
    assert queues
    assert all(queue["ScalingConfig"] == {"MaximumConcurrency": 2} for queue in queues)
    assert sum(queue["ScalingConfig"]["MaximumConcurrency"] for queue in queues) <= NEW_ACCOUNT - SHARDS - left
    assert not [name for name, one in functions(resources).items() if "ReservedConcurrentExecutions" in one]


def test_a_message_is_received_five_times_before_it_is_a_dead_letter(resources: Resources) -> None:
    """aws#10: a receive counts even if Lambda throttles the invocation."""
    redriven = {name: queue for name, queue in of_type(resources, QUEUE).items() if "RedrivePolicy" in queue}
    assert {queue["EventSourceArn"] for queue in mappings(resources, "sqs")} == {f"{name}.Arn" for name in redriven}
    assert redriven
    assert all(queue["RedrivePolicy"]["maxReceiveCount"] >= 5 for queue in redriven.values())


def test_a_message_stays_invisible_for_six_timeouts_of_its_function(resources: Resources) -> None:
    for mapping in mappings(resources, "sqs"):
        queue = of_type(resources, QUEUE)[mapping["EventSourceArn"].removesuffix(".Arn")]
        timeout = functions(resources)[mapping["FunctionName"]]["Timeout"]
        assert queue["VisibilityTimeout"] >= 6 * timeout + mapping.get("MaximumBatchingWindowInSeconds", 0)


def test_the_hub_is_pinged_when_caches_have_the_new_feed(resources: Resources) -> None:
    cached = int(re.findall(r"s-maxage=(\d+)", FEEDS)[0])
    delay = of_type(resources, QUEUE)["WebSubQueue"]["DelaySeconds"]
    # S3's times have whole seconds; and the clocks that write and compare them may differ by as much.
    assert timedelta(seconds=cached + 1) < SETTLED < timedelta(seconds=delay)
    assert by_function(resources)["WebSubFunction"]["MaximumBatchingWindowInSeconds"] <= 1


def test_feeds_name_the_hub_that_is_pinged() -> None:
    hub = "https://hub.example/"
    stack = resolved(WebSubHub=hub)
    hubs = {name: environment(stack, name).get("WEBSUB_HUB") for name in functions(stack)}
    assert {name: value for name, value in hubs.items() if value is not None} == {
        "PublishFunction": hub,
        "WebSubFunction": hub,
        "ScheduleFunction": hub,
    }


@pytest.mark.parametrize("given", [{}, FULL])
def test_the_schedule_and_the_publisher_make_the_same_build_manifest(given: dict[str, str]) -> None:
    """Otherwise the schedule would have the site published again and again."""
    stack = resolved(**given)
    schedule, publisher = (environment(stack, name) for name in ("ScheduleFunction", "PublishFunction"))
    assert Settings(schedule).site() == Settings(publisher).site()
    assert schedule["SITE_BUCKET"] == publisher["SITE_BUCKET"]
    assert stack["ScheduleFunction"]["DependsOn"] == "PublishFunction"


def test_pages_are_submitted_when_caches_have_the_new_ones(resources: Resources) -> None:
    queue = of_type(resources, QUEUE)["IndexNowQueue"]
    assert STALE_SECONDS["pages"] < queue["DelaySeconds"] <= MOST_DELAY
    assert queue["VisibilityTimeout"] == indexnow.RETRY


def test_the_site_has_the_key_that_pages_are_submitted_with(resources: Resources) -> None:
    keys = {name: environment(resources, name).get("INDEXNOW_KEY") for name in functions(resources)}
    assert {name: value for name, value in keys.items() if value is not None} == dict.fromkeys(
        ("PublishFunction", "IndexNowFunction", "ScheduleFunction"), FULL["IndexNowKey"]
    )
    queues = {
        name: environment(resources, name).get("INDEXNOW_QUEUE") for name in ("PublishFunction", "IndexNowFunction")
    }
    assert set(queues.values()) == {"IndexNowQueue"}


def test_an_upload_invokes_the_function_that_makes_images(resources: Resources) -> None:
    [notified] = [
        (name, one)
        for name, bucket in of_type(resources, "AWS::S3::Bucket").items()
        for one in bucket.get("NotificationConfiguration", {}).get("QueueConfigurations", [])
    ]
    bucket, configuration = notified
    assert (bucket, configuration["Queue"]) == ("Media", by_function(resources)["VariantsFunction"]["EventSourceArn"])
    assert configuration["Filter"]["S3Key"]["Rules"] == [{"Name": "prefix", "Value": "uploads/"}]


# ── Schedules and topics ──────────────────────────────────────────────────────────────────────────────────────────────


def test_scheduled_articles_are_published_every_minute_and_issues_composed_every_five(resources: Resources) -> None:
    rules = of_type(resources, "AWS::Events::Rule").values()
    assert {rule["ScheduleExpression"]: [target["Arn"] for target in rule["Targets"]] for rule in rules} == {
        "rate(1 minute)": ["ScheduleFunction.Arn"],
        "rate(5 minutes)": ["ComposeFunction.Arn"],
    }


def test_ses_events_invoke_the_bounces_function(resources: Resources) -> None:
    subscriptions = of_type(resources, "AWS::SNS::Subscription").values()
    invoked = {one["TopicArn"]: one["Endpoint"] for one in subscriptions if one["Protocol"] == "lambda"}
    assert invoked == {"SesEvents": "BouncesFunction.Arn"}


# ── Dead letters ──────────────────────────────────────────────────────────────────────────────────────────────────────


def dead_letters(resources: Resources) -> dict[str, str]:
    """The dead-letter queue of each function that is invoked asynchronously."""
    redriven = {
        f"{name}.Arn": queue["RedrivePolicy"]["deadLetterTargetArn"]
        for name, queue in of_type(resources, QUEUE).items()
        if "RedrivePolicy" in queue
    }
    paths = {
        one["FunctionName"]: redriven.get(one.get("EventSourceArn", ""))
        or one["DestinationConfig"]["OnFailure"]["Destination"]
        for one in of_type(resources, "AWS::Lambda::EventSourceMapping", "AWS::Lambda::EventInvokeConfig").values()
    }
    return {function: queue.removesuffix(".Arn") for function, queue in paths.items()}


def asynchronous(resources: Resources) -> set[str]:
    """The functions that a stream, a queue, a schedule or a topic invokes."""
    targets = [target["Arn"] for rule in of_type(resources, "AWS::Events::Rule").values() for target in rule["Targets"]]
    subscribed = [
        one["Endpoint"] for one in of_type(resources, "AWS::SNS::Subscription").values() if one["Protocol"] == "lambda"
    ]
    return {arn.removesuffix(".Arn") for arn in targets + subscribed} | set(by_function(resources))


def test_every_asynchronous_function_has_a_dead_letter_queue_of_its_own(resources: Resources) -> None:
    found = dead_letters(resources)
    assert set(found) == asynchronous(resources)
    assert len(set(found.values())) == len(found)
    queues = of_type(resources, QUEUE)
    read = {mapping["EventSourceArn"].removesuffix(".Arn") for mapping in mappings(resources, "sqs")}
    assert set(queues) == {*found.values(), *read}
    assert all(queue["SqsManagedSseEnabled"] is True for queue in queues.values())


def test_dead_letters_are_kept_for_two_weeks_and_for_four_days_if_they_hold_emails(resources: Resources) -> None:
    queues = of_type(resources, QUEUE)
    days = {name: queues[name]["MessageRetentionPeriod"] / DAY for name in dead_letters(resources).values()}
    assert days.pop("BouncesDeadLetters") == 4
    assert set(days.values()) == {14}


@pytest.mark.parametrize("function", ["PublishFunction", "EventsFunction", "MailerFunction"])
def test_a_function_that_reads_a_stream_knows_its_dead_letter_queue(function: str, resources: Resources) -> None:
    assert environment(resources, function)["DEAD_LETTERS"] == dead_letters(resources)[function]


def test_a_run_that_fails_is_retried(resources: Resources) -> None:
    found = {
        one["FunctionName"]: (one["MaximumRetryAttempts"], one["MaximumEventAgeInSeconds"])
        for one in of_type(resources, "AWS::Lambda::EventInvokeConfig").values()
    }
    assert found == {"ScheduleFunction": (1, 60), "ComposeFunction": (1, 60), "BouncesFunction": (2, 6 * 3600)}
