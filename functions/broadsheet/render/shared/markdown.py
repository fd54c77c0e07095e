"""Renders Markdown as HTML, which the normaliser and the sanitiser then take as they take an editor's own HTML.

The dialect is CommonMark with tables, strikethrough, footnotes (`notes.py`), definition lists, task lists, links of
bare addresses (`addresses.py`), and emphasis, lists and headings as Arabic is typed (`scripts.py`).
"""

import re
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from functools import lru_cache
from html import escape, unescape
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline, entity
from markdown_it.token import Token
from mdit_py_plugins.deflist import deflist_plugin

from ...model.text import clean
from . import addresses, bounded, normaliser, notes, scripts
from .losses import LINE, Losses

TASK = re.compile(r"\[([ xX])\](?=\s)")


def html(text: str, losses: Losses | None = None) -> str:
    """The Markdown as HTML, which may contain any HTML of the source.

    With `losses`, every start tag carries its line, and definitions of links that nothing refers to are counted. Raises
    `TooMuchMarkdown`.
    """
    env: dict[str, Any] = bounded.environment(text)
    tokens = parser().parse(text, env)
    bounded.check_addresses(tokens)
    if losses is None:
        return str(parser().renderer.render(tokens, parser().options, env))
    for reference, label in _unused(tokens, env):
        losses.line = reference["map"][0] + 1
        losses.add("reference", label.lower())
    for token in tokens:
        if token.type == "fence" and token.map and len(token.info.split()) > 1:
            losses.line = token.map[0] + 1
            losses.add("info", token.info.strip())
    losses.line = 1
    _stamp(tokens)
    return str(parser().renderer.render(tokens, parser().options, env))


def _unused(tokens: Sequence[Token], env: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], str]]:
    """The definitions of links that no link or image uses."""
    inner = [child for token in tokens for child in token.children or ()]
    used = {child.attrGet("href") or child.attrGet("src") for child in inner}
    for label, reference in env.get("references", {}).items():
        if reference["href"] not in used:
            yield reference, label


def _stamp(tokens: Sequence[Token]) -> None:
    """Write its line on every start tag of these tokens."""
    for token in tokens:
        if not token.map:
            continue
        line = token.map[0] + 1
        if token.type == "html_block":
            token.content = normaliser.stamped(token.content, line)
        elif token.nesting >= 0 and token.tag:
            token.attrSet(LINE, str(line))
        for child in token.children or ():
            if child.type == "html_inline":
                child.content = normaliser.stamped(child.content, line)
            elif child.nesting >= 0 and child.tag:
                child.attrSet(LINE, str(line))
            line += child.content.count("\n") + (child.type in ("softbreak", "hardbreak"))


@lru_cache(maxsize=1)
def parser() -> MarkdownIt:
    """The parser of the dialect. It needs the environment that `bounded.environment` makes."""
    made = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    scripts.extend(made)
    bounded.extend(made)
    notes.extend(made)
    addresses.extend(made)
    made.use(deflist_plugin)
    made.core.ruler.after("inline", "tasks", _tasks)
    made.add_render_rule("html_inline", _as_typed)
    made.inline.ruler.at("entity", _reference)
    return made


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


def _reference(state: StateInline, silent: bool) -> bool:
    """A character reference; `&#146;` is what HTML takes it for, an apostrophe, and not an unknown character."""
    found = entity(state, silent)
    if found and not silent and state.tokens[-1].content == "\ufffd":
        state.tokens[-1].content = clean(unescape(state.tokens[-1].markup))
    return found
