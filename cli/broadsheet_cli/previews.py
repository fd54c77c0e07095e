"""Previews through the API: an article or an ad as it would be, behind a link that ends after a day."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import quote

from .client import JSON, Client, Warned, warnings_in
from .errors import InvalidId, Refused, UnexpectedResponse

# Names of previews: an article's is its id. An id may begin like this too, and its previews then take turns.
ADS = "ad."


@dataclass(frozen=True, slots=True)
class Previewed:
    """The link of a preview, when it ends, the URLs of its pages by kind, and what is not kept of the text."""

    url: str
    ends_at: datetime
    pages: Mapping[str, object]
    warnings: tuple[Warned, ...] = ()


def put_preview(client: Client, id: str, article: Mapping[str, object] | None = None) -> Previewed:
    """Preview an article as it would be put; without one the stored article. Idempotent: an id keeps its link.

    Raises as `Client` does; a refusal names the fields as a refusal of `put` does.
    """
    return _put(client, id, {"id": id} | ({} if article is None else {"article": article}), "article.")


def put_ad_preview(client: Client, name: str, ad: Mapping[str, object]) -> Previewed:
    """Preview an ad as it would be put, on the front page of its edition. Raises as `put_preview`."""
    return _put(client, f"{ADS}{name}", {"name": name, "ad": ad}, "ad.")


def end_preview(client: Client, name: str) -> None:
    """End a preview at once. Idempotent."""
    client.transport.send("DELETE", _url(client, name))


def _put(client: Client, name: str, sent: Mapping[str, object], prefix: str) -> Previewed:
    body = json.dumps(sent, allow_nan=False).encode()
    try:
        answer = client.transport.send_json("PUT", _url(client, name), JSON, body)
    except Refused as refused:
        errors = (replace(each, field=each.field.removeprefix(prefix)) for each in refused.problem.errors)
        raise Refused(replace(refused.problem, errors=tuple(errors))) from None
    pages = answer.get("pages")
    if not isinstance(pages, dict):
        raise UnexpectedResponse(client.api, 200)
    return Previewed(
        url=str(answer.get("url")),
        ends_at=datetime.fromisoformat(str(answer.get("ends_at"))),
        pages=pages,
        warnings=warnings_in(answer),
    )


def _url(client: Client, name: str) -> str:
    if name in ("", ".", ".."):
        raise InvalidId(name, "name of a preview")
    return f"{client.api}/api/previews/{quote(name, safe='')}"
