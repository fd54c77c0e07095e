"""The template: read, checked, translated to plain CloudFormation, and resolved.

`template.yaml` is the only description of the system. This module turns it into what CloudFormation would see, on
this machine and without credentials, and evaluates CloudFormation's functions over it. It knows no emulator.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

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
    """The template cannot be used. Its text is one sentence that says where and why."""


class _NoManagedPolicies:
    """Stands in for SAM's loader of AWS-managed policies, which would need credentials."""

    def load(self) -> dict[str, str]:
        return {}


def read(path: Path, parameters: Mapping[str, str]) -> Mapping[str, Any]:
    """Return the template at `path` as plain CloudFormation: shared between callers, so only to be read.

    Every `Ref`, `GetAtt` and `Sub` in it names something that it defines. Raises TemplateError.
    """
    try:
        stamp = path.stat().st_mtime_ns
    except OSError as error:
        raise TemplateError(f"{path}: {error.strerror or error}.") from error
    return _translated(path, stamp, tuple(sorted(parameters.items())))


@lru_cache(maxsize=8)
def _translated(path: Path, _stamp: int, parameters: tuple[tuple[str, str], ...]) -> dict[str, Any]:
    # To import the translator takes most of a second, in which the stack has better things to start.
    from samtranslator.model.exceptions import (  # type: ignore[import-untyped]  # noqa: PLC0415  has no types
        InvalidDocumentException,
    )
    from samtranslator.translator.transform import (  # type: ignore[import-untyped]  # noqa: PLC0415  has no types
        transform,
    )

    source = _parsed(path)
    # The translator insists on code that lies in S3 already. Aliases and gradual deployments are about releases;
    # with one copy of each function they would only stand between an event and its function.
    for function in [source.get("Globals", {}).get("Function"), *_serverless_functions(source)]:
        if isinstance(function, dict):
            for name in ("AutoPublishAlias", "DeploymentPreference", "SnapStart"):
                function.pop(name, None)
            if "CodeUri" in function:
                function["CodeUri"] = "s3://local/functions.zip"
    os.environ.setdefault("AWS_DEFAULT_REGION", REGION)  # the translator asks boto3 for a region and wants an answer
    try:
        translated: dict[str, Any] = transform(source, dict(parameters), _NoManagedPolicies())
    except InvalidDocumentException as error:
        reasons = "; ".join(cause.message for cause in error.causes) or error.message
        raise TemplateError(f"{path}: {reasons}") from error
    _refuse_dangling_references(path, translated)
    return translated


def _parsed(path: Path) -> dict[str, Any]:
    from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]  # noqa: PLC0415  as above

    try:
        source = yaml_parse(path.read_text("utf-8"))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else "?"
        raise TemplateError(f"{path}, line {line}: {error.problem or error.context}.") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise TemplateError(f"{path} is not YAML: {error}.") from error
    if not isinstance(source, dict) or not isinstance(source.get("Resources"), dict):
        raise TemplateError(f"{path} has no Resources.")
    return source


def _serverless_functions(source: Mapping[str, Any]) -> Iterator[Any]:
    for resource in source["Resources"].values():
        if isinstance(resource, dict) and resource.get("Type") == "AWS::Serverless::Function":
            yield resource.get("Properties")


def _refuse_dangling_references(path: Path, template: Mapping[str, Any]) -> None:
    known = {*template["Resources"], *template.get("Parameters", {}), *PSEUDO_PARAMETERS, "AWS::NoValue"}
    for section in ("Conditions", "Resources", "Outputs"):
        for name, body in template.get(section, {}).items():
            for reference in references(body):
                if reference not in known:
                    raise TemplateError(f"{path}: {name} refers to {reference}, which the template does not define.")


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
    """What stands between `${` and `}` in the text of a `Fn::Sub`, literals (`${!`) aside."""
    return _VARIABLE.findall(text)


def _attribute(target: str | list[str]) -> tuple[str, str]:
    name, _, attribute = target.partition(".") if isinstance(target, str) else (target[0], ".", target[1])
    return name, attribute


def resource_stand_in(name: str, attribute: str | None = None) -> str:
    """What a resource that is not created here goes by: its name in the template."""
    return f"{name}.{attribute}" if attribute else name


@dataclass(frozen=True)
class Resolver:
    """Evaluates CloudFormation's functions.

    `resource` answers for `Ref` (attribute None) and `GetAtt` of resources; conditions, parameters and mappings come
    from the template. A value without functions comes back as it is.
    """

    template: Mapping[str, Any]
    parameters: Mapping[str, str]
    resource: Callable[[str, str | None], Any] = resource_stand_in
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

    def resolve(self, value: Any) -> Any:
        """Return `value` with every function in it evaluated. Raises TemplateError for one that is not known here."""
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
                raise TemplateError(f"{name} in the template is not known to the local stack.")
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
        for name, body in self.template["Resources"].items():
            if (not types or body["Type"] in types) and ("Condition" not in body or self.condition(body["Condition"])):
                yield name, body

    def _ref(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return NO_VALUE
        if name in PSEUDO_PARAMETERS:
            return PSEUDO_PARAMETERS[name]
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
