"""Who is let in: limits by network and altogether, programs, and domains that get no mail."""

from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.model.newsletter.limits import SHARDS, SignUpLimits, network, rate_limit_windows
from tests.api.newsletter.desk import BROWSER, FORM, READER, Desk
from tests.world import NOON


@pytest.fixture
def narrow(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """A desk that lets in three an hour from one network, and some address domains never."""
    rules = SignUpLimits(per_network=3, blocked_domains=frozenset({"blocked.example"}))
    monkeypatch.setattr(desk.newsletter, "site", replace(desk.newsletter.site, newsletter=rules))
    return desk


def test_one_network_gets_so_many_sign_ups_an_hour_and_then_429(narrow: Desk) -> None:
    """newsletter#10: before any write or mail, with the seconds until it may come again."""
    narrow.later(minutes=20, seconds=12.5)
    answers = [narrow.sign_up(f"reader{number}@example.org") for number in range(5)]
    assert [answer.status for answer in answers] == [202, 202, 202, 429, 429]
    assert answers[3].headers["retry-after"] == str(40 * 60 - 12)
    assert answers[3].headers["content-type"] == "application/problem+json"
    page = narrow.submit({"email": READER})
    assert (page.status, page.headers["retry-after"]) == (429, str(40 * 60 - 12))
    assert "text/html" in page.headers["content-type"]
    assert narrow.rows() == ["REQUEST"] * 3
    assert narrow.deliver() == []
    assert len(narrow.outbox()) == 3


def test_a_limit_is_of_its_hour_whatever_has_been_cleaned_up(narrow: Desk) -> None:
    """newsletter#12: nothing here deletes by TTL, and the next hour lets in all the same."""
    for _ in range(4):
        narrow.sign_up()
    assert narrow.sign_up().status == 429
    narrow.later(hours=1)
    assert narrow.sign_up().status == 202


def test_others_are_not_held_up_by_one_network(narrow: Desk) -> None:
    """newsletter#10"""
    for _ in range(4):
        narrow.sign_up()
    assert narrow.sign_up(source_ip="192.0.2.2").status == 202


def test_an_ipv6_network_is_a_64(narrow: Desk) -> None:
    """newsletter#10"""
    for number in range(3):
        assert narrow.sign_up(source_ip=f"2001:db8:1:2::{number:x}").status == 202
    assert narrow.sign_up(source_ip="2001:db8:1:2:ffff::1").status == 429
    assert narrow.sign_up(source_ip="2001:db8:1:3::1").status == 202


@pytest.mark.parametrize("name", ["X-Forwarded-For", "X-Viewer-Address", "Forwarded", "X-Real-IP", "CF-Connecting-IP"])
def test_a_caller_cannot_say_where_it_is(narrow: Desk, name: str) -> None:
    """newsletter#10: the address is the gateway's, or CloudFront's, which shows a key."""
    statuses = []
    for number in range(4):
        sent = {"email": READER, "form_token": narrow.stamp()}
        headers = {name: f"198.51.100.{number}", "X-Origin-Key": "guessed"}
        statuses.append(narrow.call("POST", "", sent, headers=headers).status)
    assert statuses == [202, 202, 202, 429]


def test_behind_cloudfront_each_reader_is_a_caller_of_their_own(narrow: Desk) -> None:
    """newsletter#10"""
    edge = narrow.cloud.secrets.get_secret_value(SecretId=narrow.deployment.name("EdgeSecret"))["SecretString"]
    for number in range(5):
        sent = {"email": READER, "form_token": narrow.stamp()}
        headers = {"X-Viewer-Address": f"198.51.100.{number}", "X-Origin-Key": edge}
        assert narrow.call("POST", "", sent, headers=headers).status == 202


def test_the_table_holds_no_network_address(narrow: Desk) -> None:
    """newsletter#15"""
    narrow.sign_up(source_ip="203.0.113.77")
    assert "203.0.113" not in repr(narrow.cloud.dynamodb.scan(TableName=narrow.table)["Items"])


def test_the_breaker_stops_everybody_for_the_hour(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """newsletter#11: whoever is let in before is written to; nobody after."""
    rules = SignUpLimits(per_network=1000, per_hour=2 * SHARDS)
    monkeypatch.setattr(desk.newsletter, "site", replace(desk.newsletter.site, newsletter=rules))
    statuses = [
        desk.sign_up(f"reader{number}@example.org", source_ip=f"192.0.2.{number}").status
        for number in range(8 * SHARDS)
    ]
    accept = statuses.count(202)
    assert set(statuses) == {202, 429}
    assert accept <= rules.per_hour
    assert desk.rows() == ["REQUEST"] * accept
    for _ in range(3):
        assert desk.deliver() == []
    assert len(desk.outbox()) == accept
    desk.later(hours=1)
    assert desk.sign_up("later@example.org").status == 202


def test_the_breaker_opens_an_alarm(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """newsletter#11: by the metric that the alarm watches."""
    monkeypatch.setattr(desk.newsletter, "site", replace(desk.newsletter.site, newsletter=SignUpLimits(per_hour=1)))
    for _ in range(40):
        desk.sign_up()
    assert "SignUpStopped" in capsys.readouterr().out


@pytest.mark.parametrize("form", [True, False])
def test_what_a_person_does_not_see_is_not_filled_in_by_one(desk: Desk, form: bool) -> None:
    """newsletter#8: the normal answer to the letter, and no write and no mail."""
    sent = {"email": READER}
    is_bot = sent | {"website": "https://spam.example"}
    good, bad = (desk.submit(sent), desk.submit(is_bot)) if form else (desk.sign_up(), desk.sign_up(**is_bot))
    assert good == bad
    assert good.status == 202
    assert desk.rows() == ["REQUEST"]


@pytest.mark.parametrize("form", [True, False])
def test_a_form_that_comes_back_faster_than_a_person_types_gets_no_mail(desk: Desk, form: bool) -> None:
    """newsletter#8: the normal answer to the letter."""
    hasty = {"email": READER, "form_token": desk.stamp(seconds=1)}
    answer = desk.submit(hasty) if form else desk.sign_up(**hasty)
    assert answer == (desk.submit({"email": "other@example.org"}) if form else desk.sign_up("other@example.org"))
    assert desk.rows() == ["REQUEST"]
    assert desk.deliver() == []
    assert [letter["To"] for letter in desk.outbox()] == ["other@example.org"]


def test_a_form_gives_a_stamp_that_is_good_after_some_seconds(desk: Desk) -> None:
    """newsletter#8"""
    given = desk.call("GET", "/form", headers={"Accept": "application/json"})
    assert (given.status, given.headers["cache-control"]) == (200, "no-store")
    desk.later(seconds=given.json["wait_seconds"])
    assert desk.sign_up(form_token=given.json["form_token"]).status == 202
    assert desk.rows() == ["REQUEST"]


@pytest.mark.parametrize("stamp", ["", "forged", None])
def test_a_sign_up_without_a_stamp_is_led_to_the_form(desk: Desk, stamp: str | None) -> None:
    """newsletter#8, newsletter#9: a program is told what is missing; a person gets the form as they filled it in."""
    program = desk.call("POST", "", {"email": READER, "form_token": stamp})
    assert (program.status, program.fields) == (422, {"form_token"})
    sent = {"email": READER, "edition": "ar"} | ({} if stamp is None else {"form_token": stamp})
    headers = {"Content-Type": FORM} | BROWSER
    page = desk.call("POST", "", urlencode(sent).encode(), headers=headers)
    assert page.status == 200
    assert f'value="{READER}"' in page.body
    assert desk.rows() == []
    desk.later(seconds=5)
    assert desk.press(page).status == 202
    assert desk.rows() == ["REQUEST"]


def test_an_old_stamp_is_none(desk: Desk) -> None:
    assert desk.sign_up(form_token=desk.stamp(minutes=59)).status == 202
    assert desk.sign_up(form_token=desk.stamp(minutes=61)).fields == {"form_token"}


@pytest.mark.parametrize(
    "address", ["a@blocked.example", "a@mail.BLOCKED.example", "a@mailinator.com", "a@eu.mailinator.com"]
)
def test_some_domains_get_no_mail(narrow: Desk, address: str) -> None:
    """newsletter#13: by the site's own list, and by the one of throw-away addresses."""
    refused = narrow.sign_up(address)
    assert (refused.status, refused.fields) == (422, {"email"})
    assert narrow.submit({"email": address}).status == 422
    assert narrow.rows() == []


def test_throw_away_addresses_may_be_let_in(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """newsletter#13"""
    monkeypatch.setattr(
        desk.newsletter, "site", replace(desk.newsletter.site, newsletter=SignUpLimits(allows_disposable=True))
    )
    assert desk.sign_up("a@mailinator.com").status == 202


@given(st.ip_addresses())
def test_every_address_is_in_one_network(address: object) -> None:
    assert network(str(address)) == network(network(str(address)).partition("/")[0])


def test_an_ipv4_address_in_ipv6_is_that_ipv4_address() -> None:
    assert network("::ffff:192.0.2.1") == network("192.0.2.1") == "192.0.2.1"


@given(st.integers(1, 10_000))
def test_the_shards_hold_the_whole_together(per_hour: int) -> None:
    rules = SignUpLimits(per_hour=per_hour)
    shards = min(SHARDS, per_hour)
    most = [rate_limit_windows(rules, "n", NOON, {shards: shard}.__getitem__)[1].most for shard in range(shards)]
    assert sum(most) == per_hour
    assert max(most) - min(most) <= 1
    assert min(most) > 0


def test_a_count_ends_with_its_hour() -> None:
    counted, _ = rate_limit_windows(SignUpLimits(), "n", NOON + timedelta(minutes=59, seconds=59), lambda _: 0)
    assert (counted.hour, counted.ends_at) == (NOON, NOON + timedelta(hours=1))
