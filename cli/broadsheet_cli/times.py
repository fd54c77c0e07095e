"""Times in exports of newsletter software, as the API takes them: RFC 3339, in UTC where no offset is told."""

import re

TIME = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)(?:[Tt ](?P<minute>\d\d:\d\d)(?P<second>:\d\d)?(?:\.\d+)?"
    r"(?:\s?(?P<offset>[Zz]|UTC|[+-]\d\d:?\d\d)(?: \S+)?)?)?",
    re.ASCII,
)
# As spreadsheets write times in their language, and the number of a day.
BY_SPREADSHEET = re.compile(r"\d{1,2}[/.\- ]\d{1,2}[/.\- ]\d{2,4}.*|\d+([.,]\d+)?", re.ASCII)


class NotATime(ValueError):
    """The message continues the name of a column and the cell."""


def instant(cell: str) -> str:
    """The time in RFC 3339. Raises `NotATime`."""
    found = TIME.fullmatch(cell)
    if not found:
        if BY_SPREADSHEET.fullmatch(cell):
            raise NotATime(
                "which a spreadsheet seems to have rewritten, so that day and month can be confused; "
                "export again, and do not save the file in a spreadsheet"
            )
        raise NotATime("which is no time like 2024-05-06 07:08:09")
    offset = found["offset"] or "Z"
    if offset.upper() in ("Z", "UTC"):
        offset = "Z"
    elif ":" not in offset:
        offset = f"{offset[:3]}:{offset[3:]}"
    return f"{found['day']}T{found['minute'] or '00:00'}{found['second'] or ':00'}{offset}"
