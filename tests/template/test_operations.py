"""What the person who operates a deployment sees: the dashboard, the alarms, and docs/operations.md, all in step.

`python -m tests.template.test_operations` writes the document's table of parameters anew.
"""

import ast
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from infra.local.template import template
from tests.template.reading import FULL, ROOT, Resources, functions, of_type, resolved
from tests.template.test_alarms import NAMESPACE, inputs

DOCUMENT = ROOT / "docs" / "operations.md"
TABLE = re.compile(r"(?<=\n)\| parameter \|.*?\n\n", re.DOTALL)

# ── What the code counts, found in the code ───────────────────────────────────────────────────────────────────────────


def counted() -> set[str]:
    """The name of every metric that a function counts."""
    trees = [ast.parse(file.read_text("utf-8")) for file in (ROOT / "functions").rglob("*.py")]
    # Powertools would count cold starts too, one metric for each function, where it is asked to.
    asked = {keyword.arg for tree in trees for keyword in ast.walk(tree) if isinstance(keyword, ast.keyword)}
    assert "capture_cold_start_metric" not in asked
    return {name for tree in trees for name in names(tree)}


def names(tree: ast.Module) -> Iterator[str]:
    """What `add_metric` is called with in a module, by itself or in a function that passes its argument on."""
    tables = {
        target.id: node.value.values
        for node in tree.body
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Dict)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name)
    }
    passing = {
        function.name: {argument.arg for argument in function.args.args}
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef)
        and any(isinstance(name, ast.Name) for name in called_with(function, {"add_metric"}))
    }
    parameters = set().union(*passing.values())
    for name in called_with(tree, {"add_metric", *passing}):
        match name:
            case ast.Constant(str(text)):
                yield text
            case ast.IfExp(body=ast.Constant(str(one)), orelse=ast.Constant(str(other))):
                yield from (one, other)
            case ast.Subscript(value=ast.Name(table)):
                yield from (str(ast.literal_eval(value)) for value in tables[table])
            case _:
                assert isinstance(name, ast.Name), f"nobody can tell which metrics are meant: {ast.unparse(name)}"
                assert name.id in parameters, f"nobody can tell which metrics are meant: {name.id}"


def called_with(tree: ast.AST, wanted: set[str]) -> Iterator[ast.expr]:
    """The first argument of every call of a function by one of these names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", None)
            if name in wanted:
                yield node.args[0]


def test_what_is_counted_is_found_however_it_is_written() -> None:
    module = """
KINDS: dict[Kind, str] = {"a": "A", "b": "B"}
def count(name): metrics.add_metric(name, Count, 1)
def handler():
    count("C" if kind else "D")
    metrics.add_metric(KINDS[kind], Count, 1)
"""
    assert sorted(names(ast.parse(module))) == ["A", "B", "C", "D"]
    with pytest.raises(AssertionError, match="nobody can tell"):
        list(names(ast.parse('metrics.add_metric(f"{kind}Sent", Count, 1)')))


# ── The dashboard ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def resources() -> Resources:
    """A deployment with every parameter given."""
    given: Resources = resolved(**FULL)["Resources"]
    return given


def alarms(resources: Resources) -> dict[str, dict[str, Any]]:
    return of_type(resources, "AWS::CloudWatch::Alarm")


def widgets(resources: Resources) -> list[dict[str, Any]]:
    [dashboard] = of_type(resources, "AWS::CloudWatch::Dashboard").values()
    found: list[dict[str, Any]] = json.loads(dashboard["DashboardBody"])["widgets"]
    return found


def lines(resources: Resources) -> list[tuple[str, str, dict[str, str]]]:
    """Every line on the dashboard: the metric's namespace, its name and its dimensions."""
    found = []
    for widget in widgets(resources):
        for namespace, *said in widget["properties"].get("metrics", []):
            if isinstance(namespace, str):
                name, *pairs = (part for part in said if isinstance(part, str))
                found.append((namespace, name, dict(zip(pairs[::2], pairs[1::2], strict=True))))
    return found


def shown(resources: Resources, namespace: str, metric: str, dimension: str) -> set[str]:
    """What the dashboard shows the metric of."""
    return {pairs[dimension] for space, name, pairs in lines(resources) if (space, name) == (namespace, metric)}


def test_the_dashboard_shows_every_metric_that_the_code_counts_and_no_other(resources: Resources) -> None:
    assert {name for namespace, name, _ in lines(resources) if namespace == NAMESPACE} == counted()


def test_the_alarms_watch_metrics_that_the_code_counts(resources: Resources) -> None:
    watched = {name for alarm in alarms(resources).values() for space, name, _ in inputs(alarm) if space == NAMESPACE}
    assert watched
    assert watched <= counted()


def test_own_metrics_are_asked_for_as_powertools_sends_them(resources: Resources) -> None:
    for function in functions(resources).values():
        sent = function["Environment"]["Variables"]
        assert sent["POWERTOOLS_METRICS_NAMESPACE"] == NAMESPACE
        own = [dimensions for namespace, _, dimensions in lines(resources) if namespace == NAMESPACE]
        assert all(dimensions == {"service": sent["POWERTOOLS_SERVICE_NAME"]} for dimensions in own)


def test_what_the_alarms_watch_is_on_the_dashboard(resources: Resources) -> None:
    for name, alarm in alarms(resources).items():
        if name == "ScheduleStopped":
            continue  # a run that is missing draws nothing
        for namespace, metric, pairs in inputs(alarm):
            assert (namespace, metric, pairs) in lines(resources)


@pytest.mark.parametrize("metric", ["Errors", "Throttles", "Duration"])
def test_the_dashboard_shows_every_function(metric: str, resources: Resources) -> None:
    assert shown(resources, "AWS/Lambda", metric, "FunctionName") == set(functions(resources))


def test_the_dashboard_shows_every_dead_letter_queue(resources: Resources) -> None:
    queues = {name for name in of_type(resources, "AWS::SQS::Queue") if name.endswith("DeadLetters")}
    depths = shown(resources, "AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName")
    assert depths == {f"{name}.QueueName" for name in queues}


def test_the_dashboard_lists_every_alarm_that_the_deployment_has() -> None:
    for parameters in (FULL, {}):
        deployment = resolved(**parameters)["Resources"]
        [listed] = [widget["properties"]["alarms"] for widget in widgets(deployment) if widget["type"] == "alarm"]
        assert sorted(listed) == sorted(f"{name}.Arn" for name in alarms(deployment))
    assert len(alarms(resolved()["Resources"])) < len(alarms(resolved(**FULL)["Resources"]))  # it sends no mail


def test_a_line_that_bears_an_alarms_name_is_at_its_threshold(resources: Resources) -> None:
    drawn = {
        line["label"]: line["value"]
        for widget in widgets(resources)
        for line in widget["properties"].get("annotations", {}).get("horizontal", [])
        if line["label"] != "SES stops the account"
    }
    assert {"MailBounces", "MailComplaints"} < set(drawn)
    assert drawn == {name: alarms(resources)[name]["Threshold"] for name in drawn}


def test_cloudfront_is_asked_where_it_counts_and_all_else_where_it_runs(resources: Resources) -> None:
    for widget in widgets(resources):
        spaces = {line[0] for line in widget["properties"].get("metrics", []) if isinstance(line[0], str)}
        if spaces:
            cloudfront = spaces == {"AWS/CloudFront"}
            assert widget["properties"]["region"] == ("us-east-1" if cloudfront else "eu-west-1")


def test_no_two_widgets_overlap(resources: Resources) -> None:
    taken: set[tuple[int, int]] = set()
    for widget in widgets(resources):
        columns = range(widget["x"], widget["x"] + widget["width"])
        cells = {(x, y) for x in columns for y in range(widget["y"], widget["y"] + widget["height"])}
        assert max(columns) < 24
        assert not taken & cells
        taken |= cells


# ── The document ──────────────────────────────────────────────────────────────────────────────────────────────────────


def table() -> str:
    """The document with its table of parameters as the template has them."""
    parameters = template.read(ROOT / "template.yaml", {})["Parameters"]

    def row(name: str, said: dict[str, Any]) -> str:
        chosen = f" One of {', '.join(map(str, said['AllowedValues']))}." if "AllowedValues" in said else ""
        default = f"`{said['Default']}`" if said["Default"] != "" else ""
        return f"| `{name}` | {default} | {said['Description']}{chosen} |\n"

    rows = "".join(row(name, said) for name, said in parameters.items())
    made = f"| parameter | default | what it is |\n|---|---|---|\n{rows}\n"
    return TABLE.sub(lambda _: made, DOCUMENT.read_text("utf-8"))


@pytest.fixture
def document() -> str:
    return DOCUMENT.read_text("utf-8")


def runbook(document: str) -> dict[str, str]:
    """What the runbook says of each alarm, by its heading."""
    _, *parts = re.split(r"^### ", document.partition("\n## Runbook\n")[2], flags=re.MULTILINE)
    return {heading.strip(): said for heading, _, said in (part.partition("\n") for part in parts)}


def test_the_table_of_parameters_is_the_templates(document: str) -> None:
    assert len(TABLE.findall(document)) == 1
    assert document == table(), "run `.venv/bin/python -m tests.template.test_operations`"


def test_every_alarm_has_its_heading_in_the_runbook_and_every_heading_its_alarm(
    document: str, resources: Resources
) -> None:
    assert set(runbook(document)) == set(alarms(resources))


def test_the_runbook_says_of_every_alarm_what_somebody_who_is_woken_asks(document: str) -> None:
    for heading, said in runbook(document).items():
        asked = re.findall(r"^- \*\*(\w+)\*\* \S", said, flags=re.MULTILINE)
        assert asked == ["Means", "Noticed", "Look", "Do", "Over"], heading


def test_every_alarms_mail_leads_to_its_heading(resources: Resources) -> None:
    for name, alarm in alarms(resources).items():
        assert alarm["AlarmDescription"].endswith(f" Runbook: docs/operations.md#{name.lower()}.")


def test_every_link_within_the_document_leads_to_a_heading(document: str) -> None:
    headings = re.findall(r"^#+ (.+)$", document, flags=re.MULTILINE)
    anchors = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    assert set(re.findall(r"\]\(#([^)]+)\)", document)) <= anchors


def test_commands_name_what_the_deployment_has(document: str, resources: Resources) -> None:
    outputs = resolved(**FULL)["Outputs"]
    logs = {group["LogGroupName"] for group in of_type(resources, "AWS::Logs::LogGroup").values()}
    named = set(re.findall(r"\$\((?:of|arn) (\w+)\)", document))
    back = {name + kind for name in re.findall(r"bring_back (\w+)", document) for kind in ("Function", "DeadLetters")}
    assert {"PublishFunction", "MailerDeadLetters", "EdgeSecret"} <= named | back <= set(resources)
    assert set(re.findall(r"output `(\w+)`", document)) <= set(outputs)
    assert {f"/broadsheet/{name}" for name in re.findall(r"`errors (\w+)`", document)} <= logs
    assert set(re.findall(r"`(/[a-z/]+/\w+)`", document)) <= logs


def test_the_document_says_of_all_that_is_kept_how_it_comes_back(document: str, resources: Resources) -> None:
    said = document.partition("\n## Backup and restore")[2].partition("\n### ")[0]
    kept = {name for name, resource in resources.items() if "DeletionPolicy" in resource}
    assert set(re.findall(r"^\| `(\w+)` \|", said, flags=re.MULTILINE)) == kept


if __name__ == "__main__":
    DOCUMENT.write_text(table(), encoding="utf-8")
