"""What an idle deployment costs, by docs/operations.md: its counts are those of the template and of the code."""

import re

import pytest

from tests.template.reading import ROOT, Resources, mappings, of_type
from tests.template.test_alarms import alarms, inputs
from tests.template.test_operations import counted

ROW = re.compile(r"^\| ([a-z ]+) \| (\d+) \| ([\d.]+) \| ([\d.]+) \|$", re.MULTILINE)


@pytest.fixture
def rows() -> dict[str, tuple[int, float, float]]:
    """The document's table: of each thing how many, what each costs, and what all do."""
    document = (ROOT / "docs" / "operations.md").read_text("utf-8")
    section = document.partition("\n### What an idle deployment costs\n")[2].partition("\n## ")[0]
    return {what: (int(number), float(each), float(together)) for what, number, each, together in ROW.findall(section)}


def test_the_document_counts_what_an_idle_deployment_pays_for(
    rows: dict[str, tuple[int, float, float]], resources: Resources
) -> None:
    """aws#22"""
    assert {what: number for what, (number, _, _) in rows.items()} == {
        "metrics that alarms read": sum(len(inputs(alarm)) for alarm in alarms(resources).values()),
        "dashboards": len(of_type(resources, "AWS::CloudWatch::Dashboard")),
        "secrets": len(of_type(resources, "AWS::SecretsManager::Secret")),
        "queues that functions poll": len(mappings(resources, "sqs")),
        "custom metrics": len(counted()),
    }
    for number, each, together in rows.values():
        assert round(number * each, 2) == together
