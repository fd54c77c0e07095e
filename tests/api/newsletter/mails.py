"""A mail of each kind in each language of the site, for tests and screenshots."""

from itertools import product

from broadsheet.model import config
from broadsheet.render.newsletter.mail import Kind, render_mail
from broadsheet.settings import SITE_FILE
from tests.world import NOON

SITE = config.parse_site(SITE_FILE.read_text(encoding="utf-8"))
SHOWN_LINKS: dict[Kind, set[str]] = {
    "confirmation": {"confirm", "unsubscribe"},
    "welcome": {"preferences", "unsubscribe"},
    "farewell": {"again", "preferences"},
    "links": {"preferences", "unsubscribe"},
    "reminder": {"preferences", "unsubscribe"},
    "imported": {"preferences", "unsubscribe"},
}
LINKS = {
    name: f"https://courier.example/api/subscriptions/{name}?edition=en&token=" + name[0] * 150
    for name in ("confirm", "unsubscribe", "preferences", "again")
}
SENDER = "newsletter@courier.example"
EVERY = list(product(SHOWN_LINKS, SITE.editions))


def sent(kind: Kind = "confirmation", edition: str = "en", email: str = "reader@example.org") -> bytes:
    links = {name: LINKS[name] for name in SHOWN_LINKS[kind]}
    return render_mail(kind, SITE.editions[edition], email, SENDER, links, NOON).as_bytes()
