"""The subject and the preheader of an issue, which are stored when it is composed."""

from ...model.config import Edition
from ...model.newsletter.issue import Digest
from ...model.text import closed
from ..shared.issues import headlines
from ..shared.locale import locale

LONGEST_PREHEADER = 150  # characters; mail programs show no more beside the subject
NAMED = 3  # headlines in a preheader


def subject(digest: Digest, written: str) -> str:
    """The subject that an editor wrote, or else the headline of the lead; nothing for an issue without news."""
    return written or "".join(article.headline for article in digest.articles[:1])


def preheader(digest: Digest, subject: str, edition: Edition) -> str:
    """What else is in the issue, or else the summary of its only article, or the edition's tagline.

    It never is the subject again.
    """
    others = [article for article in digest.articles if article.headline != subject][:NAMED]
    if others:
        return _cut(locale(edition).issues.mail.also.format(headlines=headlines(others)))
    summaries = (article.summary for article in digest.articles if article.summary not in ("", subject))
    return _cut(next(summaries, edition.tagline))


def _cut(text: str) -> str:
    """The text, cut between two words."""
    return text if len(text) <= LONGEST_PREHEADER else f"{closed(text[:LONGEST_PREHEADER].rsplit(' ', 1)[0])}…"
