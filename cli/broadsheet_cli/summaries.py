"""An article in a few lines, for an editor."""

from collections.abc import Mapping

from .site import Site, readable

Article = Mapping[str, object]


def state(article: Article, site: Site) -> str:
    """The article's status with its time, such as `published on Tuesday 1 December 2026, 18:00 (Asia/Beirut)`."""
    status, at = str(article["status"]), article.get("published_at")
    if at is None or status == "withdrawn":
        return status
    return f"{status} {'on' if status == 'published' else 'for'} {site.long(at)}"


def summary(article: Article, site: Site) -> list[tuple[str, str]]:
    """The names and values of what an editor asks about an article. Fields without a value are left out."""
    corrections, url = article.get("corrections"), article.get("url")
    rows = (
        ("status", state(article, site)),
        ("headline", article["headline"]),
        ("id", article["id"]),
        ("edition", article["edition"]),
        ("section", article["section"]),
        ("tags", _joined(article.get("tags"))),
        ("authors", _joined(article.get("authors"))),
        ("revision", article["revision"]),
        ("updated by", article.get("updated_by")),
        ("URL", url and readable(str(url))),
        ("corrections", len(corrections) if isinstance(corrections, list) else 0),
        ("translation of", article.get("translation_of")),
        ("language", article.get("language")),
    )
    return [(name, str(value)) for name, value in rows if value not in (None, "")]


def _joined(names: object) -> str:
    return ", ".join(map(str, names)) if isinstance(names, list) else ""
