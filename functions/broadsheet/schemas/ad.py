"""The reading of an ad that an editor sends. Every wrong field is named at once."""

import re
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit

from marshmallow import fields, validate

from ..model.ad import Ad
from ..model.config import Site
from ..model.errors import FieldError, Invalid
from ..model.manuscript import check_id
from .article import Instant, Line, Strict, Text, address, part, pixels, read

LINK = re.compile(r"https://[^\s/?#]+[^\s]*")
PATH = re.compile(r"/(?!/)[^\s]*")
WEIGHTS = "must be a whole number from 0 to 100"


def parse_ad(name: str, sent: object, now: datetime, site: Site, origins: Sequence[str]) -> Ad:
    """The ad in a request's JSON, as it is at that time. Raises `Invalid` with every broken rule.

    Its picture comes from the site itself or one of these origins.
    """
    check_id(name, "name")
    loaded, errors = read(AdSchema(), sent, "ad")
    if (edition := loaded.get("edition")) is not None and edition not in site.editions:
        errors.append(FieldError("edition", f"must be one of {', '.join(site.editions)}, or null for all"))
    if (src := loaded.get("image", {}).get("src")) is not None and not _may_come(src, origins):
        allowed = ", ".join(("the site", *origins))
        errors.append(FieldError("image.src", f"must be a path of the site or come from where pictures may: {allowed}"))
    if "from" in loaded and loaded.get("until") and loaded["until"] <= loaded["from"]:
        errors.append(FieldError("until", "must be after from"))
    if errors:
        raise Invalid(tuple(dict.fromkeys(errors)))
    image = loaded.pop("image")
    return Ad(name=name, starts=loaded.pop("from"), **image, **loaded).at(now)


def _may_come(src: str, origins: Sequence[str]) -> bool:
    """Whether a picture may come from that address."""
    try:
        parts = urlsplit(src)
    except ValueError:
        return False
    return PATH.fullmatch(src) is not None or f"{parts.scheme}://{parts.netloc}" in origins


class PictureSchema(Strict):
    src = Text(required=True, validate=validate.Length(max=2000, error="must be at most 2,000 characters"))
    width = pixels()
    height = pixels()


class AdSchema(Strict):
    edition = Text(load_default=None, allow_none=True)
    image = part(PictureSchema)
    alt = Line(1000, 1, required=True)
    link = address(LINK, "must be an https:// address")
    until = Instant(load_default=None, allow_none=True)
    weight = fields.Integer(
        load_default=0,
        strict=True,
        validate=validate.Range(0, 100, error=WEIGHTS),
        error_messages={"invalid": WEIGHTS, "null": WEIGHTS},
    )

    class Meta(Strict.Meta):
        include = {"from": Instant(required=True)}  # noqa: RUF012  # marshmallow declares it so
