"""What the operator of a deployment sees: the dashboard, the alarms, and docs/operations.md, all in step.

`python -m tests.template.test_operations` writes the document's table of parameters.
"""

import ast
import re
from collections.abc import Iterator
from typing import Any

import pytest

from benchmarks import costs
from tests.template.metrics import NAMESPACE, alarms, inputs, lines, queries, widget_lines, widgets
from tests.template.resources import (
    FULL,
    ROOT,
    Resources,
    deployment,
    environment,
    functions,
    mappings,
    of_type,
    parameters,
    resolved,
)

DOCUMENT = ROOT / "docs" / "operations.md"
TABLE = re.compile(r"(?<=\n)\| parameter \|.*?\n\n", re.DOTALL)
COST = re.compile(r"^\| ([a-z ]+) \| (\d+) \| ([\d.]+) \| ([\d.]+) \|$", re.MULTILINE)
LONGEST_QUERY = 1024
"""Characters of a SEARCH expression's query ("CloudWatch search expression syntax", CloudWatch User Guide)."""
LONGEST_NAME = {"FunctionName": 64, "QueueName": 80}
"""Characters of a function's and a queue's name (Lambda, CreateFunction; SQS, CreateQueue)."""
INDEXNOW_METRICS = {"IndexNowAccepted", "IndexNowRefused"}
"""The metrics that a deployment with an `IndexNowKey` alone sends."""

# ── The metrics that the code sends ───────────────────────────────────────────────────────────────────────────────────


def counted() -> set[str]:
    """The name of every metric that a function sends."""
    trees = [ast.parse(file.read_text("utf-8")) for file in (ROOT / "functions").rglob("*.py")]
    # This option of Powertools would add a metric of cold starts for each function.
    options = {keyword.arg for tree in trees for keyword in ast.walk(tree) if isinstance(keyword, ast.keyword)}
    assert "capture_cold_start_metric" not in options
    return {name for tree in trees for name in names(tree)}


def names(tree: ast.Module) -> Iterator[str]:
    """The names with which a module calls `add_metric`, directly or by a function that passes its argument on."""
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
                assert isinstance(name, ast.Name), f"not the name of a metric: {ast.unparse(name)}"
                assert name.id in parameters, f"not the name of a metric: {name.id}"


def called_with(tree: ast.AST, wanted: set[str]) -> Iterator[ast.expr]:
    """The first argument of every call of a function by one of these names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", None)
            if name in wanted:
                yield node.args[0]


def test_the_names_of_metrics_are_found_in_every_form_of_call() -> None:
    module = """
KINDS: dict[Kind, str] = {"a": "A", "b": "B"}
def count(name): metrics.add_metric(name, Count, 1)
def handler():
    count("C" if kind else "D")
    metrics.add_metric(KINDS[kind], Count, 1)
"""
    assert sorted(names(ast.parse(module))) == ["A", "B", "C", "D"]
    with pytest.raises(AssertionError, match="not the name of a metric"):
        list(names(ast.parse('metrics.add_metric(f"{kind}Sent", Count, 1)')))


# ── The dashboard ─────────────────────────────────────────────────────────────────────────────────────────────────────


def drawn(resources: Resources, namespace: str, metric: str, dimension: str) -> set[str]:
    """The resources whose metric the dashboard shows, by the value of its dimension."""
    return {pairs[dimension] for space, name, pairs in lines(resources) if (space, name) == (namespace, metric)}


def test_the_dashboard_shows_every_metric_that_the_code_sends_and_no_other(resources: Resources) -> None:
    assert {name for namespace, name, _ in lines(resources) if namespace == NAMESPACE} == counted()


def test_the_alarms_watch_metrics_that_the_code_sends(resources: Resources) -> None:
    watched = {name for alarm in alarms(resources).values() for space, name, _ in inputs(alarm) if space == NAMESPACE}
    assert watched
    assert watched <= counted()


def test_the_dashboard_reads_our_metrics_as_powertools_sends_them(resources: Resources) -> None:
    for function in functions(resources):
        sent = environment(resources, function)
        assert sent["POWERTOOLS_METRICS_NAMESPACE"] == NAMESPACE
        own = [dimensions for namespace, _, dimensions in lines(resources) if namespace == NAMESPACE]
        assert all(dimensions == {"service": sent["POWERTOOLS_SERVICE_NAME"]} for dimensions in own)


def test_the_dashboard_shows_what_the_alarms_watch(resources: Resources) -> None:
    for name, alarm in alarms(resources).items():
        if name in ("ScheduleStopped", "ComposeStopped"):
            continue  # a missing run draws nothing
        for namespace, metric, pairs in inputs(alarm):
            assert (namespace, metric, pairs) in lines(resources)


@pytest.mark.parametrize("metric", ["Errors", "Throttles", "Duration"])
def test_the_dashboard_shows_every_function(metric: str, resources: Resources) -> None:
    assert drawn(resources, "AWS/Lambda", metric, "FunctionName") == set(functions(resources))


def test_the_dashboard_shows_every_dead_letter_queue(resources: Resources) -> None:
    read = {mapping["EventSourceArn"].removesuffix(".Arn") for mapping in mappings(resources, "sqs")}
    queues = of_type(resources, "AWS::SQS::Queue").keys() - read
    depths = drawn(resources, "AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName")
    assert depths == {f"{name}.QueueName" for name in queues}


def test_the_dashboard_lists_every_alarm_that_the_deployment_has() -> None:
    for given in (FULL, {}):
        stack = resolved(**given)
        [listed] = [widget["properties"]["alarms"] for widget in widgets(stack) if widget["type"] == "alarm"]
        assert sorted(listed) == sorted(f"{name}.Arn" for name in alarms(stack))
    assert len(alarms(resolved())) < len(alarms(resolved(**FULL)))  # without a sender there are none for mail


def test_no_search_of_the_dashboard_is_longer_than_cloudwatch_allows(resources: Resources) -> None:
    assert queries(resources)
    for query in queries(resources):
        [longest] = [length for dimension, length in LONGEST_NAME.items() if f",{dimension}}}" in query]
        assert len(re.sub(r'(?<=[( ])"[\w.-]+"', f'"{"x" * longest}"', query)) <= LONGEST_QUERY


def test_a_line_with_an_alarms_name_is_at_its_threshold(resources: Resources) -> None:
    thresholds = {
        line["label"]: line["value"]
        for widget in widgets(resources)
        for line in widget["properties"].get("annotations", {}).get("horizontal", [])
        if line["label"] != "SES stops the account"
    }
    assert {"MailBounces", "MailComplaints"} < set(thresholds)
    assert thresholds == {name: alarms(resources)[name]["Threshold"] for name in thresholds}


def test_cloudfronts_metrics_are_read_in_us_east_1_and_all_others_where_the_stack_is(resources: Resources) -> None:
    for widget in widgets(resources):
        spaces = {namespace for namespace, _, _ in widget_lines(widget)}
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
    """The document, with its table of parameters in step with the template."""

    def row(name: str, parameter: dict[str, Any]) -> str:
        values = f" One of {', '.join(map(str, parameter['AllowedValues']))}." if "AllowedValues" in parameter else ""
        default = f"`{parameter['Default']}`" if parameter["Default"] != "" else ""
        return f"| `{name}` | {default} | {parameter['Description']}{values} |\n"

    rows = "".join(row(name, parameter) for name, parameter in parameters().items())
    written = f"| parameter | default | what it is |\n|---|---|---|\n{rows}\n"
    return TABLE.sub(lambda _: written, DOCUMENT.read_text("utf-8"))


@pytest.fixture
def document() -> str:
    return DOCUMENT.read_text("utf-8")


def runbook(document: str) -> dict[str, str]:
    """The section of each alarm in the runbook, by its heading."""
    _, *parts = re.split(r"^### ", document.partition("\n## Runbook\n")[2], flags=re.MULTILINE)
    return {heading.strip(): text for heading, _, text in (part.partition("\n") for part in parts)}


def test_the_table_of_parameters_is_the_templates(document: str) -> None:
    assert len(TABLE.findall(document)) == 1
    assert document == table(), "run `.venv/bin/python -m tests.template.test_operations`"


def test_every_alarm_has_its_heading_in_the_runbook_and_every_heading_its_alarm(
    document: str, resources: Resources
) -> None:
    assert set(runbook(document)) == set(alarms(resources))


def test_the_runbook_answers_the_operators_questions_about_every_alarm(document: str) -> None:
    for heading, text in runbook(document).items():
        answered = re.findall(r"^- \*\*(\w+)\*\* \S", text, flags=re.MULTILINE)
        assert answered == ["Means", "Noticed", "Look", "Do", "Over"], heading


def test_every_alarms_description_names_its_heading(resources: Resources) -> None:
    for name, alarm in alarms(resources).items():
        assert alarm["AlarmDescription"].endswith(f" Runbook: docs/operations.md#{name.lower()}.")


def test_every_link_within_the_document_is_a_heading(document: str) -> None:
    headings = re.findall(r"^#+ (.+)$", document, flags=re.MULTILINE)
    anchors = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    assert set(re.findall(r"\]\(#([^)]+)\)", document)) <= anchors


def test_commands_name_what_the_deployment_has(document: str, resources: Resources) -> None:
    outputs = deployment(**FULL).outputs
    logs = {group["LogGroupName"] for group in of_type(resources, "AWS::Logs::LogGroup").values()}
    named = set(re.findall(r"\$\((?:of|arn) (\w+)\)", document))
    back = {name + kind for name in re.findall(r"bring_back (\w+)", document) for kind in ("Function", "DeadLetters")}
    assert {"PublishFunction", "MailerDeadLetters", "EdgeSecret"} <= named | back <= set(resources)
    assert set(re.findall(r"output `(\w+)`", document)) <= set(outputs)
    assert {f"/broadsheet/{name}" for name in re.findall(r"`errors (\w+)`", document)} <= logs
    assert set(re.findall(r"`(/[a-z/]+/\w+)`", document)) <= logs


def test_the_document_says_how_to_restore_everything_that_is_kept(document: str, resources: Resources) -> None:
    section = document.partition("\n## Backup and restore")[2].partition("\n### ")[0]
    kept = {name for name, resource in resources.items() if resource.get("DeletionPolicy", "Delete") != "Delete"}
    assert set(re.findall(r"^\| `(\w+)` \|", section, flags=re.MULTILINE)) == kept


def paid_for(resources: Resources) -> tuple[int, int]:
    """How many metrics alarms read, and how many queues functions poll."""
    return sum(len(inputs(alarm)) for alarm in alarms(resources).values()), len(mappings(resources, "sqs"))


def test_the_document_counts_what_an_idle_deployment_pays_for(document: str) -> None:
    """aws#22"""
    resources = resolved(**{**FULL, "IndexNowKey": ""})
    read, polled = paid_for(resources)
    section = document.partition("\n### What an idle deployment costs\n")[2].partition("\n## ")[0]
    rows = {what: (int(number), float(each), float(total)) for what, number, each, total in COST.findall(section)}
    assert {what: number for what, (number, _, _) in rows.items()} == {
        "metrics that alarms read": read,
        "dashboards": len(of_type(resources, "AWS::CloudWatch::Dashboard")),
        "secrets": len(of_type(resources, "AWS::SecretsManager::Secret")),
        "queues that functions poll": polled,
        "custom metrics": len(counted() - INDEXNOW_METRICS),
    }
    for number, each, total in rows.values():
        assert round(number * each, 2) == total


def test_the_document_says_what_indexnow_costs_in_addition(document: str, resources: Resources) -> None:
    """aws#22"""
    pairs = zip(paid_for(resources), paid_for(resolved(**{**FULL, "IndexNowKey": ""})), strict=True)
    read, polled = (with_it - without for with_it, without in pairs)
    more = {"alarm_metrics": read, "custom_metrics": len(INDEXNOW_METRICS)}
    dollars = costs.dollars(more) + polled * costs.dollars(costs.polled_queue())
    assert (read, polled) == (3, 1)
    assert f"three metrics for alarms, two custom metrics and a queue more, some {dollars:.2f} dollars" in document


def test_all_documents_say_the_same_of_an_idle_deployments_costs(document: str) -> None:
    """`benchmarks/prices.toml` has the prices and the numbers, and the documents repeat them."""
    section = document.partition("\n### What an idle deployment costs\n")[2].partition("\n## ")[0]
    fixed = {**costs.book()["idle"], **costs.book()["metrics"]}
    assert {what: (int(number), float(each)) for what, number, each, _ in COST.findall(section)} == {
        "metrics that alarms read": (fixed["alarm_metrics"], costs.dollars({"alarm_metrics": 1})),
        "dashboards": (fixed["dashboards"], costs.dollars({"dashboards": 1})),
        "secrets": (fixed["secrets"], costs.dollars({"secrets": 1})),
        "queues that functions poll": (fixed["polled_queues"], round(costs.dollars(costs.polled_queue()), 2)),
        "custom metrics": (fixed["custom_metrics"], costs.dollars({"custom_metrics": 1})),
    }
    idle, metrics = costs.dollars(costs.idle()), costs.dollars(costs.metrics())
    runs = costs.dollars(costs.times(costs.scheduled_run(), fixed["schedule_runs"]))
    flat = " ".join(section.split())
    assert f"{fixed['schedule_runs']:,} runs (about {runs:.2f}:" in flat
    assert f"some {idle:.0f} dollars for a deployment that nobody uses" in flat
    assert f"some {idle + metrics:.0f} for a busy one" in flat
    assert costs.book()["region"] in flat
    assert costs.book()["as_of"] in flat
    for page in ("README.md", "docs/deploying.md"):
        assert f"about ${idle:.0f} a month" in (ROOT / page).read_text("utf-8")
    results = (ROOT / "benchmarks" / "results.md").read_text("utf-8")
    assert re.search(rf"^\| idle, dollars +\| {idle:.2f} ", results, flags=re.MULTILINE)


if __name__ == "__main__":
    DOCUMENT.write_text(table(), encoding="utf-8")
