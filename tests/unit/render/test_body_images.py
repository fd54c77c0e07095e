"""Images of the site within a text have all their sizes on the page, and one address in feeds."""

import json

from broadsheet.render.shared.body_images import SIZES, in_all_sizes
from tests.unit.render.newsroom import Newsroom

BASE = "https://courier.example"
ID = "1f" * 32


def sizes(ending: str, *widths: int) -> str:
    listed = ", ".join(f"{BASE}/images/{ID}/{width}.{ending} {width}w" for width in widths)
    return f'srcset="{listed}" sizes="{SIZES}"'


def test_a_page_offers_every_width_of_an_image_in_the_text_and_a_feed_the_widest() -> None:
    newsroom = Newsroom()
    text = f'One ![Quay](/images/{ID}/1200.jpg "The > quay")'
    article = newsroom.put("a", body={"format": "markdown", "text": text})
    built = newsroom.build()
    page = built[f"{article.path}index.html"[1:]].body.decode()
    assert f'<picture><source type="image/webp" {sizes("webp", 480, 960, 1200)}><img ' in page
    assert f"{sizes('jpg', 480, 960, 1200)}></picture>" in page
    item = json.loads(built["en/feed.json"].body)["items"][0]
    assert f'src="{BASE}/images/{ID}/1200.jpg"' in item["content_html"]
    assert "srcset" not in item["content_html"]


def test_an_image_that_webp_cannot_hold_is_offered_as_jpegs() -> None:
    html = f'<p><img src="{BASE}/images/{ID}/500.jpeg" alt=""></p>'
    expected = f'<p><img src="{BASE}/images/{ID}/500.jpeg" alt="" width="500" {sizes("jpeg", 480, 500)}></p>'
    assert in_all_sizes(html, BASE) == expected


def test_an_image_is_never_wider_than_its_file_and_as_narrow_as_its_editor_says() -> None:
    html = f'<img src="{BASE}/images/{ID}/120.jpg" alt="">'
    assert f'alt="" width="120" {sizes("jpg", 120)}' in in_all_sizes(html, BASE)
    assert 'alt="" width="90" srcset=' in in_all_sizes(html.replace('alt=""', 'alt="" width="90"'), BASE)


def test_other_images_and_those_with_sizes_of_their_own_stay_as_they_are() -> None:
    for html in (
        f'<img src="https://elsewhere.example/images/{ID}/1200.jpg">',
        f'<img src="{BASE}/media/quay.svg">',
        f'<img src="{BASE}/images/{ID}/1200.png">',
        f'<img src="{BASE}/images/{ID}/1200.jpg" srcset="{BASE}/a.jpg 2x">',
        f'<picture><source srcset="{BASE}/a.jpg"><img src="{BASE}/images/{ID}/1200.jpg"></picture>',
        f'<p title="<img src=&quot;{BASE}/images/{ID}/1200.jpg&quot;>">text</p>',
    ):
        assert in_all_sizes(html, BASE) == html
