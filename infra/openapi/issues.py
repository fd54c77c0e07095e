"""The requests and answers of functions/issues.py."""

from __future__ import annotations

from typing import get_args

from broadsheet.model.newsletter.issue import FREQUENCIES
from broadsheet.model.newsletter.sending import State, StopReason
from broadsheet.schemas import issue
from infra.openapi.articles import IF_NONE_MATCH, TAG
from infra.openapi.parts import JSON, Answer, Body, Call, Header, Json, Parameter, ref
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
        "sending": "Its state: `held`, or null where it will be sent at its time.",
        "revision": "The number of changes, each composition included; 0 before the first one.",
        "updated_by": "Who wrote the subject and the note: an IAM user, or a session of a role, by name; null where"
        " nobody did since the last composition, or where not known.",
    },
)
STATES = get_args(State)


def _number(description: str) -> Json:
    return {"type": "integer", "minimum": 0, "description": description}


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
    sending=optional("The state of its sending; null where it neither began nor is on hold.", enum=[*STATES, None]),
)
REPORT = whole(
    id=text("The issue's id."),
    state=optional("The state of the sending; null where it neither began nor is on hold.", enum=[*STATES, None]),
    changed_at=optional("When that state began.", format="date-time"),
    changed_by=optional(
        "The editor who began that state: an IAM user, or a session of a role, by name; null where nobody did."
    ),
    reason=optional(
        "Why it is stopped: by an editor, or by itself after too many bounces or complaints.",
        enum=[*get_args(StopReason), None],
    ),
    started_at=optional("When the sending began for the first time.", format="date-time"),
    run=_number("How often it was begun, resumed, or continued after a failure."),
    audience=_number("How many readers the issue is for: the sum of the next six. 0 until they are counted."),
    sent=_number("To how many SES took a mail."),
    skipped=_number("How many left or chose otherwise meanwhile, or have chosen no section that the issue has."),
    suppressed=_number("How many get no mail after bounces or a complaint."),
    failed=_number("How many get no mail because SES refuses it, or it cannot be made."),
    unknown=_number("Of how many nobody can know whether SES took the mail. None is sent again."),
    waiting=_number("How many have had no turn yet."),
    bounces=_number("How many mails of the issue bounced for good."),
    complaints=_number("How many mails of the issue were complained about."),
    moved_at=optional("When progress was last recorded.", format="date-time"),
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
    "IssueReport": described("How far the sending of an issue is, with nothing of a reader.", REPORT),
    "IssueTest": described(
        "To whom a test of an issue's mail goes.",
        request(
            issue.TEST,
            {
                "email": "The email.",
                "sections": "The keys of the sections that the mail has; all where none is named.",
            },
        ),
    ),
    "SentTest": described(
        "A test that was sent.",
        whole(id=text("The issue's id."), mail_subject=text("The subject of the mail.")),
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
    "sending": None,
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
    "sending": "running",
}
REPORTED = {
    "id": "en-daily-2026-03-14",
    "state": "running",
    "changed_at": "2026-03-14T05:03:12Z",
    "changed_by": None,
    "reason": None,
    "started_at": "2026-03-14T05:03:12Z",
    "run": 1,
    "audience": 12400,
    "sent": 8012,
    "skipped": 31,
    "suppressed": 12,
    "failed": 0,
    "unknown": 1,
    "waiting": 4344,
    "bounces": 17,
    "complaints": 1,
    "moved_at": "2026-03-14T05:12:40Z",
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
REPORT_BODY = Body(JSON, ref("IssueReport"), REPORTED)
STEERED = Call({200: Answer("The sending after the call.", (REPORT_BODY,))}, (ID,))
CALLS = {
    "report": Call(
        {
            200: Answer("The report.", (REPORT_BODY,), (ETAG,)),
            304: Answer("The client has the report as it is.", headers=(ETAG,)),
        },
        (ID, IF_NONE_MATCH),
    ),
    "hold": STEERED,
    "unhold": STEERED,
    "release": STEERED,
    "stop": STEERED,
    "resume": STEERED,
    "test": Call(
        {
            200: Answer(
                "SES took the mail.",
                (Body(JSON, ref("SentTest"), {"id": STORED["id"], "mail_subject": "Test: Regatta moved to Sunday"}),),
            )
        },
        (ID,),
        (Body(JSON, ref("IssueTest"), {"email": "lina@courier.example", "sections": ["city"]}),),
    ),
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
