"""The last segment of an article's address, made from words."""

import re
import unicodedata

LONGEST = 80


def slugify(words: str) -> str:
    """Lower-case letters and digits of any script, joined by single hyphens; at most 80 characters.

    Latin accents and Arabic vowel signs go, letters stay. May be empty: some headlines hold no letter.
    """
    plain = unicodedata.normalize("NFKD", words).replace("\N{ARABIC TATWEEL}", "")
    # Marks of other scripts (Devanagari vowels, say) are letters to their readers; only these two lose theirs.
    bare = re.sub(r"(?<=[a-zA-Z])[\u0300-\u036f]+|[\u0610-\u061a\u064b-\u0652\u0670\u06d6-\u06ed]+", "", plain)
    folded = unicodedata.normalize("NFC", bare).casefold()
    joined = re.sub(r"['’ʼ]", "", folded)
    kept = "".join(c if unicodedata.category(c)[0] in "LNM" else " " for c in joined)
    slug = "-".join(kept.split())
    if len(slug) <= LONGEST:
        return slug
    return slug[:LONGEST].rsplit("-", 1)[0] if "-" in slug[1:LONGEST] else slug[:LONGEST]
