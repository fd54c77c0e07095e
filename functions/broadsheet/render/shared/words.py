"""The words of the pages, in each language that the site's editions may have; English stands in for the others.

People read numbers in their edition's numerals; addresses and `datetime` attributes have 0–9 in every language.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache

from ...model.config import Edition


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
    dark: str
    headlines: str
    pause: str
    resume: str
    latest: str
    front_page: str
    archive: str
    trail: str
    nearest: str
    earlier: str
    later: str
    feeds: str
    feeds_text: str
    feeds_formats: str
    all_feeds: str
    follow: str
    opml: str
    copy: str
    copied: str
    share: str
    by_mail: str
    copy_link: str
    whole_edition: str
    all_editions: str
    sections: str
    caricatures: str
    authors: str
    author: str
    topic: str
    everything_holds: str
    edition_holds: str
    section_holds: str
    caricatures_hold: str
    author_holds: str
    tag_holds: str
    sections_hold: str
    authors_hold: str
    tags_hold: str
    by: str
    updated: str
    correction: str
    tags: str
    caricature: str
    count: str
    empty: str
    continue_reading: str
    advertisement: str
    newsletter: str
    newsletter_pitch: str
    email: str
    subscribe: str
    sign_up_failed: str
    not_found: str
    not_found_text: str
    gone: str
    gone_text: str
    instead: str

    numerals: str = "latn"
    locale: str = "en-GB-u-nu-latn"

    def number(self, number: int) -> str:
        """The number in the edition's numerals."""
        return self._numbered(str(number))

    def counted(self, count: int) -> str:
        """How many articles there are."""
        return self.count.format(count=self.number(count))

    def day(self, day: date) -> str:
        """15 April 2025."""
        return self._numbered(f"{day.day} {self.months[day.month - 1]} {day.year}")

    def weekday(self, day: date) -> str:
        """Tuesday, 15 April 2025."""
        return self.full_day.format(weekday=self.weekdays[day.weekday()], day=self.day(day))

    def month(self, month: date) -> str:
        """April 2025."""
        return self._numbered(f"{self.months[month.month - 1]} {month.year}")

    def year(self, day: date) -> str:
        """2025."""
        return self.number(day.year)

    def moment(self, local: datetime) -> str:
        """15 April 2025, 08:00, on whatever clock `local` is."""
        return f"{self.day(local)}{self.comma} {self._numbered(f'{local:%H:%M}')}"

    def _numbered(self, text: str) -> str:
        return text.translate(ARABIC_NUMERALS) if self.numerals == "arab" else text


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
    dark="Dark mode",
    headlines="Headlines",
    pause="Pause",
    resume="Continue",
    latest="Latest news",
    front_page="Front page",
    archive="Archive",
    trail="You are here",
    nearest="Before and after",
    earlier="Earlier",
    later="Later",
    feeds="Feeds",
    feeds_text=(
        "A feed is our list of the newest articles, made for a program to follow: a feed reader. It shows you "
        "everything new, in order, with no account, and nobody watches what you read."
    ),
    feeds_formats="Give your reader one of these addresses. RSS suits every reader; the other formats say the same.",
    all_feeds="All feeds",
    follow="Follow in a feed reader:",
    opml="All feeds in one file, for your reader to import (OPML)",
    copy="Copy address",
    copied="Copied",
    share="Share",
    by_mail="Mail",
    copy_link="Copy link",
    whole_edition="The whole edition",
    all_editions="All editions together",
    sections="Sections",
    caricatures="Caricatures",
    authors="Authors",
    author="Author",
    topic="Topic",
    everything_holds="Every article, in every language that we publish in.",
    edition_holds="Every article, from all sections.",
    section_holds="Every article of this section.",
    caricatures_hold="Every caricature.",
    author_holds="Every article by this author.",
    tag_holds="Every article on this topic.",
    sections_hold="Each holds every article of its section.",
    authors_hold="Each holds every article by its author.",
    tags_hold="Each holds every article on its topic.",
    by="By",
    updated="Updated",
    correction="Correction",
    tags="Topics",
    caricature="Caricature",
    count="Articles: {count}",
    empty="Nothing has been published here yet.",
    continue_reading="Continue reading: {title}",
    advertisement="Advertisement",
    newsletter="Newsletter",
    newsletter_pitch="The day's stories, by mail. You can leave at any time, with one click.",
    email="Email address",
    subscribe="Subscribe",
    sign_up_failed="That did not work. Please try again in a minute.",
    not_found="There is no such page",
    not_found_text="The address may be mistyped, or the link that led here may be wrong.",
    gone="This article has been withdrawn",
    gone_text="It was published at this address and has been taken away since.",
    instead="These may help you on:",
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
    dark="الوضع الليلي",
    headlines="العناوين",
    pause="أوقف",
    resume="تابع",
    latest="آخر الأخبار",
    front_page="الصفحة الأولى",
    archive="الأرشيف",
    trail="أنت هنا",
    nearest="السابق والتالي",
    earlier="الأقدم",
    later="الأحدث",
    feeds="خلاصات الأخبار",
    feeds_text=(
        "الخلاصة قائمة بأحدث المقالات يتابعها عنك برنامج يُسمّى قارئ الخلاصات. يعرض لك كل جديد بترتيب نشره، "
        "من غير حساب ومن غير أن يراقب أحد ما تقرأ."
    ),
    feeds_formats="أعطِ قارئك أحد هذه العناوين. صيغة RSS تناسب كل قارئ، والصيغ الأخرى تقول الشيء نفسه.",
    all_feeds="كل الخلاصات",
    follow="تابع في قارئ الخلاصات:",
    opml="كل الخلاصات في ملف واحد يستورده قارئك (OPML)",
    copy="انسخ العنوان",
    copied="نُسخ",
    share="شارك",
    by_mail="بالبريد",
    copy_link="انسخ الرابط",
    whole_edition="الطبعة كاملة",
    all_editions="كل الطبعات معًا",
    sections="الأقسام",
    caricatures="كاريكاتير",
    authors="الكُتّاب",
    author="كاتب",
    topic="موضوع",
    everything_holds="كل المقالات، بكل لغة ننشر بها.",
    edition_holds="كل المقالات من جميع الأقسام.",
    section_holds="كل مقالات هذا القسم.",
    caricatures_hold="كل رسوم الكاريكاتير.",
    author_holds="كل ما نُشر بهذا الاسم.",
    tag_holds="كل المقالات في هذا الموضوع.",
    sections_hold="في كل خلاصة جميع مقالات قسمها.",
    authors_hold="في كل خلاصة جميع مقالات صاحبها.",
    tags_hold="في كل خلاصة جميع مقالات موضوعها.",
    by="بقلم",
    updated="آخر تحديث",
    correction="تصحيح",
    tags="المواضيع",
    caricature="كاريكاتير",
    count="عدد المقالات: {count}",
    empty="لم يُنشر شيء هنا بعد.",
    continue_reading="تابع القراءة: {title}",
    advertisement="إعلان",
    newsletter="النشرة البريدية",
    newsletter_pitch="أخبار اليوم في بريدك الإلكتروني، ولك أن تلغي الاشتراك متى شئت بنقرة واحدة.",
    email="البريد الإلكتروني",
    subscribe="اشترك",
    sign_up_failed="لم ينجح ذلك. حاول مرة أخرى بعد دقيقة.",
    not_found="لا توجد صفحة بهذا العنوان",
    not_found_text="ربما كُتب العنوان خطأً، أو كان الرابط الذي أوصلك إلى هنا غير صحيح.",
    gone="سُحب هذا المقال",
    gone_text="كان منشورًا على هذا العنوان، ثم سُحب.",
    instead="قد يفيدك أحد هذه الروابط:",
)

ARABIC_NUMERALS = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
# The names of months in the Levant and in Iraq.
LEVANT = (
    "كانون الثاني",
    "شباط",
    "آذار",
    "نيسان",
    "أيار",
    "حزيران",
    "تموز",
    "آب",
    "أيلول",
    "تشرين الأول",
    "تشرين الثاني",
    "كانون الأول",
)

LANGUAGES = {words.language: words for words in (ENGLISH, ARABIC)}

# Languages that are usually written from right to left.
RIGHT_TO_LEFT = frozenset(_list("ar arc ckb dv fa he ps sd syr ug ur yi"))


def words(edition: Edition) -> Words:
    """The edition's words; those of English where its language has none here."""
    return _words(edition.code, edition.numerals, edition.months)


@lru_cache
def _words(code: str, numerals: str, months: str) -> Words:
    known = LANGUAGES.get(_base(code), ENGLISH)
    levant = known is ARABIC and months == "levant"
    # What browsers write dates by as these words do (BCP 47, with Unicode's extension for numerals).
    region = "ar-LB" if levant else {"en": "en-GB", "ar": "ar-EG"}.get(code, code)
    return replace(
        known, months=LEVANT if levant else known.months, numerals=numerals, locale=f"{region}-u-nu-{numerals}"
    )


def autonym(edition: Edition) -> str:
    """What readers of the edition call its language; the edition's own name where that is not known."""
    known = LANGUAGES.get(_base(edition.code))
    return known.autonym if known else edition.name


def direction(language: str) -> str:
    """The direction in which a language (BCP 47) is usually written."""
    return "rtl" if _base(language) in RIGHT_TO_LEFT else "ltr"


def _base(language: str) -> str:
    return language.partition("-")[0].lower()
