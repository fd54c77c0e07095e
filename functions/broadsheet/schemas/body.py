"""Whether an article's text has something to read."""

import re
from html import unescape

from ..model.text import is_blank

# What a body may consist of without any words: pictures, films, frames.
MEDIA = re.compile(
    r"<(amp-|applet|audio|embed|frame|iframe|img|math|object|picture|portal|source|svg|video)", re.IGNORECASE
)
UNSEEN = (("<!--", "-->"), ("<script", "</script>"), ("<style", "</style>"), ("<title", "</title>"))
TAG = re.compile(r"</?[a-z][a-z0-9-]*(?:\s[^<>]*)?/?>", re.IGNORECASE)
FIRST_WORDS = re.compile(r"[^<&]{,200}")


def is_empty(body: str) -> bool:
    """Whether a body, Markdown or HTML, has neither words nor media: blanks, comments and empty elements alone."""
    words = FIRST_WORDS.match(body)
    if words and not is_blank(words[0]):
        return False
    for start, end in UNSEEN:
        body = _without(body, start, end)
    return is_blank(unescape(TAG.sub("", body))) and not MEDIA.search(body)


def _without(body: str, start: str, end: str) -> str:
    """The body without what is between these marks.

    Before the last end each start has an end, so the time is proportional to the text.
    """
    last = max((found.end() for found in re.finditer(end, body, re.IGNORECASE)), default=0)
    return re.sub(f"{start}.*?{end}", "", body[:last], flags=re.IGNORECASE | re.DOTALL) + body[last:]
