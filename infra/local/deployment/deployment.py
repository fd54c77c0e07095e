"""Deploys a template into moto.

moto's CloudFormation creates tables, streams, buckets, queues and functions. It silently drops some of their
properties and whole types of resources: those are created here from the same template. Finally every resource is
looked up, so a `Deployment` means that all of them exist.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from infra.local.account import ACCOUNT, REGION
from infra.local.moto.clients import AwsClients
from infra.local.resources import Attributes, Deployment
from infra.local.template import template
from infra.local.template.intrinsics import (
    PSEUDO_PARAMETERS,
    Resolver,
    TemplateError,
    references,
    stand_in,
    variables,
)

STACK = "broadsheet"
PATCHED_AWS = AwsClients()
"""AWS in this process, in a test under `mock_aws`."""

_ANY_ROLE = "local"


def deploy(
    path: Path, parameters: Mapping[str, str], clients: AwsClients = PATCHED_AWS, stack: str = STACK
) -> Deployment:
    """Create the resources of the template at `path` in moto.

    Raises TemplateError for an invalid template or one that moto cannot create, and SES's AlreadyExistsException for
    an email identity that another stack has.
    """
    translated = template.read(path, parameters)
    attributes: dict[str, Attributes] = {}
    pseudo_parameters = {**PSEUDO_PARAMETERS, "AWS::StackName": stack}
    resolver = Resolver(translated, parameters, _lookup(attributes), pseudo_parameters)
    for type_, create in _CREATED_HERE.items():
        for name, body in resolver.resources(type_):
            attributes[name] = create(clients, f"{stack}-{name}", resolver.resolve(body.get("Properties", {})))
    machines = dict(resolver.resources("AWS::StepFunctions::StateMachine"))
    for name, body in machines.items():
        attributes[name] = _machine(resolver.resolve(body["Properties"]["StateMachineName"]))
    _create_stack(path, clients, resolver)
    for name, physical in _stack_resources(path, clients, resolver):
        try:
            attributes[name] = _DESCRIBED[translated["Resources"][name]["Type"]](clients, physical)
        except ClientError as error:
            raise TemplateError(f"{path}: moto did not create {name}: {error}.") from error
    for body in machines.values():
        _create_machine(clients, resolver.resolve(body["Properties"]))
    _complete(clients, resolver)
    return Deployment(path, clients, resolver, attributes)


def _lookup(attributes: Mapping[str, Attributes]) -> Callable[[str, str | None], Any]:
    def resource(name: str, attribute: str | None) -> Any:
        return attributes.get(name, {}).get(attribute, stand_in(name, attribute))

    return resource


# --- resources that moto's CloudFormation creates ---


def _create_stack(path: Path, clients: AwsClients, resolver: Resolver) -> None:
    body = _pruned(resolver)
    clients.iam.create_role(RoleName=f"{resolver.stack}-{_ANY_ROLE}", AssumeRolePolicyDocument="{}")
    values = [
        {"ParameterKey": name, "ParameterValue": value}
        for name, value in resolver.parameters.items()
        if name in body.get("Parameters", {})
    ]
    try:
        clients.cloudformation.create_stack(
            StackName=resolver.stack,
            TemplateBody=json.dumps(body),
            Parameters=values,  # type: ignore[arg-type]  # a literal of the right shape
        )
        [stack] = clients.cloudformation.describe_stacks(StackName=resolver.stack)["Stacks"]
    except (ClientError, ResponseParserError) as error:  # moto sends some errors in another service's format
        raise TemplateError(f"{path}: moto refuses the template: {error}") from error
    if stack["StackStatus"] != "CREATE_COMPLETE":
        raise TemplateError(f"{path}: moto cannot create the template: {stack.get('StackStatusReason')}.")


def _pruned(resolver: Resolver) -> dict[str, Any]:
    """A copy of the template with only the resources that moto can create, and without references to the others."""
    kept = dict(resolver.resources(*_DESCRIBED))
    dropped = {name for name in resolver.template["Resources"] if name not in kept}
    resources = {}
    for name, body in kept.items():
        properties = dict(body.get("Properties", {}))
        if body["Type"] == "AWS::Lambda::Function":
            # moto does not run the functions; it only resolves their environment. .venv has what layers ship.
            properties.pop("Layers", None)
            role = f"arn:aws:iam::{ACCOUNT}:role/{resolver.stack}-{_ANY_ROLE}"
            properties |= {"Code": {"ZipFile": "pass"}, "Role": role}
        resources[name] = {"Type": body["Type"], "Properties": _without(dropped, properties, resolver)}
    sections = ("Parameters", "Conditions", "Mappings")
    rest = {section: resolver.template[section] for section in sections if section in resolver.template}
    return {**rest, "Resources": resources}


def _without(dropped: set[str], value: Any, resolver: Resolver) -> Any:
    """`value` with every intrinsic function that refers to a dropped resource resolved."""
    if isinstance(value, list):
        return [_without(dropped, item, resolver) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1 and next(iter(value)) in {"Ref", "Fn::GetAtt", "Fn::Sub"}:
        return _partly_resolved(dropped, value, resolver) if dropped & set(references(value)) else value
    return {name: _without(dropped, item, resolver) for name, item in value.items()}


def _partly_resolved(dropped: set[str], value: dict[str, Any], resolver: Resolver) -> Any:
    if "Fn::Sub" not in value:
        return resolver.resolve(value)
    text, own = (value["Fn::Sub"], {}) if isinstance(value["Fn::Sub"], str) else value["Fn::Sub"]
    for reference in set(variables(text)) - set(own):
        if reference.split(".")[0] in dropped:
            text = text.replace(f"${{{reference}}}", resolver.resolve({"Fn::Sub": f"${{{reference}}}"}))
    return {"Fn::Sub": [text, _without(dropped, own, resolver)] if own else text}


def _stack_resources(path: Path, clients: AwsClients, resolver: Resolver) -> Iterator[tuple[str, str]]:
    created = {
        resource["LogicalResourceId"]: resource.get("PhysicalResourceId", "")
        for resource in clients.cloudformation.describe_stack_resources(StackName=resolver.stack)["StackResources"]
    }
    for name, _ in resolver.resources(*_DESCRIBED):
        if not created.get(name):
            raise TemplateError(f"{path}: moto did not create {name}.")
        yield name, created[name]


def _table(clients: AwsClients, name: str) -> Attributes:
    table = clients.dynamodb.describe_table(TableName=name)["Table"]
    return {None: name, "Arn": table["TableArn"], "StreamArn": table.get("LatestStreamArn")}


def _bucket(clients: AwsClients, name: str) -> Attributes:
    clients.s3.head_bucket(Bucket=name)
    domain = f"{name}.s3.{REGION}.amazonaws.com"
    return {
        None: name,
        "Arn": f"arn:aws:s3:::{name}",
        "DomainName": f"{name}.s3.amazonaws.com",
        "RegionalDomainName": domain,
    }


def _queue(clients: AwsClients, url: str) -> Attributes:
    arn = clients.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    return {None: url, "QueueUrl": url, "Arn": arn, "QueueName": arn.rpartition(":")[2]}


def _function(clients: AwsClients, name: str) -> Attributes:
    return {None: name, "Arn": clients.lambda_.get_function_configuration(FunctionName=name)["FunctionArn"]}


_DESCRIBED: Mapping[str, Callable[[AwsClients, str], Attributes]] = {
    "AWS::DynamoDB::Table": _table,
    "AWS::S3::Bucket": _bucket,
    "AWS::SQS::Queue": _queue,
    "AWS::Lambda::Function": _function,
}
"""The types that moto's CloudFormation creates, each with a function that looks a resource up."""


# --- resources and properties that moto's CloudFormation leaves out ---


def _secret(clients: AwsClients, name: str, properties: Mapping[str, Any]) -> Attributes:
    value = properties.get("SecretString")
    if generate := properties.get("GenerateSecretString"):
        content = {key: generate[key] for key in generate if key not in {"SecretStringTemplate", "GenerateStringKey"}}
        value = clients.secrets.get_random_password(**content)["RandomPassword"]
        if "GenerateStringKey" in generate:
            value = json.dumps({**json.loads(generate["SecretStringTemplate"]), generate["GenerateStringKey"]: value})
    created = clients.secrets.create_secret(Name=properties.get("Name", name), SecretString=value or "")
    return {None: created["ARN"], "Id": created["ARN"]}


def _email_identity(clients: AwsClients, _name: str, properties: Mapping[str, Any]) -> Attributes:
    clients.ses.create_email_identity(EmailIdentity=properties["EmailIdentity"])
    return {None: properties["EmailIdentity"]}


def _configuration_set(clients: AwsClients, name: str, properties: Mapping[str, Any]) -> Attributes:
    set_name = properties.get("Name", name)
    clients.ses.create_configuration_set(ConfigurationSetName=set_name)
    return {None: set_name}


def _parameter(clients: AwsClients, _name: str, properties: Mapping[str, Any]) -> Attributes:
    clients.ssm.put_parameter(Name=properties["Name"], Type=properties["Type"], Value=properties["Value"])
    return {None: properties["Name"]}


def _event_bus(clients: AwsClients, _name: str, properties: Mapping[str, Any]) -> Attributes:
    """moto's CloudFormation creates one and does not name it: its resource has no physical id."""
    arn = clients.events.create_event_bus(Name=properties["Name"])["EventBusArn"]
    return {None: properties["Name"], "Name": properties["Name"], "Arn": arn}


_CREATED_HERE: Mapping[str, Callable[[AwsClients, str, Mapping[str, Any]], Attributes]] = {
    "AWS::SecretsManager::Secret": _secret,
    "AWS::SES::EmailIdentity": _email_identity,
    "AWS::SES::ConfigurationSet": _configuration_set,
    "AWS::SSM::Parameter": _parameter,
    "AWS::Events::EventBus": _event_bus,
}


def _machine(name: str) -> Attributes:
    """What functions are told of a state machine, which is created after them because it names them."""
    arn = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{name}"
    return {None: arn, "Arn": arn, "Name": name}


def _create_machine(clients: AwsClients, properties: Mapping[str, Any]) -> None:
    definition = properties["DefinitionString"]
    for name, value in properties.get("DefinitionSubstitutions", {}).items():
        definition = definition.replace(f"${{{name}}}", value)
    clients.states.create_state_machine(
        name=properties["StateMachineName"],
        definition=definition,
        roleArn=f"arn:aws:iam::{ACCOUNT}:role/{_ANY_ROLE}",
        type=properties.get("StateMachineType", "STANDARD"),
    )


def _complete(clients: AwsClients, resolver: Resolver) -> None:
    """Set the properties of tables and buckets that moto's CloudFormation drops."""
    for name, body in resolver.resources("AWS::DynamoDB::Table"):
        if ttl := resolver.resolve(body["Properties"].get("TimeToLiveSpecification")):
            clients.dynamodb.update_time_to_live(TableName=resolver.resource(name, None), TimeToLiveSpecification=ttl)
    for name, body in resolver.resources("AWS::S3::Bucket"):
        if versioning := resolver.resolve(body.get("Properties", {}).get("VersioningConfiguration")):
            clients.s3.put_bucket_versioning(Bucket=resolver.resource(name, None), VersioningConfiguration=versioning)
        if notifications := resolver.resolve(body.get("Properties", {}).get("NotificationConfiguration")):
            queues: Any = [
                {
                    "QueueArn": one["Queue"],
                    "Events": [one["Event"]],
                    "Filter": {"Key": {"FilterRules": one["Filter"]["S3Key"]["Rules"]}},
                }
                for one in notifications["QueueConfigurations"]
            ]
            clients.s3.put_bucket_notification_configuration(
                Bucket=resolver.resource(name, None), NotificationConfiguration={"QueueConfigurations": queues}
            )
