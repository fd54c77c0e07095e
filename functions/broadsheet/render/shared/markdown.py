"""Renders Markdown as HTML, which the normaliser and the sanitiser then take as they take an editor's own HTML."""

import re
from collections.abc import MutableMapping, Sequence
from functools import lru_cache
from html import escape

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

from . import normaliser


def html(text: str) -> str:
    """The Markdown as HTML, which may contain any HTML of the source."""
    return _parser().render(text)


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    parser.add_render_rule("html_inline", _as_typed)
    return parser


def _as_typed(
    _: RendererHTML, tokens: Sequence[Token], index: int, __: object, env: MutableMapping[str, object]
) -> str:
    """A tag within Markdown's text; `<name>` and other words in angle brackets are text, but not within a drawing."""
    content = tokens[index].content
    name = re.match(r"</?([A-Za-z][A-Za-z0-9]*)[\s/>]", content)
    if content.startswith(("<svg", "<math")):
        env["drawing"] = tokens  # the rest of these tokens is not text, and is not searched for the start again
    drawn = env.get("drawing") is tokens
    return escape(content) if name and name[1].lower() not in normaliser.HTML and not drawn else content
