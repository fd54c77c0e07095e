"""The workflows run what exists, with pinned actions, few permissions and an end."""

import json
import re
import tomllib
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
NEWEST = 14  # Python 3.14, the newest one that the project supports
PINNED = re.compile(r"uses: [\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")


def jobs(workflow: Path) -> dict[str, dict[str, Any]]:
    parsed: dict[str, Any] = yaml.safe_load(workflow.read_text("utf-8"))
    found: dict[str, dict[str, Any]] = parsed["jobs"]
    return found


def targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
class TestWorkflow:
    def test_every_action_is_pinned_by_its_commit(self, workflow: Path) -> None:
        uses = re.findall(r"^.*\buses:.*$", workflow.read_text("utf-8"), re.MULTILINE)
        assert [line for line in uses if not PINNED.fullmatch(line.strip().removeprefix("- "))] == []
        assert uses

    def test_every_job_has_an_end_and_its_own_permissions(self, workflow: Path) -> None:
        for job in jobs(workflow).values():
            assert 0 < job["timeout-minutes"] <= 180
            assert job["permissions"]
        assert yaml.safe_load(workflow.read_text("utf-8"))["permissions"] == {}

    def test_every_make_target_exists(self, workflow: Path) -> None:
        script = "\n".join(step.get("run", "") for job in jobs(workflow).values() for step in job["steps"])
        called = {
            word
            for words in re.findall(r"(?:\.ci/run|\bmake)((?: +[\w=.\"${}#/-]+)+)", script)
            for word in words.split()
            if "=" not in word
        }
        assert called <= targets()


def test_the_default_targets_of_ci_exist() -> None:
    [default] = re.findall(r"\|\| set -- (.+)$", (ROOT / ".ci" / "run").read_text("utf-8"), re.MULTILINE)
    assert {"check", "test", "proof"} <= set(default.split()) <= targets()


def test_the_tests_run_on_every_python_that_is_supported() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    oldest = int(project["requires-python"].removeprefix(">=3."))
    supported = [f"3.{minor}" for minor in range(oldest, NEWEST + 1)]
    assert jobs(ROOT / ".github" / "workflows" / "checks.yml")["test"]["strategy"]["matrix"]["python"] == supported
    classified = [line.rpartition(" :: ")[2] for line in project["classifiers"] if " :: Python :: 3." in line]
    assert classified == supported


def test_issue_forms_ask_for_what_they_name_once() -> None:
    for form in sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("[!c]*.yml")):
        parsed = yaml.safe_load(form.read_text("utf-8"))
        ids = [field["id"] for field in parsed["body"] if field["type"] != "markdown"]
        assert len(ids) == len(set(ids)) > 1
        assert {"name", "description", "labels"} < parsed.keys()


def test_the_container_for_development_is_set_up_by_a_target() -> None:
    container = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text("utf-8"))
    command, target = container["postCreateCommand"].split()
    assert command == "make"
    assert f"\n{target}: " in (ROOT / "Makefile").read_text("utf-8")


def test_the_hooks_of_pre_commit_run_what_exists() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))["repos"][0]["hooks"]
    modules = [hook["entry"].split()[2] for hook in hooks if " -m " in hook["entry"]]
    assert [module for module in modules if find_spec(module) is None] == []
    assert modules
    made = [hook["entry"].split()[1] for hook in hooks if hook["entry"].startswith("make ")]
    assert set(made) <= targets()
