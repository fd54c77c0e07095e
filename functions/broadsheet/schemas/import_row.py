"""The schemas of an import: a batch of rows, and each row, which describes a subscriber of another system."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..model.config import Site
from ..model.errors import NOT_IN_FUTURE, BlockedDomain, FieldError, Rule
from ..model.newsletter.email import domain
from ..model.newsletter.imported import STATUSES, WORDING, ImportedSubscriber
from .email import Email
from .fields import Anything, Boolean, Choice, Instant, Line, ListOf, Object, Text, one_of, read, refuse
from .sign_up import LONGEST_SOURCE, PREFERENCE_FIELDS, preference_errors, preferences

LARGEST_BATCH = 100  # rows; a DynamoDB transaction changes at most 100 items

BATCH = Object(
    {
        "subscribers": ListOf(Anything(), LARGEST_BATCH, 1),
        "dry_run": Boolean(default=False),
        "source": Line(LONGEST_SOURCE, required=True, default=None),
    }
)
ROW = Object(
    {
        "email": Email(),
        "status": Choice(*STATUSES),
        "source": Line(LONGEST_SOURCE, default=None),
        "wording": Line(40, required=True, default=WORDING),
        "wording_edition": Text(default=None),
        "consented_at": Instant(default=None),
        "confirmed_at": Instant(default=None),
        **PREFERENCE_FIELDS,
    }
)


@dataclass(frozen=True, slots=True)
class Batch:
    """The rows of a request, not yet validated, and whether this is a dry run.

    `source` says where the rows come from, in the publisher's words; None if unknown.
    """

    rows: Sequence[object]
    dry_run: bool = False
    source: str | None = None


def parse_batch(sent: object) -> Batch:
    """The batch in a request's JSON. Raises `Invalid`."""
    values, errors = read(BATCH, sent, "body")
    refuse(errors)
    return Batch(values["subscribers"], values["dry_run"], values["source"])


def parse_row(sent: object, site: Site, now: datetime) -> ImportedSubscriber:
    """The imported subscriber in a row. Raises `Invalid` with every broken rule."""
    values, errors = read(ROW, sent, "row")
    errors += [*preference_errors(values, site), *_consent_errors(values, now), *_rules_of_site(values, site)]
    refuse(errors)
    wanted = preferences(values, site)
    return ImportedSubscriber(
        email=values["email"],
        status=values["status"],
        preferences=wanted,
        source=values["source"],
        wording=values["wording"],
        wording_edition=values["wording_edition"] or wanted.edition,
        consented_at=values["consented_at"],
        confirmed_at=values["confirmed_at"],
    )


def _consent_errors(values: Mapping[str, Any], now: datetime) -> Iterator[FieldError]:
    if values.get("status") == "subscribed" and "consented_at" in values and values["consented_at"] is None:
        yield FieldError("consented_at", Rule("required", "is required if the status is subscribed"))
    for name in ("consented_at", "confirmed_at"):
        if values.get(name) and values[name] > now:
            yield FieldError(name, NOT_IN_FUTURE)


def _rules_of_site(values: Mapping[str, Any], site: Site) -> Iterator[FieldError]:
    # A blocked domain matters only for subscribers who get mail: others may be imported so that they never get any.
    if values.get("status") == "subscribed" and "email" in values and site.newsletter.blocks(domain(values["email"])):
        yield from BlockedDomain().errors
    edition = values.get("wording_edition")
    if edition is not None and edition not in site.editions:
        yield FieldError("wording_edition", one_of(site.editions))
