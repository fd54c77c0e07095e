"""The command as editors install it: from its wheel, into an environment that holds nothing else."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from urllib.request import urlopen

import pytest

from infra.local.deployment.local_deployment import LocalDeployment

ROOT = Path(__file__).parents[2]
UV = Path(sys.executable).with_name("uv")
LARGEST = 50  # MB of the environment; cli/README.md says how large it is
STORY = (
    "---\nedition: en\nheadline: Lamps on the quay\nsection: city\nsummary: They are lit again.\n---\n\nLit *again*.\n"
)

pytestmark = pytest.mark.proof


def run(*command: object, env: dict[str, str] | None = None) -> str:
    done = subprocess.run([str(word) for word in command], env=env, check=False, capture_output=True, text=True)  # noqa: S603  # our own words
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(
        UV,
        "build",
        "--quiet",
        "--wheel",
        "--no-build-isolation",
        "--python",
        sys.executable,
        "-o",
        folder,
        ROOT / "cli",
    )
    [built] = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel and what it requires."""
    folder = tmp_path_factory.mktemp("editor") / "environment"
    run(UV, "venv", "--quiet", "--python", sys.executable, folder)
    constraints = ROOT / "requirements/dev.txt"  # versions alone; the cache has them
    run(UV, "pip", "install", "--quiet", "--python", folder, "--constraints", constraints, wheel)
    return folder


def test_the_wheel_has_one_import_package_and_its_licence(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"broadsheet_cli"}
    assert {"broadsheet_cli/command.py", "broadsheet_cli/py.typed"} <= set(names)
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_the_environment_is_small_and_has_nothing_of_the_back_end(environment: Path) -> None:
    listed = json.loads(run(UV, "pip", "list", "--python", environment, "--format", "json"))
    installed = {each["name"] for each in listed}
    assert {"broadsheet-cli", "botocore", "click"} <= installed
    assert installed & {"aws-lambda-powertools", "boto3", "broadsheet", "lxml", "moto", "pillow"} == set()
    megabytes = sum(file.stat().st_size for file in environment.rglob("*") if file.is_file()) / 1e6
    assert megabytes < LARGEST


def test_the_command_puts_an_article_into_a_site(
    environment: Path, local_deployment: LocalDeployment, tmp_path: Path
) -> None:
    broadsheet = environment / "bin/broadsheet"
    alone = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "BROADSHEET_API": local_deployment.url}
    assert "subscribers" in run(broadsheet, "--help", env=alone)
    assert run(broadsheet, "--version", env=alone).startswith("broadsheet ")
    story = tmp_path / "lamps-of-the-package.md"
    story.write_text(STORY, encoding="utf-8")
    created = run(broadsheet, "put", story, env=alone)
    assert created.startswith("created")
    local_deployment.settle()
    with urlopen(created.split()[1]) as page:  # noqa: S310  # of the local deployment
        assert b"Lamps on the quay" in page.read()


def test_the_back_end_refuses_to_be_installed(tmp_path: Path) -> None:
    refused = subprocess.run(  # noqa: S603  # our own words
        [UV, "build", "--no-build-isolation", "--python", sys.executable, "-o", tmp_path, ROOT],
        check=False,
        capture_output=True,
        text=True,
    )
    assert refused.returncode != 0
    assert "`pip install ./cli` installs the `broadsheet` command" in refused.stderr
    assert list(tmp_path.glob("*.whl")) == []
