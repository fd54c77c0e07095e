"""Footnotes in Markdown: `[^label]` with `[^label]: the note`, and `^[the note]` within the text.

Marks and notes link to each other by fragments (`fragments.py`). Notes are numbered in the order of their first marks.
A note without a mark follows the others, and so does a second note of the same label. A mark without a note is text.
"""

import re
from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from mdit_py_plugins.footnote.index import footnote_def

MARK = re.compile(r"\[\^([^\s\[\]]{1,200})\]")
# Brackets within the note are balanced, and at most one level deep, so the time is proportional to the text.
WITHIN = re.compile(r"\^\[((?:[^\[\]\\]++|\\.|\[[^\[\]]*+\])++)\]", re.DOTALL)


@dataclass(slots=True)
class _Note:
    label: str | None = None  # None for one within the text
    marks: int = 0
    tokens: list[Token] = field(default_factory=list)


def extend(parser: MarkdownIt) -> None:
    parser.block.ruler.before("reference", "footnote_def", footnote_def, {"alt": ["paragraph", "reference"]})
    parser.inline.ruler.after("image", "note_mark", _mark)
    parser.inline.ruler.after("note_mark", "note_within", _within)
    parser.core.ruler.after("inline", "notes", _collect)
    for rule in (_render_mark, _render_back):
        parser.add_render_rule(rule.__name__.removeprefix("_render_"), rule)


def _numbered(env: MutableMapping[str, object]) -> list[_Note]:
    """The notes that have marks, in the order of their numbers."""
    numbered: list[_Note] = env.setdefault("notes", [])  # type: ignore[assignment]  # only this module writes the key
    return numbered


def _mark(state: StateInline, silent: bool) -> bool:
    found = MARK.match(state.src, state.pos, state.posMax) if state.src[state.pos] == "[" else None
    defined = state.env.get("footnotes", {}).get("refs", {})  # written by `footnote_def`
    if not found or f":{found[1]}" not in defined:
        return False
    if not silent:
        notes, label = _numbered(state.env), f":{found[1]}"
        if defined[label] < 0:
            defined[label] = len(notes)
            notes.append(_Note(found[1]))
        _push_mark(state, defined[label])
    state.pos = found.end()
    return True


def _within(state: StateInline, silent: bool) -> bool:
    found = WITHIN.match(state.src, state.pos, state.posMax) if state.src[state.pos] == "^" else None
    if not found:
        return False
    if not silent:
        notes = _numbered(state.env)
        note = _Note()
        notes.append(note)
        _push_mark(state, len(notes) - 1)
        inline = Token("inline", "", 0, content=found[1])
        inline.children = state.md.inline.parse(found[1], state.md, state.env, [])
        note.tokens = [Token("paragraph_open", "p", 1, block=True), inline, Token("paragraph_close", "p", -1)]
    state.pos = found.end()
    return True


def _push_mark(state: StateInline, index: int) -> None:
    note = _numbered(state.env)[index]
    note.marks += 1
    state.push("mark", "", 0).meta = {"note": index + 1, "mark": note.marks}


def _collect(state: StateCore) -> None:
    """Moves the notes to the end of the text. A note may be defined within another one."""
    if "footnotes" not in state.env and "notes" not in state.env:
        return
    open_notes = [_Note()]
    defined: list[_Note] = []
    for token in state.tokens:
        if token.type == "footnote_reference_open":
            open_notes.append(_Note(token.meta["label"]))
        elif token.type == "footnote_reference_close":
            defined.append(open_notes.pop())
        else:
            open_notes[-1].tokens.append(token)
    notes = _numbered(state.env)
    marked = {note.label: note for note in notes}
    for note in defined:
        if (first := marked.get(note.label)) and not first.tokens:
            first.tokens = note.tokens
        else:
            notes.append(note)
    state.tokens = open_notes[0].tokens + _block(notes)


def _block(notes: Sequence[_Note]) -> list[Token]:
    tokens = [Token("html_block", "", 0, content='<div role="doc-endnotes">\n<hr>\n<ol>\n')]
    for number, note in enumerate(notes, 1):
        back = [
            Token("back", "", 0, meta={"note": number, "mark": mark, "of": note.marks})
            for mark in range(1, note.marks + 1)
        ]
        end = len(note.tokens) - (1 if note.tokens and note.tokens[-1].type == "paragraph_close" else 0)
        tokens.append(Token("html_block", "", 0, content=f'<li id="note-{number}">'))
        tokens += [*note.tokens[:end], *back, *note.tokens[end:]]
        tokens.append(Token("html_block", "", 0, content="</li>\n"))
    return [*tokens, Token("html_block", "", 0, content="</ol>\n</div>\n")] if notes else []


def _render_mark(_: RendererHTML, tokens: Sequence[Token], index: int, *__: object) -> str:
    note, mark = tokens[index].meta["note"], tokens[index].meta["mark"]
    return f'<sup><a href="#note-{note}" id="mark-{note}-{mark}" role="doc-noteref">[{note}]</a></sup>'


def _render_back(_: RendererHTML, tokens: Sequence[Token], index: int, *__: object) -> str:
    """The link back to a mark, numbered where a note has several. U+FE0E keeps the arrow from becoming an emoji."""
    note, mark, several = tokens[index].meta["note"], tokens[index].meta["mark"], tokens[index].meta["of"] > 1
    return f' <a href="#mark-{note}-{mark}" role="doc-backlink">\u21a9\ufe0e{mark if several else ""}</a>'
