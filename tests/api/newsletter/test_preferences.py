"""Behind a reader's own link: what they get, what is held of them, and that it is forgotten."""

import json

import pytest

from broadsheet.model.newsletter.subscriber import Preferences
from tests.api.newsletter.desk import READER, Desk, link

STATES = ("confirmed", "left", "suppressed")


def own(desk: Desk, address: str = READER) -> str:
    """The token of the reader's own link, as it stands in a welcome."""
    keyring = desk.keyring()
    return keyring.sign("preferences", desk.clock.at, keyring.email_id(address))


def preferences(desk: Desk) -> Preferences:
    reader = desk.subscriber()
    assert reader
    assert reader.person
    return reader.person.preferences


def test_a_reader_changes_what_they_get_on_one_page(desk: Desk) -> None:
    """newsletter#24: without script, behind the link of their mails."""
    desk.bring_to("confirmed")
    page = desk.open(link(desk.outbox()[-1], "preferences"))
    assert page.status == 200
    changed = desk.press(page, "/preferences", edition="ar", sections=["city", "sport"], frequency="weekly")
    assert changed.status == 200
    assert '<html lang="ar" dir="rtl">' in changed.body
    assert preferences(desk) == Preferences("ar", ("city", "sport"), "weekly")
    again = desk.press(changed, "/preferences")
    assert again.status == 200
    assert preferences(desk) == Preferences("ar", ("city", "sport"), "weekly")


def test_opening_the_page_changes_nothing(desk: Desk) -> None:
    """newsletter#1, newsletter#24"""
    desk.bring_to("confirmed")
    before = desk.subscriber()
    with desk.calls() as calls:
        assert desk.open(link(desk.outbox()[-1], "preferences")).status == 200
    assert calls == ["GetItem"]
    assert desk.subscriber() == before


def test_a_script_reads_and_changes_them(desk: Desk) -> None:
    """newsletter#24"""
    desk.bring_to("confirmed")
    token = own(desk)
    read = desk.call("GET", "/preferences", query={"token": token}, headers={"Accept": "application/json"})
    assert read.json == {"status": "confirmed", "edition": "en", "sections": [], "frequency": "daily"}
    sent = {"token": token, "edition": "en", "sections": ["sport"], "frequency": "weekly"}
    assert desk.call("POST", "/preferences", sent).json == {"status": "saved"}
    assert preferences(desk) == Preferences("en", ("sport",), "weekly")


def test_a_wrong_preference_is_named_and_changes_nothing(desk: Desk) -> None:
    desk.bring_to("confirmed")
    sent = {"token": own(desk), "edition": "en", "sections": ["nowhere"], "frequency": "hourly", "state": "left"}
    assert desk.call("POST", "/preferences", sent).fields == {"sections", "frequency", "state"}
    assert preferences(desk) == Preferences("en")


@pytest.mark.parametrize("path", ["/preferences", "/export", "/erase"])
@pytest.mark.parametrize("purpose", ["confirm", "leave", "stamp"])
def test_only_their_own_link_opens_it(desk: Desk, path: str, purpose: str) -> None:
    """newsletter#15, newsletter#23, newsletter#24: not an address, and no other link."""
    desk.bring_to("confirmed")
    other = desk.keyring().sign(purpose, desk.clock.at, desk.keyring().email_id(READER), "x")
    for token in (other, READER, ""):
        for sent in ({"token": token, "edition": "ar"}, {"email": READER, "edition": "ar", "token": token}):
            assert desk.call("POST", path, sent).status in (400, 422)
    assert preferences(desk) == Preferences("en")


def test_a_reader_leaves_by_the_page_too(desk: Desk) -> None:
    """newsletter#24"""
    desk.bring_to("confirmed")
    assert desk.press(desk.open(link(desk.outbox()[-1], "preferences")), "/leave").status == 200
    reader = desk.subscriber()
    assert reader
    assert reader.state == "left"


@pytest.mark.parametrize("reached", ["left", "suppressed"])
def test_who_gets_nothing_has_nothing_to_choose(desk: Desk, reached: str) -> None:
    """newsletter#24: what is held can still be had, and erased."""
    desk.bring_to(reached)
    query = {"token": own(desk)}
    page = desk.call("GET", "/preferences", query=query, headers={"Accept": "text/html"})
    assert page.status == 200
    assert 'action="/api/subscriptions/preferences"' not in page.body
    assert 'action="/api/subscriptions/erase"' in page.body
    assert desk.call("POST", "/preferences", {"token": own(desk), "edition": "ar"}).status == 400


def test_an_export_is_all_that_is_held(desk: Desk) -> None:
    """newsletter#25: every value of every row, but for the key of a link."""
    desk.bring_to("confirmed")
    desk.sign_up(sections=["city"], source="/en/")
    desk.press(desk.open(link(desk.outbox()[0], "leave")))
    export = desk.call("POST", "/export", {"token": own(desk)})
    assert export.status == 200
    assert export.headers["content-type"] == "application/json"
    assert export.headers["content-disposition"].startswith("attachment")
    assert export.headers["cache-control"] == "no-store"
    assert set(export.json) == {"subscriber", "latest_sign_up", "mail_on_its_way"}
    rows = desk.cloud.dynamodb.scan(TableName=desk.table)["Items"]
    for row in (row for row in rows if row["pk"]["S"].startswith("SUBSCRIBER#")):
        for name, value in row.items():
            if name not in ("pk", "sk", "expires_at", "nonce"):
                assert all(text in export.body for text in texts(value)), name


def texts(value: object) -> list[str]:
    """Every text and number in an attribute, as JSON has it."""
    if isinstance(value, dict):
        [(kind, inner)] = value.items() if len(value) == 1 else [("", value)]
        if kind in ("S", "N"):
            return [json.dumps(inner) if kind == "S" else str(inner)]
        return [text for one in inner.values() for text in texts(one)] if isinstance(inner, dict) else texts(inner)
    return [text for one in value for text in texts(one)] if isinstance(value, list) else []


@pytest.mark.parametrize("reached", STATES)
def test_erasing_leaves_a_hash_and_the_state(desk: Desk, reached: str) -> None:
    """newsletter#25: personal data goes, suppression stays."""
    desk.bring_to(reached)
    desk.sign_up(edition="ar")
    erased = desk.call("POST", "/erase", {"token": own(desk)})
    assert (erased.status, erased.json) == (200, {"status": "erased"})
    assert desk.rows() == ["META"]
    held = repr(desk.cloud.dynamodb.scan(TableName=desk.table)["Items"])
    assert "example.org" not in held
    assert "/en/" not in held
    reader = desk.subscriber()
    assert reader
    assert reader.state == ("suppressed" if reached == "suppressed" else "left")
    assert desk.call("POST", "/erase", {"token": own(desk)}).json == {"status": "erased"}
    assert desk.subscriber() == reader
    assert desk.deliver() == []


def test_a_suppressed_address_that_was_erased_does_not_come_back(desk: Desk) -> None:
    """newsletter#18, newsletter#25"""
    desk.bring_to("suppressed")
    sent = len(desk.outbox())
    desk.call("POST", "/erase", {"token": own(desk)})
    desk.later(days=30)
    desk.sign_up()
    assert desk.deliver() == []
    assert len(desk.outbox()) == sent
    reader = desk.subscriber()
    assert reader
    assert (reader.state, reader.person) == ("suppressed", None)
    assert desk.rows() == ["META"]  # the sign-up that told the address anew is gone


def test_who_was_erased_may_come_back_by_a_new_confirmation(desk: Desk) -> None:
    """newsletter#18"""
    desk.bring_to("confirmed")
    old = link(desk.outbox()[0], "confirm")
    desk.call("POST", "/erase", {"token": own(desk)})
    desk.later(minutes=1)
    desk.sign_up()
    assert desk.deliver() == []
    assert desk.press(desk.open(old)).status == 400
    assert desk.press(desk.open(link(desk.outbox()[-1], "confirm"))).status == 200


def test_a_reader_of_whom_nothing_is_held_is_told_so(desk: Desk) -> None:
    """newsletter#25: the link of one who was erased opens a page that says it."""
    desk.bring_to("confirmed")
    desk.call("POST", "/erase", {"token": own(desk)})
    for headers in ({"Accept": "text/html"}, {"Accept": "application/json"}):
        assert desk.call("GET", "/preferences", query={"token": own(desk)}, headers=headers).status == 200
    assert desk.call("POST", "/preferences", {"token": own(desk), "edition": "ar"}).status == 400


def test_the_page_erases_and_exports_without_script(desk: Desk) -> None:
    """newsletter#25"""
    desk.bring_to("confirmed")
    page = desk.open(link(desk.outbox()[-1], "preferences"))
    assert READER in desk.press(page, "/export").body
    assert desk.press(page, "/leave").status == 200
    assert desk.deliver() == []
    assert desk.press(page, "/erase").status == 200
    assert desk.rows() == ["META"]
