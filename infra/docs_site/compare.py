"""Whether pages have the same lists, tables and code on the site as on GitHub.

GitHub reads CommonMark. Zensical reads Python-Markdown, in which a block inside a list item is indented by four blanks,
and an item after such a block begins after an empty line. Otherwise the list ends there, without a warning.
"""

from collections import Counter
from collections.abc import Iterator

from markdown_it import MarkdownIt
from selectolax.lexbor import LexborHTMLParser

from .pages import ROOT, built, sources

COMMONMARK = MarkdownIt("commonmark").enable(["table", "strikethrough"])
ELEMENTS = ("ol", "ul", "li", "pre", "table", "h2", "h3", "img")


def differences() -> Iterator[str]:
    """A sentence for each page and element whose number differs."""
    for page in sources():
        if page.suffix == ".md":
            here = elements(COMMONMARK.render(page.read_text("utf-8")), "body")
            there = elements(built(page).read_text("utf-8"), "article")
            for name in ELEMENTS:
                if here[name] != there[name]:
                    yield (
                        f"{page.relative_to(ROOT)}: {here[name]} <{name}> on GitHub, {there[name]} on the site. Indent "
                        "blocks in list items by four blanks, with an empty line before the next item."
                    )


def elements(html: str, within: str) -> Counter[str]:
    """How many elements of each name the part of a page has."""
    part = LexborHTMLParser(html).css_first(within)
    return Counter({name: len(part.css(name)) for name in ELEMENTS} if part else {})
