"""The preferences link: preferences, data export and erasing."""

import json

import pytest

from broadsheet.model.newsletter.subscriber import Preferences, lifted
from tests.api.claimed import KEY, claimed_issue
from tests.api.newsletter.bed import READER, NewsletterBed, link, part

STATES = ("confirmed", "unsubscribed", "suppressed")


def own_token(bed: NewsletterBed, address: str = READER) -> str:
    """The token of the subscriber's preferences link, as in a welcome."""
    keyring = bed.keyring()
    return keyring.sign("preferences", bed.clock.at, keyring.email_id(address))


def preferences(bed: NewsletterBed) -> Preferences:
    reader = bed.subscriber()
    assert reader
    assert reader.profile
    return reader.profile.preferences


def test_a_reader_changes_preferences_on_one_page(bed: NewsletterBed) -> None:
    """newsletter#24: without script, by the link in their mails."""
    bed.bring_to("confirmed")
    page = bed.open(link(bed.outbox()[-1], "preferences"))
    assert page.status == 200
    changed = bed.press(page, "/preferences", edition="ar", sections=["city", "sport"], frequency="weekly")
    assert changed.status == 200
    assert '<html lang="ar" dir="rtl">' in changed.body
    assert preferences(bed) == Preferences("ar", ("city", "sport"), "weekly")
    again = bed.press(changed, "/preferences")
    assert again.status == 200
    assert preferences(bed) == Preferences("ar", ("city", "sport"), "weekly")


def test_readers_are_told_when_the_next_issue_comes(bed: NewsletterBed) -> None:
    """newsletter#24: after confirming, in the welcome, and on their own page, after a change at once."""
    tomorrow = "The next daily issue comes on Sunday, 15 March at 07:00."
    bed.bring_to("pending")
    assert tomorrow in bed.press(bed.open(link(bed.outbox()[0], "confirm"))).body
    bed.deliver()
    welcome = bed.outbox()[-1]
    assert tomorrow in part(welcome, "plain")
    assert tomorrow in part(welcome, "html")
    page = bed.open(link(welcome, "preferences"))
    assert tomorrow in page.body
    weekly = bed.press(page, "/preferences", frequency="weekly").body
    assert "The next weekly issue comes on Saturday, 21 March at 07:00." in weekly
    assert "daily issue" not in weekly


def test_opening_the_preferences_page_changes_nothing(bed: NewsletterBed) -> None:
    """newsletter#1, newsletter#24"""
    bed.bring_to("confirmed")
    before = bed.subscriber()
    with bed.calls() as calls:
        assert bed.open(link(bed.outbox()[-1], "preferences")).status == 200
    assert calls == ["GetItem"]
    assert bed.subscriber() == before


def test_a_script_reads_and_changes_preferences(bed: NewsletterBed) -> None:
    """newsletter#24"""
    bed.bring_to("confirmed")
    token = own_token(bed)
    read = bed.call("GET", "/preferences", query={"token": token}, headers={"Accept": "application/json"})
    known = {"status": "confirmed", "edition": "en", "sections": [], "frequency": "daily"}
    assert read.json == known | {"next_issue_at": "2026-03-15T05:00:00Z"}
    sent = {"token": token, "edition": "en", "sections": ["sport"], "frequency": "weekly"}
    assert bed.call("POST", "/preferences", sent).json == {"status": "saved", "next_issue_at": "2026-03-21T05:00:00Z"}
    assert preferences(bed) == Preferences("en", ("sport",), "weekly")


def test_an_invalid_preference_is_named_and_changes_nothing(bed: NewsletterBed) -> None:
    bed.bring_to("confirmed")
    sent = {
        "token": own_token(bed),
        "edition": "en",
        "sections": ["nowhere"],
        "frequency": "hourly",
        "state": "unsubscribed",
    }
    assert bed.call("POST", "/preferences", sent).fields == {"sections", "frequency", "state"}
    assert preferences(bed) == Preferences("en")


@pytest.mark.parametrize("path", ["/preferences", "/export", "/erase"])
@pytest.mark.parametrize("purpose", ["confirm", "unsubscribe", "form_token"])
def test_only_the_subscribers_own_link_works(bed: NewsletterBed, path: str, purpose: str) -> None:
    """newsletter#15, newsletter#23, newsletter#24: no email, and no other token."""
    bed.bring_to("confirmed")
    other = bed.keyring().sign(purpose, bed.clock.at, bed.keyring().email_id(READER), "x")
    for token in (other, READER, ""):
        for sent in ({"token": token, "edition": "ar"}, {"email": READER, "edition": "ar", "token": token}):
            assert bed.call("POST", path, sent).status in (400, 422)
    assert preferences(bed) == Preferences("en")


def test_the_preferences_page_unsubscribes(bed: NewsletterBed) -> None:
    """newsletter#24"""
    bed.bring_to("confirmed")
    assert bed.press(bed.open(link(bed.outbox()[-1], "preferences")), "/unsubscribe").status == 200
    reader = bed.subscriber()
    assert reader
    assert reader.state == "unsubscribed"


@pytest.mark.parametrize("reached", ["unsubscribed", "suppressed"])
def test_unsubscribed_and_suppressed_readers_have_no_preferences_to_change(bed: NewsletterBed, reached: str) -> None:
    """newsletter#24: they can still export and erase the data."""
    bed.bring_to(reached)
    query = {"token": own_token(bed)}
    page = bed.call("GET", "/preferences", query=query, headers={"Accept": "text/html"})
    assert page.status == 200
    assert 'action="/api/subscriptions/preferences"' not in page.body
    assert 'action="/api/subscriptions/erase"' in page.body
    assert bed.call("POST", "/preferences", {"token": own_token(bed), "edition": "ar"}).status == 400


def test_a_data_export_contains_everything_that_is_stored(bed: NewsletterBed) -> None:
    """newsletter#25: every value of every row but the nonce of the confirmation link, in both tables."""
    bed.bring_to("confirmed")
    bed.sign_up(sections=["city"], source="/en/")
    bed.press(bed.open(link(bed.outbox()[0], "unsubscribe")))
    with claimed_issue(bed.deployment, bed.keyring().email_id(READER), bed.clock.at) as claims, bed.calls() as made:
        export = bed.call("POST", "/export", {"token": own_token(bed)})
    assert made == ["TransactGetItems", "Query"]
    assert export.status == 200
    assert export.headers["content-type"] == "application/json"
    assert export.headers["content-disposition"].startswith("attachment")
    assert export.headers["cache-control"] == "no-store"
    assert set(export.json) == {"subscriber", "latest_sign_up", "pending_email", "issues", "issue_feedback"}
    assert export.json["issue_feedback"] == [{"issue": KEY.id, "kind": "bounces"}]
    rows = bed.clients.dynamodb.scan(TableName=bed.table)["Items"]
    assert len(claims) == 2
    for row in [row for row in rows if row["pk"]["S"].startswith("SUBSCRIBER#")] + claims:
        for name, value in row.items():
            if name not in ("pk", "sk", "expires_at", "nonce"):
                assert all(text in export.body for text in texts(value)), name


def test_a_data_export_says_who_lifted_a_suppression_and_when(bed: NewsletterBed) -> None:
    """newsletter#25"""
    bed.bring_to("suppressed")
    reader = bed.subscriber()
    assert reader
    bed.subscribers.commit(lifted(reader, "lina", bed.clock.at))
    export = bed.call("POST", "/export", {"token": own_token(bed)})
    assert export.json["subscriber"]["lift"] == {
        "by": "lina",
        "at": bed.clock.at.isoformat(),
        "reason": "complaint",
        "complained_at": reader.changed_at.isoformat(),
    }


def texts(value: object) -> list[str]:
    """Every text and number in an attribute, as JSON."""
    if isinstance(value, dict):
        [(kind, inner)] = value.items() if len(value) == 1 else [("", value)]
        if kind in ("S", "N"):
            return [json.dumps(inner) if kind == "S" else str(inner)]
        return [text for one in inner.values() for text in texts(one)] if isinstance(inner, dict) else texts(inner)
    return [text for one in value for text in texts(one)] if isinstance(value, list) else []


def test_after_erasing_the_claims_stay_under_the_hash_and_the_page_says_so(bed: NewsletterBed) -> None:
    """newsletter#25, newsletter#32: no issue is sent twice, and the report of a sending still adds up."""
    bed.bring_to("confirmed")
    with claimed_issue(bed.deployment, bed.keyring().email_id(READER), bed.clock.at) as claims:
        page = bed.submit({"token": own_token(bed)}, "/erase")
        assert "for 90 days, which issues those were" in page.body
        [issue] = bed.call("POST", "/export", {"token": own_token(bed)}).json["issues"]
    assert (issue["issue"], issue["outcome"]) == (KEY.id, "sent")
    assert "example.org" not in repr(claims)
    reader = bed.subscriber()
    assert reader
    assert (reader.profile, reader.sent_until) == (None, bed.clock.at)


@pytest.mark.parametrize("reached", STATES)
def test_erasing_keeps_only_the_hash_and_the_state(bed: NewsletterBed, reached: str) -> None:
    """newsletter#25: personal data is deleted, suppression stays."""
    bed.bring_to(reached)
    bed.sign_up(edition="ar")
    erased = bed.call("POST", "/erase", {"token": own_token(bed)})
    assert (erased.status, erased.json) == (200, {"status": "erased"})
    assert bed.rows() == ["META"]
    stored = repr(bed.clients.dynamodb.scan(TableName=bed.table)["Items"])
    assert "example.org" not in stored
    assert "/en/" not in stored
    reader = bed.subscriber()
    assert reader
    assert reader.state == ("suppressed" if reached == "suppressed" else "unsubscribed")
    assert bed.call("POST", "/erase", {"token": own_token(bed)}).json == {"status": "erased"}
    assert bed.subscriber() == reader
    assert bed.deliver() == []


def test_an_erased_and_suppressed_email_stays_suppressed(bed: NewsletterBed) -> None:
    """newsletter#18, newsletter#25"""
    bed.bring_to("suppressed")
    sent = len(bed.outbox())
    bed.call("POST", "/erase", {"token": own_token(bed)})
    bed.later(days=30)
    bed.sign_up()
    assert bed.deliver() == []
    assert len(bed.outbox()) == sent
    reader = bed.subscriber()
    assert reader
    assert (reader.state, reader.profile) == ("suppressed", None)
    assert bed.rows() == ["META"]  # the sign-up contained the email, so it is deleted


def test_an_erased_reader_may_return_by_a_new_confirmation(bed: NewsletterBed) -> None:
    """newsletter#18"""
    bed.bring_to("confirmed")
    old = link(bed.outbox()[0], "confirm")
    bed.call("POST", "/erase", {"token": own_token(bed)})
    bed.later(minutes=1)
    bed.sign_up()
    assert bed.deliver() == []
    assert bed.press(bed.open(old)).status == 400
    assert bed.press(bed.open(link(bed.outbox()[-1], "confirm"))).status == 200


def test_the_link_of_an_erased_reader_says_that_nothing_is_stored(bed: NewsletterBed) -> None:
    """newsletter#25: as a page and as JSON."""
    bed.bring_to("confirmed")
    bed.call("POST", "/erase", {"token": own_token(bed)})
    for headers in ({"Accept": "text/html"}, {"Accept": "application/json"}):
        assert bed.call("GET", "/preferences", query={"token": own_token(bed)}, headers=headers).status == 200
    assert bed.call("POST", "/preferences", {"token": own_token(bed), "edition": "ar"}).status == 400


def test_the_preferences_page_erases_and_exports_without_script(bed: NewsletterBed) -> None:
    """newsletter#25"""
    bed.bring_to("confirmed")
    page = bed.open(link(bed.outbox()[-1], "preferences"))
    assert READER in bed.press(page, "/export").body
    assert bed.press(page, "/unsubscribe").status == 200
    assert bed.deliver() == []
    assert bed.press(page, "/erase").status == 200
    assert bed.rows() == ["META"]
