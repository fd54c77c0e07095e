"""An editor lifts a suppression, from API Gateway's event to the answer, the row, the log and SES's list."""

from typing import Any
from unittest import mock

import pytest
from botocore.exceptions import ClientError

from broadsheet.model.newsletter import subscriber
from broadsheet.model.newsletter.subscriber import Subscriber, SuppressionReason
from broadsheet.settings import Settings
from tests.api.logs import Log
from tests.api.subscribers.bed import ADDRESS, STATES, SubscribersBed, row
from tests.world import NOON

SPELT = "Reader@example.org"


def complained(bed: SubscribersBed, address: str = ADDRESS) -> None:
    """A confirmed subscriber who complained, which SES has on its list."""
    reader = bed.bring_to("confirmed", address)
    bed.subscribers.commit(subscriber.suppressed(reader, "complaint", NOON))
    bed.deployment.clients.ses.put_suppressed_destination(EmailAddress=address, Reason="COMPLAINT")


def is_listed(bed: SubscribersBed, address: str = ADDRESS) -> bool:
    ses = bed.deployment.clients.ses
    try:
        ses.get_suppressed_destination(EmailAddress=address)
    except ses.exceptions.NotFoundException:
        return False
    return True


def reader(bed: SubscribersBed, address: str = ADDRESS) -> Subscriber:
    found = bed.subscriber(address)
    assert found
    return found


def test_a_lift_of_a_bounce_subscribes_again_and_says_who_and_when(bed: SubscribersBed) -> None:
    """newsletter#18"""
    bed.bring_to("suppressed")
    answered = bed.lift()
    assert answered.status == 200
    assert answered.headers["cache-control"] == "no-store"
    lift = reader(bed).lift
    assert lift
    assert (reader(bed).state, lift.by, lift.reason) == ("confirmed", "lina", "bounce")
    assert answered.json == {
        "result": "changed",
        "status": "subscribed",
        "lifted_at": f"{lift.at:%Y-%m-%dT%H:%M:%SZ}",
        "lifted_by": "lina",
        "lifted_reason": "bounce",
    }


@pytest.mark.parametrize("reason", ["complaint", "import"])
def test_a_lift_of_a_complaint_or_an_import_leaves_the_return_to_the_reader(
    bed: SubscribersBed, reason: SuppressionReason
) -> None:
    """newsletter#18: and no mail is pending."""
    before = bed.bring_to("confirmed")
    bed.subscribers.commit(subscriber.suppressed(before, reason, NOON))
    answered = bed.lift().json
    assert (answered["result"], answered["status"], answered["lifted_reason"]) == ("changed", "unsubscribed", reason)
    assert (reader(bed).state, reader(bed).may_return) == ("unsubscribed", True)
    assert bed.subscribers.get_record(before.id).pending_email is None


def test_a_suppression_that_an_import_brought_is_lifted(bed: SubscribersBed) -> None:
    bed.results(row(status="suppressed"))
    assert bed.lift().json["status"] == "unsubscribed"


def test_a_second_lift_changes_nothing_and_says_who_made_the_first(bed: SubscribersBed) -> None:
    complained(bed)
    first = bed.lift().json
    rows = bed.dynamodb.scan(TableName=bed.table)["Items"]
    second = bed.lift(caller="arn:aws:iam::123456789012:user/desk/omar")
    assert second.json == first | {"result": "unchanged"}
    assert bed.dynamodb.scan(TableName=bed.table)["Items"] == rows


@pytest.mark.parametrize(
    ("state", "status"), [("pending", "pending"), ("confirmed", "subscribed"), ("unsubscribed", "unsubscribed")]
)
def test_a_subscriber_who_is_not_suppressed_does_not_change(bed: SubscribersBed, state: str, status: str) -> None:
    before = bed.bring_to(state)
    with bed.calls() as made:
        answered = bed.lift()
    assert answered.json == {
        "result": "unchanged",
        "status": status,
        "lifted_at": None,
        "lifted_by": None,
        "lifted_reason": None,
    }
    assert bed.subscriber() == before
    assert made == ["GetItem"]


def test_an_erased_subscriber_stays_erased_and_may_return(bed: SubscribersBed) -> None:
    """newsletter#25"""
    complained(bed)
    bed.erase()
    assert bed.lift().json["status"] == "unsubscribed"
    assert (reader(bed).state, reader(bed).profile) == ("unsubscribed", None)
    assert not is_listed(bed)
    text = repr(bed.dynamodb.scan(TableName=bed.table)["Items"])
    assert ADDRESS not in text


def test_an_unknown_email_is_not_found(bed: SubscribersBed) -> None:
    refused = bed.lift()
    assert (refused.status, refused.json["detail"]) == (404, "No subscriber has this email address.")


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({}, "email", "required"),
        ({"email": "nobody"}, "email", "not_an_email"),
        ({"email": None}, "email", "not_an_email"),
        ({"email": ADDRESS, "reason": "bounce"}, "reason", "unknown_field"),
        ([], "body", "wrong_type"),
    ],
)
def test_an_invalid_request_is_refused_with_field_and_rule(
    bed: SubscribersBed, body: object, field: str, code: str
) -> None:
    refused = bed.call("POST", body, path="/lift")
    assert (refused.status, refused.json["errors"][0]["field"], refused.json["errors"][0]["code"]) == (422, field, code)


def test_other_media_types_and_bodies_without_json_or_too_long_are_refused(bed: SubscribersBed) -> None:
    json = {"Content-Type": "application/json"}
    assert bed.call("POST", "email=a", path="/lift", headers={"Content-Type": "text/plain"}).status == 415
    assert bed.call("POST", "{", path="/lift", headers=json).status == 400
    assert bed.call("POST", "x" * 8193, path="/lift", headers=json).status == 413


@pytest.mark.parametrize("asked", [ADDRESS, SPELT, "READER@EXAMPLE.ORG", "\u200freader@example.org "])
def test_the_email_is_removed_from_the_list_of_ses_however_it_is_spelt(bed: SubscribersBed, asked: str) -> None:
    """SES removes an address in its own case only, and it has that of the mail's recipient."""
    complained(bed, SPELT)
    assert bed.lift(asked).json["result"] == "changed"
    assert not is_listed(bed, SPELT)


@pytest.mark.parametrize("reason", ["bounce", "complaint", "import"])
def test_an_email_that_is_not_on_the_list_of_ses_is_lifted(bed: SubscribersBed, reason: SuppressionReason) -> None:
    """And the order of the calls: a call that dies in between leaves something that the next one completes."""
    before = bed.bring_to("confirmed")
    bed.subscribers.commit(subscriber.suppressed(before, reason, NOON))
    with bed.calls() as made:
        assert bed.lift().json["result"] == "changed"
    assert made == ["GetItem", "DeleteSuppressedDestination", "PutItem"]


def test_while_ses_throttles_nothing_is_lifted(bed: SubscribersBed) -> None:
    complained(bed)
    throttled = ClientError({"Error": {"Code": "TooManyRequestsException"}}, "DeleteSuppressedDestination")
    ses = bed.module.ses()._client  # noqa: SLF001  # the wire
    throttled.__class__ = ses.exceptions.TooManyRequestsException
    with mock.patch.object(ses, "delete_suppressed_destination", side_effect=throttled):
        refused = bed.lift()
    assert (refused.status, refused.headers["retry-after"]) == (503, "1")
    assert reader(bed).state == "suppressed"
    assert bed.lift().json["result"] == "changed"


def test_a_deployment_that_sends_no_mail_does_not_call_ses(
    bed: SubscribersBed, monkeypatch: pytest.MonkeyPatch
) -> None:
    complained(bed)
    environment = bed.deployment.environment("SubscribersFunction") | {"SENDER": ""}
    with bed.calls() as made:
        monkeypatch.setattr(bed.module, "settings", Settings(environment))
        bed.module.ses.cache_clear()
        assert bed.lift().json["result"] == "changed"
    bed.module.ses.cache_clear()
    assert made == ["GetItem", "PutItem"]


def test_a_change_of_the_subscriber_during_a_lift_is_not_lost(bed: SubscribersBed) -> None:
    """A later complaint comes while the call talks to SES: it is lifted with the first."""
    complained(bed)
    later = [subscriber.suppressed(reader(bed), "complaint", NOON.replace(hour=13))]

    def complain(model: Any, **_: Any) -> None:
        if model.name == "PutItem" and later:
            bed.subscribers.commit(later.pop())

    with bed.listening(complain):
        assert bed.lift().json["result"] == "changed"
    lift = reader(bed).lift
    assert lift
    assert lift.complained_at == NOON.replace(hour=13)


def test_a_repeated_write_of_one_call_is_one_lift(bed: SubscribersBed) -> None:
    """AWS's client sends the write again if its answer is lost, and the second attempt fails its condition."""
    complained(bed)
    commit = type(bed.subscribers).commit

    def twice(store: Any, after: Subscriber) -> None:
        commit(store, after)
        commit(store, after)

    with mock.patch.object(type(bed.subscribers), "commit", twice):
        assert bed.lift().json["result"] == "changed"


def test_the_log_says_who_lifted_what_without_the_email(bed: SubscribersBed, monkeypatch: pytest.MonkeyPatch) -> None:
    """newsletter#15"""
    complained(bed)
    log = Log(monkeypatch)
    bed.lift()
    bed.lift()
    assert log.changes() == [{"message": "an editor lifted a suppression", "reason": "complaint", "updated_by": "lina"}]
    assert ADDRESS not in log.text


@pytest.mark.parametrize("state", STATES)
def test_an_import_applies_to_what_a_lift_left(bed: SubscribersBed, state: str) -> None:
    """newsletter#27: and a list that suppresses does so again."""
    bed.bring_to(state)
    bed.results(row(status="suppressed"))
    bed.lift()
    [again] = bed.results(row(status="suppressed"))
    assert (again["result"], reader(bed).suppression_reason) == ("changed", "import")
