"""The links in a mail that are one reader's own."""

from datetime import datetime

from ...model.config import Site
from ...model.newsletter.tokens import Keyring


def page_url(site: Site, page: str, edition: str) -> str:
    """The URL of one of the newsletter's pages, in the language of an edition."""
    return site.url(f"/api/subscriptions/{page}?edition={edition}")


def reader_link(
    keyring: Keyring, site: Site, purpose: str, reader: str, edition: str, signed_at: datetime, *content: str
) -> str:
    """The URL of the page for that purpose with the reader's token. Equal input gives an equal link."""
    return f"{page_url(site, purpose, edition)}&token={keyring.sign(purpose, signed_at, reader, *content)}"
