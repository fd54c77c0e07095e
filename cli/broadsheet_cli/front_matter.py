"""Markdown files with YAML front matter: split into fields and body, and written so that nothing is lost.

The body is the text below the front matter, without the one blank line above it and without the final line break.
"""

import re
from collections.abc import Mapping

import yaml
from frontmatter.default_handlers import YAMLHandler

from .client import READ_ONLY
from .errors import FileError

FENCE = YAMLHandler(fm_boundary=re.compile(r"^---[ \t]*(?:\n|\Z)", re.MULTILINE))
LEFT_OUT = READ_ONLY | {"body", "updated_at", "corrections"}
LINE_BREAKS = frozenset("\r\n\x85\u2028\u2029")


def from_markdown(name: str, text: str) -> tuple[dict[str, object], str]:
    """The fields of the front matter, and the body. `name` is the file's name in errors. Raises `FileError`."""
    if text.partition("\n")[0].endswith("\r"):
        text = text.replace("\r\n", "\n")
    if not FENCE.detect(text):
        raise FileError(name, "must begin with front matter between two lines of ---", line=1)
    try:
        front, body = FENCE.split(text)
    except ValueError:
        raise FileError(name, "must have a second line of --- at the end of the front matter", line=1) from None
    return _fields(name, front), body.removeprefix("\n").removesuffix("\n")


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
    front = yaml.dump(_without_nulls(fields), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=float("inf"))
    return f"---\n{front}---\n\n{body['text']}\n"


def _fields(name: str, front: str) -> dict[str, object]:
    try:
        fields = FENCE.load(front, Loader=_Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error)
        # The mark counts from 0, and the front matter begins on the file's second line.
        raise FileError(name, f"is not YAML: {problem}", line=mark.line + 2 if mark else None) from error
    except RecursionError:
        raise FileError(name, "is nested too deeply") from None
    if not isinstance(fields, dict):
        raise FileError(name, "must have fields in its front matter, such as headline: …", line=2)
    return {str(key): value for key, value in fields.items()}


def _without_nulls(value: object) -> object:
    if isinstance(value, dict):
        return {key: _without_nulls(inner) for key, inner in value.items() if inner is not None}
    return value


class _Loader(yaml.SafeLoader):
    """YAML's safe loader, with timestamps as RFC 3339 text."""


def _timestamp(loader: _Loader, node: yaml.ScalarNode) -> str:
    """A timestamp in RFC 3339, without an offset if it has none; a date that does not exist as it is in the file.

    The API refuses both and names the field, so nothing is guessed here.
    """
    try:
        return str(loader.construct_yaml_timestamp(node).isoformat())
    except (ValueError, OverflowError):
        return str(node.value)


_Loader.add_constructor("tag:yaml.org,2002:timestamp", _timestamp)


class _Dumper(yaml.SafeDumper):
    """YAML's safe dumper, with line breaks escaped: PyYAML does not read U+0085 back as it wrote it (YAML 1.2 §5.4)."""


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    style = '"' if LINE_BREAKS.intersection(text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)
