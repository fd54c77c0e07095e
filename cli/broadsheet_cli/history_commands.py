"""`broadsheet history` and `restore`."""

import json
from collections.abc import Mapping

import click

from .client import Client
from .errors import Refused
from .messages import print_refusal, staleness
from .options import EPILOG, site_options, verbatim, with_client
from .references import CANNOT_BE_FOUND, id_of
from .site import Site, readable
from .tables import aligned
from .terminal import DONE, SOME_REFUSED, error_console, print_errors, print_warnings, printable

HISTORY = """\
List the revisions of an article, newest first: number, time (in the site's time zone), who made it, how, the article's
status, which fields changed, and the headline. ARTICLE is its id or the URL of its page; it may be withdrawn.

The text of a revision is kept for some weeks after another one replaced it, as long as the site's operator has chosen;
then it is not listed any more. `broadsheet restore` puts one that is listed again.

Examples:
  broadsheet history harbour-fire
  broadsheet history harbour-fire --limit 5
  broadsheet history harbour-fire --json          with the time until which each is kept
"""

RESTORE = """\
Put an article again as one of its revisions had it: text, headline, picture, date, status and corrections. REVISION is
its number in `broadsheet history`. ARTICLE is the article's id or the URL of its page.

That makes a new revision, so it can be undone in the same way. If the article already equals that revision,
nothing is written. An article that was withdrawn is left alone, unless there is --revive. If the revision is not kept
any more, the command says so and ends with exit status 1.

With --if-match, the article is left alone if somebody has changed it since that revision.

Examples:
  broadsheet restore storm-warning 3
  broadsheet restore storm-warning 3 --revive
"""
LEFT_ALONE = "is withdrawn, and was left alone; to publish it again, add --revive"
WITHDRAWN = "urn:problem-type:broadsheet:gone"


@click.command("history", help=verbatim(HISTORY), short_help="List who changed an article.", epilog=verbatim(EPILOG))
@click.argument("article", metavar="ARTICLE")
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, metavar="N", help="At most N.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object on each line.")
@site_options
@with_client
def history_command(client: Client, *, article: str, limit: int, as_json: bool) -> int:
    try:
        site = client.site()
        found = list(client.history(id_of(client, article), limit=limit))
    except CANNOT_BE_FOUND as error:
        return print_refusal(article, error, error_console())
    texts = (json.dumps(each, ensure_ascii=False) for each in found)
    for line in texts if as_json else aligned([_row(each, site) for each in found]):
        click.echo(line.encode())
    return DONE


@click.command("restore", help=verbatim(RESTORE), short_help="Put an earlier text again.", epilog=verbatim(EPILOG))
@click.argument("article", metavar="ARTICLE")
@click.argument("revision", metavar="REVISION", type=click.IntRange(min=1))
@click.option("--if-match", metavar="REVISION", help="Replace only this revision.")
@click.option("--revive", is_flag=True, help="Publish the article again if it is withdrawn.")
@site_options
@with_client
def restore_command(client: Client, *, article: str, revision: int, if_match: str | None, revive: bool) -> int:
    errors = error_console()
    try:
        id = id_of(client, article)
        stored = client.restore(id, revision, if_match=if_match, revive=revive)
    except Refused as refused:
        if refused.problem.type != WITHDRAWN:
            return print_refusal(article, refused, errors)
        print_errors(errors, f"{article}: {LEFT_ALONE}")
        return SOME_REFUSED
    except CANNOT_BE_FOUND as error:
        return print_refusal(article, error, errors)
    changed = stored.outcome != "unchanged"
    effect = f"restored, as revision {stored.revision}" if changed else f"is as revision {revision} had it"
    click.echo(printable(f"{id}  {effect}").encode())
    if stored.url:
        click.echo(printable(f"  {readable(stored.url)}").encode())
    for warning in stored.warnings:
        place = warning.field if warning.line is None else f"{warning.field} line {warning.line}"
        print_warnings(errors, f"{article}: {place}: {warning.message}")
    if changed and stored.status == "published":
        click.echo(staleness(stored.stale_seconds))
    return DONE


def _row(revision: Mapping[str, object], site: Site) -> tuple[str, ...]:
    fields = revision.get("fields")
    changed = ", ".join(map(str, fields)) if isinstance(fields, list) else ""
    made = (str(revision.get(name) or "-") for name in ("updated_by", "action", "status"))
    return str(revision["revision"]), site.short(revision.get("at")), *made, changed or "-", str(revision["headline"])
