"""Replacements: an update that would replace a table, bucket, domain name or identity fails until the notes name it.

`replacement.json` holds, for each resource whose replacement loses something, the values that CloudFormation cannot
change in place. Which properties these are comes from CloudFormation's own resource schemas, which cfn-lint ships
(createOnlyProperties, conditionalCreateOnlyProperties). A logical id that is gone, or a new type under it, is a
replacement too. The file says what the latest release deploys: `make replacements` writes it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from infra.release import changelog
from infra.template_check.kinds import KINDS, Kind
from infra.template_check.stack import Stack

ROOT = Path(__file__).parents[2]
RECORD = Path(__file__).with_name("replacement.json")
NOTES = ROOT / "docs" / "upgrading.md"
CHANGELOG = ROOT / "CHANGELOG.md"

ABOUT = (
    "What CloudFormation cannot change without replacing a resource that holds data, a domain name or an identity, as "
    "the latest release deploys it. `make replacements` writes it; docs/upgrading.md says when."
)
Values = dict[str, dict[str, Any]]
"""Resource → property → value, or None where the template gives none; `Type` is among the properties."""


@dataclass(frozen=True)
class Change:
    """A change that makes CloudFormation replace or delete a resource; as text, what `make check` prints."""

    resource: str
    property: str
    before: Any
    after: Any
    loses: str

    def __str__(self) -> str:
        return (
            f"{self.resource}: {self.property} changes from {_quoted(self.before)} to {_quoted(self.after)}, so an "
            f"upgrade replaces {self.resource} and loses {self.loses}. Keep the value, or write "
            f"`{self.resource}` and `{self.property}` into the table under Unreleased in docs/upgrading.md."
        )


def values(stacks: list[Stack]) -> Values:
    """The values that must not change, of every resource in the stacks; of a resource in several, those of the last."""
    found: Values = {}
    for stack in stacks:
        for name, resource in sorted(stack.resources.items()):
            if KINDS.get(resource["Type"], Kind()).loses:
                properties = stack.properties[name]
                kept = {path: _at(properties, path) for path in create_only(resource["Type"])}
                found[name] = {"Type": resource["Type"], **kept}
    return found


def changes(before: Values, after: Values) -> Iterator[Change]:
    """Each difference that replaces or deletes a resource of `before`."""
    for name, old in before.items():
        loses = KINDS.get(old["Type"], Kind(loses="it")).loses
        new = after.get(name)
        if new is None:
            yield Change(name, "Type", old["Type"], None, loses)
            continue
        for path in sorted({*old, *new}):
            if old.get(path) != new.get(path):
                yield Change(name, path, old.get(path), new.get(path), loses)


def unnoted(found: Iterator[Change], notes: str) -> list[Change]:
    """The changes that the table under Unreleased in the upgrade notes does not name.

    A row names a change by its resource and its property; its third cell says what to do.
    """
    section = re.search(r"^## Unreleased\n(.*?)(?=^## |\Z)", notes, re.MULTILINE | re.DOTALL)
    rows = re.findall(r"^\| `(\w+)` \| `([\w.]+)` \| *\S.*\|$", section[1] if section else "", re.MULTILINE)
    return [change for change in found if (change.resource, change.property) not in rows]


@cache
def create_only(type_: str) -> tuple[str, ...]:
    """The properties of this type whose change means a replacement, as paths such as `EventDestination.Name`."""
    # cfn-lint takes a second to import.
    from cfnlint.schema.manager import (  # type: ignore[import-untyped]  # noqa: PLC0415  has no types
        PROVIDER_SCHEMA_MANAGER,
    )

    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", type_).schema
    pointers = [*schema.get("createOnlyProperties", ()), *schema.get("conditionalCreateOnlyProperties", ())]
    return tuple(sorted(pointer.removeprefix("/properties/").replace("/", ".") for pointer in pointers))


def recorded() -> tuple[str | None, Values]:
    """The release whose values the record has (None before the first), and the values."""
    record = json.loads(RECORD.read_text("utf-8"))
    return record["release"], record["resources"]


def record(release: str | None, resources: Values) -> str:
    """The text of the record."""
    return json.dumps({"about": ABOUT, "release": release, "resources": resources}, indent=2, sort_keys=True) + "\n"


def latest_release() -> str | None:
    """The newest version that the changelog has a section for, or None."""
    return changelog.newest(CHANGELOG.read_text("utf-8"))


def _quoted(value: Any) -> str:
    return "nothing" if value is None else json.dumps(value)


def _at(properties: Any, path: str) -> Any:
    value = properties
    for step in path.split("."):
        if not isinstance(value, dict) or step not in value:
            return None
        value = value[step]
    return value
