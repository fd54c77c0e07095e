"""A limit on the work that Markdown takes, in steps, so that no body holds up a publishing batch.

A step is a line, a block or a cell that begins or ends, or a mark within text at which the parser tries its rules: an
asterisk, a bracket, an ampersand. An article of ten thousand words has a few thousand. Rendering takes time and memory
in proportion to the steps, and to the text, whose length has a limit of its own.
"""

from collections.abc import Iterator, Sequence
from typing import Literal

from markdown_it import MarkdownIt
from markdown_it.parser_block import ParserBlock
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType

from ...model.errors import FieldError, Invalid, Rule

MAX_STEPS = 100_000
# Many links may refer to one long address. Characters of all addresses and titles together, as they are in HTML.
MAX_ADDRESSES = 4_000_000

_KEY = "steps"  # in the parser's environment


class TooMuchMarkdown(Exception):
    """A text of more than `MAX_STEPS`, or of longer addresses than `MAX_ADDRESSES`."""

    rule = Rule(
        "too_many",
        f"must have at most {MAX_STEPS:,} lines, blocks, cells and marks (such as * [ &) of Markdown together",
    )

    def of(self, field: str) -> Invalid:
        """The refusal of a request that has the text in this field."""
        return Invalid((FieldError(field, self.rule),))


def extend(parser: MarkdownIt) -> None:
    block = _Block()
    block.ruler = parser.block.ruler
    parser.block = block
    parser.inline.ruler.before("text", "steps", _step)


def environment(text: str) -> dict[str, int]:
    """What the parser needs to count the steps of the text. Raises `TooMuchMarkdown` where it has too many lines."""
    env = {_KEY: 0}
    _add(env, text.count("\n"))
    return env


def check_addresses(tokens: Sequence[Token]) -> None:
    """Raise `TooMuchMarkdown` where addresses and titles are too long together."""
    if sum(_lengths(tokens)) > MAX_ADDRESSES:
        raise TooMuchMarkdown


class _Block(ParserBlock):
    def parse(self, src: str, md: MarkdownIt, env: EnvType, outTokens: list[Token]) -> list[Token] | None:  # noqa: N803  # named by the library
        if not src:
            return None
        state = _State(src, md, env, outTokens)
        self.tokenize(state, state.line, state.lineMax)
        return state.tokens


class _State(StateBlock):
    def push(self, ttype: str, tag: str, nesting: Literal[-1, 0, 1]) -> Token:
        _add(self.env, 1)
        return super().push(ttype, tag, nesting)


def _step(state: StateInline, _: bool) -> bool:
    """The first rule of all, which matches nothing."""
    _add(state.env, 1)
    return False


def _add(env: EnvType, steps: int) -> None:
    env[_KEY] = env.get(_KEY, 0) + steps
    if env[_KEY] > MAX_STEPS:
        raise TooMuchMarkdown


def _lengths(tokens: Sequence[Token]) -> Iterator[int]:
    for token in tokens:
        for value in token.attrs.values():
            yield len(str(value))
        yield from _lengths(token.children or ())
