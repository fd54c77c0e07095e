"""The rules for each type of resource."""

from infra.template_check.kinds import KINDS, unknown_types
from tests.template.check.stacks import real, resource, stack


def test_a_type_without_rules_is_reported() -> None:
    assert not unknown_types(real().template)
    found = stack(Pool=resource("Cognito::UserPool"))
    assert unknown_types(found.template) == ["AWS::Cognito::UserPool has no entry in infra/template_check/kinds.py."]


def test_no_limit_is_higher_than_the_resource_schemas() -> None:
    from cfnlint.schema.manager import (  # type: ignore[import-untyped]  # noqa: PLC0415  has no types, and is slow
        PROVIDER_SCHEMA_MANAGER,
    )

    compared = 0
    for type_, kind in KINDS.items():
        if len(kind.name) != 1:
            continue
        schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", type_).schema["properties"][kind.name[0]]
        if "maxLength" in schema:
            compared += 1
            assert kind.limit <= schema["maxLength"], type_
    assert compared >= 8
