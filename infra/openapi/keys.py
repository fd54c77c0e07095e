"""The requests and answers of functions/keys.py."""

from __future__ import annotations

from dataclasses import replace

import keys
from broadsheet.model.api_key import LONGEST_NAME, NAME, SCOPES
from broadsheet.schemas import api_key
from infra.openapi.articles import ANY_TAG, ETAG, IF_NONE_MATCH, TAG
from infra.openapi.parts import JSON, Answer, Body, Call, Parameter, ref
from infra.openapi.shapes import anchored, answer, described, optional, request, whole

RULE = {"maxLength": LONGEST_NAME, "pattern": anchored(NAME.pattern)}
EDITIONS = "The codes of the editions whose articles the key may read and write; `*` alone for every edition."
EXPIRES_AT = "When the key stops to work, in the future; null for no end."
KEY = request(
    api_key.GRANT,
    {
        "scopes": "What the key may do: `read` reads and lists articles and their revisions; `put` puts, patches and"
        " restores them, and answers the article; `withdraw` withdraws and postpones them.",
        "editions": EDITIONS,
        "expires_at": EXPIRES_AT,
        "name": "The client's name, which is the key's. In a request, that of the URL or none.",
        "expired": "Whether the key has expired.",
        "earlier_until": "Until when an earlier secret works, too; null where only the newest one does.",
        "created_at": "When the key was created.",
        "created_by": "Who created it: an IAM user, or a session of a role, by name.",
        "updated_at": "When it was last created, changed or rotated.",
        "updated_by": "Who did that.",
    },
)
STORED = answer(
    KEY,
    {},
    {"scopes": "What the key may do.", "expires_at": "When the key stops to work; null for no end."},
)
SECRET = optional(
    "The key's new secret, which the client sends as `Authorization: Bearer …`; null where the call made none. Nothing"
    " shows it again.",
)
SCHEMAS = {
    "Key": described("What a key allows, as administrators send it.", KEY),
    "StoredKey": described("A key, without its secrets.", STORED),
    "MadeKey": described("A key, with its new secret if it got one.", answer(STORED, {"secret": SECRET}, {})),
    "Keys": described(
        "All keys.",
        whole(keys={"type": "array", "items": ref("StoredKey"), "description": "By name."}),
    ),
}

EXAMPLE = {"scopes": [*SCOPES], "editions": ["en"], "expires_at": "2126-03-14T08:00:00Z"}
STORED_EXAMPLE = EXAMPLE | {
    "name": "ghost-desk",
    "expired": False,
    "earlier_until": None,
    "created_at": "2026-03-14T08:00:00Z",
    "created_by": "lina.haddad",
    "updated_at": "2026-03-14T08:00:00Z",
    "updated_by": "lina.haddad",
}
MADE = STORED_EXAMPLE | {"secret": f"broadsheet_ghost-desk_{'0123456789abcdef' * 4}"}
ROTATED = MADE | {"earlier_until": "2026-03-16T08:00:00Z", "updated_at": "2026-03-15T08:00:00Z"}

PATH = Parameter(
    "KeyName",
    "path",
    "name",
    "The name of the client, which the administrator chooses.",
    {"type": "string", **RULE},
    "ghost-desk",
)
IF_MATCH = Parameter(
    "KeyIfMatch",
    "header",
    "If-Match",
    "Entity tags: the call is refused unless the key has the revision of one of these. `*` is any revision. Weak tags"
    " match nothing.",
    {"type": "string"},
    TAG,
)
IF_NONE_MATCH_ANY = Parameter(
    "KeyIfNoneMatchAny",
    "header",
    "If-None-Match",
    "The call is refused if the key exists.",
    ANY_TAG,
    "*",
)
OVERLAP = Parameter(
    "OverlapHours",
    "query",
    "overlap_hours",
    "How many hours earlier secrets go on working; 0 ends them at once.",
    {"type": "integer", "minimum": 0, "maximum": keys.LONGEST_OVERLAP_HOURS, "default": keys.OVERLAP_HOURS},
    48,
)
ETAG = replace(ETAG, description="The key's revision, and a digest of all that `GET` answers.")
CALLS = {
    "get": Call(
        {
            200: Answer("The key.", (Body(JSON, ref("StoredKey"), STORED_EXAMPLE),), (ETAG,)),
            304: Answer("The client has it already.", headers=(ETAG,)),
        },
        (PATH, IF_NONE_MATCH),
    ),
    "browse": Call({200: Answer("All keys.", (Body(JSON, ref("Keys"), {"keys": [STORED_EXAMPLE]}),))}),
    "put": Call(
        {
            200: Answer(
                "Changed, or the same as before.",
                (Body(JSON, ref("MadeKey"), STORED_EXAMPLE | {"secret": None}),),
                (ETAG,),
            ),
            201: Answer("Created.", (Body(JSON, ref("MadeKey"), MADE),), (ETAG,)),
        },
        (PATH, IF_MATCH, IF_NONE_MATCH_ANY),
        (Body(JSON, ref("Key"), EXAMPLE),),
    ),
    "rotate": Call({200: Answer("The new secret.", (Body(JSON, ref("MadeKey"), ROTATED),), (ETAG,))}, (PATH, OVERLAP)),
    "delete": Call({204: Answer("Revoked, or there was no such key.")}, (PATH,)),
}
