"""Uploaded images within an article's text, on its page: in all their sizes, like the image above the text."""

import re
from collections.abc import Sequence

from ...model.image import sources

# In sanitised HTML every `<` starts a tag, and attribute values are in double quotes. A `picture` has its own sizes.
IMAGE = re.compile(r'<picture\b(?:[^">]|"[^"]*")*>.*?</picture>|<img\b(?P<attributes>(?:[^">]|"[^"]*")*)>', re.DOTALL)
SRC = re.compile(r' src="([^"]*)"')
SIZES = "(min-width: 60rem) 44rem, 100vw"  # the width of the text, as in article.html


def in_all_sizes(html: str, base_url: str) -> str:
    """The sanitised HTML, with a choice of sizes and formats for each uploaded image that has no `srcset`."""

    def sized(image: re.Match[str]) -> str:
        attributes = image["attributes"] or ""
        src = SRC.search(attributes)
        if src is None or " srcset=" in attributes or not src[1].startswith(f"{base_url}/images/"):
            return image[0]
        path = src[1].removeprefix(base_url)
        jpeg, webp = sources(path, "jpeg"), sources(path, "webp")
        if not jpeg:
            return image[0]
        # With `srcset` alone, a browser would make the image as wide as `sizes` says, however narrow its file is.
        width = "" if " width=" in attributes else f' width="{jpeg[-1][1]}"'
        shown = f"<img{attributes}{width} {_choice(jpeg, base_url)}>"
        return f'<picture><source type="image/webp" {_choice(webp, base_url)}>{shown}</picture>' if webp else shown

    return IMAGE.sub(sized, html)


def _choice(files: Sequence[tuple[str, int]], base_url: str) -> str:
    srcset = ", ".join(f"{base_url}{path} {width}w" for path, width in files)
    return f'srcset="{srcset}" sizes="{SIZES}"'
