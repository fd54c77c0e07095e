"""Text as readers see it: which characters are removed, which are invisible, and what remains of a text of one line.

Invisible characters stay within a text, because Persian words, emoji and the direction of Arabic need some of them,
but they count as nothing: not for what a field must have, nor for slugs and the keys of names.
"""

import re
import unicodedata

# Default_Ignorable_Code_Point of Unicode 16 (DerivedCoreProperties.txt), which Python's `unicodedata` lacks.
DEFAULT_IGNORABLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    "\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
# As blank, though not default-ignorable: the braille blank, interlinear annotation marks, the null notehead.
INVISIBLE = rf"{DEFAULT_IGNORABLE}\u2800\ufff9-\ufffb\U0001d159"
VISIBLE = rf"[^\s\x00-\x1f\x7f-\x9f{INVISIBLE}]"
"""A pattern of one character that readers see."""

_VISIBLE = re.compile(VISIBLE)
# The flags of England, Scotland and Wales differ in nothing but tag characters, which there are visible.
_INVISIBLE = re.compile(rf"(\U0001f3f4[\U000e0020-\U000e007e]+\U000e007f)|[{INVISIBLE}]")
_UNSEEN = frozenset({"Zs", "Zl", "Zp", "Cc", "Cf"})
_AROUND = re.compile(rf"[\s{INVISIBLE}]*")

# What XML 1.0 §2.2 excludes and so no feed can hold, and what it discourages: C1 controls and noncharacters.
EXCLUDED = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"
    + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0x10000, 0x110000, 0x10000))
    + "]"
)
# The HTML standard reads C1 controls like this, too (§13.2.5.80). Windows-1252 leaves five of them undefined.
_WINDOWS_1252 = {chr(code): bytes([code]).decode("cp1252", "ignore") for code in range(0x80, 0xA0)}

# Not the blanks that say more: no-break, thin and ideographic spaces.
_BLANKS = re.compile("[\t\n\v\f\r \u2028\u2029]+")

_DIRECTION_MARKS = "\u061c\u200e\u200f"
_EMBEDDINGS, _ISOLATES = "\u202a\u202b\u202d\u202e", "\u2066\u2067\u2068"
_END_OF_EMBEDDING, _END_OF_ISOLATE = "\u202c", "\u2069"
END_MARKS = _END_OF_EMBEDDING + _END_OF_ISOLATE
_ENDS = dict.fromkeys(_EMBEDDINGS, _END_OF_EMBEDDING) | dict.fromkeys(_ISOLATES, _END_OF_ISOLATE)
_MAX_DEPTH = 125  # UAX #9, BD2: nothing deeper has an effect
BIDI = re.compile(f"([{_EMBEDDINGS}{_ISOLATES}{_END_OF_EMBEDDING}{_END_OF_ISOLATE}])")
# What belongs to the visible character before it: joiners, variation selectors, tags.
_ATTACHED = "\u200c\u200d\ufe00-\ufe0f\u180b-\u180d\u180f\U000e0100-\U000e01ef\U000e0020-\U000e007f"
_AFTER_NAME = re.compile(f"[{_ATTACHED}]*")
_AFTER_LINE = re.compile(f"[{_ATTACHED}{_DIRECTION_MARKS}{_END_OF_EMBEDDING}{_END_OF_ISOLATE}]*")


def clean(text: str) -> str:
    """The text without control characters, lone surrogates and noncharacters.

    C1 controls are what Windows-1252 means by these bytes: quotation marks, dashes, the euro sign.
    """
    return EXCLUDED.sub(lambda found: _WINDOWS_1252.get(found[0], ""), text)


def is_blank(text: str) -> bool:
    """Whether the text has nothing to see: blanks, controls and invisible characters alone, or nothing at all."""
    return _VISIBLE.search(text) is None


def bare(text: str) -> str:
    """The text without what cannot be seen at its ends: blanks, controls, format and invisible characters."""
    start, end = 0, len(text)
    while start < end and _is_unseen(text[start]):
        start += 1
    while end > start and _is_unseen(text[end - 1]):
        end -= 1
    return text[start:end]


def visible(text: str) -> str:
    """The text without its invisible characters."""
    return _INVISIBLE.sub(lambda found: found[1] or "", text)


def folded(text: str) -> str:
    """The text on one line: every run of ordinary blanks and line breaks is one blank. No-break spaces stay."""
    return _BLANKS.sub(" ", text)


def line(text: str) -> str:
    """A text of one line: folded, without blanks and meaningless invisible characters at its ends, and `closed`.

    Empty if it has nothing to see. Marks that give the text a direction stay at its ends.
    """
    return _trimmed(text, _DIRECTION_MARKS + _EMBEDDINGS + _ISOLATES, _AFTER_LINE)


def name(text: str) -> str:
    """A name of one line. Its ends have no marks of direction either: pages isolate names from the text around them."""
    return _trimmed(text, "", _AFTER_NAME)


def closed(text: str) -> str:
    """The text in which every bidirectional embedding, override and isolate ends, and nothing else ends (UAX #9).

    So none of them has an effect on what follows the text. They are kept because Arabic texts need some of them.
    """
    ends: list[str] = []
    kept = [part for part in BIDI.split(text) if _stays(part, ends)]
    return "".join((*kept, *reversed(ends)))


def _is_unseen(character: str) -> bool:
    return unicodedata.category(character) in _UNSEEN or is_blank(character)


def _stays(part: str, ends: list[str]) -> bool:
    """Whether a mark begins or ends something, or is text. `ends` are the marks that end what is open."""
    if part in _ENDS:
        if len(ends) == _MAX_DEPTH:
            return False
        ends.append(_ENDS[part])
    elif part == _END_OF_EMBEDDING:
        return bool(ends) and ends[-1] == part and bool(ends.pop())
    elif part == _END_OF_ISOLATE:
        if part not in ends:
            return False
        while ends.pop() != part:  # the end of an isolate ends the embeddings in it
            pass
    return True


def _trimmed(text: str, kept_before: str, kept_after: re.Pattern[str]) -> str:
    """The folded text between its first and last visible character, with some of what is around them."""
    if is_blank(text):
        return ""
    text = folded(text)
    start = _end(_AROUND, text)
    end = len(text) - _end(_AROUND, text[::-1])
    before = "".join(character for character in text[:start] if character in kept_before)
    # Folded again, because a mark that ends nothing may have stood between two blanks.
    return folded(closed(before + text[start : end + _end(kept_after, text[end:])]))


def _end(pattern: re.Pattern[str], text: str) -> int:
    """Where the longest match at the start of the text ends."""
    found = pattern.match(text)
    return found.end() if found else 0
