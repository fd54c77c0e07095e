"""Functions on streams, queues and schedules stop at their deadlines."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from broadsheet.deadline import Deadline, OutOfTime
from infra.local.template import template
from tests.api.events import Context
from tests.world import TEMPLATE

ROOT = Path(__file__).parents[3] / "functions"


def timed() -> Iterator[tuple[str, int]]:
    """The entry point and the timeout of every function that a stream, a queue or a schedule invokes."""
    resources = template.read(TEMPLATE, {})["Resources"]
    invoked = {
        body["Properties"]["FunctionName"]["Ref"]
        for body in resources.values()
        if body["Type"] == "AWS::Lambda::EventSourceMapping"
    } | {
        target["Arn"]["Fn::GetAtt"][0]
        for body in resources.values()
        if body["Type"] == "AWS::Events::Rule"
        for target in body["Properties"]["Targets"]
    }
    for name in sorted(invoked):
        properties = resources[name]["Properties"]
        yield properties["Handler"].partition(".")[0], properties["Timeout"]


def constant(module: ast.Module, name: str) -> float:
    [value] = [
        node.value
        for node in module.body
        if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == [name]
    ]
    return float(ast.literal_eval(value))


def test_every_such_function_has_a_deadline() -> None:
    """aws#15: with a reserve for the current call; `tests/faults` lets the deadline pass at every call."""
    for entry_point, timeout in timed():
        module = ast.parse((ROOT / f"{entry_point}.py").read_text(encoding="utf-8"))
        calls = [ast.unparse(node) for node in ast.walk(module) if isinstance(node, ast.Call)]
        assert "Deadline.of(context, RESERVE)" in calls, entry_point
        assert 0 < constant(module, "RESERVE") < timeout, entry_point


def test_the_deadline_is_lambdas_less_the_reserve() -> None:
    deadline = Deadline.of(Context(seconds=12.5), reserve=10)
    assert deadline.left == 2.5
    deadline.check()
    with pytest.raises(OutOfTime):
        Deadline.of(Context(seconds=9.9), reserve=10).check()
