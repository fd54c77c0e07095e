"""Advice about fields that editors bring from other systems, or write in another form than the API's."""

from collections.abc import Iterator, Mapping

from .errors import FieldError

STATUS = "status: draft, or status: published"
TIME = "published_at, such as published_at: 2025-04-15T09:30:00+03:00"
BODY = "the text below the front matter"
OF_OTHER_SYSTEMS: Mapping[str, str] = {
    "title": "headline",
    "name": "headline",
    "date": TIME,
    "publishdate": TIME,
    "pubdate": TIME,
    "published_on": TIME,
    "time": TIME,
    "lastmod": "updated_at",
    "modified": "updated_at",
    "updated": "updated_at",
    "last_modified": "updated_at",
    "last_modified_at": "updated_at",
    "author": "authors, such as authors: [Lina Haddad]",
    "byline": "authors, such as authors: [Lina Haddad]",
    "category": "section",
    "categories": "section, which is one of the edition's",
    "tag": "tags, such as tags: [harbour, fire brigade]",
    "keywords": "tags, such as tags: [harbour, fire brigade]",
    "description": "summary",
    "excerpt": "summary",
    "abstract": "summary",
    "teaser": "summary",
    "draft": STATUS,
    "published": STATUS,
    "cover": "image",
    "featured_image": "image",
    "feature_image": "image",
    "thumbnail": "image",
    "images": "image",
    "picture": "image",
    "hero": "image",
    "permalink": "slug, the last part of the path",
    "url": "slug, the last part of the path",
    "lang": "edition",
    "language": "edition",
    "locale": "edition",
    "guid": "id",
    "uuid": "id",
    "audio": "enclosure",
    "podcast": "enclosure",
    "content": BODY,
    "text": BODY,
    "format": "body_format",
}
WITHOUT_EQUIVALENT: Mapping[str, str] = {
    "aliases": "earlier paths of an article redirect by themselves; leave it out",
    "redirect_from": "earlier paths of an article redirect by themselves; leave it out",
    "layout": "every page has the site's layout; leave it out",
    "template": "every page has the site's layout; leave it out",
    "weight": "articles are ordered by published_at; leave it out",
    "expirydate": "withdraw the article when its time is over",
}
IMAGE_RULE = (
    "must be {{src: …, alt: …, width: …, height: …}}; for a picture beside the file, src and alt are enough: "
    "image: {{src: {}, alt: What it shows}}"
)
LISTS: Mapping[str, str] = {"tags": "tags: [harbour, fire brigade]", "authors": "authors: [Lina Haddad, Omar Said]"}


def advice(article: Mapping[str, object]) -> Iterator[FieldError]:
    """The fields of an article that are no fields of the API under this name, or not in this form."""
    for name, value in article.items():
        key = name.lower().replace("-", "_")
        if field := OF_OTHER_SYSTEMS.get(key):
            yield FieldError(name, f"is not a field; use {field}")
        elif reason := WITHOUT_EQUIVALENT.get(key):
            yield FieldError(name, f"is not a field: {reason}")
        elif name == "image" and isinstance(value, str):
            yield FieldError(name, IMAGE_RULE.format(value or "quay.jpg"))
        elif name in LISTS and isinstance(value, str):
            yield FieldError(name, f"must be a list: {_list_form(name, value)}")


def _list_form(name: str, value: str) -> str:
    """The list that a text with commas means, as YAML; an example where the text cannot be copied as it is."""
    items = [item.strip() for item in value.replace("،", ",").split(",")]
    if not all(items) or any(set(item) & set("[]{}#:'\"&*") for item in items):
        return LISTS[name]
    return f"{name}: [{', '.join(items)}]"
