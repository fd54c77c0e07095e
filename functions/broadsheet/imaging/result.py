"""What comes of a file: a picture with warnings, or a refusal."""

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image


class NotAnImage(Exception):
    """The upload is not an image that pages can show. The message tells the editor why."""


@dataclass(frozen=True, slots=True)
class Warned:
    """What a picture loses: a kind, and a sentence for the editor."""

    kind: str
    message: str


@dataclass(frozen=True, slots=True)
class Animation:
    """The frames of a moving picture in RGB; how long each is shown, in milliseconds; how often all are, 0 for ever."""

    frames: Sequence[Image.Image]
    durations: Sequence[int]
    plays: int


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded file. `still` may be smaller than the original, whose upright size is `width` and `height`."""

    still: Image.Image
    width: int
    height: int
    animation: Animation | None = None
    warnings: Sequence[Warned] = ()
