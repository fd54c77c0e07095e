"""Markdown files with YAML front matter: split into fields and body, and written so that nothing is lost.

The body is the text below the front matter, without the one blank line above it and without the final line break.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import yaml
from frontmatter.default_handlers import YAMLHandler

from .client import READ_ONLY
from .errors import FileError
from .yaml_texts import Fields, NotFields, read_fields

FENCE = YAMLHandler(fm_boundary=re.compile(r"^---[ \t]*\r?(?:\n|\Z)", re.MULTILINE))
FIRST_LINE = 2  # of the front matter, in its file
LEFT_OUT = READ_ONLY | {"body", "updated_at", "corrections"}
NO_FENCE = "must begin with front matter between two lines of ---"
OTHERS: Mapping[str, str] = {
    "+++": (
        "begins with front matter in TOML; write it in YAML: --- in place of each +++, and headline: Fire in place of "
        'headline = "Fire"'
    ),
    "{": (
        "begins with front matter in JSON; write it in YAML between two lines of ---, such as headline: Fire, or put "
        "the whole article into a .json file in the API's schema"
    ),
}
LINE_BREAKS = frozenset("\r\n\x85\u2028\u2029")


@dataclass(frozen=True, slots=True)
class MarkdownFile:
    """The fields of the front matter, the body, and the line of each field that the file has, by the API's path."""

    fields: dict[str, object]
    body: str
    lines: Mapping[str, int]


def from_markdown(name: str, text: str) -> MarkdownFile:
    """The file's front matter and body. `name` is the file's name in errors. Raises `FileError`."""
    if text.partition("\n")[0].endswith("\r"):
        text = text.replace("\r\n", "\n")
    if not FENCE.detect(text):
        raise FileError(name, next((rule for mark, rule in OTHERS.items() if text.startswith(mark)), NO_FENCE), line=1)
    try:
        front, body = FENCE.split(text)
    except ValueError:
        raise FileError(name, "must have a second line of --- at the end of the front matter", line=1) from None
    found = _fields(name, front)
    lines = {path: line + FIRST_LINE for path, line in found.lines.items()}
    skipped = text.removesuffix(body).count("\n") + body.startswith("\n")
    lines["body.text"] = skipped + 1
    if "body_format" in lines:
        lines["body.format"] = lines["body_format"]
    return MarkdownFile(found.values, body.removeprefix("\n").removesuffix("\n"), lines)


def to_markdown(article: Mapping[str, object]) -> str:
    """An article from the API as a Markdown file. Reading the file gives the same article, without null fields.

    The file lacks `updated_at`, so that the API dates the next change, and an empty list of corrections, which would
    remove those that another editor adds meanwhile.
    """
    body = article["body"]
    if not isinstance(body, dict):
        raise TypeError("an article's body is an object")
    fields = {"id": article["id"]} | {key: value for key, value in article.items() if key not in LEFT_OUT}
    if article.get("corrections"):
        fields["corrections"] = article["corrections"]
    if body["format"] != "markdown":
        fields["body_format"] = body["format"]
    return f"---\n{to_yaml(fields)}---\n\n{body['text']}\n"


def to_yaml(fields: Mapping[str, object]) -> str:
    """The fields as `read_fields` reads them, without null fields."""
    return yaml.dump(_without_nulls(fields), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=float("inf"))


def _fields(name: str, front: str) -> Fields:
    try:
        return read_fields(front)
    except NotFields as error:
        raise error.in_file(name, FIRST_LINE) from error
    except RecursionError:
        raise FileError(name, "is nested too deeply") from None


def _without_nulls(value: object) -> object:
    if isinstance(value, dict):
        return {key: _without_nulls(inner) for key, inner in value.items() if inner is not None}
    return value


class _Dumper(yaml.SafeDumper):
    """YAML's safe dumper, with line breaks escaped: PyYAML does not read U+0085 back as it wrote it (YAML 1.2 §5.4)."""


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    style = '"' if LINE_BREAKS.intersection(text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)
