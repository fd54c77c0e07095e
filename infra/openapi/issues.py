"""The requests and answers of functions/issues.py."""

from __future__ import annotations

from broadsheet.model.newsletter.issue import FREQUENCIES
from broadsheet.schemas import issue
from infra.openapi.articles import IF_NONE_MATCH, TAG
from infra.openapi.parts import JSON, Answer, Body, Call, Header, Parameter, ref
from infra.openapi.shapes import answer, described, optional, request, text, whole

OFTEN = {"type": "string", "enum": list(FREQUENCIES)}
NEXT_ISSUE = request(
    issue.NEXT_ISSUE,
    {
        "subject": "The subject of the mail; empty for the headline of the first article.",
        "note": "What the editors say above the articles, in plain text; an empty line begins a paragraph.",
        "id": "The id that the issue will have.",
        "edition": "The code of the edition. In a request, that of the URL or none.",
        "frequency": "How often the newsletter comes. In a request, that of the URL or none.",
        "due_at": "When it is to be composed; in the past where that is late.",
        "since": "The end of the window of the issue before it; null before the first one.",
        "mail_subject": "The subject that the mail would have now.",
        "preheader": "What mail programs would show beside the subject now.",
        "articles": "The articles that it would have now, in their order; none where there is no news yet.",
        "revision": "The number of changes, each composition included; 0 before the first one.",
        "updated_by": "Who wrote the subject and the note: an IAM user, or a session of a role, by name; null where"
        " nobody did since the last composition, or where not known.",
    },
)
ISSUE = whole(
    id=text("The issue's id, with its day or its week (ISO 8601)."),
    edition=text("The code of its edition."),
    frequency=described("How often the newsletter comes.", OFTEN),
    composed_at=text("When it was composed.", format="date-time"),
    since=text("The end of the window of the issue before it.", format="date-time"),
    until=text("The end of its window: later news are in the next issue.", format="date-time"),
    articles={
        "type": "array",
        "items": {"type": "string"},
        "description": "The ids of its articles, in their order; empty where there was no news.",
    },
    mail_subject=text("The subject of its mail; empty where there was no news."),
    preheader=text("What mail programs show beside the subject."),
    note=text("What the editors say above the articles."),
    path=optional("The path of its page on the site; null where there was no news."),
)
LISTED = whole(id=text("The article's id."), headline=text("Its headline."), section=text("The key of its section."))
SCHEMAS = {
    "NextIssue": described("What editors put over the next issue of a newsletter.", NEXT_ISSUE),
    "StoredNextIssue": described(
        "The next issue of a newsletter, as it would be if it were composed now.",
        answer(
            NEXT_ISSUE,
            {
                "articles": {
                    "type": "array",
                    "items": LISTED,
                    "description": "The articles that it would have now, in their order.",
                    "readOnly": True,
                }
            },
            {},
        ),
    ),
    "Issue": described("An issue of a newsletter, as it was composed.", ISSUE),
    "Issues": described(
        "Some issues, newest first.",
        whole(
            issues={"type": "array", "items": ref("Issue"), "description": "The issues."},
            next=optional("The `before` of the next page; null on the last one."),
        ),
    ),
}

EXAMPLE = {"subject": "The regatta moves", "note": "Good morning. It is the wind."}
COMING = EXAMPLE | {
    "id": "en-daily-2026-03-15",
    "edition": "en",
    "frequency": "daily",
    "due_at": "2026-03-15T05:00:00Z",
    "since": "2026-03-14T05:01:12Z",
    "mail_subject": "The regatta moves",
    "preheader": "Also in this issue: Regatta moved to Sunday",
    "articles": [
        {"id": "regatta-2026", "headline": "Regatta moved to Sunday", "section": "city"},
    ],
    "revision": 5,
    "updated_by": "lina.haddad",
}
STORED = {
    "id": "en-daily-2026-03-14",
    "edition": "en",
    "frequency": "daily",
    "composed_at": "2026-03-14T05:03:12Z",
    "since": "2026-03-13T05:01:40Z",
    "until": "2026-03-14T05:01:12Z",
    "articles": ["regatta-2026", "harbour-fire"],
    "mail_subject": "Regatta moved to Sunday",
    "preheader": "Also in this issue: Fire at the harbour",
    "note": "",
    "path": "/en/newsletter/2026-03-14/",
}

EDITION = Parameter(
    "IssueEdition", "path", "edition", "The code of one of the site's editions.", {"type": "string"}, "en"
)
FREQUENCY = Parameter("IssueFrequency", "path", "frequency", "How often the newsletter comes.", OFTEN, "daily")
ID = Parameter("IssueId", "path", "id", "The id of an issue.", {"type": "string"}, "en-daily-2026-03-14")
IF_MATCH = Parameter(
    "NextIssueIfMatch",
    "header",
    "If-Match",
    "Entity tags: the call is refused unless the next issue has the revision of one of these. `*` is any revision. Weak"
    " tags match nothing.",
    {"type": "string"},
    TAG,
)
QUERY = (
    Parameter(
        "IssuesEdition",
        "query",
        "edition",
        "The code of one of the site's editions; the first one if left out.",
        {"type": "string"},
        "en",
    ),
    Parameter(
        "IssuesFrequency",
        "query",
        "frequency",
        "How often the newsletter comes.",
        {**OFTEN, "default": "daily"},
        "daily",
    ),
    Parameter(
        "IssuesLimit",
        "query",
        "limit",
        "The most issues of the answer.",
        {"type": "integer", "minimum": 1, "maximum": 100, "default": 20},
        20,
    ),
    Parameter(
        "IssuesBefore",
        "query",
        "before",
        "The day or week before which the issues are: the `next` of another answer.",
        {"type": "string"},
        "2026-03-14",
    ),
)
ETAG = Header(
    "ETag",
    "The revision, and a digest of all that `GET` answers.",
    {"type": "string", "pattern": '^"[0-9]+-[0-9a-f]{16}"$'},
    TAG,
)
STORED_NEXT = Body(JSON, ref("StoredNextIssue"), COMING)
CALLS = {
    "browse": Call(
        {200: Answer("The issues.", (Body(JSON, ref("Issues"), {"issues": [STORED], "next": None}),))}, QUERY
    ),
    "get": Call(
        {
            200: Answer("The issue.", (Body(JSON, ref("Issue"), STORED),), (ETAG,)),
            304: Answer("The client has the issue as it is.", headers=(ETAG,)),
        },
        (ID, IF_NONE_MATCH),
    ),
    "preview": Call(
        {
            200: Answer("The next issue.", (STORED_NEXT,), (ETAG,)),
            304: Answer("The client has the next issue as it is.", headers=(ETAG,)),
        },
        (EDITION, FREQUENCY, IF_NONE_MATCH),
    ),
    "put": Call(
        {200: Answer("The next issue with what was put over it.", (STORED_NEXT,), (ETAG,))},
        (EDITION, FREQUENCY, IF_MATCH),
        (Body(JSON, ref("NextIssue"), EXAMPLE),),
    ),
}
