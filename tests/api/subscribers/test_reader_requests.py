"""A reader writes or calls, and an editor shows, unsubscribes or erases: the answer, the rows, and the log."""

from typing import Any

import pytest

from broadsheet.model.newsletter import subscriber
from broadsheet.model.newsletter.subscriber import PendingEmail, SuppressionReason
from broadsheet.store.conflict import LostRace
from tests.api.claimed import KEY, claimed_issue
from tests.api.events import Answer
from tests.api.logs import Log
from tests.api.subscribers.bed import ADDRESS, STATES, SubscribersBed, row
from tests.world import NOON

CALLS = ("show", "leave", "erase")
every_call = pytest.mark.parametrize("call", CALLS)


def ask(bed: SubscribersBed, call: str, address: str = ADDRESS) -> Answer:
    return bed.call("POST", {"email": address}, path=f"/{call}")


def rows(bed: SubscribersBed) -> list[Any]:
    return bed.dynamodb.scan(TableName=bed.table)["Items"]


def test_everything_that_is_stored_is_shown_as_in_the_readers_own_data_export(bed: SubscribersBed) -> None:
    """newsletter#25: without the secret of the confirmation link; nothing changes."""
    reader = bed.bring_to("pending")
    with claimed_issue(bed.deployment, reader.id, NOON):
        before = rows(bed)
        with bed.calls() as made:
            shown = ask(bed, "show", "READER@example.org")
    assert (shown.status, shown.headers["cache-control"]) == (200, "no-store")
    assert set(shown.json) == {"subscriber", "latest_sign_up", "issues", "issue_feedback"}
    [issue] = shown.json["issues"]
    assert (issue["issue"], issue["at"], issue["outcome"]) == (KEY.id, NOON.isoformat(), "sent")
    assert shown.json["subscriber"]["profile"]["email"] == ADDRESS
    assert shown.json["latest_sign_up"]["consent"]["source"] == "/en/"
    assert "nonce" not in shown.json["subscriber"]
    assert set(made) <= {"GetSecretValue", "TransactGetItems", "Query"}
    assert rows(bed) == before


def test_the_source_of_an_imported_reader_is_shown(bed: SubscribersBed) -> None:
    """newsletter#25"""
    bed.send(row(), source="our former newsletter")
    shown = ask(bed, "show").json
    assert shown["subscriber"]["profile"]["consent"]["source"] == "our former newsletter"
    assert (shown["pending_email"]["kind"], shown["pending_email"]["source"]) == ("imported", "our former newsletter")


@pytest.mark.parametrize(
    ("state", "becomes", "mail"),
    [
        ("pending", "unsubscribed", None),
        ("confirmed", "unsubscribed", "farewell"),
        ("unsubscribed", "unsubscribed", None),
        ("suppressed", "suppressed", None),
    ],
)
def test_a_reader_is_unsubscribed_with_the_same_mail_as_by_a_link(
    bed: SubscribersBed, state: str, becomes: str, mail: str | None
) -> None:
    """newsletter#18: a suppressed reader stays suppressed, and is no longer confirmed by a lift."""
    before = bed.bring_to(state)
    left = ask(bed, "leave")
    result = "unchanged" if state == "unsubscribed" else "changed"
    assert left.json == {"result": result, "status": becomes, "suppressed": becomes == "suppressed"}
    record = bed.subscribers.get_record(before.id)
    assert (record.pending_email and record.pending_email.kind) == mail
    stored = rows(bed)
    assert ask(bed, "leave").json == left.json | {"result": "unchanged"}
    assert rows(bed) == stored
    assert bed.lift().json["status"] == "unsubscribed"


@pytest.mark.parametrize("state", STATES)
def test_a_reader_is_erased_and_the_keyed_hash_stays_with_the_state(bed: SubscribersBed, state: str) -> None:
    """newsletter#25: every other row goes, and a second call changes nothing."""
    before = bed.bring_to(state)
    erased = ask(bed, "erase")
    suppressed = state == "suppressed"
    assert erased.json == {"result": "changed", "status": "erased", "suppressed": suppressed}
    [left] = rows(bed)
    assert ADDRESS not in repr(left)
    assert left["pk"]["S"].endswith(before.id)
    assert left["state"]["S"] == ("suppressed" if suppressed else "unsubscribed")
    assert ask(bed, "erase").json == erased.json | {"result": "unchanged"}
    assert ask(bed, "leave").json == erased.json | {"result": "unchanged"}
    assert rows(bed) == [left]
    assert set(ask(bed, "show").json) == {"subscriber"}


@pytest.mark.parametrize("reason", ["bounce", "complaint", "import"])
def test_a_suppression_survives_an_erasure_and_an_import(bed: SubscribersBed, reason: SuppressionReason) -> None:
    """newsletter#25, newsletter#27"""
    bed.subscribers.commit(subscriber.suppressed(bed.bring_to("confirmed"), reason, NOON))
    ask(bed, "erase")
    [result] = bed.results(row(), source="our former newsletter")
    assert result["result"] == "refused"
    reader = bed.subscriber()
    assert reader
    assert (reader.state, reader.suppression_reason, reader.profile) == ("suppressed", reason, None)


@every_call
def test_an_unknown_email_is_not_found(bed: SubscribersBed, call: str) -> None:
    refused = ask(bed, call)
    assert (refused.status, refused.json["detail"]) == (404, "No subscriber has this email address.")
    assert rows(bed) == []


@every_call
@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({}, "email", "required"),
        ({"email": "nobody"}, "email", "not_an_email"),
        ({"email": ADDRESS, "state": "confirmed"}, "state", "unknown_field"),
        ([], "body", "wrong_type"),
    ],
)
def test_an_invalid_request_is_refused_with_field_and_rule(
    bed: SubscribersBed, call: str, body: object, field: str, code: str
) -> None:
    refused = bed.call("POST", body, path=f"/{call}")
    assert (refused.status, refused.json["errors"][0]["field"], refused.json["errors"][0]["code"]) == (422, field, code)


@every_call
def test_the_email_is_taken_from_the_body_alone(bed: SubscribersBed, call: str) -> None:
    """newsletter#15: URLs are logged."""
    bed.bring_to("confirmed")
    assert bed.call("POST", {}, path=f"/{call}", query={"email": ADDRESS}).status == 422


def test_the_log_says_which_editor_did_what_without_the_email(
    bed: SubscribersBed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """newsletter#15: what changes nothing has no line, except for a look."""
    bed.bring_to("confirmed")
    log = Log(monkeypatch)
    for call in ("show", "leave", "leave", "erase", "erase"):
        ask(bed, call)
    assert log.changes() == [
        {"message": "an editor was shown a subscriber", "read_by": "lina"},
        {"message": "an editor unsubscribed a subscriber", "updated_by": "lina"},
        {"message": "an editor erased a subscriber", "updated_by": "lina"},
    ]
    assert "example.org" not in log.text
    assert bed.keyring.email_id(ADDRESS) not in log.text


@pytest.mark.parametrize("call", ["leave", "erase"])
def test_a_call_that_loses_a_race_applies_to_what_the_other_left(
    bed: SubscribersBed, call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """newsletter#18: a complaint comes in between, and goes on."""
    reader = bed.bring_to("confirmed")
    store, lost = bed.module.deps().subscribers, [subscriber.suppressed(reader, "complaint", NOON)]
    name = "commit" if call == "leave" else "erase"
    write = getattr(store, name)

    def lose_once(after: subscriber.Subscriber, *pending: PendingEmail | None) -> None:
        if lost:
            bed.subscribers.commit(lost.pop())
            raise LostRace
        write(after, *pending)

    monkeypatch.setattr(store, name, lose_once)
    assert ask(bed, call).json["suppressed"]
    after = bed.subscriber()
    assert after
    assert after.suppression_reason == "complaint"
