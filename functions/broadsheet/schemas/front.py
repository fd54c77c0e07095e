"""The schema of a front page, as editors choose it."""

from collections.abc import Iterator, Mapping
from typing import Any

from ..model.errors import FieldError
from ..model.front import MAX_ARTICLES, Chosen, Front
from ..model.manuscript import ID, ID_RULE, LONGEST_ID
from .fields import (
    NOT_TWICE,
    Anything,
    Field,
    Instant,
    ListOf,
    Object,
    ReadOnly,
    Text,
    WholeNumber,
    read,
    refuse,
    same_name,
)


def _id() -> Text:
    return Text(LONGEST_ID, ID, ID_RULE)


def _chosen() -> dict[str, Field]:
    return {"id": _id(), "until": Instant(default=None)}


FRONT = Object(
    {
        "lead": Object(_chosen(), default=None),
        "pinned": ListOf(Object(_chosen()), MAX_ARTICLES, default=()),
        "order": ListOf(_id(), MAX_ARTICLES, default=()),
        "shown": ReadOnly(ListOf(Anything())),
        "waiting": ReadOnly(ListOf(Anything())),
        "edition": ReadOnly(Text()),
        "revision": ReadOnly(WholeNumber(0)),
        "updated_by": ReadOnly(Text(default=None)),
    }
)


def parse_front(edition: str, sent: object) -> Front:
    """The choice in a request's JSON. Raises `Invalid` with every broken rule."""
    values, errors = read(FRONT, sent, "front")
    refuse([*errors, *same_name(values, "edition", edition), *_rules_between_fields(values)])
    lead = values["lead"]
    return Front(
        edition=edition,
        lead=Chosen(**lead) if lead else None,
        pinned=tuple(Chosen(**each) for each in values["pinned"]),
        order=tuple(values["order"]),
    )


def fields_of(front: Front) -> Iterator[tuple[str, str]]:
    """The field of each id in a request, and the id."""
    if front.lead:
        yield "lead.id", front.lead.id
    yield from ((f"pinned.{number}.id", each.id) for number, each in enumerate(front.pinned))
    yield from ((f"order.{number}", id) for number, id in enumerate(front.order))


def _rules_between_fields(values: Mapping[str, Any]) -> Iterator[FieldError]:
    leading = [("lead", values["lead"])] if values.get("lead") else []
    leading += [(f"pinned.{number}", each) for number, each in enumerate(values.get("pinned", ()))]
    seen: set[str] = set()
    for path, each in leading:
        if each.get("id") in seen:
            yield FieldError(f"{path}.id", NOT_TWICE)
        seen |= {each["id"]} if "id" in each else set()
    order = values.get("order", ())
    for number, id in enumerate(order):
        if id in order[:number]:
            yield FieldError(f"order.{number}", NOT_TWICE)
