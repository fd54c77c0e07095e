"""What the calls of functions/images.py take and give."""

from __future__ import annotations

import images
from broadsheet.model.image import ID
from broadsheet.schemas.image import UploadSchema
from infra.openapi.parts import JSON, Answer, Body, Call, Parameter, ref
from infra.openapi.shapes import sent, text, whole, written

NAME = {"type": "string", "pattern": written(ID.pattern)}
DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

KEY = text("The image's id: the SHA-256 of its file, in hexadecimal.", **NAME)
SCHEMAS = {
    "Upload": sent(
        UploadSchema,
        {
            "sha256": "The SHA-256 of the file, in hexadecimal.",
            "size": "The file's size in bytes.",
            "type": "The file's media type.",
        },
    ),
    "Invitation": whole(
        id=KEY,
        status={"type": "string", "const": "waiting"},
        upload=whole(
            method=text("The request's method.", const="PUT"),
            url=text("Where to, signed. It serves this file and no other.", format="uri"),
            headers={
                "type": "object",
                "additionalProperties": {"type": "string"},
                "description": "The headers that the request must have.",
            },
        ),
        expires_in={
            "type": "integer",
            "const": images.EXPIRES_IN,
            "description": "For how many seconds it may be used.",
        },
    ),
    "ReadyImage": whole(
        id=KEY,
        status={"type": "string", "const": "ready"},
        image=whole(
            src=text("The path of its widest JPEG, for an article."),
            width={"type": "integer", "minimum": 1, "description": "In pixels."},
            height={"type": "integer", "minimum": 1, "description": "In pixels."},
        ),
    ),
    "RefusedImage": whole(
        id=KEY, status={"type": "string", "const": "refused"}, reason=text("Why, in a sentence for its editor.")
    ),
}

READY = {
    "id": DIGEST,
    "status": "ready",
    "image": {"src": f"/images/{DIGEST}/1600.jpg", "width": 1600, "height": 900},
}
INVITED = {
    "id": DIGEST,
    "status": "waiting",
    "upload": {
        "method": "PUT",
        "url": f"https://media.example/uploads/{DIGEST}?X-Amz-Signature=0123456789abcdef",
        "headers": {
            "Content-Type": "image/jpeg",
            "Content-Length": "482113",
            "x-amz-checksum-sha256": "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=",
        },
    },
    "expires_in": images.EXPIRES_IN,
}

CALLS = {
    "post": Call(
        {
            200: Answer("The file was uploaded before.", (Body(JSON, ref("ReadyImage"), READY),)),
            201: Answer("The request by which to upload it.", (Body(JSON, ref("Invitation"), INVITED),)),
        },
        takes=(Body(JSON, ref("Upload"), {"sha256": DIGEST, "size": 482_113, "type": "image/jpeg"}),),
    ),
    "get": Call(
        {
            200: Answer(
                "What became of it.",
                (Body(JSON, {"oneOf": [ref("ReadyImage"), ref("RefusedImage")]}, READY),),
            )
        },
        (Parameter("ImageId", "path", "id", "The image's id.", NAME, DIGEST),),
    ),
}
