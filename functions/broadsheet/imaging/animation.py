"""Pictures that move: GIF, animated WebP, PNG and AVIF."""

from collections.abc import Callable, Iterator, Sequence

from PIL import Image, ImageFile

from ..model.image import WIDTHS
from . import limits
from .result import Animation, Warned

FORMATS = ("GIF", "WEBP", "PNG", "AVIF")
# Browsers show a frame that has at most 10 ms for 100 ms.
SHORTEST, INSTEAD = 10, 100  # ms

Finish = Callable[[Image.Image], Image.Image]


def read(image: ImageFile.ImageFile, finish: Finish, first: Image.Image) -> tuple[Animation | None, list[Warned]]:
    """The animation of a loaded image, None if it does not move or is too long; with what is left out of it.

    `first` is its first frame, finished. What `finish` makes of the frames is kept, at most as wide as pages show it.
    """
    if image.format not in FORMATS:
        return None, []
    plays = _plays(image)
    # A PNG may have a picture for programs that know no animations, before the frames.
    separate = bool(image.info.get("default_image"))
    frames, durations, warned = [] if separate else [_narrow(first)], [] if separate else [_duration(image)], []
    try:
        for frame in _following(image):
            if limit := limits.too_long(len(frames) + 1, *image.size):
                return None, [Warned("still", f"The picture moves, with {limit}: only its first frame is shown.")]
            frames.append(_narrow(finish(frame)))
            durations.append(_duration(frame))
    except Exception:  # noqa: BLE001  # decoders raise whatever they come upon; the frames before are whole
        warned = [Warned("still" if len(frames) < 2 else "truncated", _broken_off(len(frames)))]
    if len(frames) < 2:
        return None, warned
    if _alike(frames):  # libwebp would make a still of them
        return None, [
            *warned,
            Warned("still", "All frames of the picture are the same: only the first one is shown."),
        ]
    return Animation(frames, durations, plays), warned


def _alike(frames: Sequence[Image.Image]) -> bool:
    first = frames[0].tobytes()
    return all(frame.tobytes() == first for frame in frames[1:])


def _following(image: ImageFile.ImageFile) -> Iterator[ImageFile.ImageFile]:
    """The frames after the first. Each is the same object, so it must be used before the next one is asked for."""
    size = image.size
    for index in range(1, limits.MAX_FRAMES + 2):
        try:
            image.seek(index)
        except EOFError:
            return
        if image.size != size:
            raise ValueError("a frame that is larger than the first one")
        image.load()
        yield image


def _broken_off(frames: int) -> str:
    if frames < 2:
        return "The file is damaged after its first frame: only this one is shown."
    return f"The file is damaged after frame {frames}: the animation ends there."


def _narrow(frame: Image.Image) -> Image.Image:
    if frame.width <= WIDTHS[-1]:
        return frame
    return frame.resize((WIDTHS[-1], max(1, round(frame.height * WIDTHS[-1] / frame.width))))


def _duration(frame: Image.Image) -> int:
    milliseconds = round(frame.info.get("duration") or 0)
    return milliseconds if milliseconds > SHORTEST else INSTEAD


def _plays(image: Image.Image) -> int:
    """How often the animation is played: 0 means always. A GIF says how often it is repeated, or nothing."""
    loop = image.info.get("loop")
    if image.format == "GIF":
        return 1 if loop is None else loop and loop + 1
    return loop or 0
