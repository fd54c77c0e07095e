"""YAML as editors write it: every value is the text that they typed, and what YAML would change or lose is an error.

YAML itself reads `no` as false, `1_000` as a number and `2026-05-01` as a date, ends a text at ` #`, and lets the
second of two equal fields win. Anchors, aliases, tags and directives are refused.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import yaml

from .errors import FileError

# Fields without blanks in their values, so that a comment may follow them.
WORDS = frozenset(
    {"id", "edition", "section", "kind", "published_at", "status", "slug", "body_format", "translation_of", "language"}
    | {"src", "width", "height", "lang", "url", "type", "length", "duration", "updated_at", "at"}
    | {"link", "from", "until", "weight"}
)
TEXTS = WORDS | {"headline", "summary", "correction", "alt", "caption", "credit", "title", "text"}
COMMENTED = WORDS | {"enclosure"}  # a URL or an object
LISTS = frozenset({"tags", "authors", "related"})
NUMBERS = frozenset({"width", "height", "length", "duration", "weight"})
TIMES = frozenset({"published_at", "updated_at", "at", "from", "until"})
OPTIONAL = TIMES | {"image", "enclosure", "slug", "translation_of", "language", "lang", "length", "duration"}
NULLS = frozenset({"", "~", "null", "Null", "NULL"})
NUMBER = re.compile(r"-?[0-9]{1,100}")
# A blank before the offset is YAML's own form; RFC 3339 has none.
TIME = re.compile(r"(\d{4}-\d\d-\d\d)[Tt \t]+(\d\d:\d\d:\d\d(?:\.\d+)?)[ \t]*([Zz]|[+-]\d\d:\d\d)", re.ASCII)

# Control characters, which YAML refuses and the API removes. Those that Windows-1252 uses are read as it means them.
CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
LINE_SEPARATORS = re.compile("[\u2028\u2029]")

COMMENT = re.compile(r"[ \t]+#")
COMMENT_BELOW = re.compile(r"(?:[ \t]*\n)+( +)#")
FIELD = re.compile(r"\s*(?:- +)*(?:([\w.-]+) *:(?:\s+|$))?(.?)")
GLUED = re.compile(r"[ \t]*[\w-]+:\S")
REFUSED_TOKENS = (yaml.AnchorToken, yaml.AliasToken, yaml.TagToken, yaml.DirectiveToken)
DOCUMENT_TOKENS = (yaml.DocumentStartToken, yaml.DocumentEndToken)

# What is wrong, by the parser's words, or else by the first character of the value.
CUT = "would end before the #, which starts a comment; put the text in quotes"
QUOTE = "starts with {}; put the text in quotes"
TEXT = "must be a text; put it in quotes"
COLON = "has a colon inside its value; put the value in quotes"
MISPLACED = "must begin where the line of the field before it begins"
PROBLEMS: Mapping[str, str] = {
    "\\t": "has a tab; use blanks",
    "unknown escape": 'has a backslash in "…"; write it twice, or use single quotes',
    "simple key": "must be a field and its value, with a blank after the colon, such as headline: …",
    "mapping values": f"{COLON}, or begin a new field at the start of its line",
}
WRONG_STARTS: Mapping[str, str] = {
    "\"'": "must have quotation marks round its whole text; within '…' write each ' twice: 'It''s open'",
    "[{": "starts with {}, as a list or an object; close it and end the line there, or put the text in quotes",
    "@`%&*!|>,]}?-": QUOTE,
}


class NotFields(Exception):
    """The text is not a list of fields. `line` counts from 0; `field` is None where no field is to blame.

    `earlier` is the line that has the field first, if it is given twice.
    """

    def __init__(self, rule: str, line: int, field: str | None = None, earlier: int | None = None) -> None:
        super().__init__(rule)
        self.rule, self.line, self.field, self.earlier = rule, line, field, earlier

    def in_file(self, name: str, first_line: int) -> FileError:
        """The error of a file in which the text begins at that line."""
        earlier = "" if self.earlier is None else f"; the first time in line {self.earlier + first_line}"
        return FileError(name, self.rule + earlier, line=self.line + first_line, field=self.field)


@dataclass(frozen=True, slots=True)
class Fields:
    """The values by field, and the line of each field by its path (`image.width`, `tags.0`), from 0."""

    values: dict[str, object]
    lines: dict[str, int] = field(default_factory=dict)


def read_fields(text: str) -> Fields:
    """The fields in a text. Raises `NotFields`, and RecursionError for a text that is nested too deeply."""
    text = LINE_SEPARATORS.sub(" ", CONTROLS.sub(_meant, text.replace("\r\n", "\n").replace("\r", "\n")))
    try:
        _check_tokens(text)
        node = yaml.compose(text, Loader=yaml.BaseLoader)  # resolves no types
    except yaml.MarkedYAMLError as error:
        raise _in_words(error, text) from error
    if not isinstance(node, yaml.MappingNode):
        raise NotFields("must have fields, such as edition: en", 0)
    lines: dict[str, int] = {}
    return Fields(_object(node, "", text, lines), lines)


def _meant(control: re.Match[str]) -> str:
    code = ord(control[0])
    return bytes([code]).decode("cp1252", "ignore") if 0x80 <= code <= 0x9F else ""


def _check_tokens(text: str) -> None:
    for token in yaml.scan(text, Loader=yaml.BaseLoader):
        mark = token.start_mark
        if isinstance(token, REFUSED_TOKENS):
            raise NotFields(QUOTE.format(text[mark.index]), mark.line, _field_of(text, mark.line))
        if isinstance(token, DOCUMENT_TOKENS):
            raise NotFields("must be a field; the line after the last field is --- and nothing else", mark.line)


def _object(node: yaml.MappingNode, prefix: str, text: str, lines: dict[str, int]) -> dict[str, object]:
    values: dict[str, object] = {}
    for key, value in node.value:
        line = key.start_mark.line
        if not isinstance(key, yaml.ScalarNode):
            raise NotFields("must have the name of a field before each colon", line)
        path = f"{prefix}{key.value}"
        if key.value in values:
            raise NotFields("is given twice", line, path, lines[path])
        lines[path] = line
        values[key.value] = _value(value, key.value, path, key.start_mark.column, text, lines)
    return values


def _value(node: yaml.Node, name: str, path: str, column: int, text: str, lines: dict[str, int]) -> object:
    """A field's value: texts in lists and objects, unless the field is a number or is left empty."""
    if isinstance(node, yaml.ScalarNode):
        if node.style is None and name not in COMMENTED:
            _check_comments(node, path, column, text)
        return _scalar(node, name)
    if name in TEXTS:
        raise NotFields(_not_text(node), node.start_mark.line, path)
    if isinstance(node, yaml.MappingNode):
        return _object(node, f"{path}.", text, lines)
    return list(_items(node, path, text, lines))


def _items(node: yaml.Node, path: str, text: str, lines: dict[str, int]) -> Iterator[object]:
    for position, item in enumerate(node.value):
        place = f"{path}.{position}"
        lines[place] = item.start_mark.line
        if path in LISTS and not isinstance(item, yaml.ScalarNode):
            raise NotFields(_not_text(item), item.start_mark.line, place)
        yield _value(item, "", place, node.start_mark.column, text, lines)


def _not_text(node: yaml.Node) -> str:
    """What is wrong with a value that must be a text: YAML reads `Fire: two boats` as a field and its value."""
    return COLON if isinstance(node, yaml.MappingNode) and not node.flow_style else TEXT


def _scalar(node: yaml.ScalarNode, name: str) -> object:
    value = str(node.value)
    if node.style is None:
        if name in OPTIONAL and value in NULLS:
            return None
        if name in LISTS and not value:
            return []
        if name in NUMBERS and NUMBER.fullmatch(value):
            return int(value)
    return TIME.sub(r"\1T\2\3", value) if name in TIMES and TIME.fullmatch(value) else value


def _check_comments(node: yaml.ScalarNode, path: str, column: int, text: str) -> None:
    """Raise `NotFields` where a comment cuts the text: beside it, or below it and indented as a part of it."""
    end = node.end_mark
    below = COMMENT_BELOW.match(text, end.index)
    if COMMENT.match(text, end.index):
        line = end.line
    elif below and len(below[1]) > column:
        line = end.line + below[0].count("\n")
    else:
        return
    raise NotFields(CUT, line, path)


def _in_words(error: yaml.MarkedYAMLError, text: str) -> NotFields:
    """The error of the parser as an editor understands it, at the line where the mistake begins."""
    problem, context = error.problem or "", error.context or ""
    in_list = context.startswith("while parsing a flow")
    mark = error.context_mark if in_list or context.startswith("while scanning a") else error.problem_mark
    line = mark.line if mark else 0
    if "mapping values" in problem and GLUED.match(_line(text, line - 1)):
        line, problem = line - 1, "simple key"
    rule = CUT if in_list and COMMENT.search(_line(text, line)) else _rule(problem, context, _line(text, line))
    return NotFields(rule, line, _field_of(text, line))


def _rule(problem: str, context: str, line: str) -> str:
    for words, rule in PROBLEMS.items():
        if words in problem or words in context:
            return rule
    found = FIELD.match(line)
    start = found[2] if found else ""
    for starts, rule in WRONG_STARTS.items():
        if start and start in starts:
            return rule.format(start)
    return MISPLACED if "<block end>" in problem else f"is not YAML: {problem}"


def _field_of(text: str, line: int) -> str | None:
    """The field that a line names."""
    found = FIELD.match(_line(text, line))
    return found[1] if found else None


def _line(text: str, line: int) -> str:
    return next(iter(text.split("\n")[line : line + 1]), "")
