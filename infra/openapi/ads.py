"""What the calls of functions/ads.py take and give."""

from __future__ import annotations

from broadsheet.schemas.ad import AdSchema
from infra.openapi.articles import NAME
from infra.openapi.parts import JSON, Answer, Body, Call, Parameter, ref
from infra.openapi.shapes import sent, shown, text, whole

AD = sent(
    AdSchema,
    {
        "edition": "The code of the edition that shows it; null for all of them.",
        "image": "The picture that is shown.",
        "image.src": "A path of the site, or an address of an origin that the operator lets pictures come from.",
        "image.width": "In pixels.",
        "image.height": "In pixels.",
        "alt": "What the picture says, for those who do not see it.",
        "link": "Where it leads: an https address.",
        "from": "When it comes.",
        "until": "When it goes; null for never.",
        "weight": "The heaviest ads of an edition are shown; ties go by name.",
    },
)
SCHEMAS = {
    "Ad": AD,
    "ShownAd": shown(
        AD,
        {
            "name": text("The ad's name.", **NAME),
            "live": {"type": "boolean", "description": "Whether its time is now."},
        },
        {},
    ),
    "Ads": whole(ads={"type": "array", "items": ref("ShownAd"), "description": "By name."}),
}

EXAMPLE = {
    "image": {"src": "/images/lamps.png", "width": 300, "height": 250},
    "alt": "Lamps that last: Ras Lamp & Sons",
    "link": "https://lamps.example/",
    "from": "2026-03-14T00:00:00Z",
    "until": "2026-04-14T00:00:00Z",
    "weight": 10,
}
SHOWN = EXAMPLE | {"edition": None, "name": "beside-1", "live": True}

PATH = Parameter("AdName", "path", "name", "The ad's name.", NAME, "beside-1")
CALLS = {
    "put": Call(
        {200: Answer("The ad as it is now.", (Body(JSON, ref("ShownAd"), SHOWN),))},
        (PATH,),
        (Body(JSON, ref("Ad"), EXAMPLE),),
    ),
    "get": Call({200: Answer("The ad.", (Body(JSON, ref("ShownAd"), SHOWN),))}, (PATH,)),
    "browse": Call({200: Answer("All ads.", (Body(JSON, ref("Ads"), {"ads": [SHOWN]}),))}),
    "delete": Call({204: Answer("Taken away, or never there.")}, (PATH,)),
}
