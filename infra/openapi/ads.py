"""The requests and answers of functions/ads.py."""

from __future__ import annotations

from dataclasses import replace

from broadsheet.schemas import ad
from infra.openapi.articles import ANY_TAG, ETAG, ID, IF_NONE_MATCH, TAG, UPDATED_BY
from infra.openapi.parts import JSON, Answer, Body, Call, Header, Parameter, ref
from infra.openapi.shapes import answer, described, request, whole

AD = request(
    ad.AD,
    {
        "edition": "The code of the edition that shows the ad; null for all editions.",
        "image": "The ad's image.",
        "image.src": "A path of the site, or a URL at one of the origins that the operator allows for images.",
        "image.width": "In pixels.",
        "image.height": "In pixels.",
        "alt": "The image's text alternative.",
        "link": "The https URL that the ad links to.",
        "from": "When the ad starts.",
        "until": "When the ad ends; null for never.",
        "weight": "Each edition shows its live ads with the highest weights. Ads of equal weight go by name.",
        "name": "The ad's name. In a request, that of the URL or none.",
        "live": "Whether the ad has started and not ended, as of the schedule's last run.",
        "revision": "The number of changes by editors.",
        "updated_by": UPDATED_BY,
    },
)
SCHEMAS = {
    "Ad": described("An ad, as a client puts it.", AD),
    "StoredAd": described("An ad as it is stored.", answer(AD, {}, {})),
    "Ads": described(
        "All ads.",
        whole(ads={"type": "array", "items": ref("StoredAd"), "description": "In the order of their names."}),
    ),
}

EXAMPLE = {
    "image": {"src": "/images/lamps.png", "width": 300, "height": 250},
    "alt": "Lamps that last: Ras Lamp & Sons",
    "link": "https://lamps.example/",
    "from": "2026-03-14T00:00:00Z",
    "until": "2026-04-14T00:00:00Z",
    "weight": 10,
}
STORED = EXAMPLE | {"edition": None, "name": "beside-1", "live": True, "revision": 1, "updated_by": "lina.haddad"}

PATH = Parameter("AdName", "path", "name", "The ad's name.", ID, "beside-1")
IF_MATCH = Parameter(
    "AdIfMatch",
    "header",
    "If-Match",
    "Entity tags: the call is refused unless the ad has the revision of one of these, which its start and end keep. `*`"
    " is any revision. Weak tags match nothing.",
    {"type": "string"},
    TAG,
)
IF_NONE_MATCH_ANY = Parameter(
    "AdIfNoneMatchAny",
    "header",
    "If-None-Match",
    "The call is refused if the ad exists.",
    ANY_TAG,
    "*",
)
ETAG = replace(ETAG, description="The ad's revision, and a digest of all that `GET` answers.")
LOCATION = Header("Location", "The path of the ad in this API.", {"type": "string"}, "/api/ads/beside-1")
BODY = (Body(JSON, ref("StoredAd"), STORED),)
CALLS = {
    "put": Call(
        {
            200: Answer("Replaced, or already stored as it is.", BODY, (ETAG, LOCATION)),
            201: Answer("Created.", BODY, (ETAG, LOCATION)),
        },
        (PATH, IF_MATCH, IF_NONE_MATCH_ANY),
        (Body(JSON, ref("Ad"), EXAMPLE),),
    ),
    "get": Call(
        {
            200: Answer("The ad.", BODY, (ETAG,)),
            304: Answer("The client has the ad as it is.", headers=(ETAG,)),
        },
        (PATH, IF_NONE_MATCH),
    ),
    "browse": Call({200: Answer("All ads.", (Body(JSON, ref("Ads"), {"ads": [STORED]}),))}),
    "delete": Call({204: Answer("Deleted, or there was none.")}, (PATH, IF_MATCH, IF_NONE_MATCH_ANY)),
}
