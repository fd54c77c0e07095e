"""Pictures that move keep moving, or the result says that they do not."""

from typing import Any

import pytest
from PIL import Image

from broadsheet.imaging import limits
from tests.unit.imaging.pictures import chunk, converted, encoded, is_near, with_chunks

COLOURS = [(200, 0, 0), (0, 200, 0), (0, 0, 200), (200, 200, 0)]
TIMES = [40, 250, 5, 120]


def moving(format: str, size: tuple[int, int] = (24, 16), frames: int = 4, **more: Any) -> bytes:
    images = [Image.new("RGB", size, COLOURS[number % 4]) for number in range(frames)]
    return encoded(images[0], format, save_all=True, append_images=images[1:], **more)


def played(image: Image.Image) -> list[tuple[int, int]]:
    """Each frame: which colour it has, and for how long."""
    frames = []
    for number in range(getattr(image, "n_frames", 1)):
        image.seek(number)
        image.load()
        [colour] = [each for each, value in enumerate(COLOURS) if is_near(image, (5, 5), value, 20)]
        frames.append((colour, int(image.info["duration"])))
    return frames


@pytest.mark.parametrize("format", ["GIF", "WEBP", "PNG"])
def test_an_animation_keeps_its_frames_and_times_as_webp_and_its_first_frame_as_jpeg(format: str) -> None:
    result, variants = converted(moving(format, duration=TIMES, loop=0))
    assert "warnings" not in result
    # Browsers show a frame of at most 10 ms for 100 ms.
    assert played(variants["24.webp"]) == [(0, 40), (1, 250), (2, 100), (3, 120)]
    assert variants["24.webp"].info["loop"] == 0
    assert is_near(variants["24.jpg"], (5, 5), COLOURS[0])


def test_an_avif_animation_moves() -> None:
    _, variants = converted(moving("AVIF", duration=TIMES, speed=10))
    assert [colour for colour, _ in played(variants["24.webp"])] == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("format", "sent", "plays"),
    [("GIF", {}, 1), ("GIF", {"loop": 2}, 3), ("WEBP", {"loop": 3}, 3), ("PNG", {"loop": 3}, 3)],
)
def test_an_animation_is_played_as_often_as_before(format: str, sent: dict[str, Any], plays: int) -> None:
    _, variants = converted(moving(format, duration=50, **sent))
    assert variants["24.webp"].info["loop"] == plays


def test_a_picture_for_programs_without_animations_is_not_a_frame() -> None:
    _, variants = converted(moving("PNG", duration=50, default_image=True))
    assert [colour for colour, _ in played(variants["24.webp"])] == [1, 2, 3]
    assert is_near(variants["24.jpg"], (5, 5), COLOURS[0])


def test_every_width_of_an_animation_moves() -> None:
    _, variants = converted(moving("GIF", (500, 20), duration=50))
    assert {name: getattr(image, "n_frames", 1) for name, image in variants.items()} == {
        "480.webp": 4,
        "480.jpg": 1,
        "500.webp": 4,
        "500.jpg": 1,
    }


@pytest.mark.parametrize("format", ["GIF", "WEBP", "PNG"])
@pytest.mark.parametrize(("limit", "most"), [("MAX_FRAMES", 3), ("MAX_ANIMATED_PIXELS", 3 * 24 * 16)])
def test_an_animation_over_a_limit_stands_still_with_a_warning(
    format: str, limit: str, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, limit, most)
    result, variants = converted(moving(format, duration=50))
    [warning] = result["warnings"]
    assert warning["kind"] == "still"
    assert f"more than {most:,} " in warning["message"]
    assert getattr(variants["24.webp"], "n_frames", 1) == 1
    assert is_near(variants["24.webp"], (5, 5), COLOURS[0])


@pytest.mark.parametrize("format", ["GIF", "PNG"])
def test_an_animation_that_breaks_off_ends_there_with_a_warning(format: str) -> None:
    content = moving(format, (60, 60), frames=4, duration=50)
    result, variants = converted(content[: len(content) * 7 // 8])
    assert [warning["kind"] for warning in result["warnings"]] == ["truncated"]
    assert 1 < getattr(variants["60.webp"], "n_frames", 1) < 4


def test_a_still_picture_that_claims_to_move_is_shown() -> None:
    claims = with_chunks(encoded(Image.new("RGB", (24, 16), COLOURS[0])), chunk(b"acTL", b"\0\0\xff\xff\0\0\0\0"))
    result, variants = converted(claims)
    assert result["status"] == "ready"
    assert is_near(variants["24.jpg"], (5, 5), COLOURS[0])


def test_a_frame_outside_the_picture_ends_the_animation() -> None:
    content = moving("GIF", duration=50)
    last = content.rindex(b"\x2c\0\0\0\0")
    outside = content[: last + 5] + b"\xff\xff\xff\xff" + content[last + 9 :]
    result, variants = converted(outside)
    assert [warning["kind"] for warning in result["warnings"]] == ["truncated"]
    assert [colour for colour, _ in played(variants["24.webp"])] == [0, 1, 2]


def test_frames_that_are_all_the_same_are_a_still_with_a_warning() -> None:
    gif = moving("GIF", frames=2, duration=50)
    first, second = (gif.rindex(b"\x21\xf9", 0, gif.index(b"\x2c\0\0\0\0")), gif.rindex(b"\x21\xf9"))
    result, variants = converted(gif[:second] + gif[first:second] + b"\x3b")
    [warning] = result["warnings"]
    assert warning["kind"] == "still"
    assert "the same" in warning["message"]
    assert getattr(variants["24.webp"], "n_frames", 1) == 1
