"""Small stacks, and the project's own with a fault in it."""

from pathlib import Path
from typing import Any

from infra.template_check.__main__ import stacks
from infra.template_check.stack import SCENARIOS, Stack

ROOT = Path(__file__).parents[3]


def stack(parameters: dict[str, str] | None = None, **resources: dict[str, Any]) -> Stack:
    """The stack of a template with only these resources."""
    return Stack({"Resources": resources}, parameters or {})


def real(scenario: str = "full") -> Stack:
    """The stack of the project's own template."""
    return dict(zip(SCENARIOS, stacks(ROOT / "template.yaml"), strict=True))[scenario]


def changed(found: Stack, resource: str, **attributes: Any) -> Stack:
    """The same stack with some of a resource's attributes (`Properties`, `DependsOn` …) replaced; None removes one."""
    body = {**found.template["Resources"][resource], **attributes}
    kept = {key: value for key, value in body.items() if value is not None}
    template = {**found.template, "Resources": {**found.template["Resources"], resource: kept}}
    return Stack(template, found.parameters)


def without(found: Stack, resource: str) -> Stack:
    """The same stack without a resource."""
    resources = {name: body for name, body in found.template["Resources"].items() if name != resource}
    return Stack({**found.template, "Resources": resources}, found.parameters)


def properties(found: Stack, resource: str, **changes: Any) -> Stack:
    """The same stack with some of a resource's properties replaced."""
    return changed(
        found, resource, Properties={**found.template["Resources"][resource].get("Properties", {}), **changes}
    )


def resource(type_: str, /, **properties: Any) -> dict[str, Any]:
    return {"Type": f"AWS::{type_}", "Properties": properties}
