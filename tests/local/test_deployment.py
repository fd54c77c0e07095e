"""Deploying a template into moto in this process."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from moto import mock_aws

from infra.local.deployment.deployment import deploy
from infra.local.functions import event_sources
from infra.local.resources import Deployment
from infra.local.services import routing
from infra.local.template import template
from infra.local.template.intrinsics import Resolver, TemplateError
from tests.local.conftest import EXAMPLE

PARAMETERS = {"SiteUrl": "https://courier.example", "Sender": "newsletter@courier.example"}


@pytest.fixture(scope="module")
def deployment() -> Iterator[Deployment]:
    with mock_aws():
        yield deploy(EXAMPLE / "template.yaml", PARAMETERS)


def test_a_function_sees_the_names_of_what_was_created(deployment: Deployment) -> None:
    environment = deployment.environment("EchoFunction")
    tables = deployment.clients.dynamodb.list_tables()["TableNames"]
    assert environment["SEEN_TABLE"] in tables
    assert environment["SITE_URL"] == "https://courier.example"
    secret = deployment.clients.secrets.get_secret_value(SecretId=environment["KEY"])["SecretString"]
    assert json.loads(secret).keys() == {"current", "1"}
    assert len(json.loads(secret)["1"]) == 40


def test_properties_that_moto_drops_are_set(deployment: Deployment) -> None:
    clients = deployment.clients
    ttl = clients.dynamodb.describe_time_to_live(TableName=deployment.name("Things"))["TimeToLiveDescription"]
    assert (ttl.get("TimeToLiveStatus"), ttl.get("AttributeName")) == ("ENABLED", "expires_at")
    assert clients.s3.get_bucket_versioning(Bucket=deployment.name("Site"))["Status"] == "Enabled"
    assert [i["IdentityName"] for i in clients.ses.list_email_identities()["EmailIdentities"]] == ["courier.example"]


def test_routes_and_event_sources_are_read_from_the_template(deployment: Deployment) -> None:
    assert {(route.key, route.function, route.signed) for route in routing.routes(deployment)} == {
        ("GET /api/echo/{id}", "EchoFunction", False),
        ("GET /api/echo/latest", "EchoFunction", False),
        ("GET /api/echo/seldom", "EchoFunction", False),
        ("POST /api/echo", "EchoFunction", False),
        ("PUT /api/signed/{id}", "EchoFunction", True),
        ("PUT /asked/{id}", "EchoFunction", False),
        ("$default", "FallbackFunction", False),
    }
    throttles = {route.key: route.throttle for route in routing.routes(deployment)}
    assert throttles.pop("GET /api/echo/seldom") == routing.Throttle(rate=0.01, burst=2)
    assert set(throttles.values()) == {routing.Throttle(rate=500, burst=1000)}
    [mapping] = event_sources.stream_mappings(deployment)
    assert (mapping.function, mapping.batch_size, mapping.bisects) == ("FollowFunction", 10, True)
    assert mapping.retries.maximum == 2
    [errands] = event_sources.queue_mappings(deployment)
    assert (errands.function, errands.queue, errands.batch_size) == ("ErrandFunction", "Errands", 4)
    assert (errands.window, errands.reports_failures) == (1, True)
    [heard] = event_sources.subscriptions(deployment)
    assert (heard.topic, heard.function) == ("News", "HearFunction")
    [destination] = event_sources.event_destinations(deployment)
    assert (destination.topic, destination.configuration_set) == ("News", "broadsheet-Letters")
    assert destination.kinds == {"bounce", "complaint", "delivery"}
    [schedule] = event_sources.schedules(deployment)
    assert (schedule.expression, schedule.function) == ("rate(1 day)", "TickFunction")
    timeouts = {spec.name: spec.timeout for spec in event_sources.functions(deployment)}
    assert (timeouts.pop("EchoFunction"), timeouts.pop("ErrandFunction")) == (4, 6)
    assert timeouts == dict.fromkeys(
        ("DoormanFunction", "FallbackFunction", "FollowFunction", "HearFunction", "StepFunction", "TickFunction"), 5
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Resources: [", "line 1"),
        ("a: 1\n  b: 2\n", "line 2"),
        ("Outputs: {}\n", "has no Resources"),
        (
            "Resources: {T: {Type: 'AWS::SNS::Topic', Properties: {TopicName: !Ref Nowhere}}}",
            "T refers to Nowhere, which the template does not define",
        ),
        (
            "Resources: {T: {Type: 'AWS::SNS::Topic', Properties: {TopicName: !Sub '${Nowhere.Arn}-x'}}}",
            "T refers to Nowhere",
        ),
        (
            "{Transform: 'AWS::Serverless-2016-10-31', Resources: {F: {Type: 'AWS::Serverless::Function'}}}",
            "Resource with id \\[F\\] is invalid",
        ),
        (
            "{Transform: 'AWS::Serverless-2016-10-31', Resources: {F: {Type: 'AWS::Serverless::Functon'}}}",
            "F is of the type AWS::Serverless::Functon, which SAM does not know",
        ),
    ],
)
def test_a_bad_template_is_one_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "template.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(TemplateError, match=sentence) as raised:
        template.read(path, {})
    assert str(raised.value).startswith(str(path))


def test_a_missing_template_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match="No such file"):
        template.read(tmp_path / "template.yaml", {})


@pytest.mark.parametrize(
    ("value", "resolved"),
    [
        ({"Ref": "Color"}, "red"),
        ({"Ref": "Names"}, ["a", "b"]),
        ({"Fn::Sub": "${Color}-${Thing}-${Thing.Arn}-${!Color}-${AWS::Partition}"}, "red-Thing-Thing.Arn-${Color}-aws"),
        ({"Fn::Sub": ["${Own}-${Color}", {"Own": {"Ref": "Thing"}}]}, "Thing-red"),
        ({"Fn::If": ["IsRed", 1, 2]}, 1),
        ({"a": {"Fn::If": ["IsBlue", 1, {"Ref": "AWS::NoValue"}]}, "b": [{"Ref": "AWS::NoValue"}]}, {"b": []}),
        ({"Fn::Select": [1, {"Fn::Split": ["@", "a@b"]}]}, "b"),
        ({"Fn::Join": ["/", ["a", {"Ref": "Color"}]]}, "a/red"),
        ({"Fn::FindInMap": ["Sizes", {"Ref": "Color"}, "Large"]}, 7),
        ({"Condition": {"StringEquals": {"x": "y"}}}, {"Condition": {"StringEquals": {"x": "y"}}}),
    ],
)
def test_intrinsic_functions_are_evaluated(value: object, resolved: object) -> None:
    document = {
        "Parameters": {
            "Color": {"Type": "String", "Default": "blue"},
            "Names": {"Type": "CommaDelimitedList", "Default": "a, b"},
        },
        "Conditions": {
            "IsRed": {"Fn::Equals": [{"Ref": "Color"}, "red"]},
            "IsBlue": {"Fn::And": [{"Fn::Not": [{"Condition": "IsRed"}]}, {"Fn::Or": [{"Condition": "IsRed"}]}]},
        },
        "Mappings": {"Sizes": {"red": {"Large": 7}}},
        "Resources": {"Thing": {"Type": "AWS::SNS::Topic"}},
    }
    assert Resolver(document, {"Color": "red"}).resolve(value) == resolved


def test_an_unknown_intrinsic_function_is_refused() -> None:
    with pytest.raises(TemplateError, match="Fn::Cidr"):
        Resolver({"Resources": {}}, {}).resolve({"Fn::Cidr": ["10.0.0.0/8", 1]})
