"""The resources of a deployed template: physical names, attributes, properties."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from infra.local.moto.clients import AwsClients
from infra.local.template.intrinsics import Resolver, TemplateError

Attributes = dict[str | None, Any]
"""The values of a resource's `GetAtt` attributes; that of `Ref` has the key None."""


@dataclass(frozen=True)
class Deployment:
    """A template, deployed into moto: every resource that it names here exists."""

    path: Path
    clients: AwsClients
    resolver: Resolver
    attributes: Mapping[str, Attributes] = field(repr=False)

    def name(self, resource: str) -> str:
        """The physical name of a resource of the template; for a queue its URL."""
        return str(self.resolver.resource(resource, None))

    @property
    def deliveries_table(self) -> str:
        """The name of the table of sendings."""
        return self.name("Deliveries")

    @property
    def sending_machine(self) -> str:
        """The ARN of the state machine that sends issues; the logical id in a deployment without a sender."""
        return self.name("SendingMachine")

    def named(self, reference: str) -> str:
        """The logical name of the resource with this physical name or ARN.

        Raises TemplateError if the template creates none.
        """
        for name, attributes in self.attributes.items():
            if reference.removesuffix(":$LATEST") in attributes.values():
                return name
        raise TemplateError(f"The template refers to {reference}, but does not create it.")

    def properties(self, type_: str) -> Iterator[Any]:
        """The properties of every resource of a type, with references resolved."""
        for _, body in self.resolver.resources(type_):
            yield self.resolver.resolve(body["Properties"])

    def environment(self, function: str) -> dict[str, str]:
        """The environment variables of a function, with references resolved by moto."""
        configuration = self.clients.lambda_.get_function_configuration(FunctionName=self.name(function))
        variables = configuration.get("Environment", {}).get("Variables", {})
        return {name: str(value) for name, value in variables.items()}  # moto keeps the numbers of parameters

    def secret(self, id_: str) -> str:
        """The text of a secret, by its name or ARN."""
        return self.clients.secrets.get_secret_value(SecretId=id_)["SecretString"]
