"""Quotation marks and apostrophes as they are printed, of texts that editors type with a plain keyboard.

Only what is rendered for readers changes: the stored text, and so what the API answers, stays as it was typed. Each
mark takes the place of one character, so a text keeps its length.

Apostrophes between letters are curly in every language but those in Arabic and Hebrew letters. Pairs are curly in
English, and around Latin letters in languages from right to left; other languages have marks of their own, and so has
Arabic («»), so their straight ones stay.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from markupsafe import Markup, escape

from ...model.article import Article
from ...model.config import Edition
from .locale import direction

QUOTES = re.compile("[\"']")
A_LETTER = re.compile(r"[^\W\d_]")
# Hebrew, Arabic, Syriac, Thaana and N'Ko letters with their extensions and presentation forms.
RIGHT_TO_LEFT = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc"
RTL_LETTER = re.compile(f"[{RIGHT_TO_LEFT}]")
BEFORE_OPENING = re.compile(r"(?:^|[\s(\[{<>/–—―‘“«\"'-]|&nbsp;|&lt;)$")
ELISIONS = re.compile(r"\d\ds?\b|(?:tis|twas|twere|em|n|til|cause|bout|round)\b", re.IGNORECASE)
WORD = re.compile(r"\S+")
AROUND_ADDRESS = "\"'.,;:!?()[]"
# Numbers with a dash: a line may end after the dash. Groups are short, so that a line can hold them.
RANGE = re.compile(r"(?<![\w.,:–—])[€£$]?\d[\d.,:٫٬]{0,9}(?:[–—]\d[\d.,:٫٬]{0,8}(?<=\d)){1,2}%?(?![\w–—])")
NEAR = 40  # characters within which a mark looks for the letters that it stands around


@dataclass(slots=True)
class _Open:
    """The marks that wait for their partners: whether each is curly, None where none waits."""

    double: bool | None = None
    single: int | None = None


def quotes(text: str, language: str) -> str:
    """The text, of one paragraph, with typographic marks. It may be HTML's text: escaped, but for the marks."""
    if not QUOTES.search(text):
        return text
    characters = list(text)
    waiting = _Open()
    for at in _marks(text):
        mark = _double if text[at] == '"' else _single
        characters[at] = mark(text, at, language, waiting, characters)
    if waiting.single is not None:  # an elision that we do not know, such as ’twill
        characters[waiting.single] = "’"
    return "".join(characters)


def typeset(text: str, language: str) -> Markup:
    """Plain text as HTML, with typographic marks and unbroken ranges of numbers."""
    return Markup(unbroken(str(escape(quotes(text, language)))))  # noqa: S704  # escaped here


def language(article: Article, edition: Edition) -> Markup:
    """The attributes of an element of that edition's pages with the article's headline or summary; none for its own.

    An edition has its direction in the settings; of another language, it is the usual one.
    """
    if article.lang == edition.code:
        return Markup()
    return Markup(' lang="{}" dir="{}"').format(article.lang, direction(article.lang))


def unbroken(text: str) -> str:
    """HTML's text in which no line ends within a range of numbers, such as 2–2. What readers copy has no marks."""
    if "–" not in text and "—" not in text:
        return text
    return RANGE.sub(lambda found: f'<span class="range">{found[0]}</span>', text)


def _marks(text: str) -> Iterator[int]:
    """Where the text has straight marks, but for those within addresses."""
    for word in WORD.finditer(text):
        start = end = word.end()
        if "://" in word[0] or "@" in word[0]:
            start = word.end() - len(word[0].lstrip(AROUND_ADDRESS))
            end = word.start() + len(word[0].rstrip(AROUND_ADDRESS))
        yield from (mark.start() for mark in QUOTES.finditer(text, word.start(), start))
        yield from (mark.start() for mark in QUOTES.finditer(text, end, word.end()))


def _opens(text: str, at: int) -> bool:
    following = text[at + 1 : at + 2]
    return not following.isspace() and following != "" and bool(BEFORE_OPENING.search(text[max(0, at - 6) : at]))


def _double(text: str, at: int, language: str, waiting: _Open, _: list[str]) -> str:
    if _opens(text, at) and waiting.double is None:
        waiting.double = _is_latin(text, at, language)
        return "“" if waiting.double else '"'
    if waiting.double is None:  # after a number it is a sign for inches
        closes = at > 0 and not text[at - 1].isspace() and not text[at - 1].isdigit()
        return "”" if closes and _pairs(language) and _is_latin(text, at - NEAR, language) else '"'
    curly, waiting.double = waiting.double, None
    return "”" if curly else '"'


def _single(text: str, at: int, language: str, waiting: _Open, characters: list[str]) -> str:
    before, after = text[at - 1 : at] if at else "", text[at + 1 : at + 2]
    if RTL_LETTER.match(before) or RTL_LETTER.match(after):
        return "'"
    if before.isalnum() and after.isalpha():
        return "’"
    if _opens(text, at):
        if ELISIONS.match(text, at + 1):
            return "’"
        if _is_latin(text, at, language):
            waiting.single = at
        return "'"
    if waiting.single is not None and not before.isspace():
        characters[waiting.single], waiting.single = "‘", None
        return "’"
    return "’" if before.isalpha() and _pairs(language) else "'"  # after a number it is a sign for feet


def _is_latin(text: str, at: int, language: str) -> bool:
    """Whether the next letters are of a language whose quotation marks we set."""
    letter = A_LETTER.search(text, max(0, at + 1), at + NEAR)
    if letter is None:
        return _pairs(language) and direction(language) == "ltr"
    return _pairs(language) and not RTL_LETTER.match(letter[0])


def _pairs(language: str) -> bool:
    return language.partition("-")[0].lower() == "en" or direction(language) == "rtl"
