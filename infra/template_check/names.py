"""Physical names: each fits its limit in the region with the longest name, and no two stacks share one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache

from infra.template_check.kinds import KINDS, Kind
from infra.template_check.stack import Stack

PROMISED_STACK_NAME = 20
"""Characters that a stack's name may always have."""

GENERATED_SUFFIX = 13
"""Random characters at the end of a name that CloudFormation generates."""

MAX_STACK_NAME = 128
"""CloudFormation's own limit, in characters (CreateStack, StackName)."""


@cache
def longest_region() -> str:
    """The region with the longest name, in any partition of AWS that botocore knows."""
    # boto3 is slow to import, and not all tests need it.
    import boto3  # noqa: PLC0415

    session = boto3.Session()
    regions = (
        region
        for partition in session.get_available_partitions()
        for region in session.get_available_regions("lambda", partition)
    )
    return max(regions, key=lambda region: (len(region), region))


def name_faults(stack: Stack) -> Iterator[str]:
    """A sentence for each physical name that AWS would refuse, or that two stacks or resources would share."""
    name = "s" * PROMISED_STACK_NAME
    names = _names(stack, name, longest_region())
    elsewhere = {
        "account": _names(stack, name, "elsewhere-1"),
        "region": _names(stack, "another", longest_region()),
    }
    for logical, (kind, given) in names.items():
        if len(given) > kind.limit:
            yield (
                f"{logical}: the name {given} has {len(given)} characters, and AWS allows {kind.limit} "
                f"(stack name of {PROMISED_STACK_NAME} characters, region {longest_region()})."
            )
        if not re.fullmatch(f"[{kind.alphabet}]*", given):
            yield f"{logical}: the name {given} has characters other than {kind.alphabet}."
        if kind.unique != "parent" and given == elsewhere["region"][logical][1]:
            yield f"{logical}: two stacks would share the name {given}. Put ${{AWS::StackName}} into it."
        if kind.unique == "account" and given == elsewhere["account"][logical][1]:
            yield f"{logical}: stacks in two regions would share the name {given}. Put ${{AWS::Region}} into it."
    yield from _shared(stack, names)


def longest_stack_name(stack: Stack) -> int:
    """The most characters that a stack's name may have, so that every name in the template fits."""
    longest = MAX_STACK_NAME
    one = _names(stack, "s", longest_region())
    two = _names(stack, "ss", longest_region())
    for logical, (kind, given) in one.items():
        if times := len(two[logical][1]) - len(given):
            longest = min(longest, 1 + (kind.limit - len(given)) // times)
    return longest


def _names(stack: Stack, stack_name: str, region: str) -> dict[str, tuple[Kind, str]]:
    def generated(logical: str, _attribute: str | None) -> str:
        # A name that contains another resource's generated name gets one as long as that type's limit allows.
        limit = KINDS.get(stack.resources[logical]["Type"], Kind()).limit or MAX_STACK_NAME
        return f"{stack_name}-{logical}-{'X' * GENERATED_SUFFIX}"[:limit]

    pseudo_parameters = {"AWS::StackName": stack_name, "AWS::Region": region}
    stack = replace(stack, pseudo_parameters=pseudo_parameters, resource=generated)
    found = {}
    for logical, resource in stack.resources.items():
        kind = KINDS.get(resource["Type"], Kind())
        if (given := kind.named(stack.properties[logical])) is not None:
            found[logical] = (kind, str(given))
    return found


def _shared(stack: Stack, names: Mapping[str, tuple[Kind, str]]) -> Iterator[str]:
    counted = Counter(
        (stack.resources[logical]["Type"], given) for logical, (kind, given) in names.items() if kind.unique != "parent"
    )
    for (type_, given), times in counted.items():
        if times > 1:
            yield f"{times} resources of the type {type_} have the name {given}."
