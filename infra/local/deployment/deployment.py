"""Puts the template into moto, and says what came of it.

moto's CloudFormation creates the tables, streams, buckets, queues and topics; moto drops some of their properties
and whole types of resource without a word, so those are made from the same template here, and everything that should
exist is looked up afterwards: a `Deployment` in hand means that it does.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from infra.local.account import ACCOUNT, REGION
from infra.local.moto.clients import Cloud
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
PATCHED_AWS = Cloud()
"""AWS in this very process, as a test under `mock_aws` has it."""

_ANY_ROLE = "local"

Attributes = dict[str | None, Any]
"""A resource's answers to `GetAtt`, and under None to `Ref`."""


@dataclass(frozen=True)
class Deployment:
    """The template as it stands in moto."""

    path: Path
    cloud: Cloud
    resolver: Resolver
    attributes: Mapping[str, Attributes] = field(repr=False)

    def name(self, resource: str) -> str:
        """The physical name (of a queue: the URL) of a resource of the template."""
        return str(self.resolver.resource(resource, None))

    def named(self, reference: str) -> str:
        """The resource of the template that `reference` (a physical name, or any ARN of it) means.

        Raises TemplateError where the template creates none such.
        """
        for name, attributes in self.attributes.items():
            if reference.removesuffix(":$LATEST") in attributes.values():
                return name
        raise TemplateError(f"The template connects {reference}, which it does not create.")

    def properties(self, type_: str) -> Iterator[Any]:
        """What the template says of every resource of a type, every reference resolved."""
        for _, body in self.resolver.resources(type_):
            yield self.resolver.resolve(body["Properties"])

    def environment(self, function: str) -> dict[str, str]:
        """The variables that `function` of the template sees, every reference in them resolved by moto."""
        configuration = self.cloud.lambda_.get_function_configuration(FunctionName=self.name(function))
        return dict(configuration.get("Environment", {}).get("Variables", {}))

    def secret(self, id_: str) -> str:
        """The text of a secret, by its name or its ARN."""
        return self.cloud.secrets.get_secret_value(SecretId=id_)["SecretString"]


def deploy(path: Path, parameters: Mapping[str, str], cloud: Cloud = PATCHED_AWS, stack: str = STACK) -> Deployment:
    """Create everything in the template at `path` that has a life here, in moto as it is reached through `cloud`.

    Raises TemplateError, in one sentence, for a template that cannot be used or that moto did not follow, and SES's own
    AlreadyExistsException for an email identity that another stack has.
    """
    translated = template.read(path, parameters)
    attributes: dict[str, Attributes] = {}
    pseudo_parameters = {**PSEUDO_PARAMETERS, "AWS::StackName": stack}
    resolver = Resolver(translated, parameters, _lookup(attributes), pseudo_parameters)
    for type_, create in _CREATED_HERE.items():
        for name, body in resolver.resources(type_):
            attributes[name] = create(cloud, f"{stack}-{name}", resolver.resolve(body.get("Properties", {})))
    _create_stack(path, cloud, resolver)
    for name, physical in _stack_resources(path, cloud, resolver):
        try:
            attributes[name] = _DESCRIBED[translated["Resources"][name]["Type"]](cloud, physical)
        except ClientError as error:
            raise TemplateError(f"{path}: moto says that it created {name}, and did not: {error}.") from error
    _complete(cloud, resolver)
    return Deployment(path, cloud, resolver, attributes)


def _lookup(attributes: Mapping[str, Attributes]) -> Callable[[str, str | None], Any]:
    def resource(name: str, attribute: str | None) -> Any:
        return attributes.get(name, {}).get(attribute, stand_in(name, attribute))

    return resource


# --- what moto's CloudFormation creates ---


def _create_stack(path: Path, cloud: Cloud, resolver: Resolver) -> None:
    body = _pruned(resolver)
    cloud.iam.create_role(RoleName=f"{resolver.stack}-{_ANY_ROLE}", AssumeRolePolicyDocument="{}")
    given = [
        {"ParameterKey": name, "ParameterValue": value}
        for name, value in resolver.parameters.items()
        if name in body.get("Parameters", {})
    ]
    try:
        cloud.cloudformation.create_stack(
            StackName=resolver.stack,
            TemplateBody=json.dumps(body),
            Parameters=given,  # type: ignore[arg-type]  # a literal of the right shape
        )
        [stack] = cloud.cloudformation.describe_stacks(StackName=resolver.stack)["Stacks"]
    except (ClientError, ResponseParserError) as error:  # moto answers some refusals in another service's format
        raise TemplateError(f"{path}: moto refuses it: {error}") from error
    if stack["StackStatus"] != "CREATE_COMPLETE":
        raise TemplateError(f"{path}: moto could not create it: {stack.get('StackStatusReason')}.")


def _pruned(resolver: Resolver) -> dict[str, Any]:
    """A copy of the template with what moto can create, and nothing that refers to the rest."""
    kept = dict(resolver.resources(*_DESCRIBED))
    gone = {name for name in resolver.template["Resources"] if name not in kept}
    resources = {}
    for name, body in kept.items():
        properties = dict(body.get("Properties", {}))
        if body["Type"] == "AWS::Lambda::Function":
            # The functions run beside moto; it holds them for the sake of their environment.
            role = f"arn:aws:iam::{ACCOUNT}:role/{resolver.stack}-{_ANY_ROLE}"
            properties |= {"Code": {"ZipFile": "pass"}, "Role": role}
        resources[name] = {"Type": body["Type"], "Properties": _without(gone, properties, resolver)}
    sections = ("Parameters", "Conditions", "Mappings")
    rest = {section: resolver.template[section] for section in sections if section in resolver.template}
    return {**rest, "Resources": resources}


def _without(gone: set[str], value: Any, resolver: Resolver) -> Any:
    """`value` with each function that names a resource that moto will not have evaluated beforehand."""
    if isinstance(value, list):
        return [_without(gone, item, resolver) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1 and next(iter(value)) in {"Ref", "Fn::GetAtt", "Fn::Sub"}:
        named = set(references(value))
        if named & gone:
            return _partly_resolved(gone, value, resolver)
        return value
    return {name: _without(gone, item, resolver) for name, item in value.items()}


def _partly_resolved(gone: set[str], value: dict[str, Any], resolver: Resolver) -> Any:
    if "Fn::Sub" not in value:
        return resolver.resolve(value)
    text, own = (value["Fn::Sub"], {}) if isinstance(value["Fn::Sub"], str) else value["Fn::Sub"]
    for reference in set(variables(text)) - set(own):
        if reference.split(".")[0] in gone:
            text = text.replace(f"${{{reference}}}", resolver.resolve({"Fn::Sub": f"${{{reference}}}"}))
    return {"Fn::Sub": [text, _without(gone, own, resolver)] if own else text}


def _stack_resources(path: Path, cloud: Cloud, resolver: Resolver) -> Iterator[tuple[str, str]]:
    created = {
        resource["LogicalResourceId"]: resource.get("PhysicalResourceId", "")
        for resource in cloud.cloudformation.describe_stack_resources(StackName=resolver.stack)["StackResources"]
    }
    for name, _ in resolver.resources(*_DESCRIBED):
        if not created.get(name):
            raise TemplateError(f"{path}: moto left out {name}.")
        yield name, created[name]


def _table(cloud: Cloud, name: str) -> Attributes:
    table = cloud.dynamodb.describe_table(TableName=name)["Table"]
    return {None: name, "Arn": table["TableArn"], "StreamArn": table.get("LatestStreamArn")}


def _bucket(cloud: Cloud, name: str) -> Attributes:
    cloud.s3.head_bucket(Bucket=name)
    domain = f"{name}.s3.{REGION}.amazonaws.com"
    return {
        None: name,
        "Arn": f"arn:aws:s3:::{name}",
        "DomainName": f"{name}.s3.amazonaws.com",
        "RegionalDomainName": domain,
    }


def _queue(cloud: Cloud, url: str) -> Attributes:
    arn = cloud.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    return {None: url, "QueueUrl": url, "Arn": arn, "QueueName": arn.rpartition(":")[2]}


def _function(cloud: Cloud, name: str) -> Attributes:
    return {None: name, "Arn": cloud.lambda_.get_function_configuration(FunctionName=name)["FunctionArn"]}


_DESCRIBED: Mapping[str, Callable[[Cloud, str], Attributes]] = {
    "AWS::DynamoDB::Table": _table,
    "AWS::S3::Bucket": _bucket,
    "AWS::SQS::Queue": _queue,
    "AWS::Lambda::Function": _function,
}
"""What is created by moto's CloudFormation, and how to see that it was."""


# --- what it would leave out ---


def _secret(cloud: Cloud, name: str, properties: Mapping[str, Any]) -> Attributes:
    value = properties.get("SecretString")
    if wanted := properties.get("GenerateSecretString"):
        content = {key: wanted[key] for key in wanted if key not in {"SecretStringTemplate", "GenerateStringKey"}}
        value = cloud.secrets.get_random_password(**content)["RandomPassword"]
        if "GenerateStringKey" in wanted:
            value = json.dumps({**json.loads(wanted["SecretStringTemplate"]), wanted["GenerateStringKey"]: value})
    created = cloud.secrets.create_secret(Name=properties.get("Name", name), SecretString=value or "")
    return {None: created["ARN"], "Id": created["ARN"]}


def _email_identity(cloud: Cloud, _name: str, properties: Mapping[str, Any]) -> Attributes:
    cloud.ses.create_email_identity(EmailIdentity=properties["EmailIdentity"])
    return {None: properties["EmailIdentity"]}


def _configuration_set(cloud: Cloud, name: str, properties: Mapping[str, Any]) -> Attributes:
    set_name = properties.get("Name", name)
    cloud.ses.create_configuration_set(ConfigurationSetName=set_name)
    return {None: set_name}


_CREATED_HERE: Mapping[str, Callable[[Cloud, str, Mapping[str, Any]], Attributes]] = {
    "AWS::SecretsManager::Secret": _secret,
    "AWS::SES::EmailIdentity": _email_identity,
    "AWS::SES::ConfigurationSet": _configuration_set,
}


def _complete(cloud: Cloud, resolver: Resolver) -> None:
    """Set the properties of tables and buckets that moto's CloudFormation drops and that have a meaning here."""
    for name, body in resolver.resources("AWS::DynamoDB::Table"):
        if ttl := resolver.resolve(body["Properties"].get("TimeToLiveSpecification")):
            cloud.dynamodb.update_time_to_live(TableName=resolver.resource(name, None), TimeToLiveSpecification=ttl)
    for name, body in resolver.resources("AWS::S3::Bucket"):
        if versioning := resolver.resolve(body.get("Properties", {}).get("VersioningConfiguration")):
            cloud.s3.put_bucket_versioning(Bucket=resolver.resource(name, None), VersioningConfiguration=versioning)
        if notified := resolver.resolve(body.get("Properties", {}).get("NotificationConfiguration")):
            queues: Any = [
                {
                    "QueueArn": one["Queue"],
                    "Events": [one["Event"]],
                    "Filter": {"Key": {"FilterRules": one["Filter"]["S3Key"]["Rules"]}},
                }
                for one in notified["QueueConfigurations"]
            ]
            cloud.s3.put_bucket_notification_configuration(
                Bucket=resolver.resource(name, None), NotificationConfiguration={"QueueConfigurations": queues}
            )
