"""The documents name every output, token, template and function, and their links work."""

import re
from pathlib import Path

import pytest

from broadsheet.render import outputs
from broadsheet.render.shared.assets import FILES
from broadsheet.render.shared.environment import TEMPLATES

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted({*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "tests/faults/README.md"})
PAGES, ARCHITECTURE = (ROOT / "docs" / name for name in ("pages.md", "architecture.md"))
COLOUR = re.compile(r"#[0-9a-f]{3,8}\b|\b(rgb|hsl|hwb|lab|lch|oklab|oklch|light-dark)a?\(", re.IGNORECASE)
# Generic families end every list of fonts.
FONTS = re.compile(r"font(?:-family)?:[^;]*[\"']")


def documented(document: Path, heading: str) -> list[str]:
    """The code in the first column of the tables below that heading."""
    text = document.read_text(encoding="utf-8").partition(f"\n{heading}\n")[2].partition("\n## ")[0]
    first = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    return [name for cell in first for name in re.findall(r"`([^`]+)`", cell)]


def test_every_output_is_documented() -> None:
    known = [output.__name__ for output in (*outputs.STATIC_OUTPUTS, *outputs.OUTPUTS, *outputs.AD_OUTPUTS)]
    assert sorted(documented(PAGES, "## Outputs")) == sorted(known)


def test_every_colour_and_every_list_of_fonts_is_documented() -> None:
    known = re.findall(r"^  (--[a-z]+):", (FILES / "tokens.css").read_text(encoding="utf-8"), re.MULTILINE)
    assert [name for name in documented(PAGES, "## The look") if name.startswith("--")] == known


def test_every_template_is_documented() -> None:
    newsletter = "## The newsletter's pages and mails"
    for folders, heading in ((["site"], "## The look"), (["newsletter", "mail"], newsletter)):
        known = {path.name for folder in folders for path in (TEMPLATES / folder).iterdir()}
        text = PAGES.read_text(encoding="utf-8").partition(f"\n{heading}\n")[2].partition("\n## ")[0]
        assert [name for name in known if f"`{name}`" not in text] == []
        assert {name for name in documented(PAGES, heading) if name.endswith((".html", ".txt"))} <= known


# The API's page alone needs a font of fixed width.
STYLES = sorted({*FILES.rglob("*.css")} - {FILES / "tokens.css", FILES / "api.css"})


@pytest.mark.parametrize("file", STYLES, ids=lambda path: path.name)
def test_colours_and_fonts_are_in_the_tokens_alone(file: Path) -> None:
    css = file.read_text(encoding="utf-8")
    assert COLOUR.findall(css) == []
    assert FONTS.findall(css) == []


def test_every_function_is_documented() -> None:
    known = [path.name for path in (ROOT / "functions").glob("*.py")]
    assert sorted(documented(ARCHITECTURE, "## One idea, used everywhere")) == sorted(known)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_between_documents_have_targets(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in link]
    for link in links:
        file, _, anchor = link.partition("#")
        target = (document.parent / file) if file else document
        assert target.exists(), link
        if anchor:
            headings = re.findall(r"^#+ (.+)$", target.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in [re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings], link
