"""The API of the newsletter's issues: editors see what was composed and what is next, and steer what is sent.

Only signed requests get in. No answer has anything of a reader.
"""

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote

import boto3
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.utilities.typing import LambdaContext

from broadsheet import http, telemetry
from broadsheet.caller import caller_of
from broadsheet.entity_tags import etag
from broadsheet.model.article import Article
from broadsheet.model.errors import NotFound, ParameterError, Rule, SwitchedOff, WrongState
from broadsheet.model.newsletter.issue import (
    FREQUENCIES,
    Frequency,
    Issue,
    IssueKey,
    issue_path,
    next_due,
    parse_issue_id,
)
from broadsheet.model.newsletter.sending import Report, Sending
from broadsheet.model.queries import IssueByKey
from broadsheet.schemas.fields import one_of, refuse
from broadsheet.schemas.issue import parse_newsletter, parse_note, parse_test
from broadsheet.services import issues
from broadsheet.services.issues import Preview
from broadsheet.services.sending.dispatch import Dispatcher
from broadsheet.services.sending.trial import Trials
from broadsheet.settings import Settings
from broadsheet.store.aws import CONFIG
from broadsheet.store.deliveries import Deliveries
from broadsheet.store.executions import Executions
from broadsheet.store.issues import NEWEST, Issues
from broadsheet.store.parameters import DeployedSite
from broadsheet.store.queries import ArticleQueries
from broadsheet.store.ses import NO_RETRIES, Ses

LARGEST_REQUEST = 50_000  # bytes
USUAL_LIMIT, HIGHEST_LIMIT = 20, 100  # issues in an answer
NOT_A_NAME = Rule("bad_cursor", "must be the `next` of an answer about the same edition and frequency")

settings = Settings(os.environ)
site = settings.site()
app = http.resolver()


@dataclass(frozen=True, slots=True)
class Deps:
    """What the handlers work with."""

    issues: Issues
    queries: ArticleQueries
    deliveries: Deliveries


@cache
def deps() -> Deps:
    """Made once in a process, with the client."""
    client, table = boto3.client("dynamodb", config=CONFIG), settings.articles_table
    deliveries = Deliveries(client, settings.deliveries_table)
    return Deps(Issues(client, table), ArticleQueries(client, table, site), deliveries)


@cache
def dispatcher() -> Dispatcher:
    """Made once in a process, with the client of Step Functions, which only calls that steer need."""
    executions = Executions(boto3.client("stepfunctions", config=CONFIG), settings.sending_machine)
    return Dispatcher(deps().deliveries, deps().issues, executions)


@cache
def deployed() -> DeployedSite:
    """Made once in a process, with a client that only tests of a mail need."""
    return DeployedSite(boto3.client("ssm", config=CONFIG), settings.site_url_parameter, site)


@cache
def ses() -> Ses:
    """As `deployed`."""
    return Ses(boto3.client("sesv2", config=CONFIG.merge(NO_RETRIES)), settings.configuration_set)


@app.get("/api/issues")
def browse() -> Response[str]:
    """List the composed issues of an edition and a frequency, newest first.

    Issues for which there was no news are among them, without articles. `next` is the `before` of the next page.

    Raises `Invalid` for a wrong parameter.
    """
    query = http.Query(app.current_event, "edition", "frequency", "limit", "before")
    limit = query.number("limit", USUAL_LIMIT, 1, HIGHEST_LIMIT)
    edition = _choice(query, "edition", tuple(site.editions))
    frequency: Any = _choice(query, "frequency", FREQUENCIES)
    before = query.collect(lambda: _before(query, edition, frequency), NEWEST)
    query.check()
    found = deps().issues.newest(edition, frequency, limit + 1, before)
    following = found[limit - 1].key.name if len(found) > limit else None
    answer = {"issues": _with_states(edition, frequency, found[:limit]), "next": following}
    return http.answer(HTTPStatus.OK, answer, {"Cache-Control": "private, no-cache"})


@app.get("/api/issues/<id>")
def get(id: str) -> Response[str]:
    """Read an issue as it was composed.

    Its page shows the articles as they are now: corrections that were made since, and no withdrawn ones.

    Raises `NotFound` for an issue that was not composed.
    """
    key = _key(id)
    issue = deps().issues.get(key)
    if issue is None:
        raise NotFound(f"there is no issue {key.id}")
    found = to_json(issue, _state(key))
    return http.conditional(app.current_event, etag(1, found), lambda: found)


@app.get("/api/issues/<id>/report")
def report(id: str) -> Response[str]:
    """Read how far the sending of an issue is: its state, and how many readers had which outcome.

    `audience` is the sum of `sent`, `skipped`, `suppressed`, `failed`, `unknown` and `waiting`, always. The next issue
    has a report before it is composed.

    Raises `NotFound` for an issue that was not composed and is not the next one.
    """
    key = _key(id)
    if deps().issues.get(key) is None:
        _require_next(key)
    found = report_json(key, deps().deliveries.get(key), deps().deliveries.report(key))
    return http.conditional(app.current_event, etag(found["run"], found), lambda: found)


@app.post("/api/issues/<id>/hold")
def hold(id: str) -> Response[str]:
    """Keep an issue from being sent until an editor releases it.

    The next issue can be held before it is composed; it is composed at its time all the same. Idempotent.

    Raises `NotFound` for an issue that was not composed and is not the next one, `WrongState` for one whose sending has
    begun and for one without articles, `SwitchedOff` and `Busy`.
    """
    key = _to_steer(id)
    _require_news(key)
    dispatcher().hold(key, _editor(), datetime.now(UTC))
    return _reported("hold", key)


@app.delete("/api/issues/<id>/hold")
def unhold(id: str) -> Response[str]:
    """Take the hold off an issue that is not composed yet.

    It will be sent at its time. Idempotent.

    Raises `NotFound` for an issue that was not composed and is not the next one, `WrongState` for one that is composed,
    which can be released, `SwitchedOff` and `Busy`.
    """
    key = _to_steer(id)
    if deps().issues.get(key):
        raise WrongState(f"The issue {key.id} is composed; it can be released.")
    _require_next(key)
    dispatcher().unhold(key)
    return _reported("unhold", key)


@app.post("/api/issues/<id>/release")
def release(id: str) -> Response[str]:
    """Begin to send an issue to its readers now, on hold or not.

    The next issue is composed for that at once, and is then the issue of its day or week: none comes at its time.
    Idempotent.

    Raises `NotFound` for an issue that was not composed and is not the next one, `WrongState` for one without articles,
    for one that was stopped, and for one of a later day than the next, `SwitchedOff` and `Busy`.
    """
    key, now = _to_steer(id), datetime.now(UTC)
    issues.compose_now(deps().issues, deps().queries, site, key, now)
    dispatcher().start(key, _editor(), now)
    return _reported("release", key)


@app.post("/api/issues/<id>/stop")
def stop(id: str) -> Response[str]:
    """Stop the sending of an issue.

    Workers notice within seconds. Readers who have had no turn get nothing until it is resumed. Idempotent.

    Raises `NotFound` for an issue that was not composed, `WrongState` for one that is not sent yet, `SwitchedOff` and
    `Busy`.
    """
    key = _composed(id)
    dispatcher().stop(key, _editor(), datetime.now(UTC))
    return _reported("stop", key)


@app.post("/api/issues/<id>/resume")
def resume(id: str) -> Response[str]:
    """Go on with the sending of an issue where it stopped.

    Where it stopped by itself, bounces and complaints so far do not stop it again. Idempotent.

    Raises `NotFound` for an issue that was not composed, `WrongState` for one that is not sent yet or that began more
    than 30 days ago, `SwitchedOff` and `Busy`.
    """
    key = _composed(id)
    dispatcher().resume(key, _editor(), datetime.now(UTC))
    return _reported("resume", key)


@app.post("/api/issues/<id>/test")
def test(id: str) -> Response[str]:
    """Send the mail of an issue to one email as a test: it says so, belongs to no list, and is in no report.

    The next issue is sent as it would be if it were composed now. Each call sends a mail.

    Raises `NotFound` for an issue that was not composed and is not the next one, `WrongState` where there are no
    articles of these sections and where SES refuses the email, `SwitchedOff`, and `Busy` where SES takes no mail now.
    """
    key = _to_steer(id)
    fields = http.json_body(app.current_event, LARGEST_REQUEST)
    email, sections = parse_test(fields, site, key.edition)
    issue, articles = _content(key)
    subject = Trials(ses(), deployed().site, _sender()).send(issue, articles, sections, email)
    _log("test", key)
    return http.answer(HTTPStatus.OK, {"id": key.id, "mail_subject": subject}, {"Cache-Control": "no-store"})


@app.get("/api/next-issues/<edition>/<frequency>")
def preview(edition: str, frequency: str) -> Response[str]:
    """Read what the next issue would be if it were composed now.

    It has the articles that were published since the issue before it and that are on the site now. What editors put
    over it is in `subject` and `note`.

    Raises `NotFound` for an unknown edition or frequency.
    """
    found = _preview(*_newsletter(edition, frequency))
    answer = preview_json(found)
    return http.conditional(app.current_event, etag(found.coming.revision, answer), lambda: answer)


@app.put("/api/next-issues/<edition>/<frequency>")
def put(edition: str, frequency: str) -> Response[str]:
    """Put a subject and a note over the next issue.

    They hold for one issue: once it is composed, the next one has none. An empty subject stands for the headline of the
    issue's first article, and an empty note for none.

    Idempotent: the same texts again succeed and write nothing. Without a precondition the last write wins. A request
    with `If-Match` that was done before, and whose response was lost, succeeds again (RFC 9110 §13.1.1).

    Raises `NotFound` for an unknown edition or frequency, `Stale` and `Busy`.
    """
    code, often = _newsletter(edition, frequency)
    by = caller_of(app.current_event).name
    fields, parameters = http.json_body(app.current_event, LARGEST_REQUEST), http.Parameters(app.current_event)
    required = parameters.precondition()
    texts = parameters.read(lambda: parse_note(fields, code, often))
    if issues.put_note(deps().issues, code, often, texts, required, by):
        about = {"edition": code, "frequency": often, "updated_by": by}
        telemetry.logger.info("an editor wrote over the next issue", extra=about)
    found = _preview(code, often)
    answer = preview_json(found)
    headers = {"ETag": etag(found.coming.revision, answer), "Cache-Control": "private, no-cache"}
    return http.answer(HTTPStatus.OK, answer, headers)


def to_json(issue: Issue, state: str | None) -> dict[str, Any]:
    """An issue as it was composed, and the state of its sending."""
    return {
        "id": issue.key.id,
        "edition": issue.key.edition,
        "frequency": issue.key.frequency,
        "composed_at": http.timestamp(issue.composed_at),
        "since": http.timestamp(issue.since),
        "until": http.timestamp(issue.until),
        "articles": list(issue.articles),
        "mail_subject": issue.subject,
        "preheader": issue.preheader,
        "note": issue.note,
        "path": issue_path(issue.key, site) if issue.articles else None,
        "sending": state,
    }


def report_json(key: IssueKey, sending: Sending | None, report: Report) -> dict[str, Any]:
    """How far a sending is; without a state where it neither began nor is on hold."""
    return {
        "id": key.id,
        "state": sending and sending.state,
        "changed_at": sending and http.timestamp(sending.changed_at),
        "changed_by": sending and sending.changed_by,
        "reason": sending and sending.reason,
        "started_at": sending and sending.started_at and http.timestamp(sending.started_at),
        "run": sending.run if sending else 0,
        "audience": report.audience,
        **asdict(report.counts),
        "waiting": report.waiting,
        "bounces": report.feedback.bounces,
        "complaints": report.feedback.complaints,
        "moved_at": report.moved_at and http.timestamp(report.moved_at),
    }


def preview_json(found: Preview) -> dict[str, Any]:
    """The next issue in the fields of a request, with what the system adds."""
    coming, issue = found.coming, found.issue
    return {
        "subject": coming.subject,
        "note": coming.note,
        "id": issue.key.id,
        "edition": coming.edition,
        "frequency": coming.frequency,
        "due_at": http.timestamp(found.moment),
        "since": coming.since and http.timestamp(coming.since),
        "mail_subject": issue.subject,
        "preheader": issue.preheader,
        "articles": [_listed(article) for article in found.digest.articles],
        "sending": _state(issue.key),
        "revision": coming.revision,
        "updated_by": coming.updated_by,
    }


def _choice(query: http.Query, name: str, choices: tuple[str, ...]) -> str:
    """One of these; the first where the request names none, or a wrong one, which is reported."""

    def chosen() -> str:
        value = query.values.get(name, choices[0])
        refuse(() if value in choices else (ParameterError(name, one_of(choices)),))
        return value

    return query.collect(chosen, choices[0])


def _before(query: http.Query, edition: str, frequency: str) -> str:
    """The name of the issue before which the issues are."""
    before = query.values.get("before")
    if before is None:
        return NEWEST
    refuse(() if parse_issue_id(f"{edition}-{frequency}-{before}") else (ParameterError("before", NOT_A_NAME),))
    return before


def _newsletter(edition: str, frequency: str) -> tuple[str, Frequency]:
    return parse_newsletter(unquote(edition), unquote(frequency), site)


def _key(id: str) -> IssueKey:
    """The issue of that id. Raises `NotFound` where the site cannot have it."""
    key = parse_issue_id(unquote(id))
    if key is None or key.edition not in site.editions:
        raise NotFound(f"there is no issue {unquote(id)}")
    return key


def _to_steer(id: str) -> IssueKey:
    """The issue whose sending a call is about. Raises `NotFound`, and `SwitchedOff` where nothing is sent."""
    _sender()
    return _key(id)


def _sender() -> str:
    if settings.sender is None:
        raise SwitchedOff("the newsletter has no sender, so no issue is sent")
    return settings.sender


def _composed(id: str) -> IssueKey:
    """The issue to steer, which was composed. Raises `NotFound`."""
    key = _to_steer(id)
    if deps().issues.get(key) is None:
        raise NotFound(f"there is no issue {key.id}")
    return key


def _require_next(key: IssueKey) -> None:
    """Raise `NotFound` unless the issue is the next one."""
    coming = deps().issues.next(key.edition, key.frequency)
    if next_due(coming, datetime.now(UTC), site)[0] != key:
        raise NotFound(f"there is no issue {key.id}")


def _require_news(key: IssueKey) -> None:
    """Raise `WrongState` for an issue that was composed without articles, `NotFound` for one that there is not."""
    issue = deps().issues.get(key)
    if issue is None:
        _require_next(key)
    elif not issue.articles:
        raise WrongState(f"There was no news for the issue {key.id}: nobody gets it.")


def _content(key: IssueKey) -> tuple[Issue, Sequence[Article]]:
    """An issue and its articles as they are now; of the next one as it would be. Raises `NotFound`."""
    if found := deps().queries(IssueByKey(key)):
        return found.issue, found.articles
    _require_next(key)
    coming = _preview(key.edition, key.frequency)
    return coming.issue, coming.digest.articles


def _editor() -> str:
    return caller_of(app.current_event).name


def _log(action: str, key: IssueKey) -> None:
    """Log what an editor did, without the email of a test."""
    telemetry.logger.info("an editor steers an issue", extra={"action": action, "issue": key.id, "by": _editor()})


def _reported(action: str, key: IssueKey) -> Response[str]:
    """The answer to what an editor did with the sending, which is logged."""
    _log(action, key)
    found = report_json(key, deps().deliveries.get(key), deps().deliveries.report(key))
    return http.answer(HTTPStatus.OK, found, {"Cache-Control": "private, no-cache"})


def _state(key: IssueKey) -> str | None:
    """The state of the issue's sending; None where it neither began nor is on hold."""
    sending = deps().deliveries.get(key)
    return sending.state if sending else None


def _with_states(edition: str, frequency: Frequency, found: Sequence[Issue]) -> list[dict[str, Any]]:
    """Issues, the newest first, with the states of their sendings."""
    if not found:
        return []
    states = deps().deliveries.states(edition, frequency, found[-1].key.name, found[0].key.name)
    return [to_json(issue, states.get(issue.key.name)) for issue in found]


def _preview(edition: str, frequency: Frequency) -> Preview:
    return issues.preview(deps().issues, deps().queries, site, edition, frequency, datetime.now(UTC))


def _etag(found: Preview) -> str:
    return etag(found.coming.revision, preview_json(found))


def _listed(article: Article) -> dict[str, Any]:
    return {"id": article.id, "headline": article.headline, "section": article.section}


http.tag_stale(app, lambda coming: _etag(_preview(coming.edition, coming.frequency)))


@telemetry.observed
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    return app.resolve(event, context)
