"""Check the translated template, and write it to build/ for cfn-lint. `--record` writes replacement.json instead."""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Iterator
from pathlib import Path

from infra.local.template import template
from infra.local.template.intrinsics import TemplateError
from infra.template_check import creation, kinds, names, replacement
from infra.template_check.replacement import ROOT, Change
from infra.template_check.stack import SCENARIOS, Stack, circular, unreached_conditions

BUILD = ROOT / "build" / "template"


def stacks(path: Path) -> list[Stack]:
    """The stack that each scenario's parameters make of the template, translated as SAM's transform does on AWS."""
    return [Stack(template.read(path, parameters, aliases=True), parameters) for parameters in SCENARIOS.values()]


def faults(found: list[Stack]) -> Iterator[str]:
    """Every fault in the stacks, in a sentence each."""
    yield from unreached_conditions(found)
    for stack in found:
        yield from kinds.unknown_types(stack.template)
        yield from circular(stack)
        yield from creation.order_faults(stack)
        yield from creation.left_behind(stack)
        yield from names.name_faults(stack)
    yield from map(str, _unnoted(found))


def _unnoted(found: list[Stack]) -> list[Change]:
    changes = replacement.changes(replacement.recorded()[1], replacement.values(found))
    return replacement.unnoted(changes, replacement.NOTES.read_text("utf-8"))


def _record(found: list[Stack]) -> list[str]:
    """Write replacement.json; after the first release only if the notes name every change. Return what they lack."""
    released = replacement.RECORD.exists() and replacement.recorded()[0]
    if released and (missing := _unnoted(found)):
        return [str(change) for change in missing]
    replacement.RECORD.write_text(replacement.record(replacement.latest_release(), replacement.values(found)), "utf-8")
    return []


def _write(found: list[Stack]) -> None:
    """Write what AWS would get to build/template, for cfn-lint and people."""
    BUILD.mkdir(parents=True, exist_ok=True)
    for name, stack in zip(SCENARIOS, found, strict=True):
        parameters = [{"ParameterKey": key, "ParameterValue": value} for key, value in stack.parameters.items()]
        for file, value in ((f"{name}.json", stack.template), (f"{name}.parameters.json", parameters)):
            (BUILD / file).write_text(json.dumps(value, indent=1) + "\n", "utf-8")


def main(arguments: list[str] | None = None) -> int:
    """Return 0, or 1 if there is a fault."""
    parser = argparse.ArgumentParser(prog="python -m infra.template_check", description=__doc__)
    parser.add_argument("--record", action="store_true", help="write what an upgrade must not change")
    parser.add_argument("--template", type=Path, default=ROOT / "template.yaml")
    options = parser.parse_args(arguments)
    # The translator warns that it has no publisher for its own usage metrics.
    logging.getLogger("samtranslator.metrics").setLevel(logging.ERROR)
    try:
        read = stacks(options.template)
        if options.record:
            found = _record(read)
        else:
            _write(read)
            found = list(dict.fromkeys(faults(read)))
    except TemplateError as error:
        found = [str(error)]
    for fault in found:
        print(fault, file=sys.stderr)  # noqa: T201  the command's output
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
