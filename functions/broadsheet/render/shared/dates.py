"""Dates, times and numbers as an edition writes them.

Readers see the edition's numerals. URLs and `datetime` attributes have 0–9 in every language.
"""

from dataclasses import dataclass
from datetime import date, datetime

ARABIC_NUMERALS = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")


@dataclass(frozen=True, slots=True)
class Dates:
    """The names of months from January, of weekdays from Monday (ISO 8601), and how a date is put together.

    `weekday_and_day` has the fields `{weekday}` and `{day}`. `first_day` is the number of a month's first day, such as
    the French 1er, within a sentence. `tag` makes a browser's `Intl.DateTimeFormat` write the
    same dates (BCP 47, with Unicode's extension for numerals).
    """

    months: tuple[str, ...]
    weekdays: tuple[str, ...]
    weekdays_short: tuple[str, ...]
    weekday_and_day: str
    first_day: str
    comma: str
    numerals: str
    tag: str

    def number(self, number: int) -> str:
        """The number in the edition's numerals."""
        return self._in_numerals(str(number))

    def day(self, day: date) -> str:
        """15 April 2025."""
        return self._in_numerals(f"{day.day} {self.months[day.month - 1]} {day.year}")

    def weekday(self, day: date) -> str:
        """Tuesday, 15 April 2025."""
        return self.weekday_and_day.format(weekday=self.weekdays[day.weekday()], day=self.day(day))

    def coming_day(self, day: date) -> str:
        """Tuesday, 15 April: a day of this year or the next one, within a sentence."""
        number = self.first_day if day.day == 1 else str(day.day)
        text = self._in_numerals(f"{number} {self.months[day.month - 1]}")
        return self.weekday_and_day.format(weekday=self.weekdays[day.weekday()], day=text)

    def month(self, month: date) -> str:
        """April 2025."""
        return self._in_numerals(f"{self.months[month.month - 1]} {month.year}")

    def year(self, day: date) -> str:
        """2025."""
        return self.number(day.year)

    def moment(self, local: datetime) -> str:
        """15 April 2025, 08:00, in the time zone of `local`."""
        return f"{self.day(local)}{self.comma} {self.time(local)}"

    def time(self, local: datetime) -> str:
        """08:00, in the time zone of `local`."""
        return self._in_numerals(f"{local:%H:%M}")

    def _in_numerals(self, text: str) -> str:
        return text.translate(ARABIC_NUMERALS) if self.numerals == "arab" else text
