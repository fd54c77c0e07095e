"""The requests and answers of functions/previews.py."""

from __future__ import annotations

from infra.openapi import articles
from infra.openapi.articles import ID
from infra.openapi.parts import JSON, Answer, Body, Call, Parameter, ref
from infra.openapi.shapes import described, text, whole

URL = {"type": "string", "format": "uri"}


def links(description: str) -> dict[str, object]:
    """URLs by the names of tags or authors."""
    return {"type": "object", "additionalProperties": URL, "description": description}


PREVIEWED_ARTICLE = {
    "type": "object",
    "properties": {
        "id": ID | {"description": "The id of the article."},
        "article": {
            "anyOf": [ref("Article"), {"type": "null"}],
            "description": "The article as it would be put. If left out or null, the stored one is shown.",
        },
    },
    "required": ["id"],
    "additionalProperties": False,
}
PREVIEWED_AD = {
    "type": "object",
    "properties": {
        "name": ID | {"description": "The name of the ad."},
        # No description beside the reference: code generators take that for another schema with the same names.
        "ad": ref("Ad"),
    },
    "required": ["name", "ad"],
    "additionalProperties": False,
}
PAGES = {
    "type": "object",
    "properties": {
        "article": URL | {"description": "The article."},
        "front": URL | {"description": "The front page of the edition."},
        "section": URL | {"description": "The article's section."},
        "day": URL | {"description": "The day of the article."},
        "tags": links("The pages of the article's tags, by their names."),
        "authors": links("The pages of the article's authors, by their names."),
    },
    "required": ["front"],
    "description": "The URLs of pages in the preview. For an ad, only the front page of its edition; for a static page,"
    " itself and the front page.",
}
SCHEMAS = {
    "Preview": described("An article, or an ad.", {"oneOf": [ref("PreviewedArticle"), ref("PreviewedAd")]}),
    "PreviewedArticle": described("An article to preview.", PREVIEWED_ARTICLE),
    "PreviewedAd": described("An ad to preview, as it would be put.", PREVIEWED_AD),
    "PutPreview": described(
        "The link to a preview, and what it shows.",
        whole(
            url=text("The link, which opens the article, or the front page with the ad.", format="uri"),
            pages=PAGES,
            ends_at=text("When the link ends: a day after the first `PUT`.", format="date-time"),
            warnings=articles.WARNINGS,
        ),
    ),
}

ROOT = "https://news.example/preview/WyJmaXJlIl0.aR8x.b2s"
EXAMPLE = {"id": "regatta", "article": articles.EXAMPLE}
STORED = {
    "url": f"{ROOT}/",
    "pages": {
        "article": f"{ROOT}/en/2026/03/14/regatta-moved-to-sunday/",
        "front": f"{ROOT}/en/",
        "section": f"{ROOT}/en/section/sport/",
        "day": f"{ROOT}/en/2026/03/14/",
        "tags": {"sailing": f"{ROOT}/en/tag/sailing/", "harbour": f"{ROOT}/en/tag/harbour/"},
        "authors": {"Lina Haddad": f"{ROOT}/en/author/lina-haddad/"},
    },
    "ends_at": "2026-03-15T10:00:00Z",
    "warnings": [],
}
PATH = Parameter(
    "PreviewName", "path", "name", "The preview's name. The client that creates the preview chooses it.", ID, "regatta"
)
CALLS = {
    "put": Call(
        {200: Answer("The link and what it shows.", (Body(JSON, ref("PutPreview"), STORED),))},
        (PATH,),
        (Body(JSON, ref("Preview"), EXAMPLE),),
    ),
    "delete": Call({204: Answer("Ended, or there was none.")}, (PATH,)),
}
