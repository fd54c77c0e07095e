"""The largest pictures fit in the memory of the function, each in a fresh process."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.template.resources import ROOT

# Of the function's 1,769 MB, some 300 are Lambda's and Python's, and the encoders'.
MEMORY = 1_300  # MB
MAKE = """
import json, sys
from PIL import Image
Image.MAX_IMAGE_PIXELS = None
mode, width, height, options = sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), json.loads(sys.argv[5])
noise = Image.effect_noise((width // 16, max(1, height // 16)), 60).resize((width, height))
image = Image.new("I;16", (width, height), 30_000) if mode == "I;16" else noise.convert(mode)
image.save(sys.argv[1], **options)
"""
# VmHWM and not ru_maxrss: Linux carries the latter across fork and exec, so that it starts at the parent's peak.
CONVERT = r"""
import pathlib, re, sys
from broadsheet.services.images import convert
_, result = convert(pathlib.Path(sys.argv[1]).read_bytes(), "0a" * 32)
print(result["status"], result.get("reason", ""))
print(int(re.search(r"VmHWM:\s+(\d+) kB", pathlib.Path("/proc/self/status").read_text())[1]) // 1024)
"""


@pytest.mark.proof
@pytest.mark.parametrize(
    ("mode", "width", "height", "options"),
    [
        ("RGB", 8192, 6144, '{"format": "JPEG"}'),
        ("RGB", 12_000, 9000, '{"format": "JPEG"}'),
        ("RGB", 16_320, 12_240, '{"format": "JPEG"}'),
        ("CMYK", 12_000, 9000, '{"format": "JPEG"}'),
        ("RGB", 3100, 30_000, '{"format": "JPEG"}'),
        ("RGB", 12_000, 10_000, '{"format": "JPEG", "progressive": true, "subsampling": 0}'),
        ("RGB", 10_000, 10_000, '{"format": "PNG", "compress_level": 1}'),
        ("RGBA", 3300, 30_000, '{"format": "PNG", "compress_level": 1}'),
        ("P", 10_000, 10_000, '{"format": "PNG", "compress_level": 1}'),
        ("I;16", 10_000, 10_000, '{"format": "PNG", "compress_level": 1}'),
        ("L", 10_000, 10_000, '{"format": "GIF"}'),
        ("RGBA", 7500, 8000, '{"format": "WEBP", "method": 0}'),
        ("RGBA", 7500, 8000, '{"format": "AVIF", "speed": 10}'),
    ],
)
def test_a_picture_at_a_limit_fits_in_memory(mode: str, width: int, height: int, options: str, tmp_path: Path) -> None:
    file = tmp_path / "picture"
    _run(MAKE, str(file), mode, str(width), str(height), options)
    status, memory = _run(CONVERT, str(file)).splitlines()
    assert status.strip() == "ready"
    assert int(memory) < MEMORY


def _run(code: str, *arguments: str) -> str:
    done = subprocess.run(  # noqa: S603  # our own interpreter and code
        [sys.executable, "-c", code, *arguments],
        env={"PYTHONPATH": str(ROOT / "functions"), "POWERTOOLS_SERVICE_NAME": "tests"},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return done.stdout
