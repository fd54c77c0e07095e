"""The template: read, checked, and translated to plain CloudFormation.

`template.yaml` and its parts are the only description of the system. This module turns them into what CloudFormation
would see, on this machine and without credentials. It knows no emulator.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from infra.local.account import REGION
from infra.local.template.intrinsics import PSEUDO_PARAMETERS, TemplateError, references
from infra.template import assembly

_RELEASE_PROPERTIES = ("AutoPublishAlias", "DeploymentPreference", "SnapStart")
"""With one copy of each function, an alias would only separate an event from its function."""

_CODE = "s3://local/code.zip"
"""Replaces the folders of functions and layers: the translator accepts only code in S3."""


class _NoManagedPolicies:
    """Replaces SAM's loader of policies that AWS manages, which needs credentials."""

    def load(self) -> dict[str, str]:
        return {}


def read(path: Path, parameters: Mapping[str, str], *, aliases: bool = False) -> Mapping[str, Any]:
    """Return the template at `path`, with its parts, as plain CloudFormation. Callers share it and must not change it.

    `aliases` keeps the functions' aliases, gradual deployments and SnapStart, which only AWS has. Every `Ref`,
    `GetAtt` and `Sub` in it names something that it defines. Raises TemplateError.
    """
    try:
        text = assembly.text(assembly.assemble(path))
    except OSError as error:
        raise TemplateError(f"{error.filename or path}: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise TemplateError(f"{path} is not YAML: {error}.") from error
    return _translated(path, text, tuple(sorted(parameters.items())), aliases)


@lru_cache(maxsize=8)
def _translated(path: Path, text: str, parameters: tuple[tuple[str, str], ...], aliases: bool) -> dict[str, Any]:
    # The import of the translator takes most of a second, in which the local deployment starts other things.
    from samtranslator.model.exceptions import (  # type: ignore[import-untyped]  # noqa: PLC0415  has no types
        InvalidDocumentException,
    )
    from samtranslator.translator.transform import (  # type: ignore[import-untyped]  # noqa: PLC0415  has no types
        transform,
    )

    source = _parsed(path, text)
    for function in _serverless_functions(source):
        _prepare(function, aliases=aliases)
    for layer in _properties(source, "AWS::Serverless::LayerVersion"):
        layer["ContentUri"] = _CODE
    os.environ.setdefault("AWS_DEFAULT_REGION", REGION)  # the translator asks boto3 for a region, and fails without
    try:
        translated: dict[str, Any] = transform(source, dict(parameters), _NoManagedPolicies())
    except InvalidDocumentException as error:
        reasons = "; ".join(cause.message for cause in error.causes) or error.message
        raise TemplateError(f"{path}: {reasons}") from error
    _refuse_unknown_types(path, translated)
    _refuse_dangling_references(path, translated)
    return translated


def _parsed(path: Path, text: str) -> dict[str, Any]:
    from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]  # noqa: PLC0415  as above

    try:
        source = yaml_parse(text)
    except yaml.MarkedYAMLError as error:
        raise TemplateError(f"{_position(path, error)}: {error.problem or error.context}.") from error
    except yaml.YAMLError as error:
        raise TemplateError(f"{path} is not YAML: {error}.") from error
    if not isinstance(source, dict) or not isinstance(source.get("Resources"), dict):
        raise TemplateError(f"{path} has no Resources.")
    return source


def _position(path: Path, error: yaml.MarkedYAMLError) -> str:
    """The file and line of a fault: of a part, if the fault is in one."""
    if error.problem_mark is None:
        return str(path)
    lines = assembly.assemble(path)
    line = lines[min(error.problem_mark.line, len(lines) - 1)]  # an unclosed bracket is reported after the last line
    return f"{line.file}, line {line.number}"


def _serverless_functions(source: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The properties of every function, and those that all functions share."""
    if isinstance(shared := source.get("Globals", {}).get("Function"), dict):
        yield shared
    yield from _properties(source, "AWS::Serverless::Function")


def _properties(source: Mapping[str, Any], type_: str) -> Iterator[dict[str, Any]]:
    """The properties of every resource of this type."""
    for resource in source["Resources"].values():
        if (
            isinstance(resource, dict)
            and resource.get("Type") == type_
            and isinstance(resource.get("Properties"), dict)
        ):
            yield resource["Properties"]


def _prepare(function: dict[str, Any], *, aliases: bool) -> None:
    """Change a function's properties so that the translator accepts them here."""
    for name in () if aliases else _RELEASE_PROPERTIES:
        function.pop(name, None)
    if "CodeUri" in function:
        function["CodeUri"] = _CODE


def _refuse_unknown_types(path: Path, translated: Mapping[str, Any]) -> None:
    for name, resource in translated["Resources"].items():
        if str(resource.get("Type", "")).startswith("AWS::Serverless::"):
            raise TemplateError(f"{path}: {name} is of the type {resource['Type']}, which SAM does not know.")


def _refuse_dangling_references(path: Path, translated: Mapping[str, Any]) -> None:
    known = {*translated["Resources"], *translated.get("Parameters", {}), *PSEUDO_PARAMETERS, "AWS::NoValue"}
    for section in ("Conditions", "Resources", "Outputs"):
        for name, body in translated.get(section, {}).items():
            for reference in references(body):
                if reference not in known:
                    raise TemplateError(f"{path}: {name} refers to {reference}, which the template does not define.")
