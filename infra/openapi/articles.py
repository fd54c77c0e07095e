"""What the calls of functions/articles.py take and give."""

from __future__ import annotations

import articles
from broadsheet.model.manuscript import ID, LONGEST_ID
from broadsheet.schemas.article import ArticleSchema
from broadsheet.services.editing import STATUSES
from infra.openapi.parts import JSON, Answer, Body, Call, Header, Parameter, ref
from infra.openapi.shapes import optional, sent, shown, text, whole, written

NAME = {"type": "string", "pattern": written(ID.pattern), "maxLength": LONGEST_ID}

ARTICLE = sent(
    ArticleSchema,
    {
        "edition": "The code of one of the site's editions.",
        "headline": "What the article is called.",
        "summary": "Plain text, for listings, feeds and cards.",
        "body": "The article's text. It is kept as it came; what is not safe in it is left out where it is shown.",
        "body.format": "How the text is written.",
        "body.text": "At most 1,000,000 bytes of UTF-8.",
        "section": "The key of one of the edition's sections.",
        "tags": "Spellings that differ only by case, blanks, vowel signs or presentation forms are one tag.",
        "authors": "Who wrote it. Spellings are told apart as those of tags are.",
        "kind": "A caricature needs an image.",
        "image": "The picture above the text.",
        "image.src": "An https address, or a path of the site.",
        "image.alt": "What is to be seen, for those who do not see it.",
        "image.caption": "What is said of it.",
        "image.credit": "Whose it is.",
        "image.width": "In pixels.",
        "image.height": "In pixels.",
        "image.lang": "The caption's language (BCP 47), where it is not the article's.",
        "published_at": "In the future: the article publishes itself then. Left out: the date that it has; now for a"
        " new article, and for a draft that is published.",
        "status": "A draft is on no page.",
        "slug": "Its part of the address: lower-case letters, digits, hyphens. Left out: made from the headline, once.",
        "correction": "What an update put right. The page shows it with the time of the update.",
        "translation_of": "The id of the article of another edition that this one translates.",
    },
    translation_of={"pattern": written(ID.pattern), "maxLength": LONGEST_ID},
)
ADDED = {
    "id": text("The article's id.", **NAME),
    "path": optional("Its address on the site; null until it is first published."),
    "live": {"type": "boolean", "description": "Whether readers see it now."},
    "revision": {"type": "integer", "minimum": 1, "description": "Counts the changes that editors made."},
    "updated_at": text("When an editor last changed it.", format="date-time"),
}
NO_DATE = {"published_at": "When it was or will be published; null for a draft that was given no date."}
LISTED = shown(ARTICLE, ADDED, NO_DATE, without=("body",))
SCHEMAS = {
    "Article": ARTICLE,
    "ListedArticle": LISTED,
    "ReadArticle": shown(ARTICLE, ADDED, NO_DATE),
    "Articles": whole(
        articles={"type": "array", "items": ref("ListedArticle"), "description": "Newest first."},
        next=optional("What to send as `before` for the next part; null at the end."),
    ),
}

EXAMPLE = {
    "edition": "en",
    "headline": "Regatta moved to Sunday",
    "summary": "A front from the west keeps the boats in harbour for a day.",
    "body": {"format": "markdown", "text": "The *autumn regatta* sails a day later than planned."},
    "section": "sport",
    "tags": ["sailing", "harbour"],
    "authors": ["Lina Haddad"],
    "image": {
        "src": "https://pictures.example/regatta.jpg",
        "alt": "Boats with their sails down",
        "credit": "Omar Nassar",
        "width": 1600,
        "height": 900,
    },
    "published_at": "2026-03-14T10:00:00+02:00",
}
LISTED_EXAMPLE = {name: value for name, value in EXAMPLE.items() if name != "body"} | {
    "kind": "article",
    "image": {"caption": "", "lang": None} | EXAMPLE["image"],  # type: ignore[operator]  # one value of many kinds
    "published_at": "2026-03-14T08:00:00Z",
    "status": "published",
    "slug": None,
    "correction": "",
    "translation_of": None,
    "id": "regatta",
    "path": "/en/2026/03/14/regatta-moved-to-sunday/",
    "live": True,
    "revision": 1,
    "updated_at": "2026-03-14T08:00:00Z",
}

PATH = Parameter("ArticleId", "path", "id", "The article's id. Whoever sends it first chooses it.", NAME, "regatta")
IF_MATCH = Parameter(
    "IfMatch",
    "header",
    "If-Match",
    "The revisions, as entity tags, of which the article must have one. `*` is any.",
    {"type": "string"},
    '"1"',
)
ONLY_NEW = Parameter(
    "OnlyNew", "header", "If-None-Match", "There must be no such article.", {"type": "string", "const": "*"}, "*"
)
UNLESS = Parameter(
    "IfNoneMatch",
    "header",
    "If-None-Match",
    "The revisions, as entity tags, that the caller has already.",
    {"type": "string"},
    '"1"',
)
QUERY = (
    Parameter("Edition", "query", "edition", "An edition; the site's first if left out.", {"type": "string"}, "en"),
    Parameter(
        "Status",
        "query",
        "status",
        "Only what is so; drafts and published ones if left out.",
        {"type": "string", "enum": list(STATUSES)},
        "published",
    ),
    Parameter("Section", "query", "section", "A section of the edition; all if left out.", {"type": "string"}, "sport"),
    Parameter("Before", "query", "before", "The `next` of an earlier answer.", {"type": "string"}, ""),
    Parameter(
        "Limit",
        "query",
        "limit",
        "The most articles to answer with.",
        {"type": "integer", "minimum": 1, "maximum": articles.LARGEST_PAGE, "default": articles.PAGE},
        20,
    ),
)

ETAG = Header("ETag", "The article's revision.", {"type": "string", "pattern": '^"[1-9][0-9]*"$'}, '"1"')
LOCATION = Header("Location", "Where to read it.", {"type": "string"}, "/api/articles/regatta")

STORED = (Body(JSON, ref("ListedArticle"), LISTED_EXAMPLE),)
CALLS = {
    "put": Call(
        {
            200: Answer("In the place of what was there, or there already.", STORED, (ETAG, LOCATION)),
            201: Answer("New.", STORED, (ETAG, LOCATION)),
        },
        (PATH, IF_MATCH, ONLY_NEW),
        (Body(JSON, ref("Article"), EXAMPLE),),
    ),
    "get": Call(
        {
            200: Answer(
                "The article.",
                (Body(JSON, ref("ReadArticle"), LISTED_EXAMPLE | {"body": EXAMPLE["body"]}),),
                (ETAG,),
            ),
            304: Answer("The caller has it.", headers=(ETAG,)),
        },
        (PATH, UNLESS),
    ),
    "delete": Call({204: Answer("Withdrawn, or never there.")}, (PATH, IF_MATCH, ONLY_NEW)),
    "browse": Call(
        {
            200: Answer(
                "A part of the list.",
                (Body(JSON, ref("Articles"), {"articles": [LISTED_EXAMPLE], "next": None}),),
            )
        },
        QUERY,
    ),
}
