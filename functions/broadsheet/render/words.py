"""The words of the pages, in each language that the site's editions may have; English stands in for the others.

Numerals are Western (0–9) in Arabic too: both are current in the Arab press, and these need no second form in
addresses, `datetime` attributes and calendars.
"""

from dataclasses import dataclass
from datetime import date, datetime

from ..model.site import Edition


@dataclass(frozen=True, slots=True)
class Words:
    """One language's words. A text with a brace is a template for `str.format`; weeks begin on Monday (ISO 8601)."""

    language: str
    autonym: str
    months: tuple[str, ...]
    weekdays: tuple[str, ...]
    weekdays_short: tuple[str, ...]
    full_day: str
    comma: str

    skip: str
    editions: str
    headlines: str
    latest: str
    front_page: str
    archive: str
    feeds: str
    by: str
    updated: str
    tags: str
    caricature: str
    count: str
    empty: str
    continue_reading: str
    newsletter: str
    newsletter_pitch: str
    email: str
    subscribe: str
    not_found: str
    not_found_text: str
    gone: str
    gone_text: str

    def day(self, day: date) -> str:
        """15 April 2025."""
        return f"{day.day} {self.months[day.month - 1]} {day.year}"

    def weekday(self, day: date) -> str:
        """Tuesday, 15 April 2025."""
        return self.full_day.format(weekday=self.weekdays[day.weekday()], day=self.day(day))

    def month(self, month: date) -> str:
        """April 2025."""
        return f"{self.months[month.month - 1]} {month.year}"

    def moment(self, local: datetime) -> str:
        """15 April 2025, 08:00, on whatever clock `local` is."""
        return f"{self.day(local)}{self.comma} {local:%H:%M}"


def _list(names: str) -> tuple[str, ...]:
    return tuple(names.split())


ENGLISH = Words(
    language="en",
    autonym="English",
    months=_list("January February March April May June July August September October November December"),
    weekdays=_list("Monday Tuesday Wednesday Thursday Friday Saturday Sunday"),
    weekdays_short=_list("Mon Tue Wed Thu Fri Sat Sun"),
    full_day="{weekday}, {day}",
    comma=",",
    skip="Skip to content",
    editions="Editions",
    headlines="Headlines",
    latest="Latest news",
    front_page="Front page",
    archive="Archive",
    feeds="Feeds",
    by="By",
    updated="Updated",
    tags="Topics",
    caricature="Caricature",
    count="Articles: {count}",
    empty="Nothing has been published here yet.",
    continue_reading="Continue reading: {title}",
    newsletter="Newsletter",
    newsletter_pitch="Subscribe to our mailing list to get the new updates.",
    email="Email address",
    subscribe="Subscribe",
    not_found="There is no such page",
    not_found_text="The address may be mistyped, or the link that led here may be wrong.",
    gone="This article has been withdrawn",
    gone_text="It was published at this address and has been taken away since.",
)

ARABIC = Words(
    language="ar",
    autonym="العربية",
    months=_list("يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر"),
    weekdays=_list("الاثنين الثلاثاء الأربعاء الخميس الجمعة السبت الأحد"),
    weekdays_short=_list("ن ث ر خ ج س ح"),
    full_day="{weekday} {day}",
    comma="،",
    skip="انتقل إلى المحتوى",
    editions="الطبعات",
    headlines="العناوين",
    latest="آخر الأخبار",
    front_page="الصفحة الأولى",
    archive="الأرشيف",
    feeds="خلاصات الأخبار",
    by="بقلم",
    updated="آخر تحديث",
    tags="المواضيع",
    caricature="كاريكاتير",
    count="عدد المقالات: {count}",
    empty="لم يُنشر شيء هنا بعد.",
    continue_reading="تابع القراءة: {title}",
    newsletter="النشرة البريدية",
    newsletter_pitch="اشترك في قائمتنا البريدية لتصلك آخر الأخبار.",
    email="البريد الإلكتروني",
    subscribe="اشترك",
    not_found="لا توجد صفحة بهذا العنوان",
    not_found_text="ربما كُتب العنوان خطأً، أو كان الرابط الذي أوصلك إلى هنا غير صحيح.",
    gone="سُحب هذا المقال",
    gone_text="كان منشورًا على هذا العنوان، ثم سُحب.",
)

LANGUAGES = {words.language: words for words in (ENGLISH, ARABIC)}

# Languages that are usually written from right to left.
RIGHT_TO_LEFT = frozenset(_list("ar arc ckb dv fa he ps sd syr ug ur yi"))


def words(edition: Edition) -> Words:
    """The edition's words; those of English where its language has none here."""
    return LANGUAGES.get(_base(edition.code), ENGLISH)


def autonym(edition: Edition) -> str:
    """What readers of the edition call its language; the edition's own name where that is not known."""
    known = LANGUAGES.get(_base(edition.code))
    return known.autonym if known else edition.name


def direction(language: str) -> str:
    """The direction in which a language (BCP 47) is usually written."""
    return "rtl" if _base(language) in RIGHT_TO_LEFT else "ltr"


def _base(language: str) -> str:
    return language.partition("-")[0].lower()
