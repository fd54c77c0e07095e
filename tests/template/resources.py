"""The stack that CloudFormation would create from the template, so that tests can ask for its resources by type.

A resource goes by its logical id: `Bodies.Arn/*` is every object in the bucket `Bodies`.
"""

import re
from functools import cache
from pathlib import Path
from typing import Any

from infra.local.template import template
from infra.template_check.stack import Stack

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "template.yaml"

Resources = dict[str, dict[str, Any]]

FULL = {
    "Domain": "news.example",
    "CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/1",
    "Sender": "letter@news.example",
    "IndexNowKey": "6a1fd0c2-b7e4-4c1f",
    "AlarmEmail": "desk@news.example",
    "DeletionProtection": "true",
}
"""The parameters of a deployment that has everything."""


@cache
def deployment(stack: str = "broadsheet", **parameters: str) -> Stack:
    """The stack of this name that these parameters make."""
    return Stack(template.read(TEMPLATE, parameters), parameters, {"AWS::StackName": stack})


def resolved(stack: str = "broadsheet", **parameters: str) -> Resources:
    """Its resources, with every function in their properties evaluated."""
    found = deployment(stack, **parameters)
    return {name: {**body, "Properties": found.properties[name]} for name, body in found.resources.items()}


def parameters() -> dict[str, dict[str, Any]]:
    """The template's parameters, by name."""
    found: dict[str, dict[str, Any]] = template.read(TEMPLATE, {})["Parameters"]
    return found


def of_type(resources: Resources, *types: str) -> dict[str, dict[str, Any]]:
    """The properties of all resources of these types, by their logical ids."""
    return {name: body["Properties"] for name, body in resources.items() if body["Type"] in types}


def only(resources: Resources, type_: str) -> dict[str, Any]:
    """The properties of the one resource of this type."""
    [properties] = of_type(resources, type_).values()
    return properties


def functions(resources: Resources) -> dict[str, dict[str, Any]]:
    return of_type(resources, "AWS::Lambda::Function")


def layers(resources: Resources, function: str) -> set[str]:
    """The layers of a function, by their ids in the template, to which SAM adds a hash of their content."""
    return {re.sub(r"[0-9a-f]{10}$", "", layer) for layer in functions(resources)[function].get("Layers", [])}


def environment(resources: Resources, function: str) -> dict[str, str]:
    """The environment variables of a function."""
    found: dict[str, str] = functions(resources)[function]["Environment"]["Variables"]
    return found


def mappings(resources: Resources, service: str = "") -> list[dict[str, Any]]:
    """The event source mappings that read a queue (`sqs`), a table's stream (`dynamodb`), or either."""
    found = of_type(resources, "AWS::Lambda::EventSourceMapping").values()
    streams = {"sqs": {False}, "dynamodb": {True}}.get(service, {False, True})
    return [one for one in found if one["EventSourceArn"].endswith(".StreamArn") in streams]
