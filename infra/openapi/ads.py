"""The requests and answers of functions/ads.py."""

from __future__ import annotations

from broadsheet.schemas import ad
from infra.openapi.articles import ID
from infra.openapi.parts import JSON, Answer, Body, Call, Parameter, ref
from infra.openapi.shapes import answer, request, text, whole

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
    },
)
SCHEMAS = {
    "Ad": AD,
    "StoredAd": answer(
        AD,
        {
            "name": text("The ad's name.", **ID),
            "live": {"type": "boolean", "description": "Whether the current time is between start and end."},
        },
        {},
    ),
    "Ads": whole(ads={"type": "array", "items": ref("StoredAd"), "description": "In the order of their names."}),
}

EXAMPLE = {
    "image": {"src": "/images/lamps.png", "width": 300, "height": 250},
    "alt": "Lamps that last: Ras Lamp & Sons",
    "link": "https://lamps.example/",
    "from": "2026-03-14T00:00:00Z",
    "until": "2026-04-14T00:00:00Z",
    "weight": 10,
}
STORED = EXAMPLE | {"edition": None, "name": "beside-1", "live": True}

PATH = Parameter("AdName", "path", "name", "The ad's name.", ID, "beside-1")
CALLS = {
    "put": Call(
        {200: Answer("The ad as stored.", (Body(JSON, ref("StoredAd"), STORED),))},
        (PATH,),
        (Body(JSON, ref("Ad"), EXAMPLE),),
    ),
    "get": Call({200: Answer("The ad.", (Body(JSON, ref("StoredAd"), STORED),))}, (PATH,)),
    "browse": Call({200: Answer("All ads.", (Body(JSON, ref("Ads"), {"ads": [STORED]}),))}),
    "delete": Call({204: Answer("Deleted, or there was none.")}, (PATH,)),
}
