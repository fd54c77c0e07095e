"""What pages say of themselves to software: cards for who shares them, and linked data for who searches.

Cards are Open Graph's (https://ogp.me), which all networks read; linked data is schema.org's, as JSON-LD.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from ...model.article import Article
from ...model.config import Edition, Site
from ...model.manuscript import Image
from ..shared import urls

LONGEST_HEADLINE = 110  # Google shows no more of one
LOGO = "/assets/icon.svg"
# In a script element `<` can end it early, and U+2028 and U+2029 end lines in old scripts; escaped, JSON says the same.
ESCAPED = str.maketrans({sign: f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"})


@dataclass(frozen=True, slots=True)
class Meta:
    """A page's kind in Open Graph's words, its picture, what else its card says, and its linked data."""

    kind: str = "website"
    picture: Image | None = None
    facts: Sequence[tuple[str, str]] = ()
    linked: Markup | None = None


PLAIN = Meta()


def front_meta(edition: Edition, site: Site) -> Meta:
    """The front page is the paper's own, so it says who that is."""
    home = urls.absolute(site, f"/{edition.code}/")
    paper = _publisher(edition, site)
    website = {
        "@type": "WebSite",
        "@id": f"{home}#website",
        "name": edition.name,
        "description": edition.tagline,
        "url": home,
        "inLanguage": edition.code,
        "publisher": {"@id": paper["@id"]},
    }
    return Meta(linked=_graph(paper, website))


def article_meta(
    article: Article, description: str, corrected: bool, translations: Sequence[Article], site: Site
) -> Meta:
    """The article as news, and the way to it from the front page."""
    edition = site.editions[article.edition]
    published = site.local(article.published_at).isoformat()
    modified = site.local(article.updated_at).isoformat() if corrected else published
    section = edition.sections.get(article.section, article.section)
    facts = [("article:published_time", published)]
    facts += [("article:modified_time", modified)] if corrected else []
    facts += [("article:section", section), *(("article:tag", tag) for tag in article.tags)]
    front = f"/{edition.code}/"
    steps = [
        (edition.name, front),
        (section, f"{front}section/{article.section}/"),
        (article.headline, article.path or front),
    ]
    news = _news(article, description, section, published, modified, site) | _translated(article, translations, site)
    if corrected and article.correction:
        news["correction"] = {"@type": "CorrectionComment", "text": article.correction, "datePublished": modified}
    linked = _graph(news, _trail(steps, site))
    return Meta("article", article.image, facts, linked)


def trail_meta(steps: Sequence[tuple[str, str]], site: Site) -> Meta:
    """The way to the page from the front page."""
    return Meta(linked=_graph(_trail(steps, site)))


def _news(
    article: Article, description: str, section: str, published: str, modified: str, site: Site
) -> dict[str, Any]:
    edition = site.editions[article.edition]
    address = urls.absolute(site, article.path or "/")
    authors = [
        {"@type": "Person", "name": name, "url": urls.absolute(site, channel.folder)}
        for channel, name in article.names.items()
        if channel.listing.startswith("author/")
    ]
    return {
        "@type": "NewsArticle",
        "@id": _identity(article, site),
        "mainEntityOfPage": address,
        "headline": article.headline[:LONGEST_HEADLINE],
        "description": description,
        "inLanguage": article.edition,
        "datePublished": published,
        "dateModified": modified,
        "articleSection": section,
        "keywords": list(article.tags),
        "isAccessibleForFree": True,
        "author": authors or {"@id": _home(edition, site)},
        "publisher": _publisher(edition, site),
        **({"image": _picture(article.image, site)} if article.image else {}),
    }


def _translated(article: Article, translations: Sequence[Article], site: Site) -> dict[str, Any]:
    """What it is a translation of, and what is one of it."""
    original = [each for each in translations if each.id == article.translation_of]
    if original:
        return {"translationOfWork": {"@id": _identity(original[0], site)}}
    named = [{"@id": _identity(each, site)} for each in translations if each.translation_of == article.id]
    return {"workTranslation": named} if named else {}


def _identity(article: Article, site: Site) -> str:
    return urls.absolute(site, f"{article.path}#article")


def _trail(steps: Sequence[tuple[str, str]], site: Site) -> Mapping[str, Any]:
    """The way from the front page (https://schema.org/BreadcrumbList); the last step is the page itself."""
    items = [
        {"@type": "ListItem", "position": at, "name": name, "item": urls.absolute(site, path)}
        for at, (name, path) in enumerate(steps, 1)
    ]
    return {"@type": "BreadcrumbList", "itemListElement": items}


def _publisher(edition: Edition, site: Site) -> Mapping[str, Any]:
    return {
        "@type": "NewsMediaOrganization",
        "@id": _home(edition, site),
        "name": edition.name,
        "url": urls.absolute(site, f"/{edition.code}/"),
        "logo": {"@type": "ImageObject", "url": urls.absolute(site, LOGO)},
    }


def _home(edition: Edition, site: Site) -> str:
    """What the edition's publisher is known by; it is nobody's page."""
    return urls.absolute(site, f"/{edition.code}/#publisher")


def _picture(image: Image, site: Site) -> Mapping[str, Any]:
    said = {"caption": image.caption or image.alt, "creditText": image.credit}
    return {
        "@type": "ImageObject",
        "url": urls.absolute(site, image.src),
        "width": image.width,
        "height": image.height,
        **{name: text for name, text in said.items() if text},
    }


def _graph(*things: Mapping[str, Any]) -> Markup:
    """JSON-LD that stands in a script element as it is, whatever the texts in it hold."""
    text = json.dumps({"@context": "https://schema.org", "@graph": things}, ensure_ascii=False)
    # Safe: nothing that HTML reads as markup is left in it.
    return Markup(text.translate(ESCAPED))  # noqa: S704
