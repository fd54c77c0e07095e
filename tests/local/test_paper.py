"""The local deployment with a paper in a folder of its own, and with parameters as a person gives them."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from infra.local.deployment.local_deployment import ROOT, LocalDeployment
from infra.local.deployment.parameters import ParameterError, parse
from infra.local.deployment.sample import BUILT_IN, missing_in
from tests.local.conftest import EXAMPLE, Reader
from tests.local.test_process import refused
from tests.papers import PHARE
from tests.template.resources import TEMPLATE
from tests.waiting import wait_for

SECTIONS = frozenset(["business", "city", "culture", "opinion", "science", "sport", "world"])


def test_parameters_are_those_of_a_deployment() -> None:
    origins = "https://a.example https://b.example"
    assert parse(f'Captcha=turnstile FormOrigins="{origins}"', TEMPLATE) == {
        "Captcha": "turnstile",
        "FormOrigins": origins,
    }
    assert parse("", EXAMPLE / "nothing.yaml") == {}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Captcha=riddle", "Captcha must be one of none, turnstile, hcaptcha."),
        ("FormOrigins=http://a.example", "FormOrigins must be origins such as https://www.news.example"),
        ("Captchas=none", "Captchas is not a parameter of the template; its parameters are Domain, "),
        ("turnstile", "PARAMETERS must be like Name=value, unlike turnstile."),
        ('Captcha="none', "PARAMETERS: No closing quotation"),
    ],
)
def test_a_parameter_that_a_deployment_would_refuse_is_named(text: str, sentence: str) -> None:
    with pytest.raises(ParameterError) as error:
        parse(text, TEMPLATE)
    assert str(error.value).startswith(sentence)


def test_the_sample_is_for_sites_with_its_editions_and_sections() -> None:
    assert missing_in(BUILT_IN / "en", {"en": SECTIONS}) == ""
    assert missing_in(BUILT_IN / "ar", {"en": SECTIONS}) == "edition ar"
    assert missing_in(BUILT_IN / "en", {"en": SECTIONS - {"city", "sport"}}) == "section city, sport in its edition en"


def test_a_missing_folder_is_one_sentence() -> None:
    assert refused("--port", "0", "--paper", "/nowhere") == (
        "There is no folder /nowhere. PAPER= names the folder of your paper.\n"
    )


@pytest.mark.proof
def test_a_paper_with_one_edition_of_its_own_runs_and_is_watched(tmp_path: Path) -> None:
    folder = shutil.copytree(PHARE, tmp_path / "paper")
    printed: list[str] = []
    with LocalDeployment(sample=True, paper=folder, print_line=printed.append) as running:
        reader = Reader(int(running.url.rpartition(":")[2]))
        assert printed == [
            f"The sample in {code} is left out, because the site has no edition {code}." for code in ("ar", "en")
        ]

        def shows(text: str, path: str) -> bool:
            return text.encode() in reader(path).body

        wait_for(lambda: shows("Notre premier numéro arrive", "/fr/"), running.progress)
        assert reader("/assets/phare.svg").body == (PHARE / "phare.svg").read_bytes()
        tokens = folder / "tokens.css"
        tokens.write_text(tokens.read_text("utf-8").replace("#b3261e", "#123456"), "utf-8")
        words = folder / "locales/fr.toml"
        words.write_text(words.read_text("utf-8").replace("Notre premier numéro arrive", "Bientôt"), "utf-8")
        wait_for(lambda: shows("#123456", "/assets/site.css") and shows("Bientôt", "/fr/"), running.progress)


@pytest.mark.proof
def test_a_deployment_gets_the_static_pages_of_the_paper(local_deployment: LocalDeployment, tmp_path: Path) -> None:
    """`make deploy` ends with `make put-pages`, which asks SAM for the API's URL."""
    page = tmp_path / "paper/pages/en/tides.md"
    page.parent.mkdir(parents=True)
    page.write_text("---\nheadline: Tides\nsummary: When to be home.\n---\n\nTwice a day.\n", "utf-8")
    outputs = json.dumps([{"OutputKey": "ApiUrl", "OutputValue": local_deployment.url}])
    sam = tmp_path / "sam"
    sam.write_text(f"#!/bin/sh\n[ \"$1 $2\" = 'list stack-outputs' ] && echo '{outputs}'\n", "utf-8")
    sam.chmod(0o755)
    for outcome in ("1 created", "1 unchanged"):
        command = ["make", "--no-print-directory", "put-pages", f"SAM={sam}", f"PAPER={tmp_path / 'paper'}"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603  # our own
        assert outcome in done.stdout + done.stderr
    local_deployment.settle()
    assert b"Twice a day." in Reader(int(local_deployment.url.rpartition(":")[2]))("/en/tides/").body
