"""Which texts are email addresses, and how they are normalized."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadsheet.model.newsletter.email import InvalidEmail, parse_email
from broadsheet.model.newsletter.tokens import Keyring

KEYRING = Keyring("1", {"1": "a" * 64})

ACCEPTED = {
    "reader@example.org": "reader@example.org",
    " reader@example.org ": "reader@example.org",
    "Reader+News@Example.ORG": "Reader+News@example.org",
    "a.b_c-d'e@sub.example.co": "a.b_c-d'e@sub.example.co",
    "reader@bücher.example": "reader@xn--bcher-kva.example",
    "reader@bu\u0308cher.example": "reader@xn--bcher-kva.example",
    "reader@XN--BCHER-KVA.example": "reader@xn--bcher-kva.example",
    "reader@موقع.example": "reader@xn--4gbrim.example",
    "a" * 64 + "@example.org": "a" * 64 + "@example.org",
}

# What nobody sees at the ends of an address that was copied: from a chat, a spreadsheet, a text from right to left.
UNSEEN = [
    *" \n\t\r\x00\x1f\x7f\x85\u00a0\u00ad\u061c\u1680\u180e\u2003\u200b",
    *"\u200e\u200f\u2028\u2029\u202f\u2060\u3000\ufeff",
    *"\u115f\u2800\u3164\ufe0f\uffa0\U000e0020",
    "\u202a",
    "\u2068\u200f",
    " \r\n\u200b ",
]

REFUSED = [
    "",
    "reader",
    "reader@",
    "@example.org",
    "reader@example",
    "reader@localhost",
    "a@b@example.org",
    "reader@example.org, other@example.org",
    "Reader <reader@example.org>",
    '"reader"@example.org',
    '"a b"@example.org',
    "reader@[192.0.2.1]",
    "reader@exa mple.org",
    "قارئ@example.org",
    "reader@example.org\r\nBcc: all@example.org",
    "reader\r\n@example.org",
    "rea\x00der@example.org",
    "reader\u200b@example.org",
    "reader@example.org%0d%0aBcc:x",
    ".reader@example.org",
    "rea..der@example.org",
    "reader@-example.org",
    "a" * 65 + "@example.org",
    "reader@" + ("a" * 60 + ".") * 4 + "example.org",
    "reader@" + "ü" * 60 + ".example",
    "\ud800@example.org",
    "reader@\ud800.org",
]


@pytest.mark.parametrize(("typed", "email"), ACCEPTED.items())
def test_an_email_is_normalized(typed: str, email: str) -> None:
    """newsletter#3: the domain in lower case and Punycode, the local part and its tag as typed."""
    assert parse_email(typed) == email
    assert parse_email(email) == email


@pytest.mark.parametrize("unseen", UNSEEN)
def test_what_cannot_be_seen_around_an_email_is_no_part_of_it(unseen: str) -> None:
    """newsletter#3"""
    for typed in (f"{unseen}reader@example.org", f"reader@example.org{unseen}", f"{unseen}reader@example.org\u2069"):
        assert parse_email(typed) == "reader@example.org"
    with pytest.raises(InvalidEmail):
        parse_email(f"reader{unseen}@example.org")
    with pytest.raises(InvalidEmail):
        parse_email(unseen)


@pytest.mark.parametrize("typed", REFUSED)
def test_other_texts_are_refused(typed: str) -> None:
    """newsletter#3"""
    with pytest.raises(InvalidEmail):
        parse_email(typed)


@given(st.text() | st.builds("{}@{}".format, st.text(min_size=1), st.text(min_size=1)) | st.emails())
def test_every_accepted_email_is_one_short_line_of_ascii(typed: str) -> None:
    """newsletter#3"""
    try:
        email = parse_email(typed)
    except InvalidEmail:
        return
    local, _, domain = email.rpartition("@")
    assert email.isascii()
    assert email.isprintable()
    assert not set(email) & set(' ,;<>"()[]:\\')
    assert len(email) <= 254
    assert 1 <= len(local) <= 64
    assert domain == domain.lower()
    assert parse_email(email) == email


def test_emails_differ_by_their_tags_and_not_by_case() -> None:
    """newsletter#4"""
    ids = [KEYRING.email_id(parse_email(each)) for each in ("User@X.example", "user@x.example", "user+a@x.example")]
    assert ids[0] == ids[1]
    assert ids[1] != ids[2]


def test_no_dns_library_is_loaded() -> None:
    """newsletter#3"""
    code = (
        "import sys; sys.path.insert(0, 'functions'); from broadsheet.model.newsletter.email import parse_email;"
        "parse_email('reader@example.org'); sys.exit(any(name.split('.')[0] == 'dns' for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0  # noqa: S603  # our own code
