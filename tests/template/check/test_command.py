"""`python -m infra.template_check`, as `make check` runs it."""

from pathlib import Path

import pytest

from infra.template_check import __main__ as command

FUNCTION = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Function:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: functions/
      Runtime: python3.13
      Handler: articles.handler
      Role: !Ref Role
      AutoPublishAlias: live
  Role:
    Type: AWS::IAM::Role
    Properties: {RoleName: !Sub "${Typo}"}
"""


@pytest.fixture(autouse=True)
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(command, "BUILD", tmp_path / "build")
    return tmp_path / "build"


@pytest.mark.proof
def test_the_projects_template_has_no_fault(capsys: pytest.CaptureFixture[str], build: Path) -> None:
    assert command.main([]) == 0
    assert capsys.readouterr().err == ""
    assert {path.name for path in build.iterdir()} == {
        "empty.json",
        "empty.parameters.json",
        "full.json",
        "full.parameters.json",
    }


def test_aliases_are_checked_although_the_local_deployment_has_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    template = tmp_path / "template.yaml"
    template.write_text(FUNCTION.replace("${Typo}", "${AWS::StackName}-${AWS::Region}"), "utf-8")
    assert command.main(["--template", str(template)]) == 1
    faults = capsys.readouterr().err.splitlines()
    assert "AWS::Lambda::Alias has no entry in infra/template_check/kinds.py." in faults
    assert any(fault.startswith("Function may log before its log group exists") for fault in faults)
    assert len(faults) == len(set(faults))


def test_a_template_that_cannot_be_read_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    template = tmp_path / "template.yaml"
    template.write_text(FUNCTION, "utf-8")
    assert command.main(["--template", str(template)]) == 1
    [fault] = capsys.readouterr().err.splitlines()
    assert fault.endswith("Role refers to Typo, which the template does not define.")
