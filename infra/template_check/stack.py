"""A stack as CloudFormation would create it: the template's resources under given parameters, and their order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from typing import Any

from infra.local.template.intrinsics import PSEUDO_PARAMETERS, Resolver, references, stand_in

SCENARIOS: Mapping[str, Mapping[str, str]] = {
    "empty": {},
    "full": {
        "Domain": "www.news.example.com",
        "CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef",
        "SiteUrl": "https://www.news.example.com",
        "Sender": "desk@news.example.com",
        "WebSubHub": "https://hub.example.com/",
        "IndexNowKey": "6a1fd0c2-b7e4-4c1f",
        "Captcha": "turnstile",
        "CaptchaSiteKey": "0x4AAAAAAA",
        "CaptchaSecret": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:captcha-AbCdEf",
        "CaptchaSecretKey": "arn:aws:kms:eu-west-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef",
        "FormOrigins": "https://example.com https://shop.example.com:8443",
        "ScriptOrigins": "https://stats.example.com",
        "ConnectOrigins": "https://stats.example.com https://tags.example.com:8443",
        "FrameOrigins": "https://films.example.com",
        "AlarmEmail": "alarms@example.com",
        "DeletionProtection": "true",
    },
}
"""The parameters of each deployment that is checked. Together they make every condition both true and false."""

Resource = Mapping[str, Any]


@dataclass(frozen=True)
class Stack:
    """The resources that exist under `parameters`, with every `Fn::If` decided.

    `pseudo_parameters` overrides CloudFormation's, such as the stack's name. `resource` gives a resource's value in
    `properties`: by default its logical id.
    """

    template: Mapping[str, Any]
    parameters: Mapping[str, str] = field(default_factory=dict)
    pseudo_parameters: Mapping[str, Any] = field(default_factory=dict)
    resource: Callable[[str, str | None], Any] = stand_in

    @cached_property
    def resources(self) -> dict[str, Resource]:
        """Each resource by its logical id, with its references unresolved."""
        return {name: self._decided(body) for name, body in self._resolver.resources()}

    @cached_property
    def properties(self) -> dict[str, dict[str, Any]]:
        """Each resource's properties with every function evaluated."""
        return {name: self._resolver.resolve(body.get("Properties", {})) for name, body in self.resources.items()}

    @cached_property
    def outputs(self) -> dict[str, Any]:
        """Each output's value."""
        return {name: self._resolver.resolve(body["Value"]) for name, body in self._resolver.existing("Outputs")}

    @cached_property
    def dependencies(self) -> dict[str, frozenset[str]]:
        """The resources that CloudFormation creates before each: those it refers to, and its DependsOn."""
        return {
            name: frozenset({*references(body), *listed(body.get("DependsOn"))}) & self.resources.keys()
            for name, body in self.resources.items()
        }

    @cached_property
    def conditions(self) -> dict[str, bool]:
        """The value of each condition of the template."""
        return {name: self._resolver.condition(name) for name in self.template.get("Conditions", {})}

    def of(self, *types: str) -> Iterator[tuple[str, Resource]]:
        """The resources of these types."""
        for name, body in self.resources.items():
            if body["Type"] in types:
                yield name, body

    def before(self, name: str) -> frozenset[str]:
        """Every resource that exists before CloudFormation begins to create `name`."""
        found: set[str] = set()
        waiting = list(self.dependencies[name])
        while waiting:
            if (one := waiting.pop()) not in found:
                found.add(one)
                waiting += self.dependencies[one]
        return frozenset(found)

    @cached_property
    def _resolver(self) -> Resolver:
        pseudo = {**PSEUDO_PARAMETERS, **self.pseudo_parameters}
        return Resolver(self.template, self.parameters, self.resource, pseudo)

    def _decided(self, value: Any) -> Any:
        if isinstance(value, list):
            return [item for item in map(self._decided, value) if item != {"Ref": "AWS::NoValue"}]
        if not isinstance(value, dict):
            return value
        if "Fn::If" in value:
            condition, yes, no = value["Fn::If"]
            return self._decided(yes if self._resolver.condition(condition) else no)
        decided = {key: self._decided(item) for key, item in value.items()}
        return {key: item for key, item in decided.items() if item != {"Ref": "AWS::NoValue"}}


def circular(stack: Stack) -> Iterator[str]:
    """A sentence that names the resources of a circular reference, if there is one."""
    try:
        TopologicalSorter(stack.dependencies).prepare()
    except CycleError as error:
        yield f"Circular reference: {' -> '.join(reversed(error.args[1]))}."


def unreached_conditions(stacks: Sequence[Stack]) -> Iterator[str]:
    """A sentence for each condition that the stacks do not make both true and false."""
    for condition in stacks[0].conditions:
        reached = {stack.conditions[condition] for stack in stacks}
        for missing in {True, False} - reached:
            yield f"{condition} is {str(missing).lower()} in no scenario of infra/template_check/stack.py."


def listed(value: Any) -> list[Any]:
    """A list of what CloudFormation and IAM accept as one value or as a list; empty for None."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
