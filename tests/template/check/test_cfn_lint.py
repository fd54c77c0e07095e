"""cfn-lint as `make check` runs it: with every rule, on the translated template."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml

from tests.template.check.stacks import ROOT, resource

SETTINGS = ROOT / "infra" / "template_check" / "cfn-lint.yaml"


def lint(tmp_path: Path, **resources: dict[str, Any]) -> str:
    template = tmp_path / "template.json"
    template.write_text(json.dumps({"Resources": resources}), "utf-8")
    command = [str(Path(sys.executable).with_name("cfn-lint")), "--config-file", str(SETTINGS), "--", str(template)]
    done = subprocess.run(  # noqa: S603  nothing in it is from outside
        command, capture_output=True, text=True, check=False, cwd=tmp_path
    )
    return done.stdout


@pytest.mark.parametrize(
    ("faulty", "rule"),
    [
        (resource("SQS::Queue", VisibilityTimeout=50_000), "E3034"),
        (resource("SNS::Topic", DisplayName={"Fn::Join": ["", ["of ", {"Ref": "AWS::Region"}]]}), "I1022"),
    ],
)
def test_a_fault_is_reported_whether_it_is_an_error_or_advice(
    faulty: dict[str, Any], rule: str, tmp_path: Path
) -> None:
    assert rule in lint(tmp_path, Faulty=faulty)


def test_one_of_the_longest_region_names_is_among_the_regions() -> None:
    regions = yaml.safe_load(SETTINGS.read_text("utf-8"))["regions"]
    assert max(map(len, regions)) == max(map(len, boto3.Session().get_available_regions("s3")))


def test_every_rule_that_is_ignored_has_its_reason() -> None:
    text = SETTINGS.read_text("utf-8").partition("ignore_checks:\n")[2]
    ignored = yaml.safe_load(SETTINGS.read_text("utf-8"))["ignore_checks"]
    assert re.findall(r"^  # .+\n(?:  # .+\n)*  - (\w+)$", text, re.MULTILINE) == ignored
