"""The requests and answers of functions/front.py."""

from __future__ import annotations

from broadsheet.schemas import front
from infra.openapi.articles import ID, IF_NONE_MATCH, TAG
from infra.openapi.parts import JSON, Answer, Body, Call, Header, Parameter, ref
from infra.openapi.shapes import answer, described, optional, request, text, whole

FRONT = request(
    front.FRONT,
    {
        "lead": "The article in the most prominent place; null for the newest one that is not pinned.",
        "lead.id": "The id of an article of the edition.",
        "lead.until": "When it stops to lead, in the future; null for no end.",
        "pinned": "The articles after the lead, in this order, each with its `id` and when it is pinned `until`.",
        "pinned.id": "The id of an article of the edition.",
        "pinned.until": "When it is no longer pinned, in the future; null for no end.",
        "order": "The ids of articles whose order within their day is by hand: they come first in it, in this order."
        " They may be chosen as lead or pinned too.",
        "shown": "The page's first ten articles now.",
        "waiting": "The chosen articles that the page does not show.",
        "edition": "The code of the edition. In a request, that of the URL or none.",
        "revision": "The number of changes of the choice; 0 before the first one.",
        "updated_by": "Who made the last change: an IAM user, or a session of a role, by name; null where a choice"
        " ended by itself since, or where not known.",
    },
)
LISTED = {
    "id": text("The article's id.", **ID),
    "headline": text("Its headline."),
    "edition": text("The code of its edition."),
    "published_at": optional("When it was or will be published; null for a draft without a date.", format="date-time"),
}
STATUSES = ["draft", "scheduled", "published", "withdrawn"]
SCHEMAS = {
    "Front": described("What editors choose for the front page of an edition.", FRONT),
    "StoredFront": described(
        "What editors chose for a front page, and what the page shows.",
        answer(
            FRONT,
            {
                "shown": {
                    "type": "array",
                    "items": whole(**LISTED),
                    "description": "The page's first ten articles now.",
                    "readOnly": True,
                },
                "waiting": {
                    "type": "array",
                    "readOnly": True,
                    "items": whole(**LISTED, status={"type": "string", "enum": STATUSES, "description": "Its status."}),
                    "description": "The chosen articles that the page does not show: they are not live yet, or were"
                    " withdrawn or moved to another edition since.",
                },
            },
            {},
        ),
    ),
}

EXAMPLE = {
    "lead": {"id": "regatta-2026", "until": "2026-03-15T18:00:00Z"},
    "pinned": [{"id": "harbour-fire", "until": None}],
    "order": ["tram-returns"],
}
REGATTA = {
    "id": "regatta-2026",
    "headline": "Regatta moved to Sunday",
    "edition": "en",
    "published_at": "2026-03-14T08:00:00Z",
}
FIRE = REGATTA | {"id": "harbour-fire", "headline": "Fire at the harbour", "published_at": "2026-03-15T05:00:00Z"}
STORED = EXAMPLE | {
    "shown": [REGATTA],
    "waiting": [FIRE | {"status": "scheduled"}],
    "edition": "en",
    "revision": 1,
    "updated_by": "lina.haddad",
}

EDITION = Parameter(
    "FrontEdition", "path", "edition", "The code of one of the site's editions.", {"type": "string"}, "en"
)
IF_MATCH = Parameter(
    "FrontIfMatch",
    "header",
    "If-Match",
    "Entity tags: the call is refused unless the choice has the revision of one of these. `*` is any revision. Weak"
    " tags match nothing.",
    {"type": "string"},
    TAG,
)
ETAG = Header(
    "ETag",
    "The choice's revision, 0 until the first choice, and a digest of all that `GET` answers.",
    {"type": "string", "pattern": '^"[0-9]+-[0-9a-f]{16}"$'},
    TAG,
)
CALLS = {
    "get": Call(
        {
            200: Answer("The choice, and the page.", (Body(JSON, ref("StoredFront"), STORED),), (ETAG,)),
            304: Answer("The client has the choice and the page as they are.", headers=(ETAG,)),
        },
        (EDITION, IF_NONE_MATCH),
    ),
    "put": Call(
        {200: Answer("The choice as stored, and the page.", (Body(JSON, ref("StoredFront"), STORED),), (ETAG,))},
        (EDITION, IF_MATCH),
        (Body(JSON, ref("Front"), EXAMPLE),),
    ),
}
