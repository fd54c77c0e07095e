"""The site of the documentation has every page once, and the same links, lists and tables as the repository."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from infra.docs_site.compare import COMMONMARK, elements
from infra.docs_site.pages import CONFIG, FILES, ROOT, on_site, sources


def pages(nav: Any) -> Iterator[str]:
    """The pages in a part of the navigation."""
    if isinstance(nav, str):
        yield nav
    for each in nav.values() if isinstance(nav, dict) else nav if isinstance(nav, list) else ():
        yield from pages(each)


def test_the_navigation_has_every_page_once() -> None:
    known = sorted(str(page.relative_to(ROOT)) for page in sources() if page.suffix == ".md")
    assert sorted(pages(CONFIG["nav"])) == known


def test_the_table_of_contents_links_to_every_page_of_the_documentation() -> None:
    text = (ROOT / "docs" / "index.md").read_text("utf-8")
    pages = {path.name for path in (ROOT / "docs").glob("*.md")} - {"index.md"}
    assert [page for page in sorted(pages) if f"]({page})" not in text] == []


def test_a_link_to_a_file_that_the_site_lacks_is_its_url_in_the_repository() -> None:
    page = ROOT / "docs" / "index.md"
    text = "[a](aws.md#creating-the-stack) [b](../functions/site.toml) [c](https://news.example/) [d](#here)"
    there = f"{FILES}/functions/site.toml"
    assert on_site(text, page) == text.replace("../functions/site.toml", there)


def test_nothing_on_the_site_comes_from_another_host() -> None:
    """Fonts and the repository's number of stars do, by default."""
    assert CONFIG["theme"]["font"] is False
    assert "repo_url" not in CONFIG
    assert [url for url in CONFIG["extra_css"] if not (ROOT / url).is_file()] == []
    assert "extra_javascript" not in CONFIG


def test_a_list_that_ends_early_on_the_site_is_a_difference() -> None:
    on_github = elements(COMMONMARK.render("1. One:\n\n   ```sh\n   ls\n   ```\n2. Two\n"), "body")
    on_the_site = elements("<article><ol><li>One:<pre>ls</pre> 2. Two</li></ol></article>", "article")
    assert on_github - on_the_site == {"li": 1}


def test_pictures_are_small() -> None:
    sizes = {path.name: path.stat().st_size for path in Path(ROOT / "docs" / "pictures").iterdir()}
    assert {name: size for name, size in sizes.items() if size > 80_000} == {}
