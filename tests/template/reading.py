"""The template as CloudFormation would see it: translated, its parameters resolved, its resources asked for by type."""

from functools import cache
from pathlib import Path
from typing import Any

from infra.local.template import template
from infra.local.template.intrinsics import PSEUDO_PARAMETERS, Resolver

ROOT = Path(__file__).parent.parent.parent
TEMPLATE = ROOT / "template.yaml"

Resources = dict[str, dict[str, Any]]

FULL = {
    "Domain": "news.example",
    "CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/1",
    "Sender": "letter@news.example",
    "AlarmEmail": "desk@news.example",
    "DeletionProtection": "true",
}


@cache
def resolved(stack: str = "broadsheet", **parameters: str) -> dict[str, Any]:
    """The resources and outputs of a stack of this name; what the parameters leave out is not among them."""
    plain = template.read(TEMPLATE, parameters)
    resolver = Resolver(plain, parameters, pseudo_parameters={**PSEUDO_PARAMETERS, "AWS::StackName": stack})
    return {
        section: {
            name: resolver.resolve(body)
            for name, body in plain[section].items()
            if "Condition" not in body or resolver.condition(body["Condition"])
        }
        for section in ("Resources", "Outputs")
    }


def parameters() -> dict[str, dict[str, Any]]:
    """The template's parameters, by name."""
    found: dict[str, dict[str, Any]] = template.read(TEMPLATE, {})["Parameters"]
    return found


def of_type(resources: Resources, *types: str) -> dict[str, dict[str, Any]]:
    """The properties of all resources of these types, by the names that the template gives them."""
    return {name: body["Properties"] for name, body in resources.items() if body["Type"] in types}


def functions(resources: Resources) -> dict[str, dict[str, Any]]:
    return of_type(resources, "AWS::Lambda::Function")


def mappings(resources: Resources, service: str) -> list[dict[str, Any]]:
    """Every event source mapping that reads a queue (`sqs`) or a table's stream (`dynamodb`)."""
    found = of_type(resources, "AWS::Lambda::EventSourceMapping").values()
    return [one for one in found if one["EventSourceArn"].endswith(".StreamArn") is (service == "dynamodb")]


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
