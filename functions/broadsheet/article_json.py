"""Articles and their revisions as the articles API answers them, and the settings of the site that its clients need."""

from dataclasses import asdict
from typing import Any

from . import http
from .model.article import Article
from .model.config import Site
from .render.shared import urls
from .render.shared.serving import STALE_SECONDS
from .services.editing import Edit
from .services.revisions import ArticleRevision


def article_json(article: Article, site: Site) -> dict[str, Any]:
    """The article in the fields of a request and those that the system adds, without its body."""
    fields = asdict(article)
    url = urls.absolute(site, article.path) if article.path else None
    for name in ("body", "stem", "dated", "created_at", "changed_at", "first_live_at"):
        del fields[name]
    published_at = http.timestamp(article.published_at) if article.dated else None
    lists = {name: list(fields[name]) for name in ("tags", "authors", "related")}
    return (
        fields
        | lists
        | {
            "status": article.state,
            "section": article.section or None,
            "url": url,
            "published_at": published_at,
            "updated_at": http.timestamp(article.updated_at),
            "corrections": [{"text": each.text, "at": http.timestamp(each.at)} for each in article.corrections],
        }
    )


def edit_json(edit: Edit, site: Site) -> dict[str, Any]:
    """The article after a change, and what the call did."""
    return article_json(edit.article, site) | {"outcome": edit.outcome, "stale_seconds": STALE_SECONDS}


def revision_json(version: ArticleRevision) -> dict[str, Any]:
    """A revision in a list, without its text."""
    return {
        "revision": version.article.revision,
        "updated_by": version.article.updated_by,
        "at": version.at and http.timestamp(version.at),
        "action": version.action,
        "fields": None if version.fields is None else list(version.fields),
        "status": version.article.state,
        "headline": version.article.headline,
        "kept_until": version.kept_until and http.timestamp(version.kept_until),
    }


def site_json(site: Site) -> dict[str, Any]:
    """The settings of the site that clients need, and the version of the API."""
    editions = [
        {
            "code": edition.code,
            "name": edition.name,
            "language": edition.code,
            "direction": edition.direction,
            "sections": [{"key": key, "name": name} for key, name in edition.sections.items()],
        }
        for edition in site.editions.values()
    ]
    return {
        "name": site.name,
        "url": site.base_url,
        "time_zone": site.time_zone.key,
        "editions": editions,
        "api_version": http.API_VERSION,
    }
