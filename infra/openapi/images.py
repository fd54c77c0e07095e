"""The requests and answers of functions/images.py."""

from __future__ import annotations

import images
from broadsheet.model import image
from broadsheet.schemas.image import UPLOAD
from infra.openapi.parts import JSON, Answer, Body, Call, Parameter, ref
from infra.openapi.shapes import anchored, described, request, text, whole

ID = {"type": "string", "pattern": anchored(image.ID.pattern)}
DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

IMAGE_ID = text("The image's id: the SHA-256 of its file, in hexadecimal.", **ID)
SCHEMAS = {
    "Upload": described(
        "A file that a client will upload.",
        request(
            UPLOAD,
            {
                "sha256": "The file's SHA-256, in hexadecimal.",
                "size": "The file's size in bytes.",
                "type": "The file's media type.",
            },
        ),
    ),
    "WaitingImage": described(
        "An image whose file is to be uploaded.",
        whole(
            id=IMAGE_ID,
            status=text("The state of the image.", const="waiting"),
            upload=described(
                "The request that uploads the file.",
                whole(
                    method=text("The method of the request that uploads the file.", const="PUT"),
                    url=text("Its URL, signed for this file only.", format="uri"),
                    headers={
                        "type": "object",
                        "additionalProperties": {"type": "string"},
                        "description": "The headers that it must have.",
                    },
                ),
            ),
            expires_in={
                "type": "integer",
                "const": images.EXPIRES_IN,
                "description": "How long the URL is valid, in seconds.",
            },
        ),
    ),
    "ReadyImage": described(
        "An image that articles can show.",
        whole(
            id=IMAGE_ID,
            status=text("The state of the image.", const="ready"),
            image=described(
                "What the `image` of an article needs, besides its `alt`.",
                whole(
                    src=text("The path of its widest JPEG, for the image of an article."),
                    width={"type": "integer", "minimum": 1, "description": "In pixels."},
                    height={"type": "integer", "minimum": 1, "description": "In pixels."},
                ),
            ),
            warnings={
                "type": "array",
                "items": whole(
                    kind=text(
                        "`still`: a picture that moves is shown without movement. `truncated`: the file breaks off.",
                        enum=["still", "truncated"],
                    ),
                    message=text("What is left out and why, in a sentence for the editor."),
                ),
                "description": "What the image has lost.",
            },
        ),
    ),
    "RefusedImage": described(
        "An image whose file was refused.",
        whole(
            id=IMAGE_ID,
            status=text("The state of the image.", const="refused"),
            reason=text("The reason, in a sentence for the editor."),
        ),
    ),
    "ProcessedImage": described(
        "An image whose file was uploaded.", {"oneOf": [ref("ReadyImage"), ref("RefusedImage")]}
    ),
}

READY = {
    "id": DIGEST,
    "status": "ready",
    "image": {"src": f"/images/{DIGEST}/1600.jpg", "width": 1600, "height": 900},
    "warnings": [],
}
WAITING = {
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
            200: Answer("The file was uploaded earlier.", (Body(JSON, ref("ReadyImage"), READY),)),
            201: Answer("The request that uploads the file.", (Body(JSON, ref("WaitingImage"), WAITING),)),
        },
        bodies=(Body(JSON, ref("Upload"), {"sha256": DIGEST, "size": 482_113, "type": "image/jpeg"}),),
    ),
    "get": Call(
        {
            200: Answer(
                "The processed image, or why the file was refused.",
                (Body(JSON, ref("ProcessedImage"), READY),),
            )
        },
        (Parameter("ImageId", "path", "id", "The image's id.", ID, DIGEST),),
    ),
}
