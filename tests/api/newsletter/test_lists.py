"""The subscribers API, from API Gateway's event to its answer: lists are taken in, and everybody is listed."""

import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock

import boto3
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from broadsheet.model.newsletter import subscriber
from broadsheet.model.newsletter.limits import RateLimitWindow, SignUpLimits
from broadsheet.model.newsletter.subscriber import Consent, Preferences, SignUpRequest, Subscriber
from broadsheet.model.newsletter.tokens import Keyring
from broadsheet.schemas.import_row import AT_ONCE
from broadsheet.settings import Settings
from broadsheet.store.subscriber_list import Roll
from infra.local.resources import Deployment
from tests.api.events import Answer, Context, answer, request
from tests.api.openapi.description import fits
from tests.world import NOON, deployed

ADDRESS = "reader@example.org"
ASKED = "2024-05-06T07:08:09Z"
STATES = ("pending", "confirmed", "left", "suppressed")


@dataclass
class Office:
    """What an editor sends, and what the table holds then."""

    deployment: Deployment
    module: Any

    def __post_init__(self) -> None:
        self.dynamodb = self.deployment.cloud.dynamodb
        self.table = self.deployment.name("Subscribers")
        self.roll = Roll(self.dynamodb, self.table)
        secrets, name = self.deployment.cloud.secrets, self.deployment.name("TokenSecret")
        self.keyring = Keyring.parse(secrets.get_secret_value(SecretId=name)["SecretString"])

    def call(self, method: str, body: object = None, **more: Any) -> Answer:
        answered = answer(self.module.handler(request(method, "/api/subscribers", body, **more), Context()))
        fits(method, "/api/subscribers", answered)
        return answered

    def send(self, *rows: object, **more: object) -> Answer:
        return self.call("POST", {"subscribers": rows} | more)

    def outcomes(self, *rows: object, **more: object) -> list[Any]:
        sent = self.send(*rows, **more)
        assert sent.status == 200, sent.body
        outcomes: list[Any] = sent.json["outcomes"]
        return outcomes

    def pages(self, **query: object) -> list[Any]:
        """Every page, as the cursors lead on."""
        pages = []
        cursor: dict[str, str] = {}
        while True:
            page = self.call("GET", query={name: str(value) for name, value in query.items()} | cursor)
            assert page.status == 200, page.body
            pages.append(page.json)
            if page.json["next"] is None:
                return pages
            cursor = {"cursor": page.json["next"]}

    def subscriber(self, address: str = ADDRESS) -> Subscriber | None:
        return self.roll.get(self.keyring.email_id(address))

    def bring_to(self, state: str, address: str = ADDRESS) -> Subscriber:
        """A reader who signed up here, and went on to the state."""
        consent = Consent(NOON - timedelta(days=9), "/en/", "1", "en")
        asked = SignUpRequest(self.keyring.email_id(address), address, Preferences("en"), consent)
        self.roll.ask(asked, [])
        reader = subscriber.signed_up(None, asked, "nonce")
        self.roll.commit(reader)
        if state != "pending":
            reader = subscriber.confirmed(reader, "nonce", NOON)
            self.roll.commit(reader)
        if state in ("left", "suppressed"):
            reader = subscriber.left(reader, NOON) if state == "left" else subscriber.suppressed(reader, "bounce", NOON)
            self.roll.commit(reader)
        return reader

    def erase(self, address: str = ADDRESS) -> None:
        reader = self.subscriber(address)
        assert reader
        self.roll.erase(subscriber.erased(reader, NOON))

    def empty(self) -> None:
        for item in self.dynamodb.scan(TableName=self.table)["Items"]:
            self.dynamodb.delete_item(TableName=self.table, Key={name: item[name] for name in ("pk", "sk")})

    @contextmanager
    def calls(self) -> Iterator[list[str]]:
        """The AWS calls that the handler makes meanwhile."""
        made: list[str] = []

        def note(model: Any, **_: Any) -> None:
            made.append(model.name)

        with self.listening(note):
            yield made

    @contextmanager
    def listening(self, note: Callable[..., Any]) -> Iterator[None]:
        roll, keys = self.module.stores()
        clients = (roll._client, keys._client)  # noqa: SLF001  # the wire is what is listened to
        for client in clients:
            client.meta.events.register("before-call", note)
        try:
            yield
        finally:
            for client in clients:
                client.meta.events.unregister("before-call", note)


@pytest.fixture(scope="module")
def opened() -> Iterator[Office]:
    with deployed() as deployment, pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            boto3, "client", lambda service, config: boto3.session.Session().client(service, "eu-west-1", config=config)
        )
        environment = deployment.environment("SubscribersFunction")
        with mock.patch.dict("os.environ", environment):
            module = importlib.import_module("subscribers")
        patch.setattr(module, "settings", Settings(environment))
        module.stores.cache_clear()
        yield Office(deployment, module)
        module.stores.cache_clear()


@pytest.fixture
def office(opened: Office) -> Iterator[Office]:
    yield opened
    opened.empty()


def row(address: str = ADDRESS, status: str = "subscribed", **more: object) -> dict[str, object]:
    return {"email": address, "status": status, "consented_at": ASKED} | more


class TestTakingIn:
    def test_a_new_address_is_subscribed_with_the_record_of_its_consent(self, office: Office) -> None:
        """newsletter#27"""
        sent = row(
            "Reader@Example.ORG",
            edition="ar",
            sections=["city"],
            frequency="weekly",
            source="listmonk",
            confirmed_at="2024-05-06T10:30:00+03:00",
        )
        assert office.outcomes(sent) == [{"outcome": "new"}]
        reader = office.subscriber()
        assert reader
        assert (reader.state, reader.nonce, reader.revision) == ("confirmed", None, 1)
        assert reader.person == subscriber.Person(
            "Reader@example.org",
            Preferences("ar", ("city",), "weekly"),
            Consent(datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC), "listmonk", "import", "ar"),
            datetime(2024, 5, 6, 7, 30, tzinfo=UTC),
        )

    def test_a_row_with_the_least_says_the_rest_as_for_a_new_reader(self, office: Office) -> None:
        assert office.outcomes(row()) == [{"outcome": "new"}]
        reader = office.subscriber()
        assert reader
        assert reader.person
        assert reader.person.preferences == Preferences("en")
        assert (reader.person.consent.source, reader.person.confirmed_at) == (None, None)

    @pytest.mark.parametrize(("status", "reason"), [("left", None), ("suppressed", "import")])
    def test_who_left_or_is_suppressed_elsewhere_is_kept_from_mail_here(
        self, office: Office, status: str, reason: str | None
    ) -> None:
        """newsletter#27: nobody may know when they agreed to what."""
        assert office.outcomes({"email": ADDRESS, "status": status}) == [{"outcome": "new"}]
        reader = office.subscriber()
        assert reader
        assert (reader.state, reader.reason) == (status, reason)

    @pytest.mark.parametrize(
        ("state", "status", "outcome", "becomes"),
        [
            ("pending", "subscribed", "changed", "confirmed"),
            ("pending", "left", "changed", "left"),
            ("pending", "suppressed", "changed", "suppressed"),
            ("pending", "pending", "refused", "pending"),
            ("confirmed", "subscribed", "same", "confirmed"),
            ("confirmed", "left", "refused", "confirmed"),
            ("confirmed", "suppressed", "changed", "suppressed"),
            ("confirmed", "pending", "refused", "confirmed"),
            ("left", "subscribed", "refused", "left"),
            ("left", "left", "same", "left"),
            ("left", "suppressed", "changed", "suppressed"),
            ("left", "pending", "refused", "left"),
            ("suppressed", "subscribed", "refused", "suppressed"),
            ("suppressed", "left", "same", "suppressed"),
            ("suppressed", "suppressed", "same", "suppressed"),
            ("suppressed", "pending", "refused", "suppressed"),
        ],
    )
    def test_what_becomes_of_whom_there_is(
        self, office: Office, state: str, status: str, outcome: str, becomes: str
    ) -> None:
        """newsletter#27: nobody is brought back, and what a reader of ours wishes is left alone."""
        before = office.bring_to(state)
        [said] = office.outcomes(row(status=status, edition="ar"))
        assert said["outcome"] == outcome
        assert ("reason" in said) == (outcome == "refused")
        after = office.subscriber()
        assert after
        assert after.state == becomes
        if outcome != "changed":
            assert after == before
        elif becomes != "confirmed":
            assert after.nonce is None
            assert after.person == before.person

    @pytest.mark.parametrize(
        ("row", "reason"),
        [
            (row(), "has left here, and comes back only by signing up"),
            (row(status="pending"), "has not confirmed; nobody is subscribed here who did not"),
        ],
    )
    def test_a_refusal_says_why(self, office: Office, row: dict[str, object], reason: str) -> None:
        """newsletter#27"""
        office.bring_to("left")
        [said] = office.outcomes(row)
        assert said["reason"] == reason

    @pytest.mark.parametrize("state", STATES)
    @pytest.mark.parametrize("status", ["subscribed", "left", "suppressed"])
    def test_an_erased_reader_stays_as_they_are(self, office: Office, state: str, status: str) -> None:
        """newsletter#27"""
        office.bring_to(state)
        office.erase()
        before = office.subscriber()
        [said] = office.outcomes(row(status=status))
        assert said["outcome"] == ("refused" if status == "subscribed" else "same")
        assert office.subscriber() == before

    def test_the_same_again_changes_nothing(self, office: Office) -> None:
        """newsletter#27"""
        rows = [row(f"{status}@example.org", status) for status in ("subscribed", "left", "suppressed")]
        assert office.outcomes(*rows) == [{"outcome": "new"}] * 3
        before = office.dynamodb.scan(TableName=office.table)["Items"]
        assert office.outcomes(*rows) == [{"outcome": "same"}] * 3
        assert office.dynamodb.scan(TableName=office.table)["Items"] == before

    def test_a_bad_row_spoils_no_other(self, office: Office) -> None:
        """newsletter#27"""
        said = office.outcomes(
            row("a@example.org"), row("no address", frequency="hourly"), "text", row("b@example.org")
        )
        assert [one["outcome"] for one in said] == ["new", "refused", "refused", "new"]
        assert said[2] == {"outcome": "refused", "reason": "row must be an object", "field": "row"}
        assert said[1] == {
            "outcome": "refused",
            "reason": "email must be a mail address, like name@example.org; frequency must be one of daily, weekly",
            "field": "email",
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
    def test_a_row_that_breaks_a_rule_names_the_field_and_changes_nothing(
        self, office: Office, changed: dict[str, Any], field: str
    ) -> None:
        [said] = office.outcomes(row() | changed)
        assert (said["outcome"], said["field"]) == ("refused", field)
        assert said["reason"].startswith(f"{field} ")
        assert office.dynamodb.scan(TableName=office.table)["Items"] == []

    def test_a_domain_that_gets_no_mail_may_be_kept_from_it(self, office: Office) -> None:
        """newsletter#27"""
        settings = replace(office.module.site, newsletter=SignUpLimits(blocked_domains=frozenset({"blocked.example"})))
        with mock.patch.object(office.module, "site", settings):
            said = [office.outcomes(row("a@in.blocked.example", status)) for status in ("subscribed", "suppressed")]
        assert [one["outcome"] for [one] in said] == ["refused", "new"]

    def test_two_rows_of_one_address_are_one_reader(self, office: Office) -> None:
        """newsletter#27"""
        said = office.outcomes(
            row("a@example.org"),
            row("A@Example.org", "suppressed"),
            row("a@EXAMPLE.org"),
            row("a@example.org", "suppressed"),
        )
        assert [one["outcome"] for one in said] == ["new", "changed", "refused", "same"]
        reader = office.subscriber("a@example.org")
        assert reader
        assert (reader.state, reader.revision) == ("suppressed", 1)

    def test_a_dry_run_says_the_same_and_changes_nothing(self, office: Office) -> None:
        """newsletter#27"""
        office.bring_to("left")
        rows = row("new@example.org"), row(), row("new@example.org", "left")
        before = office.dynamodb.scan(TableName=office.table)["Items"]
        dry = office.outcomes(*rows, dry_run=True)
        assert office.dynamodb.scan(TableName=office.table)["Items"] == before
        assert dry == office.outcomes(*rows)

    def test_nobody_who_is_taken_in_is_written_to(self, office: Office) -> None:
        """newsletter#27: the stream wakes the mail function for requests and letters, and there are none."""
        office.outcomes(*(row(f"{status}@example.org", status) for status in ("subscribed", "left", "suppressed")))
        assert {item["sk"]["S"] for item in office.dynamodb.scan(TableName=office.table)["Items"]} == {"META"}

    def test_a_hundred_rows_are_two_calls(self, office: Office) -> None:
        office.outcomes(row("first@example.org"))
        with office.calls() as made:
            office.outcomes(*(row(f"reader{number}@example.org") for number in range(AT_ONCE)))
        assert made == ["BatchGetItem", "TransactWriteItems"]
        with office.calls() as made:
            office.outcomes(*(row(f"reader{number}@example.org") for number in range(AT_ONCE)))
        assert made == ["BatchGetItem"]

    def test_who_leaves_while_a_list_comes_in_has_left(self, office: Office) -> None:
        """newsletter#27: the list is judged anew, on what others have made of the readers meanwhile."""
        reader = office.bring_to("pending")

        def leave(model: Any, **_: Any) -> None:
            if model.name == "TransactWriteItems" and waiting:
                office.roll.commit(waiting.pop())

        waiting = [subscriber.left(reader, NOON)]
        with office.listening(leave):
            said = office.outcomes(row(), row("other@example.org"))
        assert [one["outcome"] for one in said] == ["refused", "new"]
        after = office.subscriber()
        assert after
        assert after.state == "left"
        assert office.subscriber("other@example.org")

    def test_a_list_that_others_never_let_in_can_be_sent_again(self, office: Office) -> None:
        reader = [office.bring_to("pending")]

        def change(model: Any, **_: Any) -> None:
            if model.name == "TransactWriteItems":
                reader.append(replace(reader[-1], revision=reader[-1].revision + 1))
                office.roll.commit(reader[-1])

        with office.listening(change):
            busy = office.send(row(), row("other@example.org"))
        assert (busy.status, len(reader)) == (503, 6)
        assert office.subscriber("other@example.org") is None

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
            ("{", 400, None),
            ("x" * 500_001, 413, None),
        ],
    )
    def test_a_request_that_is_no_list_is_refused(
        self, office: Office, body: object, status: int, field: str | None
    ) -> None:
        refused = office.call("POST", body, headers={"Content-Type": "application/json"})
        assert refused.status == status
        if field:
            assert refused.fields == {field}

    def test_another_type_is_refused(self, office: Office) -> None:
        assert office.call("POST", "a", headers={"Content-Type": "text/csv"}).status == 415


class TestListing:
    def test_everybody_is_listed_with_all_that_a_list_says(self, office: Office) -> None:
        """newsletter#27"""
        rows = [
            row("+tag@example.org", sections=["city"], frequency="weekly", source="/en/", wording="1"),
            row("left@example.org", "left", edition="ar", wording_edition="en", confirmed_at=ASKED),
            row("suppressed@example.org", "suppressed"),
        ]
        office.outcomes(*rows)
        [page] = office.pages()
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
        [("pending", "pending"), ("confirmed", "subscribed"), ("left", "left"), ("suppressed", "suppressed")],
    )
    def test_a_state_is_told_as_lists_tell_it(self, office: Office, state: str, status: str) -> None:
        office.bring_to(state)
        [page] = office.pages()
        assert [one["status"] for one in page["subscribers"]] == [status]

    def test_the_erased_are_counted_and_not_shown(self, office: Office) -> None:
        """newsletter#27"""
        office.bring_to("suppressed")
        office.erase()
        office.outcomes(row("other@example.org"))
        [page] = office.pages()
        assert ([one["email"] for one in page["subscribers"]], page["erased"]) == (["other@example.org"], 1)

    @pytest.mark.parametrize("segments", [1, 2, 7])
    @pytest.mark.parametrize("limit", [1, 10, 1000])
    def test_the_pages_of_all_segments_hold_everybody_once(self, office: Office, segments: int, limit: int) -> None:
        """newsletter#27: among what else the table holds."""
        addresses = [f"reader{number}@example.org" for number in range(40)]
        office.outcomes(*map(row, addresses))
        office.bring_to("confirmed")
        hour = NOON.replace(minute=0)
        office.roll.ask(
            SignUpRequest("id", ADDRESS, Preferences("en"), Consent(NOON, None, "1", "en")),
            [RateLimitWindow("all#0", hour, 9, "all")],
        )
        found = [
            one["email"]
            for segment in range(segments)
            for page in office.pages(limit=limit, segment=segment, segments=segments)
            for one in page["subscribers"]
        ]
        assert sorted(found) == sorted([*addresses, ADDRESS])

    def test_a_page_is_one_call_and_nobody_keeps_it(self, office: Office) -> None:
        office.outcomes(row())
        with office.calls() as made:
            page = office.call("GET")
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
            ({"status": "left"}, "status"),
        ],
    )
    def test_a_wrong_question_is_refused(self, office: Office, query: dict[str, str], field: str) -> None:
        refused = office.call("GET", query=query)
        assert (refused.status, refused.fields) == (422, {field})

    def test_a_cursor_is_good_for_its_own_segment_and_nothing_else(self, office: Office) -> None:
        office.outcomes(*(row(f"reader{number}@example.org") for number in range(9)))
        cursor = office.call("GET", query={"limit": "1"}).json["next"]
        for query in ({"cursor": cursor, "segments": "2"}, {"cursor": cursor[:-2]}):
            refused = office.call("GET", query=query)
            assert (refused.status, refused.fields) == (422, {"cursor"})
        link = office.keyring.sign("leave", NOON, "id")
        assert office.call("GET", query={"cursor": link}).status == 422


rows = st.lists(
    st.fixed_dictionaries(
        {
            "email": st.sampled_from(["a@example.org", "A@example.org", "b@example.org", "c@example.org", "none"]),
            "status": st.sampled_from(["subscribed", "left", "suppressed", "pending", "enabled"]),
            "consented_at": st.sampled_from([ASKED, None]),
        }
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(STATES), min_size=2, max_size=2), st.booleans(), st.lists(rows, min_size=1, max_size=3))
def test_no_lists_bring_anybody_back_and_each_again_is_the_same(
    office: Office, states: list[str], erase: bool, batches: list[list[dict[str, Any]]]
) -> None:
    """newsletter#27: whatever the lists say, and in whatever order."""
    office.empty()
    for address, state in zip(("a@example.org", "b@example.org"), states, strict=True):
        office.bring_to(state, address)
    if erase:
        office.erase("b@example.org")
    for batch in batches:
        before = everybody(office)
        assert len(office.outcomes(*batch)) == len(batch)
        after = everybody(office)
        for id, reader in before.items():
            if reader.state in ("left", "suppressed"):
                assert after[id].state in {reader.state, "suppressed"}
            if reader.person is None:
                assert after[id] == reader
            assert after[id].revision - reader.revision == (after[id] != reader)
        assert {said["outcome"] for said in office.outcomes(*batch)} <= {"same", "refused"}
        assert everybody(office) == after


def everybody(office: Office) -> dict[str, Subscriber]:
    return {reader.id: reader for reader in office.roll.page(1000).subscribers}
