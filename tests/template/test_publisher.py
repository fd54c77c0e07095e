"""No deployment sends mail that does not name its publisher and a postal address."""

import shutil
from pathlib import Path

import pytest

from infra.local.template import template
from infra.template.assembly import assemble, text
from infra.template.publisher import is_named, refusals, senders, site_file, warning, with_rule
from tests.papers import PHARE
from tests.template.resources import ROOT, TEMPLATE

SENDER = "news@phare.example"
ADDRESS = 'postal_address = """\n3, quai des Douaniers\n50999 Carteval"""'


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    """The settings of a paper whose publisher has a name and no address."""
    file = shutil.copytree(PHARE, tmp_path / "paper") / "site.toml"
    written = file.read_text(encoding="utf-8")
    assert ADDRESS in written
    file.write_text(written.replace(ADDRESS, ""), encoding="utf-8")
    return file


@pytest.mark.parametrize(
    "overrides",
    [
        f'"Domain=\\"\\" Sender=\\"{SENDER}\\" AlarmEmail=\\"\\""',
        f'["Domain=", "Sender={SENDER}"]',
        f'{{Domain = "", Sender = "{SENDER}"}}',
    ],
)
def test_a_sender_without_a_publisher_is_refused_in_each_form_of_parameters(
    settings: Path, tmp_path: Path, overrides: str
) -> None:
    """newsletter#43: by `make check-paper`, `make check` and `make build`, before anything is deployed."""
    given = tmp_path / "samconfig.toml"
    given.write_text(f"version = 0.1\n[staging.deploy.parameters]\nparameter_overrides = {overrides}\n", "utf-8")
    assert senders(given) == {"staging": SENDER}
    why = (
        f"A deployment with Sender needs [publisher] with name and postal_address in {settings}: "
        "each mail has them at its foot."
    )
    assert refusals(given, settings) == [f"samconfig.toml, staging: Sender is {SENDER}. {why}"]
    assert refusals(given, PHARE / "site.toml") == []
    given.write_text(given.read_text("utf-8").replace(SENDER, ""), "utf-8")
    assert refusals(given, settings) == []
    assert refusals(tmp_path / "none.toml", settings) == []


def test_cloudformation_refuses_a_sender_where_the_settings_name_no_publisher(settings: Path, tmp_path: Path) -> None:
    """newsletter#43: also for parameters that SAM asks for."""
    written = text(assemble(TEMPLATE))
    assert with_rule(written, PHARE / "site.toml") == written
    built = tmp_path / "template.yaml"
    built.write_text(with_rule(written, settings), "utf-8")
    rules = template.read(built, {})["Rules"]
    assert rules.keys() == template.read(TEMPLATE, {})["Rules"].keys() | {"PublisherIsNamed"}
    [assertion] = rules["PublisherIsNamed"]["Assertions"]
    assert assertion["Assert"] == {"Fn::Equals": [{"Ref": "Sender"}, ""]}
    assert str(settings) in assertion["AssertDescription"]


def test_the_sample_names_no_publisher_and_each_target_that_ships_asks() -> None:
    """newsletter#43: a made-up address is in no mail; a paper without settings has the sample's."""
    assert site_file(None) == site_file(ROOT / "docs") == ROOT / "functions/site.toml"
    assert not is_named(site_file(None))
    assert is_named(ROOT / "no/such/site.toml")  # others report it
    targets = (ROOT / "Makefile").read_text("utf-8").split("\n\n")
    for target in ("check-paper:", "check:", "build:"):
        [recipe] = [each for each in targets if each.startswith(target)]
        assert "@$(check-publisher)" in recipe
    assert "\ndeploy: build " in "\n".join(targets)


def test_the_local_deployment_runs_with_a_warning(settings: Path) -> None:
    assert warning(settings).startswith("Warning: A deployment with Sender needs [publisher] with name and postal_addr")
    assert warning(PHARE / "site.toml") == ""
