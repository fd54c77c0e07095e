"""`make check-paper` names every fault of a paper's folder: its file, its line, and the rule that it breaks."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from infra.paper_check.checks import faults
from infra.template import paper_layer
from tests.papers import PHARE, laid_over
from tests.template.resources import ROOT

FRENCH = "locales/fr.toml"
FOOTER = "templates/site/footer.html"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of a paper that is in order."""
    return shutil.copytree(PHARE, tmp_path / "paper")


def found(folder: Path) -> list[str]:
    with laid_over(folder):
        return [str(fault) for fault in faults()]


def change(folder: Path, file: str, old: str, new: str) -> None:
    path = folder / file
    path.parent.mkdir(parents=True, exist_ok=True)
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    assert old in text
    path.write_text(text.replace(old, new, 1) if old else new, encoding="utf-8")


def test_a_paper_in_order_has_no_fault(folder: Path) -> None:
    (folder / "README.md").touch()
    (folder / ".DS_Store").touch()
    (folder / "pages/fr").mkdir(parents=True)
    (folder / "pages/fr/a-propos.md").touch()
    assert found(folder) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("site.toml", '"full"', '"full', "site.toml, line 7: Illegal character"),
        ("site.toml", '"full"', '"some"', "site.toml, line 7: feed_text must be one of full, summary"),
        ("site.toml", "[publisher]", "[publishers]", "site.toml, line 9: publishers is not a setting; the settings"),
        ("site.toml", "phare.svg", "logo.svg", "site.toml, line 19: editions.fr.logo names logo.svg, and there is no"),
        ("site.toml", "static/maelle", "static/emma", "site.toml, line 28: names /assets/static/emma-kerzu.svg, and"),
        ("phare.svg", "viewBox", "viewbox", "site.toml, line 19: editions.fr.logo names phare.svg: must be a PNG, or"),
        (FRENCH, "skip = ", "skip_link = ", f"{FRENCH}, line 15: layout.skip_link is no word of Broadsheet"),
        (FRENCH, 'skip = "Aller au contenu"', "skip = 7", f"{FRENCH}, line 15: layout.skip must be a text"),
        (FRENCH, "{until}", "{date}", f"{FRENCH}, line 109: preview.notice has the field {{date}}; it may have"),
        (FRENCH, "{until}", "", f"{FRENCH}, line 109: preview.notice must have the field {{until}}"),
        (FRENCH, "{until}", "{until", f"{FRENCH}, line 109: preview.notice has a brace that belongs to no field"),
        (FRENCH, 'one = "{count} article"\n', "", f"{FRENCH}, line 59: articles.count lacks the plural one: fr needs"),
        (FRENCH, '"lundi", ', "", f"{FRENCH}, line 4: dates.weekdays must be a list of 7 texts"),
        (FRENCH, '"janvier", ', "", f"{FRENCH}, line 11: dates.months.gregorian.names must be a list of 12 texts"),
        (FRENCH, 'tag = "fr-FR"', "", f"{FRENCH}, line 10: dates.months.gregorian must have names, twelve texts"),
        (FRENCH, '"Français"', '"Français', f"{FRENCH}, line 1: Illegal character"),
        (FRENCH, "[articles.count]", "[articles.counts]", f"{FRENCH}, line 59: articles.counts is no word"),
        ("tokens.css", "--accent", "--acccent", "tokens.css, line 5: sets --acccent, which nothing reads; there are"),
        ("tokens.css", "--latin: ", "font-family: ", "tokens.css, line 6: sets font-family; this file sets custom"),
        ("tokens.css", "--accent:", "--accent", "tokens.css, line 5: is not CSS: "),
        ("tokens.css", "#fbfcfd, ", "white, ", "tokens.css, line 3: --paper must be light-dark() with two colours"),
        ("tokens.css", "phare.woff2", "gull.woff2", "tokens.css, line 10: loads static/gull.woff2, and there is no"),
        (FOOTER, "{% include", "{% incorporate", f"{FOOTER}, line 3: is no template"),
        (FOOTER, "built-in/", "builtin/", f"{FOOTER}, line 3: names the template"),
        (FOOTER, "Les marées", "{{ tides }}", f"{FOOTER}, line 2: cannot render"),
        ("templates/site/foter.html", "", "a", "templates/site/foter.html: takes no template's place, and none of"),
        ("templates/foter.html", "", "a", "templates/foter.html: is read by nothing: templates are in templates/site/"),
        ("template/site/footer.html", "", "a", "template/site/footer.html: is read by nothing; did you mean"),
        ("token.css", "", "a", "token.css: is read by nothing; did you mean tokens.css?"),
        ("static/a b.svg", "", "a", "static/a b.svg: is not served: a name has letters, digits, hyphens and"),
        ("static/a.exe", "", "a", "static/a.exe: is not served"),
        ("locales/pl.toml", "", "", "locales/pl.toml: is read by nothing: no edition has the language pl"),
        ("pages/en/about.md", "", "a", "pages/en/about.md: must be pages/<an edition of site.toml>/<name>.md"),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_its_file_its_line_and_its_rule(
    folder: Path, file: str, old: str, new: str, message: str
) -> None:
    change(folder, file, old, new)
    reported = [fault for fault in found(folder) if "warning:" not in fault]
    assert any(fault.startswith(message) for fault in reported), reported


def test_what_only_a_page_with_articles_shows_is_rendered_too(folder: Path) -> None:
    """And what only a site without a newsletter shows: each failing place is named once."""
    corrections = "templates/site/corrections.html"
    change(folder, corrections, "", "a\n{{ nothing.at_all }}")
    change(folder, FOOTER, "", "{% if not site.sends_mail %}{{ empty }}{% endif %}\n")
    assert [fault.partition(": cannot render")[0] for fault in found(folder)] == [
        f"{corrections}, line 2",
        f"{FOOTER}, line 1",
    ]


def test_plural_forms_are_those_of_the_language(folder: Path) -> None:
    text = (folder / "site.toml").read_text(encoding="utf-8").replace("editions.fr", "editions.pl")
    (folder / "site.toml").write_text(text, encoding="utf-8")
    (folder / FRENCH).rename(folder / "locales/pl.toml")
    assert found(folder) == [
        "locales/pl.toml, line 59: articles.count lacks the plural few, many: pl needs one, few, many (CLDR)",
        "locales/pl.toml, line 63: articles.reading_time lacks the plural few, many: pl needs one, few, many (CLDR)",
    ]


def test_missing_words_are_warnings_and_a_built_in_language_may_have_single_words(folder: Path) -> None:
    (folder / FRENCH).write_text('autonym = "Français"\n', encoding="utf-8")
    change(folder, "locales/en.toml", "", '[layout]\nlatest = "Fresh"\n')
    [warning] = found(folder)
    assert warning.startswith("locales/fr.toml: warning: has no dates, layout, articles, channels, feeds, errors")


@pytest.mark.proof
def test_the_program_prints_all_faults_and_exits_with_1(folder: Path) -> None:
    def run(name: str) -> tuple[int, str]:
        environment = os.environ | {"PAPER_FOLDER": name}
        command = [sys.executable, "-m", "infra.paper_check"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603  # ours
        return done.returncode, done.stdout + done.stderr

    assert run(str(folder)) == (0, f"The paper in {folder} is in order.\n")
    change(folder, "token.css", "", "a")
    status, output = run(str(folder))
    assert (status, output.splitlines()) == (
        1,
        [
            f"{folder}/token.css: is read by nothing; did you mean tokens.css?",
            f"1 error in {folder}. docs/your-paper.md says what the folder may hold.",
        ],
    )
    assert run("/nowhere") == (1, "There is no folder /nowhere. PAPER= names the folder of your paper.\n")


def test_the_layer_has_the_folder_without_hidden_files_and_never_nothing(folder: Path, tmp_path: Path) -> None:
    (folder / ".git").mkdir()
    (folder / "site.toml~").touch()
    layer = tmp_path / "layer"
    for paper, expected in ((folder, {"paper", "paper.txt"}), (None, {"paper.txt"})):
        paper_layer.write(layer, paper)
        assert {path.name for path in (layer / "content").iterdir()} == expected
        assert (layer / "Makefile").read_text(encoding="utf-8").startswith("build-PaperLayer:\n\t")
        if paper:
            copied = {path.relative_to(layer / "content/paper") for path in (layer / "content/paper").rglob("*")}
            assert copied == {path.relative_to(PHARE) for path in PHARE.rglob("*")}


def test_git_does_not_ignore_the_folder() -> None:
    """So that a publisher can commit it to a fork."""
    ignored = subprocess.run(["git", "check-ignore", "paper/site.toml"], cwd=ROOT, check=False)  # noqa: S607  # git
    assert ignored.returncode == 1
