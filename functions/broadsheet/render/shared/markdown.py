"""Renders Markdown as HTML, which the normaliser and the sanitiser then take as they take an editor's own HTML.

The dialect is CommonMark with tables, strikethrough, footnotes (`notes.py`), definition lists, task lists, links of
bare addresses (`addresses.py`), and emphasis, lists and headings as Arabic is typed (`scripts.py`).
"""

import re
from collections.abc import MutableMapping, Sequence
from functools import lru_cache
from html import escape

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from mdit_py_plugins.deflist import deflist_plugin

from . import addresses, normaliser, notes, scripts

TASK = re.compile(r"\[([ xX])\](?=\s)")


def html(text: str) -> str:
    """The Markdown as HTML, which may contain any HTML of the source."""
    rendered: str = _parser().render(text)
    return rendered


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    scripts.extend(parser)
    notes.extend(parser)
    addresses.extend(parser)
    parser.use(deflist_plugin)
    parser.core.ruler.after("inline", "tasks", _tasks)
    parser.add_render_rule("html_inline", _as_typed)
    return parser


def _tasks(state: StateCore) -> None:
    """A box in place of `[ ]`, and a checked one in place of `[x]`, at the start of an item: forms are not kept."""
    for item, paragraph, inline in zip(state.tokens, state.tokens[1:], state.tokens[2:], strict=False):
        if item.type != "list_item_open" or paragraph.type != "paragraph_open" or not inline.children:
            continue
        first = inline.children[0]
        if first.type == "text" and (task := TASK.match(first.content)):
            first.content = normaliser.BOXES[task[1] != " "] + first.content[task.end() :]


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
