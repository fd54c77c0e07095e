"""Which form of a text a language uses for a whole number: its plural category (Unicode CLDR 49, cardinals).

Languages with equal rules for whole numbers below a million share a line. CLDR's rules for larger numbers, such as
"un million de", are left out: nothing here counts so far.
"""

from collections.abc import Callable, Mapping
from functools import cache

CATEGORIES = ("zero", "one", "two", "few", "many", "other")
_SAMPLE = range(1_300)  # numbers in which each category of every rule occurs


def _other(_: int) -> str:
    return "other"


def _germanic(n: int) -> str:
    return "one" if n == 1 else "other"


def _french(n: int) -> str:
    return "one" if n < 2 else "other"


def _with_zero(n: int) -> str:
    return {0: "zero", 1: "one"}.get(n, "other")


def _dual(n: int) -> str:
    return {1: "one", 2: "two"}.get(n, "other")


def _arabic(n: int) -> str:
    hundredth = n % 100
    exact = {0: "zero", 1: "one", 2: "two"}.get(n)
    return exact or ("few" if 3 <= hundredth <= 10 else "many" if hundredth > 10 else "other")


def _ends(n: int) -> tuple[int, bool]:
    """The last digit, and whether the number ends in 11 to 14."""
    return n % 10, 11 <= n % 100 <= 14


def _russian(n: int) -> str:
    digit, teen = _ends(n)
    return "many" if teen else "one" if digit == 1 else "few" if 2 <= digit <= 4 else "many"


def _polish(n: int) -> str:
    digit, teen = _ends(n)
    return "one" if n == 1 else "few" if 2 <= digit <= 4 and not teen else "many"


def _serbian(n: int) -> str:
    digit, teen = _ends(n)
    return "other" if teen else "one" if digit == 1 else "few" if 2 <= digit <= 4 else "other"


def _czech(n: int) -> str:
    return "one" if n == 1 else "few" if 2 <= n <= 4 else "other"


def _slovene(n: int) -> str:
    return {1: "one", 2: "two", 3: "few", 4: "few"}.get(n % 100, "other")


def _icelandic(n: int) -> str:
    return "one" if n % 10 == 1 and n % 100 != 11 else "other"


def _lithuanian(n: int) -> str:
    digit, teen = n % 10, 11 <= n % 100 <= 19
    return "other" if teen or digit == 0 else "one" if digit == 1 else "few"


def _latvian(n: int) -> str:
    digit, teen = n % 10, 11 <= n % 100 <= 19
    return "zero" if teen or digit == 0 else "one" if digit == 1 else "other"


def _romanian(n: int) -> str:
    return "one" if n == 1 else "few" if n == 0 or 1 <= n % 100 <= 19 else "other"


def _maltese(n: int) -> str:
    hundredth = n % 100
    exact = {0: "few", 1: "one", 2: "two"}.get(n)
    return exact or ("few" if 3 <= hundredth <= 10 else "many" if 11 <= hundredth <= 19 else "other")


def _irish(n: int) -> str:
    return {1: "one", 2: "two"}.get(n) or ("few" if 3 <= n <= 6 else "many" if 7 <= n <= 10 else "other")


def _scottish(n: int) -> str:
    exact = {1: "one", 11: "one", 2: "two", 12: "two"}.get(n)
    return exact or ("few" if 3 <= n <= 19 else "other")


def _welsh(n: int) -> str:
    return {0: "zero", 1: "one", 2: "two", 3: "few", 6: "many"}.get(n, "other")


def _breton(n: int) -> str:
    digit, irregular = n % 10, n % 100 // 10 in {1, 7, 9}
    form = {1: "one", 2: "two", 3: "few", 4: "few", 9: "few"}.get(digit, "other")
    return "other" if irregular else form


def _filipino(n: int) -> str:
    return "other" if n % 10 in {4, 6, 9} else "one"


_LANGUAGES: Mapping[Callable[[int], str], str] = {
    _other: "bm bo dz id ig ii ja jv kea km ko lo ms my nqo sah ses sg su th to tpi tt wo yo yue za zh",
    _germanic: "af an asa ast az bal bem bez bg brx ca ce cgg chr ckb da de dv ee el en eo es et eu fi fo fur fy gl "
    "gsw ha haw hu ia ie io it jgo jmc ka kaj kcg kk kkj kl ks ksb ku ky lb lg lij lld mas mgo ml mn mr nb nd ne nl nn "
    "nnh no nr ny nyn om or os pap ps pt-pt rm rof rwk saq sc scn sd sdh seh sn so sq ss ssy st sv sw syr ta te teo "
    "tig tk tn tr ts ug ur uz ve vec vo vun wae xh xog yi",
    _french: "ak am as bho bn csw doi fa ff fr gu hi hy kab kn kok ln mg nso pa pcm pt si tg ti vi wa zu",
    _with_zero: "blo cv ksh lag",
    _dual: "he iu naq sat se sma smj smn sms",
    _arabic: "ar",
    _russian: "be ru uk",
    _polish: "pl",
    _serbian: "bs hr sr",
    _czech: "cs sk",
    _slovene: "dsb hsb sl",
    _icelandic: "is mk",
    _lithuanian: "lt",
    _latvian: "lv prg",
    _romanian: "ro",
    _maltese: "mt",
    _irish: "ga",
    _scottish: "gd",
    _welsh: "cy",
    _breton: "br",
    _filipino: "ceb fil",
}
_RULES = {language: rule for rule, languages in _LANGUAGES.items() for language in languages.split()}


def category(language: str, number: int) -> str:
    """The category of a whole number from 0 on. A language (BCP 47) without a rule has `other` alone."""
    return _rule(language)(number)


@cache
def categories(language: str) -> tuple[str, ...]:
    """The categories that the language needs, in the order of `CATEGORIES`. All have `other`, or a form like it."""
    used = {category(language, number) for number in _SAMPLE}
    return tuple(each for each in CATEGORIES if each in used)


def _rule(language: str) -> Callable[[int], str]:
    code = language.lower()
    return _RULES.get(code) or _RULES.get(code.partition("-")[0], _other)
