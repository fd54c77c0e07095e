"""The template's parameters as the person who runs the local deployment gives them, checked as CloudFormation does."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from infra.local.template import template


class ParameterError(Exception):
    """A parameter is not one of the template's, or has a value that AWS would refuse. The text has a line for each."""


def parse(text: str, path: Path) -> dict[str, str]:
    """The parameters in a text such as `Captcha=none FormOrigins="https://a.example https://b.example"`.

    They must be parameters of the template at `path`, with values that it allows. Raises ParameterError, and
    TemplateError for a template that cannot be read.
    """
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise ParameterError(f"PARAMETERS: {error}: {text}") from None
    if unnamed := [word for word in words if "=" not in word]:
        raise ParameterError(f"PARAMETERS must be like Name=value, unlike {unnamed[0]}.")
    given = dict(word.split("=", 1) for word in words)
    if given and (faults := list(_faults(given, template.read(path, {}).get("Parameters", {})))):
        raise ParameterError("\n".join(faults))
    return given


def _faults(given: Mapping[str, str], declared: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    for name, value in given.items():
        if name not in declared:
            yield f"{name} is not a parameter of the template; its parameters are {', '.join(declared)}."
        elif not _allows(declared[name], value):
            choices = ", ".join(map(str, declared[name].get("AllowedValues", ())))
            yield f"{name} {declared[name].get('ConstraintDescription') or f'must be one of {choices}.'}"


def _allows(parameter: Mapping[str, Any], value: str) -> bool:
    choices = [str(each) for each in parameter.get("AllowedValues", ())]
    return bool(re.fullmatch(parameter.get("AllowedPattern", ".*"), value)) and (not choices or value in choices)
