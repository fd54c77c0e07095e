"""A mail of each kind in each language of the site, to look at."""

from itertools import product

from broadsheet.model import config
from broadsheet.render.newsletter.mail import Kind, letter
from broadsheet.settings import SITE_FILE
from tests.world import NOON

SITE = config.parse_site(SITE_FILE.read_text(encoding="utf-8"))
SHOWN: dict[Kind, set[str]] = {
    "confirmation": {"confirm", "unsubscribe"},
    "welcome": {"preferences", "unsubscribe"},
    "farewell": {"again", "preferences"},
}
LINKS = {
    name: f"https://courier.example/api/subscriptions/{name}?edition=en&token=" + name[0] * 150
    for name in ("confirm", "unsubscribe", "preferences", "again")
}
SENDER = "newsletter@courier.example"
EVERY = list(product(SHOWN, SITE.editions))


def sent(kind: Kind = "confirmation", edition: str = "en", address: str = "reader@example.org") -> bytes:
    links = {name: LINKS[name] for name in SHOWN[kind]}
    return letter(kind, SITE.editions[edition], address, SENDER, links, NOON).as_bytes()
