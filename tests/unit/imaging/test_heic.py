"""HEIC files, as phones write them. No encoder of the project writes them, so these were made by libheif and x265."""

import base64
import zlib

import pytest

from tests.unit.imaging.pictures import converted, is_near, shown


def unpacked(text: str) -> bytes:
    return zlib.decompress(base64.b64decode(text))


# 64 × 32 pixels, red on the left and blue on the right, to be turned to the right by its own property `irot`.
TURNED = unpacked(
    "eNpjYGCQSSupLMhIzUxmAILczDRDEDs3MzGNgYGxPTe1JJEBAhQzUnKKoGyGgszkEgY0oJSZkw82xMWBgREIgYBxNYQGgiwgVs7M"
    "zEsD80CiokBOKhOUl1GWbAhi8hVkluTClDCyZxYUFQDZzzILkvOBdBlQmTMjM0hoAliR3AeGP39//GBg4GdOAOqQcGDkYfz/H6SA"
    "GaSCGYTkdjE5JAIltZwYGdFkFig0sk579WTZzh0cGQYKQCFmEMGgmARUzubCeLD4QCfQEuHk/JyivOScCqAoLwNbA1BIJLO4IBXq"
    "Mwco1kjOSSyAskH+U4DSIMD0////ByAaiAUKMisyQYLMHBwcQIozsyi/BOgeBsnMglxYaAMDkK2RiZm1pQ3IKcpNSQQFd5oG43rh"
    "hh8CD5f//+Or8f9X6Xn+y2c6O///uhzk/iPE+v+1zsOfvFw3r6msnfef/ZGs1xKv7ccm7ZP9bLbx/9xHt48ySd5T1utMLTpi/+bp"
    "kWP7Vt6xfpdcVbsqMPe/+ayFO449XH4np8p6vtAOAPgchiI="
)
# Two of them, not turned: the primary picture is as above, the other one is mirrored.
SEVERAL = unpacked(
    "eNpjYGCQSSupLMhIzUxmAILczDRDEDs3MzGNgYFxTW5qSSIDBChmpOQUQdkMBZnJJQxowCQzJx9siIsDAxMDI4jFeAFCA0EWUAwI"
    "mKzgIiCDLTIz89LAPJCsKJCTClYGVJNRlmzIgCLIhBDkK8gsyWWAqmRkzSwoKgCy72YWJOcD6TKgMmdGZpDQBLAiuQ8Mf/7++MHA"
    "wM+cANQh4cDIw/j/P0gBM0gFMwjJ7WJySARKajkxMqLJLFBoZJ326smynTs4MgwUgELMIIJBMQmonM2F8WDxgU6gJcLJ+TlFeck5"
    "FUBRXga2BqCQSGZxQSrUuw5QrJGck1gAZYOCQgFKg334////B9DAECjIrMgECTJzcHCA1GUW5MLiAhi8rI1MzKwtDExQmoHhcm5K"
    "IihO0jQY1ws3/BB4uPz/H1+N/79Kz/NfPtPZ+f/X5SD3HyHW/691Hv7k5bp5TWXtvP/sj2S9lnhtPzZpn+xns43/5z66fZRJ8p6y"
    "Xmdq0RH7N0+PHNu38o71u+Sq2lWBuf/NZy3ccezh8js5VdbzhXYAbYoF2/RVvdH+/4cTgfF/WKz231/v47X92qz5/w8tXPRvi2/Z"
    "A8Nt3+5nleUlvblte2fjrJZrUh77RaVfX55VmLT26G31wnUn3XPad+nf/vFrcveV7CzFaekX+K8ppgtXXI0AAKXxvV8="
)
# 8064 × 6048 pixels of grey, as from a phone of 48 megapixels.
LARGE = unpacked(
    "eNrt1jFIG1EYAOD/3aX1rNqGmmqRQq1dFKVF3JzOKqXiFnAQQUzOhLyQSx7JRSNSjEipkwiC4BYL3aTNKIrQbk5OdujWQqdOoV0y"
    "pLX/S6Kgq5K/4P/f4957//13H/cPlwDAo6i3qGIR6QCGK6ODeu3KUBRATLkRLwS1eBKbS6Tra1DS8eBS9MhEqvqQMRsEHhjidW0G"
    "6F/A01Mpk9HqVmcf4CZi1HexeWdQL+8q6bnnJV+lSiuc96VyUjgvYdmoMHVqo1p0WILKn3IZ4J45i3c8tEWrOD3VBaauMPU43Dfs"
    "EF589kKIS1cKULFg5s3Wz/G+D0mjq9XS2SN9suww3tI0Jj6ni2EbpXYnlUgnnUQO021wO4+pgMyoSO31HuO+s4ALv5I5qTOmZeHT"
    "oFMq96yD2BTfimH6sBvL7lwIG9if6RUfff7na6uLudzCfDab9S5E5noiX1n6NfL+ZLsSHy/9aOqdaA7m6x1o2Gix3q3curNzvNto"
    "GNrWNv2Tsw1nTQgU3xKoOOI2jTvwjcQ1wxRsoEihBj9RqN/zBKr4QoD6AgSotUeAtpQJ0I4SAdpdIECHugnQVxRfh2kKNEPxE7dO"
    "8RncpUBPKNC/BKjoIzAnCMxlAnOHwDwgMAn+qIjfjTeNDgKzh8AcJjBf3hAzSGDOsMkmm/+tGWeTTTbZZJNNNtlkk0022WSTTTbZ"
    "ZJNNNtlkk82rmveL/wDeMt0U"
)


def test_a_heic_is_turned_once() -> None:
    image = shown(TURNED)
    assert image.size == (32, 64)
    assert is_near(image, (16, 4), (255, 0, 0))
    assert is_near(image, (16, 60), (0, 0, 255))


def test_of_a_heic_with_several_pictures_the_primary_one_is_shown() -> None:
    result, variants = converted(SEVERAL)
    assert "warnings" not in result
    assert variants["64.jpg"].size == (64, 32)
    assert is_near(variants["64.jpg"], (4, 16), (255, 0, 0))


@pytest.mark.parametrize("content", [TURNED[:300], TURNED[:-60] + b"\xff" * 60, TURNED[:40]])
def test_a_damaged_heic_is_refused_or_shown(content: bytes) -> None:
    result, _ = converted(content)
    assert result["status"] in ("ready", "refused")
    assert result["status"] == "ready" or "broken" in result["reason"]


@pytest.mark.proof
def test_a_heic_of_48_megapixels_is_shown() -> None:
    result, variants = converted(LARGE)
    assert result["image"]["width"] == 1600
    assert is_near(variants["1600.jpg"], (800, 600), (120, 130, 140))
