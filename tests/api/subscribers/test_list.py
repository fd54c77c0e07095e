"""The list of all subscribers, from API Gateway's event to the answer."""

import pytest

from broadsheet.model.newsletter.limits import RateLimitWindow
from broadsheet.model.newsletter.mailbox import CausedMail, Mailbox
from broadsheet.model.newsletter.subscriber import Consent, Preferences, SignUpRequest
from tests.api.subscribers.bed import ADDRESS, ASKED, SubscribersBed, row
from tests.world import NOON


def test_all_subscribers_are_listed_with_every_field_of_an_import(bed: SubscribersBed) -> None:
    """newsletter#27"""
    rows = [
        row("+tag@example.org", sections=["city"], frequency="weekly", source="/en/", wording="1"),
        row("left@example.org", "unsubscribed", edition="ar", wording_edition="en", confirmed_at=ASKED),
        row("suppressed@example.org", "suppressed"),
    ]
    bed.results(*rows)
    [page] = bed.pages()
    least: dict[str, object] = {
        "edition": "en",
        "sections": [],
        "frequency": "daily",
        "source": None,
        "wording": "import",
        "wording_edition": "en",
        "confirmed_at": None,
    }
    listed = sorted(page.pop("subscribers"), key=lambda one: str(one["email"]))
    assert listed == [least | one for one in rows]
    assert page == {"erased": 0, "next": None}


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("pending", "pending"),
        ("confirmed", "subscribed"),
        ("unsubscribed", "unsubscribed"),
        ("suppressed", "suppressed"),
    ],
)
def test_a_state_is_listed_as_the_status_of_an_import(bed: SubscribersBed, state: str, status: str) -> None:
    bed.bring_to(state)
    [page] = bed.pages()
    assert [one["status"] for one in page["subscribers"]] == [status]


def test_erased_subscribers_are_counted_and_not_listed(bed: SubscribersBed) -> None:
    """newsletter#27"""
    bed.bring_to("suppressed")
    bed.erase()
    bed.results(row("other@example.org"))
    [page] = bed.pages()
    assert ([one["email"] for one in page["subscribers"]], page["erased"]) == (["other@example.org"], 1)


@pytest.mark.parametrize("segments", [1, 2, 7])
@pytest.mark.parametrize("limit", [1, 10, 1000])
def test_the_pages_of_all_segments_have_each_subscriber_once(bed: SubscribersBed, segments: int, limit: int) -> None:
    """newsletter#27: and no other rows of the table."""
    addresses = [f"reader{number}@example.org" for number in range(40)]
    bed.results(*map(row, addresses))
    bed.bring_to("confirmed")
    hour = NOON.replace(minute=0)
    bed.subscribers.record_request(
        SignUpRequest("id", ADDRESS, Preferences("en"), Consent(NOON, None, "1", "en")),
        [RateLimitWindow("all#0", hour, {"sign_ups": 9}, "all")],
        is_bot=False,
    )
    bed.subscribers.commit_mail(Mailbox("id", (CausedMail("id", NOON),), 1))
    found = [
        one["email"]
        for segment in range(segments)
        for page in bed.pages(limit=limit, segment=segment, segments=segments)
        for one in page["subscribers"]
    ]
    assert sorted(found) == sorted([*addresses, ADDRESS])


def test_a_page_takes_one_call_and_is_not_cached(bed: SubscribersBed) -> None:
    bed.results(row())
    with bed.calls() as made:
        page = bed.call("GET")
    assert made == ["Scan"]
    assert page.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"limit": "0"}, "limit"),
        ({"limit": "1001"}, "limit"),
        ({"limit": "x"}, "limit"),
        ({"segments": "0"}, "segments"),
        ({"segments": "2", "segment": "2"}, "segment"),
        ({"segment": "1"}, "segment"),
        ({"segment": "0000000001"}, "segment"),
        ({"cursor": "x"}, "cursor"),
        ({"status": "unsubscribed"}, "status"),
    ],
)
def test_an_invalid_parameter_is_refused(bed: SubscribersBed, query: dict[str, str], field: str) -> None:
    refused = bed.call("GET", query=query)
    assert (refused.status, refused.fields) == (422, {field})


def test_a_cursor_is_valid_for_its_own_segment_only(bed: SubscribersBed) -> None:
    bed.results(*(row(f"reader{number}@example.org") for number in range(9)))
    cursor = bed.call("GET", query={"limit": "1"}).json["next"]
    for query in ({"cursor": cursor, "segments": "2"}, {"cursor": cursor[:-2]}):
        refused = bed.call("GET", query=query)
        assert (refused.status, refused.fields) == (422, {"cursor"})
    link = bed.keyring.sign("unsubscribe", NOON, "id")
    assert bed.call("GET", query={"cursor": link}).status == 422
