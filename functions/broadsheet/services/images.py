"""Makes the images that pages show of an upload, in several sizes and without metadata, or says why there are none."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from ..deadline import UNLIMITED, Deadline
from ..imaging import encoding
from ..imaging.decoding import decode
from ..imaging.result import NotAnImage, Picture
from ..model.image import image_path
from ..store.media import Media
from ..telemetry import logger

UNKNOWN = "it is broken, or of a kind that cannot be decoded; save it anew as a JPEG or PNG, and upload that"
EXHAUSTED = "it could not be converted in the memory and time of the function; upload a smaller one, or try once more"
MAX_ATTEMPTS = 3
Variants = Sequence[tuple[str, bytes]]


def process_upload(media: Media, id: str, deadline: Deadline = UNLIMITED, attempt: int = 1) -> None:
    """Make the variants of an upload, store the result, and delete the upload. Idempotent.

    The result is written after the variants, so a client that reads it finds them. An upload that does not exist was
    processed before. A file of which no variants can be made, for whatever reason, is refused. Raises `OutOfTime`, and
    errors of AWS, which a retry can mend.

    From the attempt `MAX_ATTEMPTS` on, the file is refused without being decoded: Lambda ends a process that exceeds
    its memory or time before it can answer.
    """
    content = media.upload(id)
    if content is None:
        return
    made, result = convert(content, id) if attempt < MAX_ATTEMPTS else ((), _refused(EXHAUSTED))
    for path, variant in made:
        deadline.check()
        media.put(path, variant)
    media.put_result(id, result)
    media.delete_upload(id)
    logger.info("an upload is processed", extra={"upload": id, "status": result["status"]})


def convert(content: bytes, id: str) -> tuple[Variants, dict[str, Any]]:
    """The variants of a file by their paths, and the result of its upload; no variants if it is refused."""
    try:
        picture = decode(content)
        extensions = {"webp": "webp", "jpg": "jpg" if encoding.has_webp(picture) else "jpeg"}
        made = [
            (image_path(id, width, extensions[format]), variant)
            for width, format, variant in encoding.variants(picture)
        ]
    except NotAnImage as error:
        return (), _refused(str(error))
    except Exception:  # noqa: BLE001  # decoders raise whatever they come upon, and an editor waits for an answer
        logger.warning("an upload cannot be converted", upload=id, exc_info=True)
        return (), _refused(UNKNOWN)
    return made, {"status": "ready"} | _result(picture, id, extensions["jpg"])


def _refused(reason: str) -> dict[str, Any]:
    return {"status": "refused", "reason": reason}


def _result(picture: Picture, id: str, extension: str) -> dict[str, Any]:
    width, height = encoding.widest(picture)
    image = {"src": image_path(id, width, extension), "width": width, "height": height}
    warnings = [asdict(warning) for warning in picture.warnings]
    return {"image": image} | ({"warnings": warnings} if warnings else {})
