"""Segments of paths: the slugs of headlines, and the keys of tags and authors."""

import hashlib
import re
import unicodedata
from functools import lru_cache

from .text import visible

LONGEST = 80
# Punctuation by Unicode's categories, but symbols in names.
SYMBOLS = "#&@%*"


def slugify(words: str) -> str:
    """The slug of a text: lower-case letters and digits of any script with single hyphens, at most 80 characters.

    Latin accents, Arabic vowel signs and invisible characters are removed. Empty for a text without letters and digits.
    """
    slug = joined(words)
    if len(slug) <= LONGEST:
        return slug
    return slug[:LONGEST].rsplit("-", 1)[0] if "-" in slug[1:LONGEST] else slug[:LONGEST]


# A page asks for the keys of its few tags and authors several times.
@lru_cache(maxsize=4096)
def name_key(name: str) -> str:
    """The key of a tag's or an author's name: a slug that is never empty. The key of a key is the key itself.

    Names that differ only in case, blanks, punctuation, Latin accents, Arabic vowel signs, presentation forms or
    invisible characters have the same key. Other differences that a slug would lose (the symbols of `C++`, the end of a
    long name) are kept as a digest at its end.
    """
    slug = slugify(name)
    symbols = "".join(c for c in _folded(name) if _is_symbol(c) or c in SYMBOLS)
    if slug == joined(name) and slug and not symbols:
        return slug
    lost = hashlib.sha256(f"{joined(name)} {symbols or slug or _folded(name).strip()}".encode()).hexdigest()[:8]
    return f"{slug[: LONGEST - len(lost) - 1].rstrip('-')}-{lost}" if slug else lost


def joined(text: str) -> str:
    """The words of a text, lower-case, with single hyphens, as in slugs, but however long it is."""
    unquoted = re.sub(r"['’ʼ]", "", _folded(text))
    kept = "".join(c if unicodedata.category(c)[0] in "LNM" and not _is_symbol(c) else " " for c in unquoted)
    return "-".join(kept.split())


def _folded(words: str) -> str:
    plain = visible(unicodedata.normalize("NFKD", words)).replace("\N{ARABIC TATWEEL}", "")
    # Marks of other scripts are parts of letters (Devanagari vowels, say), so only these two scripts lose theirs.
    bare = re.sub(r"(?<=[a-zA-Z])[\u0300-\u036f]+|[\u0610-\u061a\u064b-\u0652\u0670\u06d6-\u06ed]+", "", plain)
    return unicodedata.normalize("NFC", bare).casefold()


def _is_symbol(character: str) -> bool:
    """Whether it is a symbol, not a part of a word; marks around a digit, as of the emoji of keys, are."""
    category = unicodedata.category(character)
    return category[0] in "SC" or category == "Me"
