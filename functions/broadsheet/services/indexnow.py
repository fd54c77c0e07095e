"""Submissions to IndexNow: the pages of articles that were published, changed, moved and withdrawn (docs/adr/0029).

A message has the paths of pages that have changed already, so it needs no look at the site or the table, and nothing
is recorded. A page may be submitted again; search engines then look again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..deadline import UNLIMITED, Deadline
from ..model.config import Site
from ..render.shared.urls import absolute
from ..store.indexnow import MAX_URLS, IndexNow
from ..store.peer import Refused, Unavailable
from ..telemetry import logger


@dataclass(frozen=True, slots=True)
class SubmittedBatch:
    """The result of a batch: the numbers of URLs that were accepted and refused, and the ids of messages that are to be
    delivered again, after `retry_after` seconds at the earliest.
    """

    accepted: int
    refused: int
    failed: list[str]
    retry_after: int = 0


def submit_batch(
    indexnow: IndexNow, site: Site, messages: Mapping[str, Sequence[str]], deadline: Deadline = UNLIMITED
) -> SubmittedBatch:
    """Submit the pages in the messages, each once. `messages` has the pages' paths by the messages' ids.

    A refusal is final: the same submission would be refused again, so it is counted and logged for the operator. The
    batch ends early where IndexNow is unavailable, and at the deadline.
    """
    remaining = list(dict.fromkeys(path for paths in messages.values() for path in paths))
    accepted = refused = retry_after = 0
    while remaining and deadline.left > 0:
        urls = [absolute(site, path) for path in remaining[:MAX_URLS]]
        try:
            indexnow.submit(urls)
            accepted += len(urls)
        except Unavailable as error:
            logger.warning("IndexNow is unavailable", extra={"reason": str(error), "retry_after": error.retry_after})
            retry_after = error.retry_after
            break
        except Refused as error:
            logger.error("IndexNow refused pages", extra={"reason": str(error), "pages": len(urls), "first": urls[0]})
            refused += len(urls)
        remaining = remaining[MAX_URLS:]
    left = set(remaining)
    return SubmittedBatch(accepted, refused, [id for id, of in messages.items() if left & set(of)], retry_after)
