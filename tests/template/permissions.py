"""What each function may do, as IAM reads the template: for the tests, and as the table in SECURITY.md."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from infra.template_check.actions import READS, WRITES
from infra.template_check.stack import listed
from tests.template.resources import Resources, functions, mappings, of_type, only

CAPTCHA = {
    "Captcha": "turnstile",
    "CaptchaSiteKey": "key",
    "CaptchaSecret": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:captcha-AbC123",
}

AUTHORIZED = {
    "AWS_IAM": "editors, with signed requests",
    "Bearer": "API clients, with keys",
    "": "anybody, throttled",
}
"""Security scheme of a route → who calls it."""
INVOKERS = {"events.amazonaws.com": "a schedule", "sns.amazonaws.com": "SES, through the topic `SesEvents`"}


def statements(resources: Resources, function: str) -> Iterator[dict[str, Any]]:
    """Every statement of every policy of the function's role."""
    role = resources[functions(resources)[function]["Role"].removesuffix(".Arn")]["Properties"]
    for policy in role.get("Policies", []):
        yield from policy["PolicyDocument"]["Statement"]
    for policy in role.get("ManagedPolicyArns", []):
        assert policy in resources, f"AWS manages {policy}, and may change it"
        yield from resources[policy]["Properties"]["PolicyDocument"]["Statement"]


def grants(resources: Resources, function: str) -> dict[str, set[str]]:
    """The actions that the function may do, by resource."""
    allowed: dict[str, set[str]] = {}
    for statement in statements(resources, function):
        for resource in listed(statement["Resource"]):
            allowed.setdefault(_name(resource), set()).update(listed(statement["Action"]))
    return allowed


def table(resources: Resources) -> str:
    """The permissions of every function, as a table in Markdown."""
    rows = ["| function | called by | reads | writes |", "|---|---|---|---|"]
    for function, properties in functions(resources).items():
        module = properties["Handler"].partition(".")[0]
        invoked = "; ".join(callers(resources, function))
        reads, writes = _used(resources, function, READS), _used(resources, function, WRITES)
        rows.append(f"| `{module}` | {invoked} | {reads} | {writes} |")
    return "\n".join(rows) + "\n"


def callers(resources: Resources, function: str) -> Iterator[str]:
    """Who or what invokes the function."""
    found: set[str] = set()
    for methods in only(resources, "AWS::ApiGatewayV2::Api")["Body"]["paths"].values():
        for call in methods.values():
            if f"functions/{function}.Arn/" in call["x-amazon-apigateway-integration"]["uri"]:
                found.update(name for one in call.get("security", [{"": []}]) for name in one)
    yield from (who for scheme, who in AUTHORIZED.items() if scheme in found)
    if function == "AuthorizerFunction":
        yield "the API, for calls with a key"
    for mapping in mappings(resources):
        if mapping["FunctionName"] == function:
            source, _, attribute = mapping["EventSourceArn"].partition(".")
            yield f"the {'stream of' if attribute == 'StreamArn' else 'queue'} `{source}`"
    for name, machine in of_type(resources, "AWS::StepFunctions::StateMachine").items():
        if f"{function}.Arn" in machine["DefinitionSubstitutions"].values():
            yield f"the state machine `{name}`"
    for permission in of_type(resources, "AWS::Lambda::Permission").values():
        if permission["FunctionName"] == function and permission["Principal"] in INVOKERS:
            yield INVOKERS[permission["Principal"]]


def _used(resources: Resources, function: str, verbs: Mapping[str, str]) -> str:
    """What the function uses by these verbs: `` `uploads/*` in `Media` (get, delete)``."""
    found: dict[str, dict[str, None]] = {}  # sets that keep their order
    for statement in statements(resources, function):
        done = [verb for action, verb in verbs.items() if action in listed(statement["Action"])]
        for resource in listed(statement["Resource"]) if done else ():
            shown = _shown(_name(resource), _keys(statement), statement)
            found.setdefault(shown, {}).update(dict.fromkeys(done))
    return ", ".join(f"{shown} ({', '.join(done)})" for shown, done in found.items()) or "nothing"


def _shown(name: str, keys: list[str], statement: Mapping[str, Any]) -> str:
    """A resource for people: a bucket's part and a table's rows with the bucket and the table."""
    if "ses:DeleteSuppressedDestination" in listed(statement["Action"]):
        return "SES's suppression list"
    if name.startswith("ses:"):
        assert statement["Condition"]["StringEquals"].keys() == {"ses:FromAddress"}
        return "mail from `Sender`"
    if name == _name(CAPTCHA["CaptchaSecret"]):
        return "the captcha's secret"
    if name.startswith("states:stateMachine:"):
        return "`SendingMachine`"
    if name.startswith("ssm:"):
        return "the site's URL in SSM"
    resource, _, path = name.partition("/")
    parts = keys or ([path] if path not in ("", "*") else [])
    within = " and ".join(f"`{part}`" for part in parts)
    return f"{within} in `{resource}`" if parts else f"`{resource}`"


def _keys(statement: Mapping[str, Any]) -> list[str]:
    """The partition keys to which a statement limits its actions."""
    return [
        key
        for operator, limits in statement.get("Condition", {}).items()
        if operator.startswith("ForAllValues:")
        for key in listed(limits.get("dynamodb:LeadingKeys"))
    ]


def _name(resource: str) -> str:
    return re.sub(r"^arn:aws:(\w+):[^:]+:[^:]+:", r"\1:", resource.replace(".Arn", ""))
