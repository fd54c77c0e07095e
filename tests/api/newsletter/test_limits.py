"""Which sign-ups are accepted: rate limits, bots, form tokens and blocked domains."""

from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.model.newsletter.form import Form
from broadsheet.model.newsletter.limits import (
    REQUESTS_PER_SIGN_UP,
    SHARDS,
    WIDER,
    SignUpLimits,
    networks,
    shard_window,
    sign_up_windows,
)
from tests.api.newsletter.bed import BROWSER, FORM, READER, NewsletterBed, link
from tests.world import NOON


@pytest.fixture
def narrow(bed: NewsletterBed, monkeypatch: pytest.MonkeyPatch) -> NewsletterBed:
    """A test bed with a limit of three sign-ups an hour from one network, and a blocked domain."""
    rules = SignUpLimits(per_network=3, blocked_domains=frozenset({"blocked.example"}))
    monkeypatch.setattr(bed.newsletter, "site", replace(bed.newsletter.site, newsletter=rules))
    return bed


def test_sign_ups_of_one_network_over_the_limit_get_429(narrow: NewsletterBed) -> None:
    """newsletter#10: before any write or mail, with the seconds until the next hour."""
    narrow.later(minutes=20, seconds=12.5)
    answers = [narrow.sign_up(f"reader{number}@example.org") for number in range(5)]
    assert [answer.status for answer in answers] == [202, 202, 202, 429, 429]
    assert answers[3].headers["retry-after"] == str(40 * 60 - 12)
    assert answers[3].headers["content-type"] == "application/problem+json"
    page = narrow.submit({"email": READER})
    assert (page.status, page.headers["retry-after"]) == (429, str(40 * 60 - 12))
    assert "text/html" in page.headers["content-type"]
    assert narrow.rows() == ["SIGN_UP"] * 3
    assert narrow.deliver() == []
    assert len(narrow.outbox()) == 3


def test_a_limit_ends_with_its_hour_even_if_no_row_has_expired(narrow: NewsletterBed) -> None:
    """newsletter#12: nothing is deleted by TTL here, and the next hour accepts sign-ups all the same."""
    for _ in range(4):
        narrow.sign_up()
    assert narrow.sign_up().status == 429
    narrow.later(hours=1)
    assert narrow.sign_up().status == 202


def test_the_limit_of_one_network_does_not_affect_others(narrow: NewsletterBed) -> None:
    """newsletter#10"""
    for _ in range(4):
        narrow.sign_up()
    assert narrow.sign_up(source_ip="192.0.2.2").status == 202


def test_ipv6_addresses_of_one_64_are_one_network(narrow: NewsletterBed) -> None:
    """newsletter#10"""
    for number in range(3):
        assert narrow.sign_up(source_ip=f"2001:db8:1:2::{number:x}").status == 202
    assert narrow.sign_up(source_ip="2001:db8:1:2:ffff::1").status == 429
    assert narrow.sign_up(source_ip="2001:db8:1:3::1").status == 202


def test_a_wider_network_has_a_limit_of_its_own(narrow: NewsletterBed) -> None:
    """newsletter#10: the /24 and the /48 around a network, at ten times the limit."""
    for one in ("192.0.2.{}", "2001:db8:1:{}::1"):
        statuses = [narrow.sign_up(source_ip=one.format(number)).status for number in range(3 * WIDER + 2)]
        assert statuses == [202] * 3 * WIDER + [429] * 2
    assert narrow.sign_up(source_ip="198.51.100.1").status == 202


def test_refused_requests_count_for_their_network_alone(narrow: NewsletterBed) -> None:
    """newsletter#10: whatever is wrong with them; five for each sign-up."""
    junk: list[tuple[object, int]] = [
        ({}, 422),
        ({"email": "nobody", "form_token": narrow.form_token()}, 422),
        ({"email": "a@blocked.example", "form_token": narrow.form_token()}, 422),
        ({"email": READER, "form_token": "forged"}, 422),
        (b"{", 400),
        (b"x" * 10_000, 413),
    ]
    most = 3 * REQUESTS_PER_SIGN_UP
    wanted = [junk[number % len(junk)] for number in range(most)]
    headers = {"Content-Type": "application/json"}
    assert [narrow.call("POST", "", sent, headers=headers).status for sent, _ in wanted] == [code for _, code in wanted]
    narrow.later(minutes=20)
    refused = narrow.call("POST", "", {})
    assert (refused.status, refused.headers["retry-after"]) == (429, str(40 * 60 + 1))
    assert narrow.sign_up().status == 429
    assert narrow.sign_up(source_ip="192.0.2.2").status == 202
    narrow.later(hours=1)
    assert narrow.sign_up().status == 202


def test_a_429_is_a_page_in_the_readers_language(narrow: NewsletterBed) -> None:
    """newsletter#10"""
    for _ in range(3):
        narrow.sign_up()
    for code, lang in (("en", 'lang="en"'), ("ar", 'lang="ar"')):
        page = narrow.submit({"email": READER, "edition": code})
        assert page.status == 429
        assert lang in page.body


def test_one_form_token_is_good_for_as_many_sign_ups_as_one_network(narrow: NewsletterBed) -> None:
    """newsletter#8: then a browser gets the form again, with a new token."""
    token = narrow.form_token()
    for number in range(3):
        assert narrow.sign_up(form_token=token, source_ip=f"198.51.{number}.1").status == 202
    assert narrow.sign_up(form_token=token, source_ip="198.51.100.1").fields == {"form_token"}
    page = narrow.submit({"email": READER, "form_token": token})
    assert page.status == 200
    narrow.later(seconds=5)
    assert narrow.press(page).status == 202


def test_a_confirmation_makes_room_for_two_more_sign_ups(bed: NewsletterBed, monkeypatch: pytest.MonkeyPatch) -> None:
    """newsletter#11: so the circuit breaker counts what nobody confirms."""
    rules = SignUpLimits(per_hour=1)
    monkeypatch.setattr(bed.newsletter, "site", replace(bed.newsletter.site, newsletter=rules))
    bed.sign_up()
    bed.deliver()
    assert bed.sign_up("other@example.org").status == 429
    confirm = link(bed.outbox()[0], "confirm")
    for _ in range(2):  # twice: the second changes nothing
        assert bed.one_click(confirm).status == 200
    statuses = [bed.sign_up(f"reader{number}@example.org").status for number in range(3)]
    assert statuses == [202, 202, 429]


def test_a_bot_takes_as_much_work_as_a_person_and_counts_for_its_network(narrow: NewsletterBed) -> None:
    """newsletter#8: the same call, with as many rows."""
    before = _written(narrow)
    narrow.sign_up()
    person, before = _written(narrow) - before, _written(narrow)
    with narrow.calls() as calls:
        assert narrow.sign_up("bot@example.org", website="https://spam.example", source_ip="198.51.100.1").status == 202
    assert calls == ["TransactWriteItems"]
    assert _written(narrow) - before == person
    for _ in range(2):
        narrow.sign_up(website="https://spam.example", source_ip="198.51.100.1")
    assert narrow.sign_up(source_ip="198.51.100.1").status == 429


def _written(bed: NewsletterBed) -> int:
    return len(bed.clients.dynamodb.scan(TableName=bed.table)["Items"])


@pytest.mark.parametrize(
    "spellings",
    [
        ("reader@example.org", "reader+news@example.org", "Reader+1@example.org"),
        ("reader@gmail.com", "r.e.a.d.e.r@gmail.com", "read.er+x@googlemail.com"),
    ],
)
def test_a_mailbox_gets_one_mail_an_hour_however_its_email_is_spelt(
    bed: NewsletterBed, spellings: tuple[str, ...]
) -> None:
    """newsletter#11: with the same answer for each; the others get their mail when they sign up an hour later."""
    answers = [bed.sign_up(spelling) for spelling in spellings]
    assert all(answer == answers[0] for answer in answers)
    assert bed.deliver() == []
    assert [mail["To"] for mail in bed.outbox()] == [spellings[0]]
    assert bed.subscriber(spellings[1]) is None
    for at, spelling in enumerate(spellings[1:], 2):
        bed.later(hours=1)
        bed.sign_up(spelling)
        assert bed.deliver() == []
        assert len(bed.outbox()) == at
    bed.later(hours=1)
    bed.sign_up(spellings[0])
    assert bed.deliver() == []
    assert len(bed.outbox()) == 3


def test_dots_matter_where_a_provider_does_not_say_otherwise(bed: NewsletterBed) -> None:
    for email in ("r.eader@example.org", "reader@example.org"):
        bed.sign_up(email)
    assert bed.deliver() == []
    assert len(bed.outbox()) == 2


@pytest.mark.parametrize("name", ["X-Forwarded-For", "X-Viewer-Address", "Forwarded", "X-Real-IP", "CF-Connecting-IP"])
def test_a_client_cannot_forge_its_client_ip(narrow: NewsletterBed, name: str) -> None:
    """newsletter#10: the client IP is from the gateway, or from CloudFront, which proves itself by a key."""
    statuses = []
    for number in range(4):
        sent = {"email": READER, "form_token": narrow.form_token()}
        headers = {name: f"198.51.100.{number}", "X-Origin-Key": "guessed"}
        statuses.append(narrow.call("POST", "", sent, headers=headers).status)
    assert statuses == [202, 202, 202, 429]


def test_behind_cloudfront_each_reader_has_their_own_limit(narrow: NewsletterBed) -> None:
    """newsletter#10"""
    edge = narrow.clients.secrets.get_secret_value(SecretId=narrow.deployment.name("EdgeSecret"))["SecretString"]
    for number in range(5):
        sent = {"email": READER, "form_token": narrow.form_token()}
        headers = {"X-Viewer-Address": f"198.51.100.{number}", "X-Origin-Key": edge}
        assert narrow.call("POST", "", sent, headers=headers).status == 202


def test_the_table_contains_no_client_ip(narrow: NewsletterBed) -> None:
    """newsletter#15"""
    narrow.sign_up(source_ip="203.0.113.77")
    assert "203.0.113" not in repr(narrow.clients.dynamodb.scan(TableName=narrow.table)["Items"])


def test_the_circuit_breaker_refuses_all_sign_ups_until_the_next_hour(
    bed: NewsletterBed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """newsletter#11: sign-ups before it get their mail; later ones do not."""
    rules = SignUpLimits(per_network=1000, per_hour=2 * SHARDS)
    monkeypatch.setattr(bed.newsletter, "site", replace(bed.newsletter.site, newsletter=rules))
    statuses = [
        bed.sign_up(f"reader{number}@example.org", source_ip=f"192.0.2.{number}").status for number in range(8 * SHARDS)
    ]
    accept = statuses.count(202)
    assert set(statuses) == {202, 429}
    assert accept <= rules.per_hour
    assert bed.rows() == ["SIGN_UP"] * accept
    for _ in range(3):
        assert bed.deliver() == []
    assert len(bed.outbox()) == accept
    bed.later(hours=1)
    assert bed.sign_up("later@example.org").status == 202


def test_the_circuit_breaker_counts_the_metric_of_its_alarm(
    bed: NewsletterBed, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """newsletter#11: by its metric."""
    monkeypatch.setattr(bed.newsletter, "site", replace(bed.newsletter.site, newsletter=SignUpLimits(per_hour=1)))
    for _ in range(40):
        bed.sign_up()
    assert "SignUpStopped" in capsys.readouterr().out


@pytest.mark.parametrize("form", [True, False])
def test_a_sign_up_that_fills_the_honeypot_gets_the_normal_answer_and_no_mail(bed: NewsletterBed, form: bool) -> None:
    """newsletter#8: byte for byte, and no write."""
    sent = {"email": READER}
    is_bot = sent | {"website": "https://spam.example"}
    good, bad = (bed.submit(sent), bed.submit(is_bot)) if form else (bed.sign_up(), bed.sign_up(**is_bot))
    assert good == bad
    assert good.status == 202
    assert bed.rows() == ["SIGN_UP"]


@pytest.mark.parametrize("form", [True, False])
def test_a_form_that_is_sent_faster_than_a_person_types_gets_the_normal_answer_and_no_mail(
    bed: NewsletterBed, form: bool
) -> None:
    """newsletter#8: byte for byte."""
    hasty = {"email": READER, "form_token": bed.form_token(seconds=1)}
    answer = bed.submit(hasty) if form else bed.sign_up(**hasty)
    assert answer == (bed.submit({"email": "other@example.org"}) if form else bed.sign_up("other@example.org"))
    assert bed.rows() == ["SIGN_UP"]
    assert bed.deliver() == []
    assert [mail["To"] for mail in bed.outbox()] == ["other@example.org"]


def test_a_form_token_is_valid_after_the_wait_that_the_form_call_names(bed: NewsletterBed) -> None:
    """newsletter#8"""
    given = bed.call("GET", "/form", headers={"Accept": "application/json"})
    assert (given.status, given.headers["cache-control"]) == (200, "no-store")
    bed.later(seconds=given.json["wait_seconds"])
    assert bed.sign_up(form_token=given.json["form_token"]).status == 202
    assert bed.rows() == ["SIGN_UP"]


@pytest.mark.parametrize("form_token", ["", "forged", None])
def test_a_sign_up_without_a_form_token_gets_the_form(bed: NewsletterBed, form_token: str | None) -> None:
    """newsletter#8, newsletter#9: a program gets the missing field; a browser gets the form, filled in."""
    program = bed.call("POST", "", {"email": READER, "form_token": form_token})
    assert (program.status, program.fields) == (422, {"form_token"})
    sent = {"email": READER, "edition": "ar"} | ({} if form_token is None else {"form_token": form_token})
    headers = {"Content-Type": FORM} | BROWSER
    page = bed.call("POST", "", urlencode(sent).encode(), headers=headers)
    assert page.status == 200
    assert f'value="{READER}"' in page.body
    assert bed.rows() == []
    bed.later(seconds=5)
    assert bed.press(page).status == 202
    assert bed.rows() == ["SIGN_UP"]


def test_an_old_form_token_is_refused(bed: NewsletterBed) -> None:
    assert bed.sign_up(form_token=bed.form_token(minutes=59)).status == 202
    assert bed.sign_up(form_token=bed.form_token(minutes=61)).fields == {"form_token"}


@pytest.mark.parametrize(
    "address", ["a@blocked.example", "a@mail.BLOCKED.example", "a@mailinator.com", "a@eu.mailinator.com"]
)
def test_sign_ups_at_blocked_domains_are_refused(narrow: NewsletterBed, address: str) -> None:
    """newsletter#13: by the site's own list, and by the list of disposable domains."""
    refused = narrow.sign_up(address)
    assert (refused.status, refused.fields) == (422, {"email"})
    assert narrow.submit({"email": address}).status == 422
    assert narrow.rows() == []


def test_disposable_domains_can_be_allowed(bed: NewsletterBed, monkeypatch: pytest.MonkeyPatch) -> None:
    """newsletter#13"""
    monkeypatch.setattr(
        bed.newsletter, "site", replace(bed.newsletter.site, newsletter=SignUpLimits(allows_disposable=True))
    )
    assert bed.sign_up("a@mailinator.com").status == 202


@given(st.ip_addresses())
def test_the_networks_of_a_network_are_the_same(address: object) -> None:
    narrow, wide = networks(str(address))
    assert networks(narrow.partition("/")[0]) == (narrow, wide)
    assert networks(wide.partition("/")[0])[1] == wide


def test_an_ipv4_mapped_ipv6_address_is_that_ipv4_address() -> None:
    assert networks("::ffff:192.0.2.1") == networks("192.0.2.1") == ("192.0.2.1", "192.0.2.0/24")


def test_a_wider_network_is_a_48_of_ipv6() -> None:
    assert networks("2001:db8:1:2::3") == ("2001:db8:1:2::/64", "2001:db8:1::/48")


@given(st.integers(1, 10_000))
def test_the_limits_of_the_shards_add_up_to_the_total(per_hour: int) -> None:
    rules = SignUpLimits(per_hour=per_hour)
    shards = min(SHARDS, per_hour)
    windows = [shard_window(rules, NOON, {shards: shard}.__getitem__) for shard in range(shards)]
    most = [window.limits["sign_ups"] for window in windows]
    assert sum(most) == per_hour
    assert max(most) - min(most) <= 1
    assert min(most) > 0


def test_a_window_ends_with_its_hour() -> None:
    late, form = NOON + timedelta(minutes=59, seconds=59), Form("form", NOON - timedelta(seconds=1))
    counted = sign_up_windows(SignUpLimits(), ("n", "w"), form, late, lambda _: 0, is_bot=False)
    hours = {window.scope: (window.hour, window.ends_at) for window in counted}
    this = (NOON, NOON + timedelta(hours=1))
    assert hours == {"network": this, "all": this, "form": (NOON - timedelta(hours=1), NOON)}
