"""The requests and answers of functions/articles.py."""

from __future__ import annotations

import articles
from broadsheet.model import manuscript
from broadsheet.render.shared import losses
from broadsheet.schemas import article
from broadsheet.services.editing import STATUSES
from infra.openapi.parts import JSON, Answer, Body, Call, Header, Parameter, ref
from infra.openapi.shapes import anchored, answer, optional, request, text, whole

ID = {"type": "string", "pattern": anchored(manuscript.ID.pattern), "maxLength": manuscript.LONGEST_ID}

ARTICLE = request(
    article.ARTICLE,
    {
        "edition": "The code of one of the site's editions.",
        "headline": "The headline, in plain text.",
        "summary": "Plain text for listings, feeds and link previews.",
        "body": "The article's text. It is stored as sent; pages and feeds show it without unsafe markup.",
        "body.format": "The format of the text.",
        "body.text": "At most 1,000,000 bytes of UTF-8.",
        "section": "The key of one of the edition's sections.",
        "tags": "Spellings that differ only in case, white space, vowel signs or presentation forms are one tag.",
        "authors": "The authors' names. Spellings are compared like those of tags.",
        "kind": "A caricature needs an image.",
        "image": "The image above the text.",
        "image.src": "An https URL or a path of the site.",
        "image.alt": "The text alternative, for readers who do not see the image.",
        "image.caption": "Plain text below the image.",
        "image.credit": "The photographer, artist or agency.",
        "image.width": "In pixels.",
        "image.height": "In pixels.",
        "image.lang": "The caption's language (BCP 47), if it is not the article's.",
        "enclosure": "The article's audio or video file, which podcast clients download. Without it, feeds name the"
        " files that the text plays.",
        "enclosure.url": "An https URL or a path of the site.",
        "enclosure.type": "The media type. It may be left out where the URL ends in a suffix such as `.mp3`.",
        "enclosure.length": "The file's size in bytes. If left out or null, feeds say that it is not known.",
        "enclosure.duration": "In seconds.",
        "enclosure.title": "The title of the recording. If left out, it has the headline.",
        "published_at": "A time in the future schedules the article. If left out, an article keeps the time that it"
        " has; a new article, or a draft that is published, gets the current time.",
        "status": "Drafts are on no page and in no feed.",
        "slug": "The article's part of its path: lower-case letters, digits and hyphens. If left out, it is made from"
        " the headline when the article is first published.",
        "correction": "One more correction: what was wrong, and what is right. It is added to those that the article"
        " has, unless its text is among them, with the time of the request (`updated_at`, for a new article).",
        "corrections": "All corrections of the article, instead of `correction`. If left out or null, the article keeps"
        " those that it has; an empty list removes them. `at` is not in the future; a correction without it keeps the"
        " time that it has, or gets that of the request. At most 10,000 characters together.",
        "updated_at": "When the article was last updated, not in the future. If left out, an article that readers have"
        " not seen gets `published_at`, and a change that readers see the time of the request. Readers see no time"
        " before `published_at` or that of the newest correction.",
        "translation_of": "The id of the article in another edition that this one translates.",
        "related": "The ids of articles to which the page links as related, none twice; they may follow later. If left"
        " out, the page shows the newest articles of its first tags and its section. With them, at most 11 tags.",
    },
    translation_of={"pattern": ID["pattern"], "maxLength": ID["maxLength"]},
)
ADDED = {
    "id": text("The article's id.", **ID),
    "path": optional("The article's path on the site; null until it is first published."),
    "live": {"type": "boolean", "description": "Whether the article is on the site now."},
    "revision": {"type": "integer", "minimum": 1, "description": "The number of changes by editors."},
    "corrections": {
        "type": "array",
        "items": whole(text=text("The correction, in plain text."), at=text("When it was made.", format="date-time")),
        "description": "All corrections, oldest first.",
    },
    "updated_at": text(
        "When the article was last updated for readers; `published_at` if it was not.", format="date-time"
    ),
}
WARNING = whole(
    kind={"type": "string", "enum": list(losses.MESSAGES), "description": "The kind of loss."},
    name=text("The element, attribute or label that is not kept."),
    count={"type": "integer", "minimum": 1, "description": "How often the body has it."},
    line={"type": "integer", "minimum": 1, "description": "The line of `body.text` that has the first one."},
    message=text("A sentence for the editor."),
)
WARNINGS = {
    "type": "array",
    "items": ref("Warning"),
    "description": "What pages and feeds do not keep of the body.",
}
DATE = {"published_at": "When the article was or will be published; null for a draft without a date."}
CHANGED = ("correction", "corrections", "updated_at")
LISTED = answer(ARTICLE, ADDED, DATE, without=("body", *CHANGED))
SCHEMAS = {
    "Article": ARTICLE,
    "ListedArticle": LISTED,
    "PutArticle": answer(ARTICLE, ADDED | {"warnings": WARNINGS}, DATE, without=("body", *CHANGED)),
    "Warning": WARNING,
    "StoredArticle": answer(ARTICLE, ADDED, DATE, without=CHANGED),
    "Articles": whole(
        articles={"type": "array", "items": ref("ListedArticle"), "description": "Newest first."},
        next=optional("The value of `before` for the next page; null on the last page."),
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
    "image": {"caption": "", "lang": None} | EXAMPLE["image"],  # type: ignore[operator]  # EXAMPLE has values of several types
    "enclosure": None,
    "published_at": "2026-03-14T08:00:00Z",
    "status": "published",
    "slug": None,
    "corrections": [],
    "translation_of": None,
    "related": [],
    "id": "regatta",
    "path": "/en/2026/03/14/regatta-moved-to-sunday/",
    "live": True,
    "revision": 1,
    "updated_at": "2026-03-14T08:00:00Z",
}

PATH = Parameter(
    "ArticleId", "path", "id", "The article's id. The client that creates the article chooses it.", ID, "regatta"
)
IF_MATCH = Parameter(
    "IfMatch",
    "header",
    "If-Match",
    "Entity tags: the call is refused unless the article has one of these revisions. `*` is any revision.",
    {"type": "string"},
    '"1"',
)
IF_NONE_MATCH_ANY = Parameter(
    "IfNoneMatchAny",
    "header",
    "If-None-Match",
    "The call is refused if the article exists.",
    {"type": "string", "const": "*"},
    "*",
)
IF_NONE_MATCH = Parameter(
    "IfNoneMatch",
    "header",
    "If-None-Match",
    "Entity tags of the revisions that the client has already.",
    {"type": "string"},
    '"1"',
)
QUERY = (
    Parameter(
        "Edition", "query", "edition", "The code of an edition; the site's first if left out.", {"type": "string"}, "en"
    ),
    Parameter(
        "Status",
        "query",
        "status",
        "Only articles with this status; all articles that are not withdrawn if left out.",
        {"type": "string", "enum": list(STATUSES)},
        "published",
    ),
    Parameter(
        "Section", "query", "section", "The key of a section; all sections if left out.", {"type": "string"}, "sport"
    ),
    Parameter("Before", "query", "before", "The value of `next` in the previous page.", {"type": "string"}, ""),
    Parameter(
        "Limit",
        "query",
        "limit",
        "The largest number of articles in a page.",
        {"type": "integer", "minimum": 1, "maximum": articles.LARGEST_PAGE, "default": articles.PAGE},
        20,
    ),
)

ETAG = Header("ETag", "The article's revision.", {"type": "string", "pattern": '^"[1-9][0-9]*"$'}, '"1"')
LOCATION = Header("Location", "The path of the article in this API.", {"type": "string"}, "/api/articles/regatta")

PREFER = Parameter(
    "PreferStrict",
    "header",
    "Prefer",
    "`handling=strict` (RFC 7240) refuses a body of which pages and feeds would not keep everything.",
    {"type": "string"},
    "handling=strict",
)
WARNED = {"kind": "replaced", "name": "iframe", "count": 1, "line": 3, "message": "<iframe> became a link"}
STORED = (Body(JSON, ref("PutArticle"), LISTED_EXAMPLE | {"warnings": [WARNED]}),)
CALLS = {
    "put": Call(
        {
            200: Answer("Updated, or already stored with this content.", STORED, (ETAG, LOCATION)),
            201: Answer("Created.", STORED, (ETAG, LOCATION)),
        },
        (PATH, IF_MATCH, IF_NONE_MATCH_ANY, PREFER),
        (Body(JSON, ref("Article"), EXAMPLE),),
    ),
    "get": Call(
        {
            200: Answer(
                "The article.",
                (Body(JSON, ref("StoredArticle"), LISTED_EXAMPLE | {"body": EXAMPLE["body"]}),),
                (ETAG,),
            ),
            304: Answer("The client has the current revision.", headers=(ETAG,)),
        },
        (PATH, IF_NONE_MATCH),
    ),
    "delete": Call({204: Answer("Withdrawn, or there was none.")}, (PATH, IF_MATCH, IF_NONE_MATCH_ANY)),
    "browse": Call(
        {
            200: Answer(
                "A page of the list.",
                (Body(JSON, ref("Articles"), {"articles": [LISTED_EXAMPLE], "next": None}),),
            )
        },
        QUERY,
    ),
}
