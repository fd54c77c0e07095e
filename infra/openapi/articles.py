"""The requests and answers of functions/articles.py."""

from __future__ import annotations

from dataclasses import replace

import articles
from broadsheet.model import manuscript
from broadsheet.model.article import STATES
from broadsheet.model.revision import ACTIONS, FIELDS, LARGEST_REVISION
from broadsheet.render.shared import losses
from broadsheet.render.shared.serving import STALE_SECONDS
from broadsheet.schemas import article
from broadsheet.services.warnings import DEAD_REFERENCES
from infra.openapi.parts import JSON, MERGE_PATCH, Answer, Body, Call, Header, Json, Parameter, ref
from infra.openapi.shapes import VISIBLE, anchored, answer, described, optional, patch, request, text, whole

UPDATED_BY = "Who made the last of these changes: an IAM user, or a session of a role, by name; null where not known."
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
        "section": "The key of one of the edition's sections. It is required, but for a page, which has none.",
        "tags": "Spellings that differ only in case, white space, vowel signs or presentation forms are one tag.",
        "authors": "The authors' names. Spellings are compared like those of tags.",
        "kind": "A caricature needs an image. A page is a static page, such as the imprint: its path is its edition and"
        " its slug, no feed or list has it, and it has no section, tags, authors, enclosure, corrections and related"
        " articles. An article never becomes a page, nor a page an article.",
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
        "status": "Drafts are on no page and in no feed. `scheduled` needs `published_at`, and means the same as"
        " `published` with that date.",
        "slug": "The article's part of its path: lower-case letters, digits and hyphens. If left out, it is made from"
        " the headline when the article is first published. A slug that is taken on that day gets a number; that of a"
        " page is refused, and so is one that the site uses itself, such as `archive`.",
        "correction": "One more correction: what was wrong, and what is right. It is added to those that the article"
        " has, unless its text is among them, with the time of the request (`updated_at`, for a new article).",
        "corrections": "All corrections of the article, instead of `correction`. If left out or null, the article keeps"
        " those that it has; an empty list removes them. `at` is not in the future; a correction without it keeps the"
        " time that it has, or gets that of the request. At most 10,000 characters together.",
        "corrections.text": "The correction, in plain text.",
        "corrections.at": "When it was made.",
        "updated_at": "When the article was last updated, not in the future. If left out, an article that readers have"
        " not seen gets `published_at`, and a change that readers see the time of the request. Readers see no time"
        " before `published_at` or that of the newest correction.",
        "translation_of": "The id of the article in another edition that this one translates.",
        "related": "The ids of articles to which the page links as related, none twice; they may follow later. If left"
        " out, the page shows the newest articles of its first tags and its section. With them, at most 10 tags.",
        "language": "The language of the headline, the summary and the text (BCP 47), if it is not the edition's: an"
        " interview in French in the English edition.",
        "id": "The article's id. In a request, that of the URL or none.",
        "path": "The article's path on the site; null until it is first published.",
        "url": "The page's full URL; null where there is no path yet.",
        "live": "Whether the article is on the site now.",
        "revision": "The number of changes by editors.",
        "updated_by": UPDATED_BY,
    },
    translation_of={"pattern": ID["pattern"], "maxLength": ID["maxLength"]},
)
ADDED = {
    "url": optional("The page's full URL; null where there is no path yet.", format="uri", readOnly=True),
    "status": {
        "type": "string",
        "enum": list(STATES),
        "description": "Where the article is: `scheduled` until its date, then `published`.",
    },
    "corrections": {
        "type": "array",
        "items": whole(text=text("The correction, in plain text."), at=text("When it was made.", format="date-time")),
        "description": "All corrections, oldest first.",
    },
    "updated_at": text(
        "When the article was last updated for readers; `published_at` if it was not.", format="date-time"
    ),
}
WARNING = described(
    "A loss in a text, or a dead reference.",
    whole(
        kind={
            "type": "string",
            "enum": [*losses.MESSAGES, *DEAD_REFERENCES],
            "description": "The kind of loss, or why the reference is dead.",
        },
        field=text("The field that the warning is about: `body.text`, `translation_of` or `related`."),
        name=text("The element, attribute or label that is not kept; the id in a reference."),
        count={"type": "integer", "minimum": 1, "description": "How often the field has it."},
        line={
            "type": ["integer", "null"],
            "minimum": 1,
            "description": "The line of `body.text` that has the first one; null for other fields.",
        },
        message=text("A sentence for the editor."),
    ),
)
WARNINGS = {
    "type": "array",
    "items": ref("Warning"),
    "description": "What pages and feeds do not keep of the body, and dead references: "
    "ids of missing or withdrawn articles.",
}
STALE = described(
    "How long caches may still show the article as it was, from the moment that the change is published.",
    whole(
        pages={"type": "integer", "description": "The seconds in which caches may still show pages as they were."},
        feeds={"type": "integer", "description": "The seconds in which caches may still show feeds as they were."},
    ),
)


def edited(*outcomes: str) -> dict[str, Json]:
    """The fields of an answer to a change."""
    outcome = {"type": "string", "enum": list(outcomes), "description": "What the call did."}
    return ADDED | {"outcome": outcome, "stale_seconds": STALE}


DATE = {"published_at": "When the article was or will be published; null for a draft without a date."}
LISTED = answer(ARTICLE, ADDED, DATE, without=("body", "correction"))
STORED_REVISION = answer(ARTICLE, ADDED, DATE, without=("correction",))
# What GET answers is never withdrawn, so its statuses are those that a request may have.
STATUS_OF_STORED = ADDED["status"] | {"enum": [state for state in STATES if state != "withdrawn"]}
STORED_ARTICLE = answer(ARTICLE, ADDED | {"status": STATUS_OF_STORED}, DATE, without=("correction",))
SCHEMAS = {
    "Article": described("An article, as a client puts it.", ARTICLE),
    "ArticlePatch": described("A change of some fields of an article: a JSON Merge Patch (RFC 7396).", patch(ARTICLE)),
    "ListedArticle": described("An article without its text, as lists have it.", LISTED),
    "PutArticle": described(
        "An article as it is stored, and what the call did.",
        answer(
            ARTICLE,
            edited("created", "replaced", "unchanged", "revived") | {"warnings": WARNINGS},
            DATE,
            without=("body", "correction"),
        ),
    ),
    "RestoredArticle": described(
        "An article as it is stored, and what restoring an earlier revision did.",
        answer(
            ARTICLE,
            edited("restored", "unchanged") | {"warnings": WARNINGS},
            DATE,
            without=("body", "correction"),
        ),
    ),
    "WithdrawnArticle": described(
        "An article that is off the site, and what the call did.",
        answer(ARTICLE, edited("withdrawn", "rescheduled", "unchanged"), DATE, without=("body", "correction")),
    ),
    "Revision": described(
        "A revision of an article, and the change that made it.",
        whole(
            revision={"type": "integer", "minimum": 1, "description": "The number of the revision."},
            updated_by=optional("Who made it; null where that is not known."),
            at=optional("When it was made.", format="date-time"),
            action={
                "type": ["string", "null"],
                "enum": [*ACTIONS, None],
                "description": "What the call did that made it: `replaced` by `PUT`, `patched` by `PATCH`.",
            },
            fields={
                "type": ["array", "null"],
                "items": {"type": "string", "enum": list(FIELDS)},
                "description": "The fields in which it differs from the one before it; none for the first. `updated_at`"
                " only where no other does. `at`, `action` and `fields` are null where only the text is still kept.",
            },
            status={"type": "string", "enum": list(STATES), "description": "The article's status as of this revision."},
            headline=text("The headline as of this revision."),
            kept_until=optional(
                "Until when it can be read and restored; null for the present revision.", format="date-time"
            ),
        ),
    ),
    "Revisions": described(
        "A page of the revisions of an article.",
        whole(
            revisions={"type": "array", "items": ref("Revision"), "description": "Newest first."},
            next=optional("The value of `before` for the next page; null on the last page."),
        ),
    ),
    "Warning": WARNING,
    "StoredArticle": described("An article with its text, as it is stored.", STORED_ARTICLE),
    "StoredRevision": described("An article with its text, as one of its revisions had it.", STORED_REVISION),
    "Articles": described(
        "A page of a list of articles.",
        whole(
            articles={
                "type": "array",
                "items": ref("ListedArticle"),
                "description": "Newest first; scheduled articles alone, the soonest first; with `changed_after`, in the"
                " order of their last changes.",
            },
            next=optional(
                "The value of `before` for the next page; null on the last page. With `changed_after`, its value for"
                " the next call; never null."
            ),
            more={"type": "boolean", "description": "Whether there is another page now."},
        ),
    ),
    "Site": described(
        "The site's settings, as far as clients need them.",
        whole(
            name=text("The site's name."),
            url=text("The site's URL, without a slash at the end.", format="uri"),
            time_zone=text("The site's time zone, by its name in the IANA database."),
            editions={"type": "array", "items": ref("Edition"), "description": "In the order of the settings."},
            api_version={"type": "integer", "minimum": 1, "description": "The version of these calls."},
        ),
    ),
    "Edition": described(
        "An edition of the site: a language, with sections of its own.",
        whole(
            code=text("The edition's code, in articles and paths."),
            name=text("The edition's name."),
            language=text("The edition's language (BCP 47)."),
            direction={"type": "string", "enum": ["ltr", "rtl"], "description": "The direction of its writing."},
            sections={
                "type": "array",
                "items": whole(key=text("The section's key, in articles and paths."), name=text("The section's name.")),
                "description": "In the order of the settings.",
            },
        ),
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
    "language": None,
    "id": "regatta",
    "path": "/en/2026/03/14/regatta-moved-to-sunday/",
    "url": "https://courier.example/en/2026/03/14/regatta-moved-to-sunday/",
    "live": True,
    "revision": 1,
    "updated_at": "2026-03-14T08:00:00Z",
    "updated_by": "lina.haddad",
}

PATH = Parameter(
    "ArticleId", "path", "id", "The article's id. The client that creates the article chooses it.", ID, "regatta"
)
TAG = '"1-0a1b2c3d4e5f6789"'
ANY_TAG = {"type": "string", "pattern": r"^\*$"}  # no `const`: code generators have no headers of constants
IF_MATCH = Parameter(
    "IfMatch",
    "header",
    "If-Match",
    "Entity tags: the call is refused unless the article has the revision of one of these, which a release keeps. `*`"
    " is any revision. Weak tags match nothing.",
    {"type": "string"},
    TAG,
)
IF_NONE_MATCH_ANY = Parameter(
    "IfNoneMatchAny",
    "header",
    "If-None-Match",
    "The call is refused if the article exists.",
    ANY_TAG,
    "*",
)
IF_NONE_MATCH = Parameter(
    "IfNoneMatch",
    "header",
    "If-None-Match",
    "Entity tags of what the client has already.",
    {"type": "string"},
    TAG,
)
STATUS = "|".join(STATES)
CURSOR = "MjAyNi0wMy0xNFQwODowMDowMFojcmVnYXR0YQ"
NAME = {"type": "string", "minLength": 1, "pattern": VISIBLE}
QUERY = (
    Parameter(
        "Edition", "query", "edition", "The code of an edition; the site's first if left out.", {"type": "string"}, "en"
    ),
    Parameter(
        "Status",
        "query",
        "status",
        "Only articles with this status, or one of several, with commas between them; all articles that are not"
        " withdrawn if left out.",
        {"type": "string", "pattern": anchored(f"({STATUS})(,({STATUS}))*")},
        "draft,scheduled",
    ),
    Parameter(
        "Section", "query", "section", "The key of a section; all sections if left out.", {"type": "string"}, "sport"
    ),
    Parameter(
        "Tag", "query", "tag", "Only articles with this tag, in any spelling that is the same tag.", NAME, "sailing"
    ),
    Parameter(
        "Author", "query", "author", "Only articles by this author; spellings count as for tags.", NAME, "Lina Haddad"
    ),
    Parameter(
        "Day",
        "query",
        "day",
        "Only articles of this day, in the site's time zone. Neither `from` nor `to` may be sent with it.",
        {"type": "string", "format": "date"},
        "2026-03-14",
    ),
    Parameter(
        "From",
        "query",
        "from",
        "Only articles of this day or later ones, in the site's time zone.",
        {"type": "string", "format": "date"},
        "2026-03-01",
    ),
    Parameter(
        "To",
        "query",
        "to",
        "Only articles of this day or earlier ones, in the site's time zone.",
        {"type": "string", "format": "date"},
        "2026-03-31",
    ),
    Parameter(
        "Words",
        "query",
        "words",
        "Only articles that have all of these words in their headline and summary, each also as a part of a longer"
        " word. Case, accents, Arabic vowel signs and forms of letters do not count.",
        {"type": "string", "minLength": 1},
        "regatta sunday",
    ),
    Parameter(
        "Path",
        "query",
        "path",
        "The article that has or had this path on the site, in any state. No other parameter may be sent with it.",
        {"type": "string", "pattern": "^/"},
        "/en/2026/03/14/regatta-moved-to-sunday/",
    ),
    Parameter(
        "ChangedAfter",
        "query",
        "changed_after",
        "Articles that changed since an instant, or since the answer whose `next` this is, withdrawn ones included."
        " Only `limit` may be sent with it.",
        {"type": "string", "minLength": 1},
        "2026-03-14T00:00:00Z",
    ),
    Parameter("Before", "query", "before", "The value of `next` in the previous page.", {"type": "string"}, CURSOR),
    Parameter(
        "Limit",
        "query",
        "limit",
        "The largest number of articles in a page.",
        {"type": "integer", "minimum": 1, "maximum": articles.LARGEST_PAGE, "default": articles.PAGE},
        20,
    ),
)

ETAG = Header(
    "ETag",
    "The article's revision, and a digest of all that `GET` answers.",
    {"type": "string", "pattern": '^"[1-9][0-9]*-[0-9a-f]{16}"$'},
    TAG,
)
LOCATION = Header("Location", "The path of the article in this API.", {"type": "string"}, "/api/articles/regatta")

PREFER = Parameter(
    "PreferStrict",
    "header",
    "Prefer",
    "`handling=strict` (RFC 7240) refuses a body of which pages and feeds would not keep everything.",
    {"type": "string"},
    "handling=strict",
)
DRY_RUN = Parameter(
    "DryRun",
    "query",
    "dry_run",
    "The call makes all checks and gives the answer, with status 200 and no entity tag, but writes nothing.",
    {"type": "boolean", "default": False},
    True,
)
REVIVE = Parameter(
    "Revive",
    "query",
    "revive",
    "If false, a withdrawn article is refused with 410 and stays withdrawn.",
    {"type": "boolean", "default": True},
    False,
)
UNTIL = Parameter(
    "Until",
    "query",
    "until",
    "A time in the future, with its offset: the article is scheduled for it. A plus sign is `%2B` in a query.",
    {"type": "string", "format": "date-time"},
    "2126-03-14T10:00:00Z",
)
REVISION = Parameter(
    "Revision",
    "path",
    "revision",
    "The number of a revision.",
    {"type": "integer", "minimum": 1, "maximum": LARGEST_REVISION},
    1,
)
PAGES = (
    Parameter(
        "BeforeRevision",
        "query",
        "before",
        "Only revisions before this one: the value of `next` in the previous page.",
        {"type": "integer", "minimum": 1, "maximum": LARGEST_REVISION},
        2,
    ),
    Parameter(
        "RevisionsLimit",
        "query",
        "limit",
        "The largest number of revisions in a page.",
        {"type": "integer", "minimum": 1, "maximum": articles.LARGEST_PAGE, "default": articles.PAGE},
        20,
    ),
)
WARNED = {
    "kind": "replaced",
    "field": "body.text",
    "name": "iframe",
    "count": 1,
    "line": 3,
    "message": "<iframe> became a link",
}
EDITED = {"outcome": "created", "stale_seconds": STALE_SECONDS}
STORED = (Body(JSON, ref("PutArticle"), LISTED_EXAMPLE | EDITED | {"warnings": [WARNED]}),)
WITHDRAWN = LISTED_EXAMPLE | EDITED | {"status": "withdrawn", "live": False, "revision": 2, "outcome": "withdrawn"}
SITE = {
    "name": "The Courier",
    "url": "https://courier.example",
    "time_zone": "Africa/Cairo",
    "editions": [
        {
            "code": "en",
            "name": "The Courier",
            "language": "en",
            "direction": "ltr",
            "sections": [{"key": "sport", "name": "Sport"}],
        }
    ],
    "api_version": 1,
}
REVISIONS = [
    {
        "revision": 2,
        "updated_by": "lina.haddad",
        "at": "2026-03-14T09:30:00Z",
        "action": "patched",
        "fields": ["headline"],
        "status": "published",
        "headline": "Regatta moved to Monday",
        "kept_until": None,
    },
    {
        "revision": 1,
        "updated_by": "omar.nassar",
        "at": "2026-03-14T08:00:00Z",
        "action": "created",
        "fields": [],
        "status": "published",
        "headline": "Regatta moved to Sunday",
        "kept_until": "2026-06-12T09:30:00Z",
    },
]
PATCH = {"headline": "Regatta moved to Monday", "image": {"credit": None}, "enclosure": None}
CALLS = {
    "put": Call(
        {
            200: Answer(
                "Updated, already stored with this content, or a dry run.",
                STORED,
                (replace(ETAG, always=False), replace(LOCATION, always=False)),
            ),
            201: Answer("Created, or published again after it was withdrawn.", STORED, (ETAG, LOCATION)),
        },
        (PATH, DRY_RUN, REVIVE, IF_MATCH, IF_NONE_MATCH_ANY, PREFER),
        (Body(JSON, ref("Article"), EXAMPLE),),
    ),
    "patch": Call(
        {
            200: Answer(
                "Changed, already stored with this content, or a dry run.",
                STORED,
                (replace(ETAG, always=False), replace(LOCATION, always=False)),
            ),
        },
        (PATH, DRY_RUN, IF_MATCH, IF_NONE_MATCH_ANY, PREFER),
        (Body(MERGE_PATCH, ref("ArticlePatch"), PATCH), Body(JSON, ref("ArticlePatch"), PATCH)),
    ),
    "get": Call(
        {
            200: Answer(
                "The article.",
                (Body(JSON, ref("StoredArticle"), LISTED_EXAMPLE | {"body": EXAMPLE["body"]}),),
                (ETAG,),
            ),
            304: Answer("The client has the article as it is.", headers=(ETAG,)),
        },
        (PATH, IF_NONE_MATCH),
    ),
    "delete": Call(
        {200: Answer("Withdrawn, or scheduled for later.", (Body(JSON, ref("WithdrawnArticle"), WITHDRAWN),), (ETAG,))},
        (PATH, UNTIL, IF_MATCH, IF_NONE_MATCH_ANY),
    ),
    "history": Call(
        {
            200: Answer(
                "A page of the revisions.", (Body(JSON, ref("Revisions"), {"revisions": REVISIONS, "next": None}),)
            )
        },
        (PATH, *PAGES),
    ),
    "read_revision": Call(
        {
            200: Answer(
                "The article as the revision had it.",
                (Body(JSON, ref("StoredRevision"), LISTED_EXAMPLE | {"body": EXAMPLE["body"]}),),
                (ETAG,),
            ),
            304: Answer("The client has the revision.", headers=(ETAG,)),
        },
        (PATH, REVISION, IF_NONE_MATCH),
    ),
    "restore": Call(
        {
            200: Answer(
                "Restored, already stored with this content, or a dry run.",
                (
                    Body(
                        JSON,
                        ref("RestoredArticle"),
                        LISTED_EXAMPLE | EDITED | {"revision": 3, "outcome": "restored", "warnings": []},
                    ),
                ),
                (replace(ETAG, always=False), replace(LOCATION, always=False)),
            ),
        },
        (PATH, REVISION, DRY_RUN, REVIVE, IF_MATCH, IF_NONE_MATCH_ANY, PREFER),
    ),
    "read_site": Call({200: Answer("The site's settings.", (Body(JSON, ref("Site"), SITE),))}),
    "browse": Call(
        {
            200: Answer(
                "A page of the list.",
                (Body(JSON, ref("Articles"), {"articles": [LISTED_EXAMPLE], "next": None, "more": False}),),
            )
        },
        QUERY,
    ),
}
