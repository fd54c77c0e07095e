"""Files of subscribers, as the tests of the command write and read them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from broadsheet.model.config import Site
from broadsheet_cli.client import Objects
from broadsheet_cli.subscriber_file import SubscriberFile, SubscriberRow
from tests.world import small_site

LISTS = Path(__file__).parent / "lists"
SITE: Site = small_site()
CONSENTED_AT = "2024-05-06T07:08:09Z"
MAILCHIMP = "Email Address,MEMBER_RATING,OPTIN_TIME,CONFIRM_TIME"

Write = Callable[[str, str | bytes], Path]


def subscriber_file(
    file: Path, format: str | None = None, status: str | None = None, edition: str | None = None
) -> SubscriberFile:
    return SubscriberFile.open(file, format, status, edition)


def rows(file: SubscriberFile) -> list[dict[str, Any]]:
    return [one.fields for one in file if isinstance(one, SubscriberRow)]


def own(*lines: str) -> str:
    return "\r\n".join(["email,status,consented_at", *lines])


def accepting(sent: list[Any]) -> Callable[[Objects], Objects]:
    """A call of the API that adds every row."""

    def send(rows: Objects) -> Objects:
        sent.append(list(rows))
        return [{"result": "added"}] * len(rows)

    return send
