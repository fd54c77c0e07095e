"""CloudFormation's intrinsic functions (`Ref`, `Fn::Sub`, `Fn::If` …), found and evaluated in a template."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from infra.local.account import ACCOUNT, REGION

PSEUDO_PARAMETERS: Mapping[str, Any] = {
    "AWS::Region": REGION,
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::StackName": "broadsheet",
    "AWS::StackId": f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/broadsheet/local",
    "AWS::NotificationARNs": [],
}
NO_VALUE = object()
"""What `AWS::NoValue` resolves to: the property that holds it is left out."""

_VARIABLE = re.compile(r"\$\{([^!{}][^{}]*)\}")


class TemplateError(Exception):
    """The template cannot be used. The message is one sentence that says where and why."""


def references(value: Any) -> Iterator[str]:
    """Every resource or parameter that `value` names, by `Ref`, `GetAtt` or `Sub`."""
    if isinstance(value, list):
        for item in value:
            yield from references(item)
    elif isinstance(value, dict):
        match value:
            case {"Ref": str(name)} if len(value) == 1:
                yield name
            case {"Fn::GetAtt": target}:
                yield _attribute(target)[0]
            case {"Fn::Sub": [str(text), dict(own)]}:
                yield from (name.split(".")[0] for name in variables(text) if name not in own)
                yield from references(own)
            case {"Fn::Sub": str(text)}:
                yield from (name.split(".")[0] for name in variables(text))
            case _:
                for item in value.values():
                    yield from references(item)


def variables(text: str) -> list[str]:
    """The names between `${` and `}` in the text of a `Fn::Sub`, without literals (`${!`)."""
    return _VARIABLE.findall(text)


def _attribute(target: str | list[str]) -> tuple[str, str]:
    name, _, attribute = target.partition(".") if isinstance(target, str) else (target[0], ".", target[1])
    return name, attribute


def stand_in(name: str, attribute: str | None = None) -> str:
    """The value of a resource that is not created here: its logical id, with the attribute if there is one."""
    return f"{name}.{attribute}" if attribute else name


@dataclass(frozen=True)
class Resolver:
    """Evaluates CloudFormation's intrinsic functions.

    `resource` gives the values of `Ref` (attribute None) and `GetAtt` of resources; conditions, parameters and mappings
    come from the template. `pseudo_parameters` has all that CloudFormation defines.
    """

    template: Mapping[str, Any]
    parameters: Mapping[str, str]
    resource: Callable[[str, str | None], Any] = stand_in
    pseudo_parameters: Mapping[str, Any] = field(default_factory=lambda: PSEUDO_PARAMETERS, repr=False)
    _functions: Mapping[str, Callable[[Any], Any]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        functions: dict[str, Callable[[Any], Any]] = {
            "Ref": self._ref,
            "Condition": self.condition,
            "Fn::GetAtt": lambda target: self.resource(*_attribute(target)),
            "Fn::Sub": self._sub,
            "Fn::If": lambda a: self.resolve(a[1] if self.condition(a[0]) else a[2]),
            "Fn::Equals": lambda a: self.resolve(a[0]) == self.resolve(a[1]),
            "Fn::Not": lambda a: not self.resolve(a[0]),
            "Fn::And": lambda a: all(self.resolve(item) for item in a),
            "Fn::Or": lambda a: any(self.resolve(item) for item in a),
            "Fn::Join": lambda a: str(a[0]).join(str(item) for item in self.resolve(a[1])),
            "Fn::Split": lambda a: str(self.resolve(a[1])).split(a[0]),
            "Fn::Select": lambda a: self.resolve(a[1])[int(self.resolve(a[0]))],
            "Fn::FindInMap": self._find_in_map,
        }
        object.__setattr__(self, "_functions", functions)

    @property
    def stack(self) -> str:
        """The stack's name."""
        return str(self.pseudo_parameters["AWS::StackName"])

    def resolve(self, value: Any) -> Any:
        """Return `value` with every function in it evaluated. Raises TemplateError for an unknown function."""
        if isinstance(value, list):
            return [item for item in map(self.resolve, value) if item is not NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            [(name, argument)] = value.items()
            # A policy's `Condition` is a mapping; CloudFormation's names a condition of the template.
            if name in self._functions and not (name == "Condition" and isinstance(argument, dict)):
                return self._functions[name](argument)
            if name.startswith("Fn::"):
                raise TemplateError(f"{name} in the template is a function that infra/local does not know.")
        resolved = {name: self.resolve(item) for name, item in value.items()}
        return {name: item for name, item in resolved.items() if item is not NO_VALUE}

    def condition(self, name: str) -> bool:
        """Whether the template's condition `name` holds."""
        try:
            return bool(self.resolve(self.template["Conditions"][name]))
        except KeyError as error:
            raise TemplateError(f"The template has no condition {name}.") from error

    def resources(self, *types: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """The name and the unresolved body of each resource of these types (all, if none) whose condition holds."""
        return ((name, body) for name, body in self.existing("Resources") if not types or body["Type"] in types)

    def existing(self, section: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """The name and the unresolved body of everything in a section of the template whose condition holds."""
        for name, body in self.template.get(section, {}).items():
            if "Condition" not in body or self.condition(body["Condition"]):
                yield name, body

    def _ref(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return NO_VALUE
        if name in self.pseudo_parameters:
            return self.pseudo_parameters[name]
        if name in self.template.get("Parameters", {}):
            return self._parameter(name)
        return self.resource(name, None)

    def _parameter(self, name: str) -> Any:
        declared = self.template["Parameters"][name]
        if name not in self.parameters and "Default" not in declared:
            raise TemplateError(f"The template's parameter {name} has no default and was not given.")
        value = str(self.parameters.get(name, declared.get("Default")))
        is_list = declared.get("Type") == "CommaDelimitedList" or declared.get("Type", "").startswith("List<")
        return [item.strip() for item in value.split(",")] if is_list else value

    def _sub(self, argument: str | list[Any]) -> str:
        text, own = (argument, {}) if isinstance(argument, str) else argument

        def value(match: re.Match[str]) -> str:
            name, _, attribute = match[1].partition(".")
            if match[1] in own:
                return str(self.resolve(own[match[1]]))
            return str(self.resource(name, attribute) if attribute else self._ref(name))

        return _VARIABLE.sub(value, text).replace("${!", "${")

    def _find_in_map(self, argument: list[Any]) -> Any:
        first, second, third = (self.resolve(item) for item in argument[:3])
        return self.resolve(self.template["Mappings"][first][second][third])
