"""Files that break off."""

import random

import pytest
from PIL import Image

from tests.unit.imaging.pictures import converted, encoded

NOISE = Image.frombytes("RGB", (100, 400), random.Random(7).randbytes(100 * 400 * 3))  # noqa: S311  the same each time
BASELINE, PROGRESSIVE = (encoded(NOISE, "JPEG", quality=90, progressive=each) for each in (False, True))
PNG = encoded(NOISE)


@pytest.mark.parametrize("content", [BASELINE, PROGRESSIVE])
def test_a_jpeg_without_its_last_bytes_is_whole(content: bytes) -> None:
    for missing in (1, 2, 10):
        result, variants = converted(content[:-missing])
        assert result["image"]["height"] == 400
        assert variants["100.jpg"].size == (100, 400)


@pytest.mark.parametrize("content", [BASELINE, PNG], ids=["jpeg", "png"])
def test_a_file_that_loses_up_to_a_tenth_of_its_rows_is_cut_with_a_warning(content: bytes) -> None:
    result, variants = converted(content[: len(content) * 93 // 100])
    assert 360 <= result["image"]["height"] < 400
    assert variants["100.jpg"].size == (100, result["image"]["height"])
    [warning] = result["warnings"]
    assert warning["kind"] == "truncated"
    assert "% of the picture" in warning["message"]


@pytest.mark.parametrize("content", [BASELINE, PNG], ids=["jpeg", "png"])
def test_a_file_that_loses_more_is_refused_with_what_is_left(content: bytes) -> None:
    result, _ = converted(content[: len(content) // 2])
    assert result["status"] == "refused"
    assert "it breaks off after" in result["reason"]


def test_a_progressive_jpeg_that_breaks_off_is_less_sharp_with_a_warning() -> None:
    result, _ = converted(PROGRESSIVE[: len(PROGRESSIVE) * 93 // 100])
    assert [warning["kind"] for warning in result["warnings"]] == ["truncated"]
    assert result["image"]["height"] == 400
