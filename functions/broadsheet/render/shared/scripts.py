"""Markdown as Arabic is typed, and other scripts without capitals.

- `*` and `~~` mark words beside quotation marks and after an attached letter: CommonMark's rules for them count on
  blanks between words. Where one side is a letter or digit of a script without capitals, punctuation on the other side
  does not matter, as in the amendment for Chinese, Japanese and Korean (markdown-cjk-friendly).
- Invisible marks (of direction, of width, of byte order) before the sign of a heading, list, quote, table or code do
  not count. Editors of Arabic set them, and copied text carries them.
- A list may be numbered with Arabic-Indic digits: `١.`, `٢)` or `٣-`.
"""

import re
import unicodedata

from markdown_it import MarkdownIt
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline.state_inline import Scanned, StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType

INVISIBLE = "\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff"
NATIVE = "\u0660-\u0669\u06f0-\u06f9"
NEAR = 5  # characters: a letter follows within so many, where brackets and quotation marks open

# The start of a line with invisible marks or Arabic-Indic digits, up to the blank after its sign.
START = re.compile(
    rf"^(?P<before>[ \t>{INVISIBLE}]*+)"
    rf"(?:(?:(?P<digits>[{NATIVE}]{{1,3}}+)(?P<end>[.)\-])(?=[{INVISIBLE}]*+[ \t])"
    rf"|(?P<sign>#{{1,6}}+(?!#)|[-+*]|[0-9]{{1,9}}+[.)]|:)(?=[{INVISIBLE}]*+(?:[ \t]|$))"
    rf"|(?=[-_*=]{{3}}|=|>|\||`{{3}}|~{{3}}|\[\^|:?-+:?[ \t]*\||$))"
    rf"(?P<after>[{INVISIBLE}]*+)|(?P<text>))",
)
CONCERNED = re.compile(rf"[{INVISIBLE}]|^[ \t>]*+[{NATIVE}]", re.MULTILINE)
FENCE = re.compile(r"[ \t>]*+(?:[-+*][ \t]++|[0-9]{1,9}[.)][ \t]++)*+(`{3,}+|~{3,}+)([^\n]*)")
MARKS = re.compile(f"[{INVISIBLE}]++")


def extend(parser: MarkdownIt) -> None:
    inline = _Inline()
    inline.ruler, inline.ruler2 = parser.inline.ruler, parser.inline.ruler2
    parser.inline = inline
    parser.core.ruler.after("normalize", "lines", _lines)


class _Inline(ParserInline):
    def parse(self, src: str, md: MarkdownIt, env: EnvType, tokens: list[Token]) -> list[Token]:
        state = _State(src, md, env, tokens)
        self.tokenize(state)
        for rule in self.ruler2.getRules(""):
            rule(state)
        return state.tokens


class _State(StateInline):
    """Text in which a run of `*` or `~` beside a script without capitals may open and close on either side."""

    def scanDelims(self, start: int, canSplitWord: bool) -> Scanned:  # noqa: N802, N803  # named by the library
        scanned = super().scanDelims(start, canSplitWord)
        if not canSplitWord or (scanned.can_open and scanned.can_close):
            return scanned
        end = start + scanned.length
        before = MARKS.sub("", self.src[max(0, start - NEAR) : start])[::-1]
        after = MARKS.sub("", self.src[end : min(end + NEAR, self.posMax)])
        blank = before[:1].isspace() or after[:1].isspace() or not before or not after
        if blank or not (_is_caseless(before) or _is_caseless(after)):
            return scanned
        # What opens is followed by no closing bracket or quotation mark; what closes follows no opening one.
        opens = scanned.can_open or unicodedata.category(after[0]) not in ("Pe", "Pf")
        closes = scanned.can_close or unicodedata.category(before[0]) not in ("Ps", "Pi")
        return Scanned(opens, closes, scanned.length)


def _is_caseless(near: str) -> bool:
    """Whether the nearest letter or digit, with nothing but punctuation before it, is of a script without capitals."""
    for character in near:
        category = unicodedata.category(character)
        if category in ("Lo", "Lm") or character.isdecimal():
            return character > "\x7f"
        if category[0] not in "MPS":
            return False
    return False


def _lines(state: StateCore) -> None:
    """The source with the signs of its blocks as CommonMark knows them, but within code."""
    if not CONCERNED.search(state.src):
        return
    lines = state.src.split("\n")
    fence = ""
    for index, line in enumerate(lines):
        # Only in a line that may be the fence of code: within code, invisible marks stay.
        bare = MARKS.sub("", line) if not fence or "`" in line or "~" in line else line
        found = FENCE.match(bare)
        if fence:
            if found and found[1].startswith(fence) and not found[2].strip():
                lines[index], fence = bare, ""
            continue
        lines[index] = START.sub(_sign, line)
        if found and not (found[1][0] == "`" and "`" in found[2]):
            fence = found[1]
    state.src = "\n".join(lines)


def _sign(start: re.Match[str]) -> str:
    if start["after"] is None:  # no sign: what follows a quote's `>` is text, with its marks
        quote = start["before"].rfind(">") + 1
        return MARKS.sub("", start["before"][:quote]) + start["before"][quote:]
    before = MARKS.sub("", start["before"])
    if start["digits"]:
        return before + str(int(start["digits"])) + (")" if start["end"] == ")" else ".")
    return before + (start["sign"] or "")
