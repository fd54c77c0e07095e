"""AWS's rules for each type of resource that the template uses: its physical name, and what a replacement loses.

The check fails for a type that is missing here, so a new type's rules must be looked up. If the template gives no name,
CloudFormation makes one of the stack's name, the logical id and a random suffix, and cuts it to the type's limit
(`IdentifierUtils` of cloudformation-cli-java-plugin; "Name type" in the CloudFormation User Guide). So generated names
always fit, and two stacks never share one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

ANY = r"\s\S"
"""The character class of names that may hold any character."""


@dataclass(frozen=True)
class Kind:
    """One type of resource.

    `name` is the path to the property with its physical name, which has at most `limit` characters, all of them in the
    character class `alphabet`. The name is `unique` among those of its type in the account, in the account's region, or
    only in its parent resource. `loses` names what is lost when CloudFormation replaces the resource; it is empty if
    nothing is. `kept` resources outlive their stack. `late` ones are used only by functions that run, which may be
    created first, and name them as a text.
    """

    name: tuple[str, ...] = ()
    limit: int = 0
    alphabet: str = r"\w.-"
    unique: Literal["account", "region", "parent"] = "region"
    loses: str = ""
    kept: bool = False
    late: bool = False

    def named(self, properties: Mapping[str, Any]) -> Any:
        """The name that `properties` give, or None if CloudFormation generates one."""
        value: Any = properties
        for step in self.name:
            value = value.get(step) if isinstance(value, dict) else None
        return value if self.name else None


# Limits: the API reference of each service, at the call that creates the resource ("Length Constraints").
KINDS: Mapping[str, Kind] = {
    # An HTTP API's name is its document's title (SAM makes it of the stack's name), and need not be unique.
    "AWS::ApiGatewayV2::Api": Kind(
        ("Body", "info", "title"), 128, ANY, unique="parent", loses="its address, which editors' scripts call"
    ),
    "AWS::ApiGatewayV2::Stage": Kind(("StageName",), 128, "$a-zA-Z0-9_-", unique="parent"),
    "AWS::CloudFront::CachePolicy": Kind(("CachePolicyConfig", "Name"), 128, unique="account"),
    "AWS::CloudFront::Distribution": Kind(loses="its domain name, to which the site's DNS record points"),
    "AWS::CloudFront::Function": Kind(("Name",), 64, "a-zA-Z0-9_-", unique="account"),
    "AWS::CloudFront::OriginAccessControl": Kind(("OriginAccessControlConfig", "Name"), 64, unique="account"),
    "AWS::CloudFront::ResponseHeadersPolicy": Kind(("ResponseHeadersPolicyConfig", "Name"), 128, unique="account"),
    "AWS::CloudWatch::Alarm": Kind(("AlarmName",), 255, ANY),
    # A dashboard's name has no region, and the console shows the same one in every region.
    "AWS::CloudWatch::Dashboard": Kind(("DashboardName",), 255, "a-zA-Z0-9_-", unique="account"),
    "AWS::DynamoDB::Table": Kind(("TableName",), 255, loses="its rows", kept=True),
    # Rules, which other stacks make, name it.
    "AWS::Events::EventBus": Kind(("Name",), 256, r"/\w.-", loses="the rules by which other systems subscribe"),
    "AWS::Events::Rule": Kind(("Name",), 64),
    "AWS::IAM::ManagedPolicy": Kind(("ManagedPolicyName",), 128, r"\w+=,.@-", unique="account"),
    "AWS::IAM::Role": Kind(("RoleName",), 64, r"\w+=,.@-", unique="account"),
    "AWS::Lambda::EventInvokeConfig": Kind(),
    "AWS::Lambda::EventSourceMapping": Kind(),
    "AWS::Lambda::Function": Kind(("FunctionName",), 64, "a-zA-Z0-9_-"),
    # Functions keep the content of a layer version that is deleted or replaced.
    "AWS::Lambda::LayerVersion": Kind(("LayerName",), 140, "a-zA-Z0-9_-"),
    "AWS::Lambda::Permission": Kind(),
    "AWS::Logs::LogGroup": Kind(("LogGroupName",), 512, "a-zA-Z0-9_/.#-", loses="its logs"),
    "AWS::S3::Bucket": Kind(("BucketName",), 63, "a-z0-9.-", unique="account", loses="its objects", kept=True),
    "AWS::S3::BucketPolicy": Kind(),
    "AWS::SES::ConfigurationSet": Kind(("Name",), 64, "a-zA-Z0-9_-"),
    "AWS::SES::ConfigurationSetEventDestination": Kind(
        ("EventDestination", "Name"), 64, "a-zA-Z0-9_-", unique="parent"
    ),
    # Its name is the sender's domain, which several stacks may use.
    "AWS::SES::EmailIdentity": Kind(
        ("EmailIdentity",), 255, ANY, unique="parent", loses="its verification and DKIM keys", kept=True
    ),
    # Functions read it while they run, so the order of creation does not matter: they may name it as a text.
    "AWS::SSM::Parameter": Kind(),
    "AWS::SNS::Subscription": Kind(),
    "AWS::SNS::Topic": Kind(("TopicName",), 256, "a-zA-Z0-9_-", loses="its subscriptions"),
    "AWS::SNS::TopicPolicy": Kind(),
    "AWS::SQS::Queue": Kind(("QueueName",), 80, loses="its messages"),
    "AWS::SQS::QueuePolicy": Kind(),
    "AWS::SecretsManager::Secret": Kind(("Name",), 512, r"\w/+=.@-", loses="its value", kept=True),
    # The schedule starts the execution of a running sending again in a new one.
    "AWS::StepFunctions::StateMachine": Kind(("StateMachineName",), 80, "a-zA-Z0-9_-", late=True),
}


def unknown_types(template: Mapping[str, Any]) -> list[str]:
    """A sentence for each type of resource in the template that `KINDS` does not have."""
    types = {resource["Type"] for resource in template["Resources"].values()}
    return [f"{one} has no entry in infra/template_check/kinds.py." for one in sorted(types - KINDS.keys())]
