"""What the calls of functions/ads.py take and give."""

from __future__ import annotations

from broadsheet.schemas.ad import SlotSchema
from infra.openapi.articles import NAME
from infra.openapi.parts import JSON, Answer, Body, Call, Parameter, ref
from infra.openapi.shapes import sent, shown, text, whole

SLOT = sent(
    SlotSchema,
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
        "weight": "The heaviest slots of an edition are shown; ties go by name.",
    },
)
SCHEMAS = {
    "Slot": SLOT,
    "ShownSlot": shown(
        SLOT,
        {
            "name": text("The slot's name.", **NAME),
            "live": {"type": "boolean", "description": "Whether its time is now."},
        },
        {},
    ),
    "Slots": whole(slots={"type": "array", "items": ref("ShownSlot"), "description": "By name."}),
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

PATH = Parameter("SlotName", "path", "name", "The slot's name.", NAME, "beside-1")
CALLS = {
    "put": Call(
        {200: Answer("The slot as it is now.", (Body(JSON, ref("ShownSlot"), SHOWN),))},
        (PATH,),
        (Body(JSON, ref("Slot"), EXAMPLE),),
    ),
    "get": Call({200: Answer("The slot.", (Body(JSON, ref("ShownSlot"), SHOWN),))}, (PATH,)),
    "browse": Call({200: Answer("All slots.", (Body(JSON, ref("Slots"), {"slots": [SHOWN]}),))}),
    "delete": Call({204: Answer("Taken away, or never there.")}, (PATH,)),
}
