"""The schemas of an import. What an import does with valid rows is held by tests/api/newsletter/test_lists.py."""

from datetime import UTC, datetime
from typing import Any

import pytest

from broadsheet.model.config import parse_site
from broadsheet.model.errors import Invalid
from broadsheet.model.newsletter.imported import ImportedSubscriber
from broadsheet.model.newsletter.subscriber import Preferences
from broadsheet.schemas.import_row import LARGEST_BATCH, Batch, parse_batch, parse_row
from broadsheet.settings import SITE_FILE
from tests.unit.schemas.broken import Broken, broken
from tests.world import NOON

SITE = parse_site(SITE_FILE.read_text(encoding="utf-8"))
ROW = {"email": "Reader@Example.org", "status": "subscribed", "consented_at": "2024-05-06T07:08:09Z"}


def errors(**changed: Any) -> list[Broken]:
    with pytest.raises(Invalid) as refusal:
        parse_row(ROW | changed, SITE, NOON)
    return broken(refusal.value.errors)


def test_fields_that_are_left_out_or_null_have_defaults() -> None:
    consented_at = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
    least = ImportedSubscriber(
        "Reader@example.org", "subscribed", Preferences("en"), None, "import", "en", consented_at, None
    )
    assert parse_row(ROW, SITE, NOON) == least
    nulls = ("edition", "sections", "frequency", "source", "wording_edition", "confirmed_at")
    assert parse_row(ROW | dict.fromkeys(nulls), SITE, NOON) == least


def test_the_wording_has_the_language_of_the_subscriber_s_edition() -> None:
    assert parse_row(ROW | {"edition": "ar"}, SITE, NOON).wording_edition == "ar"
    assert parse_row(ROW | {"edition": "ar", "wording_edition": "en"}, SITE, NOON).wording_edition == "en"


def test_all_broken_rules_of_a_row_are_reported_at_once() -> None:
    found = errors(
        email="reader", frequency="hourly", edition="fr", consented_at="2030-01-01T00:00:00Z", wording_edition="fr"
    )
    assert found == [
        Broken("email", "must be an email address, like name@example.org"),
        Broken("frequency", "must be one of daily, weekly"),
        Broken("edition", "must be one of en, ar"),
        Broken("consented_at", "must not be in the future"),
        Broken("wording_edition", "must be one of en, ar"),
    ]


def test_consent_is_required_only_of_subscribed_rows() -> None:
    assert errors(consented_at=None) == [Broken("consented_at", "is required if the status is subscribed")]
    assert parse_row({"email": "a@example.org", "status": "suppressed"}, SITE, NOON).consented_at is None


def test_a_blocked_domain_is_refused_only_for_subscribed_rows() -> None:
    assert errors(email="a@mailinator.com") == [Broken("email", "must be at a domain that this newsletter is sent to")]
    assert (
        parse_row(ROW | {"email": "a@mailinator.com", "status": "unsubscribed"}, SITE, NOON).email == "a@mailinator.com"
    )


def test_a_batch_has_up_to_a_hundred_rows_of_any_form() -> None:
    assert parse_batch({"subscribers": [None, "text", {}], "dry_run": True}) == Batch([None, "text", {}], dry_run=True)
    assert parse_batch({"subscribers": [{}], "source": " our former\nnewsletter "}).source == "our former newsletter"
    assert parse_batch({"subscribers": [{}] * LARGEST_BATCH}).dry_run is False
    sizes = (0, LARGEST_BATCH + 1)
    for size in sizes:
        with pytest.raises(Invalid, match="subscribers must have 1 to 100 items"):
            parse_batch({"subscribers": [{}] * size})
    with pytest.raises(Invalid, match="body must be an object"):
        parse_batch([])
