"""Entity tags (RFC 9110 §8.8.3): of what a representation says, and as requests name them."""

import hashlib
import json
import re
from collections.abc import Iterator

# With its mark of weakness. The quotes may be left out.
ENTITY_TAG = re.compile(r'(W/)?("[^"]*"|[^",\s]+)')
# A tag that names a revision: one by `etag`, or the revision alone.
REVISION = re.compile(r'"([0-9]+)(?:-[0-9a-f]+)?"')
ANY = "*"


def etag(revision: int, content: object) -> str:
    """The strong tag of a representation: its revision, and a digest of all that the representation says.

    `content` is what the answer has, or determines it.
    """
    return f'"{revision}-{hashlib.sha256(json.dumps(content).encode()).hexdigest()[:16]}"'


def matches(if_none_match: str, tag: str) -> bool:
    """Whether If-None-Match has the tag, whatever its weakness or theirs (RFC 9110 §13.1.2), or is `*`."""
    return any(sent in (ANY, tag.removeprefix("W/")) for _, sent in _entity_tags(if_none_match))


def revisions(if_match: str) -> frozenset[str]:
    """The revisions that If-Match names, or `*`. Comparison is strong (RFC 9110 §13.1.1): weak tags name none.

    The digests do not count, so what changes without an editor, such as the release of an article, refuses nobody.
    """
    return frozenset(_revisions(if_match))


def _revisions(if_match: str) -> Iterator[str]:
    for weak, tag in _entity_tags(if_match):
        if tag == ANY:
            yield tag
        elif not weak and (found := REVISION.fullmatch(tag)):
            yield found[1]


def _entity_tags(header: str) -> Iterator[tuple[bool, str]]:
    """The tags in a header, each with whether it is weak, and in quotes; `*` stays itself."""
    for weak, tag in ENTITY_TAG.findall(header):
        yield bool(weak), tag if tag.startswith('"') or tag == ANY else f'"{tag}"'
