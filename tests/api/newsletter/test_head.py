"""HEAD on the pages that mails link to: gateways that scan mail, and link checkers, ask so before they open a link."""

import pytest

from tests.api.newsletter.bed import BROWSER, NewsletterBed, link

PAGES = ("form", "confirm", "unsubscribe", "preferences")
PROGRAM = {"Accept": "application/json"}


def token(bed: NewsletterBed, page: str) -> str:
    """The token of the latest mail's link to the page."""
    if page == "form":
        return ""
    mail = next(mail for mail in reversed(bed.outbox()) if f"/{page}?" in str(mail))
    return link(mail, page).rpartition("token=")[2]


@pytest.mark.parametrize("headers", [BROWSER, PROGRAM, {}])
@pytest.mark.parametrize("page", PAGES)
def test_head_has_the_status_and_the_headers_of_get_and_changes_nothing(
    bed: NewsletterBed, page: str, headers: dict[str, str]
) -> None:
    """newsletter#1, newsletter#22: RFC 9110 §9.3.2. API Gateway leaves out the body, and needs it for its length."""
    bed.bring_to("confirmed")
    before, rows = bed.subscriber(), bed.rows()
    for value, status in ((token(bed, page), 200), ("damaged", 200 if page == "form" else 400)):
        query = {"token": value, "edition": "ar"}
        got = bed.call("GET", f"/{page}", query=query, headers=headers)
        head = bed.call("HEAD", f"/{page}", query=query, headers=headers)
        assert got.status == status
        assert (head.status, head.headers) == (got.status, got.headers)
        assert head.body
    assert (bed.subscriber(), bed.rows(), bed.records()) == (before, rows, [])


@pytest.mark.parametrize("path", ["", "/export", "/erase", "/links"])
def test_head_is_no_way_to_make_a_call(bed: NewsletterBed, path: str) -> None:
    """newsletter#1"""
    bed.bring_to("confirmed")
    query = {"token": token(bed, "preferences"), "email": "reader@example.org"}
    assert bed.call("HEAD", path, query=query).status == 404
    assert bed.records() == []
