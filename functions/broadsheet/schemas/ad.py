"""The schema of an ad, as editors send it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from ..model.ad import Ad
from ..model.config import Site
from ..model.errors import FieldError, ParameterError, Rule
from ..model.manuscript import ID, ID_RULE, LONGEST_ID, is_id
from .article import pixels
from .fields import (
    LONGEST_URL,
    Boolean,
    CleanText,
    Instant,
    Line,
    Object,
    ReadOnly,
    Text,
    Url,
    WholeNumber,
    one_of,
    read,
    read_only,
    refuse,
    same_name,
)

LINK = re.compile(r"https://[^\s/?#]+[^\s]*")
PATH = re.compile(r"/(?!/)[^\s]*")

AD = Object(
    {
        "edition": Text(default=None),
        "image": Object({"src": CleanText(LONGEST_URL), "width": pixels(), "height": pixels()}),
        "alt": Line(1000, required=True),
        "link": Url(LINK, "must be an https:// URL"),
        "from": Instant(),
        "until": Instant(default=None),
        "weight": WholeNumber(0, 100, default=0),
        "name": ReadOnly(Text(LONGEST_ID, ID, ID_RULE)),
        "live": ReadOnly(Boolean()),
        "revision": ReadOnly(WholeNumber(1)),
        "updated_by": ReadOnly(Text(default=None)),
    }
)
READ_ONLY = read_only(AD)


def parse_ad(name: str, sent: object, now: datetime, site: Site, origins: Sequence[str]) -> Ad:
    """The ad in a request's JSON, live or not as of `now`. Its image comes from the site or one of the origins.

    Raises `Invalid` with every broken rule.
    """
    values, errors = read(AD, sent, "ad")
    named = [] if is_id(name) else [ParameterError("name", ID_RULE)]
    refuse([*named, *errors, *same_name(values, "name", name), *_rules_between_fields(values, site, origins)])
    values = {field: value for field, value in values.items() if field not in READ_ONLY}
    image = values.pop("image")
    return Ad(name=name, starts=values.pop("from"), **image, **values).at(now)


def _rules_between_fields(values: Mapping[str, Any], site: Site, origins: Sequence[str]) -> Iterator[FieldError]:
    edition = values.get("edition")
    if edition is not None and edition not in site.editions:
        yield FieldError("edition", one_of(site.editions, ", or null for all"))
    src = values.get("image", {}).get("src")
    if src is not None and not _is_allowed(src, origins):
        allowed = ", ".join(origins)
        message = f"must be a path of the site{f', or a URL of {allowed}' if allowed else ''}"
        yield FieldError("image.src", Rule("not_a_url", message))
    if "from" in values and values.get("until") and values["until"] <= values["from"]:
        yield FieldError("until", Rule("not_after", "must be after from"))


def _is_allowed(src: str, origins: Sequence[str]) -> bool:
    try:
        parts = urlsplit(src)
    except ValueError:
        return False
    return PATH.fullmatch(src) is not None or f"{parts.scheme}://{parts.netloc}" in origins
