"""The schema of an ad. Most of its fields are held by tests/api/test_ads.py and test_fields.py."""

from datetime import timedelta
from typing import Any

import pytest

from broadsheet.model.config import parse_site
from broadsheet.model.errors import Invalid
from broadsheet.schemas.ad import parse_ad
from broadsheet.settings import SITE_FILE
from tests.unit.schemas.broken import Broken, broken
from tests.world import NOON, advertised

SITE = parse_site(SITE_FILE.read_text(encoding="utf-8"))
ORIGINS = ("https://ads.example",)


def errors(name: str = "side", **changed: Any) -> list[Broken]:
    with pytest.raises(Invalid) as refusal:
        parse_ad(name, advertised(**changed), NOON, SITE, ORIGINS)
    return broken(refusal.value.errors)


def test_an_ad_is_live_between_start_and_end() -> None:
    sent = advertised(**{"from": "2026-03-14T12:00:00Z", "until": "2026-03-14T13:00:00Z"})
    live = [parse_ad("side", sent, NOON + timedelta(minutes=m), SITE, ()).live for m in (-1, 0, 59, 60)]
    assert live == [False, True, True, False]


def test_all_broken_rules_are_reported_at_once() -> None:
    assert errors(edition="fr", weight=101, link="http://lamps.example/", until="2000-01-01T00:00:00Z") == [
        Broken("link", "must be an https:// URL"),
        Broken("weight", "must be a whole number from 0 to 100"),
        Broken("edition", "must be one of en, ar, or null for all"),
        Broken("until", "must be after from"),
    ]


def test_a_name_is_checked_like_an_article_s_id() -> None:
    assert [error.field for error in errors("a/b")] == ["name"]


@pytest.mark.parametrize("src", ["https://elsewhere.example/a.png", "//ads.example/a.png", "https://[", "a.png"])
def test_an_image_comes_from_the_site_or_an_allowed_origin(src: str) -> None:
    image = {"src": src, "width": 1, "height": 1}
    assert errors(image=image) == [Broken("image.src", "must be a path of the site, or a URL of https://ads.example")]
    with pytest.raises(Invalid) as refusal:
        parse_ad("side", advertised(image=image), NOON, SITE, ())
    assert broken(refusal.value.errors) == [Broken("image.src", "must be a path of the site")]
    for allowed in ("/a.png", "https://ads.example/a.png"):
        assert parse_ad("side", advertised(image=image | {"src": allowed}), NOON, SITE, ORIGINS).src == allowed
