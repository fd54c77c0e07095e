"""Words of headlines and summaries, by which editors find articles."""

import unicodedata

from .slug import joined

# Letters that are written for each other in Arabic, and the digits of Arabic and Persian.
ALIKE = str.maketrans(
    dict(zip("أإآٱىةؤئ", "اااايهوي", strict=True))
    | {digit: str(unicodedata.digit(digit)) for digit in "٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹"}
)


def words_in(text: str) -> tuple[str, ...]:
    """The words of a text without what spellings differ in.

    That is case, Latin accents, Arabic vowel signs and tatweel, apostrophes, the forms of alef, hamza, ya and ta
    marbuta, and the scripts of digits. Empty for a text without letters and digits.
    """
    return tuple(word for word in joined(text).translate(ALIKE).split("-") if word)


def has_words(text: str, words: tuple[str, ...]) -> bool:
    """Whether the text has all of these words of `words_in`, each also as a part of a longer word.

    So `ferry` is in `ferryman`, and an Arabic word is found behind its article and its prefixes.
    """
    found = " ".join(words_in(text))
    return all(word in found for word in words)
