"""The metadata of pages: cards for social networks, and linked data for search engines.

Cards are Open Graph's (https://ogp.me), which all networks read. Linked data is schema.org's, as JSON-LD.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from ...model.article import Article
from ...model.channel import Channel
from ...model.config import Author, Edition, Site
from ...model.correction import Correction
from ...model.enclosure import Enclosure
from ...model.manuscript import Image
from ..shared import channels, urls

MAX_HEADLINE_LENGTH = 110  # Google shows no more
LOGO, LOGO_SIDE = "/assets/icon-512.png", 512  # pixels; search engines show no SVG everywhere
# `<` can end a script element early, and U+2028 and U+2029 end lines in old scripts. JSON allows escapes for them.
ESCAPED = str.maketrans({sign: f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"})


@dataclass(frozen=True, slots=True)
class Meta:
    """A page's Open Graph type, its image, the other properties of its card, and its linked data."""

    type: str = "website"
    image: Image | None = None
    properties: Sequence[tuple[str, str]] = ()
    linked_data: Markup | None = None


PLAIN = Meta()


def site_meta(site: Site) -> Meta:
    """The page at `/` names the website: Google takes a site's name from there, in all languages that it has."""
    home = urls.absolute(site, "/")
    names = dict.fromkeys(edition.name for edition in site.editions.values() if edition.name != site.name)
    website = {"@type": "WebSite", "@id": f"{home}#website", "name": site.name, "url": home}
    return Meta(linked_data=_graph(website | ({"alternateName": [*names]} if names else {})))


def front_meta(edition: Edition, site: Site) -> Meta:
    """The front page describes the website and its publisher."""
    home = urls.absolute(site, f"{edition.root}/")
    publisher = _publisher(edition, site)
    website = {
        "@type": "WebSite",
        "@id": _website_id(edition, site),
        "name": edition.name,
        "description": edition.tagline,
        "url": home,
        "inLanguage": edition.code,
        "publisher": {"@id": publisher["@id"]},
        **({"alternateName": site.name} if site.name != edition.name else {}),
    }
    return Meta(linked_data=_graph(publisher, website))


def article_meta(
    article: Article,
    description: str,
    translations: Sequence[Article],
    enclosures: Sequence[Enclosure],
    site: Site,
) -> Meta:
    """The article as news, and its breadcrumbs."""
    edition = site.editions[article.edition]
    published = site.local(article.published_at).isoformat()
    modified = site.local(article.updated_at).isoformat()
    section = edition.sections.get(article.section, article.section)
    properties = [("article:published_time", published)]
    properties += [("article:modified_time", modified)] if article.updated else []
    # The pages of authors, which are profiles (https://ogp.me/#type_article).
    properties += [
        ("article:author", urls.absolute(site, channel.folder(site)))
        for channel, _ in channels.named(article, "author/")
    ]
    properties += [("article:section", section), *(("article:tag", tag) for tag in article.tags)]
    front = f"{edition.root}/"
    steps = [
        (edition.name, front),
        (section, f"{front}section/{article.section}/"),
        (article.headline, article.path or front),
    ]
    news = _news(article, description, section, published, modified, site) | _translated(article, translations, site)
    if audio := [_audio(each) for each in enclosures if each.type.startswith("audio/")]:
        news["audio"] = audio
    if article.corrections:
        news["correction"] = [_correction(each, site) for each in reversed(article.corrections)]
    linked_data = _graph(news, _breadcrumbs(steps, site))
    return Meta("article", article.image, properties, linked_data)


def static_page_meta(article: Article, description: str, translations: Sequence[Article], site: Site) -> Meta:
    """A static page (https://schema.org/WebPage)."""
    edition = site.editions[article.edition]
    web_page = {
        "@type": "WebPage",
        "@id": _identity(article, site),
        "url": urls.absolute(site, article.path or "/"),
        "name": article.headline,
        "description": description,
        "inLanguage": article.lang,
        "datePublished": site.local(article.published_at).isoformat(),
        "dateModified": site.local(article.updated_at).isoformat(),
        "isPartOf": {"@id": _website_id(edition, site)},
        "publisher": _publisher(edition, site),
        **({"image": _image(article.image, site)} if article.image else {}),
    }
    return Meta(image=article.image, linked_data=_graph(web_page | _translated(article, translations, site)))


def author_meta(channel: Channel, name: str, profile: Author | None, site: Site) -> Meta:
    """An author's page: the person that it is about (https://schema.org/ProfilePage)."""
    url = urls.absolute(site, channel.folder(site))
    about = profile or Author()
    known = {
        "jobTitle": about.role,
        "description": " ".join(about.paragraphs),
        "image": about.picture and urls.absolute(site, about.picture),
        "sameAs": list(about.links),
    }
    person = {"@type": "Person", "name": name, "url": url, **{key: value for key, value in known.items() if value}}
    return Meta("profile", linked_data=_graph({"@type": "ProfilePage", "@id": url, "mainEntity": person}))


def breadcrumbs_meta(steps: Sequence[tuple[str, str]], site: Site) -> Meta:
    """The breadcrumbs of a page, its own step last."""
    return Meta(linked_data=_graph(_breadcrumbs(steps, site)))


def _news(
    article: Article, description: str, section: str, published: str, modified: str, site: Site
) -> dict[str, Any]:
    edition = site.editions[article.edition]
    url = urls.absolute(site, article.path or "/")
    authors = [
        {"@type": "Person", "name": name, "url": urls.absolute(site, channel.folder(site))}
        for channel, name in channels.named(article, "author/")
    ]
    return {
        "@type": "NewsArticle",
        "@id": _identity(article, site),
        "mainEntityOfPage": url,
        "headline": article.headline[:MAX_HEADLINE_LENGTH],
        "description": description,
        "inLanguage": article.lang,
        "datePublished": published,
        "dateModified": modified,
        "articleSection": section,
        "keywords": list(article.tags),
        "isAccessibleForFree": True,
        "author": authors or {"@id": _publisher_id(edition, site)},
        "publisher": _publisher(edition, site),
        **({"image": _image(article.image, site)} if article.image else {}),
    }


def _translated(article: Article, translations: Sequence[Article], site: Site) -> dict[str, Any]:
    """Links to the original or to the translations."""
    original = [other for other in translations if other.id == article.translation_of]
    if original:
        return {"translationOfWork": {"@id": _identity(original[0], site)}}
    translated = [{"@id": _identity(other, site)} for other in translations if other.translation_of == article.id]
    return {"workTranslation": translated} if translated else {}


def _correction(correction: Correction, site: Site) -> dict[str, Any]:
    """A correction (https://schema.org/CorrectionComment)."""
    at = site.local(correction.at).isoformat()
    return {"@type": "CorrectionComment", "text": correction.text, "datePublished": at}


def _identity(article: Article, site: Site) -> str:
    return urls.absolute(site, f"{article.path}#{'page' if article.is_page else 'article'}")


def _breadcrumbs(steps: Sequence[tuple[str, str]], site: Site) -> Mapping[str, Any]:
    """The pages from the front page to this one, which is last (https://schema.org/BreadcrumbList)."""
    items = [
        {"@type": "ListItem", "position": at, "name": name, "item": urls.absolute(site, path)}
        for at, (name, path) in enumerate(steps, 1)
    ]
    return {"@type": "BreadcrumbList", "itemListElement": items}


def _publisher(edition: Edition, site: Site) -> Mapping[str, Any]:
    return {
        "@type": "NewsMediaOrganization",
        "@id": _publisher_id(edition, site),
        "name": edition.name,
        "url": urls.absolute(site, f"{edition.root}/"),
        "logo": {
            "@type": "ImageObject",
            "url": urls.absolute(site, LOGO),
            "width": LOGO_SIDE,
            "height": LOGO_SIDE,
        },
    }


def _website_id(edition: Edition, site: Site) -> str:
    """The id of the edition as a website, which its front page describes."""
    return urls.absolute(site, f"{edition.root}/#website")


def _publisher_id(edition: Edition, site: Site) -> str:
    """The id of the edition's publisher; no page has this URL."""
    return urls.absolute(site, f"{edition.root}/#publisher")


def _image(image: Image, site: Site) -> Mapping[str, Any]:
    texts = {"caption": image.caption or image.alt, "creditText": image.credit}
    return {
        "@type": "ImageObject",
        "url": urls.absolute(site, image.src),
        "width": image.width,
        "height": image.height,
        **{name: text for name, text in texts.items() if text},
    }


def _audio(enclosure: Enclosure) -> Mapping[str, Any]:
    known = {
        "name": enclosure.title,
        "contentSize": f"{enclosure.length} B" if enclosure.length else "",
        "duration": f"PT{enclosure.duration}S" if enclosure.duration else "",  # ISO 8601
    }
    return {
        "@type": "AudioObject",
        "contentUrl": enclosure.url,
        "encodingFormat": enclosure.type,
        **{name: value for name, value in known.items() if value},
    }


def _graph(*things: Mapping[str, Any]) -> Markup:
    """JSON-LD that is safe inside a script element, whatever its texts contain."""
    text = json.dumps({"@context": "https://schema.org", "@graph": things}, ensure_ascii=False)
    # Safe: no character that HTML reads as markup is left.
    return Markup(text.translate(ESCAPED))  # noqa: S704
