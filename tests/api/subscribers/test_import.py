"""The import of subscribers, from API Gateway's event to the answer."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from broadsheet.model.newsletter import subscriber
from broadsheet.model.newsletter.limits import SignUpLimits
from broadsheet.model.newsletter.subscriber import Consent, PendingEmail, Preferences, Subscriber
from broadsheet.schemas.import_row import LARGEST_BATCH
from tests.api.logs import Log
from tests.api.subscribers.bed import ADDRESS, ASKED, STATES, SubscribersBed, row
from tests.world import NOON


def test_a_new_subscriber_is_imported_with_the_record_of_consent(bed: SubscribersBed) -> None:
    """newsletter#27"""
    sent = row(
        "Reader@Example.ORG",
        edition="ar",
        sections=["city"],
        frequency="weekly",
        source="listmonk",
        confirmed_at="2024-05-06T10:30:00+03:00",
    )
    assert bed.results(sent) == [{"result": "added", "mail": True}]
    reader = bed.subscriber()
    assert reader
    assert (reader.state, reader.nonce, reader.revision) == ("confirmed", None, 1)
    assert reader.profile == subscriber.Profile(
        "Reader@example.org",
        Preferences("ar", ("city",), "weekly"),
        Consent(datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC), "listmonk", "import", "ar"),
        datetime(2024, 5, 6, 7, 30, tzinfo=UTC),
    )


def test_a_row_with_the_required_fields_only_has_the_defaults_of_a_new_reader(bed: SubscribersBed) -> None:
    assert bed.results(row()) == [{"result": "added", "mail": True}]
    reader = bed.subscriber()
    assert reader
    assert reader.profile
    assert reader.profile.preferences == Preferences("en")
    assert (reader.profile.consent.source, reader.profile.confirmed_at) == (None, None)


@pytest.mark.parametrize(("status", "reason"), [("unsubscribed", None), ("suppressed", "import")])
def test_a_subscriber_who_unsubscribed_or_was_suppressed_elsewhere_gets_no_mail_here(
    bed: SubscribersBed, status: str, reason: str | None
) -> None:
    """newsletter#27: without a time of consent, which may be unknown."""
    assert bed.results({"email": ADDRESS, "status": status}) == [{"result": "added"}]
    reader = bed.subscriber()
    assert reader
    assert (reader.state, reader.suppression_reason) == (status, reason)


@pytest.mark.parametrize(
    ("state", "status", "expected", "becomes"),
    [
        ("pending", "subscribed", "changed", "confirmed"),
        ("pending", "unsubscribed", "changed", "unsubscribed"),
        ("pending", "suppressed", "changed", "suppressed"),
        ("pending", "pending", "refused", "pending"),
        ("confirmed", "subscribed", "unchanged", "confirmed"),
        ("confirmed", "unsubscribed", "refused", "confirmed"),
        ("confirmed", "suppressed", "changed", "suppressed"),
        ("confirmed", "pending", "refused", "confirmed"),
        ("unsubscribed", "subscribed", "refused", "unsubscribed"),
        ("unsubscribed", "unsubscribed", "unchanged", "unsubscribed"),
        ("unsubscribed", "suppressed", "changed", "suppressed"),
        ("unsubscribed", "pending", "refused", "unsubscribed"),
        ("suppressed", "subscribed", "refused", "suppressed"),
        ("suppressed", "unsubscribed", "unchanged", "suppressed"),
        ("suppressed", "suppressed", "unchanged", "suppressed"),
        ("suppressed", "pending", "refused", "suppressed"),
    ],
)
def test_the_result_depends_on_the_state_and_the_rows_status(
    bed: SubscribersBed, state: str, status: str, expected: str, becomes: str
) -> None:
    """newsletter#27: nobody is subscribed again, and preferences here are not overwritten."""
    before = bed.bring_to(state)
    [result] = bed.results(row(status=status, edition="ar"))
    assert result["result"] == expected
    assert ("reason" in result) == (expected == "refused")
    after = bed.subscriber()
    assert after
    assert after.state == becomes
    if expected != "changed":
        assert after == before
    elif becomes != "confirmed":
        assert after.nonce is None
        assert after.profile == before.profile


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (row(), "has unsubscribed here, and can return only by signing up"),
        (row(status="pending"), "has not confirmed the subscription, so it is not imported"),
    ],
)
def test_a_refusal_has_a_reason(bed: SubscribersBed, row: dict[str, object], reason: str) -> None:
    """newsletter#27"""
    bed.bring_to("unsubscribed")
    [result] = bed.results(row)
    assert result["reason"] == reason


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("status", ["subscribed", "unsubscribed", "suppressed"])
def test_an_erased_subscriber_does_not_change(bed: SubscribersBed, state: str, status: str) -> None:
    """newsletter#27"""
    bed.bring_to(state)
    bed.erase()
    before = bed.subscriber()
    [result] = bed.results(row(status=status))
    assert result["result"] == ("refused" if status == "subscribed" else "unchanged")
    assert bed.subscriber() == before


def test_importing_the_same_again_changes_nothing(bed: SubscribersBed) -> None:
    """newsletter#27"""
    rows = [row(f"{status}@example.org", status) for status in ("subscribed", "unsubscribed", "suppressed")]
    assert bed.results(*rows) == [{"result": "added", "mail": True}, {"result": "added"}, {"result": "added"}]
    before = bed.dynamodb.scan(TableName=bed.table)["Items"]
    assert bed.results(*rows) == [{"result": "unchanged"}] * 3
    assert bed.dynamodb.scan(TableName=bed.table)["Items"] == before


def test_an_invalid_row_does_not_affect_the_others(bed: SubscribersBed) -> None:
    """newsletter#27"""
    results = bed.results(row("a@example.org"), row("no address", frequency="hourly"), "text", row("b@example.org"))
    assert [one["result"] for one in results] == ["added", "refused", "refused", "added"]
    not_an_object = {"field": "row", "rule": "must be an object", "code": "wrong_type", "pointer": ""}
    assert results[2] == {
        "result": "refused",
        "reason": "row must be an object",
        "field": "row",
        "errors": [not_an_object],
    }
    email, frequency = "must be an email address, like name@example.org", "must be one of daily, weekly"
    assert results[1] == {
        "result": "refused",
        "reason": f"email {email}; frequency {frequency}",
        "field": "email",
        "errors": [
            {"field": "email", "rule": email, "code": "not_an_email", "pointer": "/email"},
            {"field": "frequency", "rule": frequency, "code": "not_a_choice", "pointer": "/frequency"},
        ],
    }


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"email": "a\x00b@example.org"}, "email"),
        ({"email": "a@example.org\nBcc: b@example.org"}, "email"),
        ({"email": 7}, "email"),
        ({"email": None}, "email"),
        ({"email": "a@mailinator.com"}, "email"),
        ({"status": "enabled"}, "status"),
        ({"edition": "fr"}, "edition"),
        ({"sections": ["gossip"]}, "sections"),
        ({"sections": "city"}, "sections"),
        ({"source": "x" * 301}, "source"),
        ({"wording": ""}, "wording"),
        ({"wording_edition": "fr"}, "wording_edition"),
        ({"consented_at": None}, "consented_at"),
        ({"consented_at": "2024-05-06 07:08:09"}, "consented_at"),
        ({"consented_at": "9024-05-06T07:08:09Z"}, "consented_at"),
        ({"confirmed_at": "9024-05-06T07:08:09Z"}, "confirmed_at"),
        ({"nonce": "x"}, "nonce"),
        ({"revision": 7}, "revision"),
    ],
)
def test_an_invalid_row_names_its_field_and_changes_nothing(
    bed: SubscribersBed, changed: dict[str, Any], field: str
) -> None:
    [result] = bed.results(row() | changed)
    assert (result["result"], result["field"]) == ("refused", field)
    assert result["reason"].startswith(f"{field} ")
    assert bed.dynamodb.scan(TableName=bed.table)["Items"] == []


def test_an_email_at_a_blocked_domain_can_be_suppressed_but_not_subscribed(bed: SubscribersBed) -> None:
    """newsletter#27"""
    settings = replace(bed.module.site, newsletter=SignUpLimits(blocked_domains=frozenset({"blocked.example"})))
    with mock.patch.object(bed.module, "site", settings):
        results = [bed.results(row("a@in.blocked.example", status)) for status in ("subscribed", "suppressed")]
    assert [one["result"] for [one] in results] == ["refused", "added"]


def test_rows_with_the_same_email_are_one_subscriber(bed: SubscribersBed) -> None:
    """newsletter#27"""
    results = bed.results(
        row("a@example.org"),
        row("A@Example.org", "suppressed"),
        row("a@EXAMPLE.org"),
        row("a@example.org", "suppressed"),
    )
    assert [one["result"] for one in results] == ["refused", "added", "refused", "unchanged"]
    reader = bed.subscriber("a@example.org")
    assert reader
    assert (reader.state, reader.revision) == ("suppressed", 1)


@pytest.mark.parametrize("left", ["unsubscribed", "suppressed"])
@pytest.mark.parametrize("first", [True, False])
def test_in_one_call_who_left_is_not_subscribed_by_another_row_whatever_their_order(
    bed: SubscribersBed, left: str, first: bool
) -> None:
    """newsletter#27"""
    rows = [row("a@example.org", left), row("\u200fA@Example.org\u00a0")]
    results = bed.results(*(rows if first else reversed(rows)), row("b@example.org"))
    assert [one["result"] for one in results] == (["added", "refused"] if first else ["refused", "added"]) + ["added"]
    reader = bed.subscriber("a@example.org")
    assert reader
    assert reader.state == left


@pytest.mark.parametrize("left", ["unsubscribed", "suppressed"])
def test_in_one_call_who_left_and_never_confirmed_is_not_subscribed(bed: SubscribersBed, left: str) -> None:
    bed.bring_to("pending")
    bed.results(row(), row(status=left))
    reader = bed.subscriber()
    assert reader
    assert reader.state == left


def test_a_dry_run_has_the_same_results_and_changes_nothing(bed: SubscribersBed) -> None:
    """newsletter#27"""
    bed.bring_to("unsubscribed")
    rows = row("new@example.org"), row(), row("new@example.org", "unsubscribed")
    before = bed.dynamodb.scan(TableName=bed.table)["Items"]
    dry = bed.results(*rows, dry_run=True)
    assert bed.dynamodb.scan(TableName=bed.table)["Items"] == before
    assert dry == bed.results(*rows)


def pending_emails(bed: SubscribersBed) -> dict[str, PendingEmail]:
    """The pending emails of the subscribers, by email."""
    records = [bed.subscribers.get_record(one.id) for one in bed.subscribers.scan(1000).subscribers]
    return {
        record.subscriber.profile.email: record.pending_email
        for record in records
        if record.pending_email and record.subscriber and record.subscriber.profile
    }


def test_only_who_is_subscribed_by_an_import_gets_a_mail_with_the_publishers_words(bed: SubscribersBed) -> None:
    """newsletter#27: in the outbox, in the transaction that subscribes; the list is the source of the consent, too."""
    for state in STATES:
        bed.bring_to(state, f"{state}@example.org")
    bed.bring_to("confirmed", "erased@example.org")
    bed.erase("erased@example.org")
    here = [row(f"{state}@example.org") for state in (*STATES, "erased", "new")]
    left = [row(f"{status}-there@example.org", status) for status in ("unsubscribed", "suppressed", "pending")]
    results = bed.results(*here, *left, source="our former newsletter")
    told = [str(sent["email"]) for sent, result in zip([*here, *left], results, strict=True) if "mail" in result]
    assert told == ["pending@example.org", "new@example.org"]
    found = pending_emails(bed)
    assert sorted(found) == sorted(told)
    assert {(mail.kind, mail.source) for mail in found.values()} == {("imported", "our former newsletter")}
    reader = bed.subscriber("new@example.org")
    assert reader
    assert reader.profile
    assert reader.profile.consent.source == "our former newsletter"


def test_a_repeated_import_causes_no_second_mail_in_other_words_either(bed: SubscribersBed) -> None:
    """newsletter#27: also once the first mail is sent, and deleted from the outbox."""
    rows = [row("a@example.org"), row("A@example.org"), row("b@example.org", source="/old/")]
    assert [result.get("mail") for result in bed.results(*rows)] == [True, None, True]
    bed.subscribers.mark_sent(pending_emails(bed)["a@example.org"])
    assert bed.results(*rows, source="another list") == [{"result": "unchanged"}] * 3
    assert {email: mail.source for email, mail in pending_emails(bed).items()} == {"b@example.org": None}


def test_a_dry_run_says_who_would_get_a_mail_and_causes_none(bed: SubscribersBed) -> None:
    assert bed.results(row(), dry_run=True, source="our former newsletter") == [{"result": "added", "mail": True}]
    assert bed.dynamodb.scan(TableName=bed.table)["Items"] == []


def test_a_site_that_sends_no_mail_imports_without_one(bed: SubscribersBed, monkeypatch: pytest.MonkeyPatch) -> None:
    """aws#20"""
    monkeypatch.setattr(bed.module, "site", replace(bed.module.site, sends_mail=False))
    assert bed.results(row()) == [{"result": "added"}]
    assert pending_emails(bed) == {}


def test_a_hundred_rows_take_two_transactions(bed: SubscribersBed) -> None:
    """Of a hundred items each, which is DynamoDB's limit: the subscribers and their pending emails."""
    bed.results(row("first@example.org"))
    rows = [row(f"reader{number}@example.org") for number in range(LARGEST_BATCH)]
    with bed.calls() as made:
        bed.results(*rows)
    assert made == ["BatchGetItem", "TransactWriteItems"] * 2
    with bed.calls() as made:
        assert bed.results(*rows) == [{"result": "unchanged"}] * LARGEST_BATCH
    assert made == ["BatchGetItem"] * 2


def test_unsubscribing_during_an_import_wins(bed: SubscribersBed) -> None:
    """newsletter#27: the rows are applied again, to the new state."""
    reader = bed.bring_to("pending")

    def leave(model: Any, **_: Any) -> None:
        if model.name == "TransactWriteItems" and waiting:
            bed.subscribers.commit(waiting.pop())

    waiting = [subscriber.unsubscribed(reader, NOON)]
    with bed.listening(leave):
        results = bed.results(row(), row("other@example.org"))
    assert [one["result"] for one in results] == ["refused", "added"]
    after = bed.subscriber()
    assert after
    assert after.state == "unsubscribed"
    assert bed.subscriber("other@example.org")


def test_an_import_that_always_loses_the_race_is_answered_with_503(bed: SubscribersBed) -> None:
    reader = [bed.bring_to("pending")]

    def change(model: Any, **_: Any) -> None:
        if model.name == "TransactWriteItems":
            reader.append(replace(reader[-1], revision=reader[-1].revision + 1))
            bed.subscribers.commit(reader[-1])

    with bed.listening(change):
        busy = bed.send(row(), row("other@example.org"))
    assert (busy.status, len(reader)) == (503, 6)
    assert bed.subscriber("other@example.org") is None


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ([], 422, "body"),
        ({}, 422, "subscribers"),
        ({"subscribers": []}, 422, "subscribers"),
        ({"subscribers": [row()] * 101}, 422, "subscribers"),
        ({"subscribers": {}}, 422, "subscribers"),
        ({"subscribers": [row()], "dry_run": "no"}, 422, "dry_run"),
        ({"subscribers": [row()], "dry_run": 0}, 422, "dry_run"),
        ({"subscribers": [row()], "mail": True}, 422, "mail"),
        ({"subscribers": [row()], "source": "x" * 301}, 422, "source"),
        ({"subscribers": [row()], "source": " "}, 422, "source"),
        ("{", 400, None),
        ("x" * 500_001, 413, None),
    ],
)
def test_a_request_that_is_not_a_batch_is_refused(
    bed: SubscribersBed, body: object, status: int, field: str | None
) -> None:
    refused = bed.call("POST", body, headers={"Content-Type": "application/json"})
    assert refused.status == status
    if field:
        assert refused.fields == {field}


def test_another_media_type_is_refused(bed: SubscribersBed) -> None:
    assert bed.call("POST", "a", headers={"Content-Type": "text/csv"}).status == 415


rows = st.lists(
    st.fixed_dictionaries(
        {
            "email": st.sampled_from(["a@example.org", "A@example.org", "b@example.org", "c@example.org", "none"]),
            "status": st.sampled_from(["subscribed", "unsubscribed", "suppressed", "pending", "enabled"]),
            "consented_at": st.sampled_from([ASKED, None]),
        }
    ),
    min_size=1,
    max_size=8,
)


any_imports = given(
    st.lists(st.sampled_from(STATES), min_size=2, max_size=2), st.booleans(), st.lists(rows, min_size=1, max_size=3)
)
quickly = settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@quickly
@any_imports
def test_no_imports_subscribe_anyone_again_and_each_is_idempotent(
    bed: SubscribersBed, states: list[str], erase: bool, batches: list[list[dict[str, Any]]]
) -> None:
    """newsletter#27: whatever the rows are, in any order."""
    check_imports(bed, states, erase, batches)


@pytest.mark.proof
@settings(quickly, max_examples=100)
@any_imports
def test_no_imports_subscribe_anyone_again_and_each_is_idempotent_in_many_more_examples(
    bed: SubscribersBed, states: list[str], erase: bool, batches: list[list[dict[str, Any]]]
) -> None:
    check_imports(bed, states, erase, batches)


def check_imports(bed: SubscribersBed, states: list[str], erase: bool, batches: list[list[dict[str, Any]]]) -> None:
    bed.empty()
    for address, state in zip(("a@example.org", "b@example.org"), states, strict=True):
        bed.bring_to(state, address)
    if erase:
        bed.erase("b@example.org")
    for batch in batches:
        before = everybody(bed)
        assert len(bed.results(*batch)) == len(batch)
        after = everybody(bed)
        for id, reader in before.items():
            if reader.state in ("unsubscribed", "suppressed"):
                assert after[id].state in {reader.state, "suppressed"}
            if reader.profile is None:
                assert after[id] == reader
            assert after[id].revision - reader.revision == (after[id] != reader)
        assert {result["result"] for result in bed.results(*batch)} <= {"unchanged", "refused"}
        assert everybody(bed) == after


def everybody(bed: SubscribersBed) -> dict[str, Subscriber]:
    return {reader.id: reader for reader in bed.subscribers.scan(1000).subscribers}


def test_the_log_has_a_line_for_an_import_that_changed_something_and_no_address(
    bed: SubscribersBed, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = Log(monkeypatch)
    rows = (row(), row("other@example.org"), row("not an address"))
    bed.send(*rows, dry_run=True)
    for _ in range(2):
        bed.results(*rows)
    bed.pages()
    assert log.changes() == [
        {"message": "an editor imported subscribers", "added": 2, "refused": 1, "updated_by": "lina"}
    ]
    assert "@" not in log.text
