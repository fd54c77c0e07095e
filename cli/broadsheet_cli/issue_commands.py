"""`broadsheet issue`: the newsletter's issues, and what editors put over the next one."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import click

from .client import Client
from .errors import Refused, Unavailable
from .issues import Issue, change_note, get_issue, list_issues, next_issue
from .messages import print_refusal
from .options import EPILOG, site_options, verbatim, with_client
from .site import Site
from .tables import aligned
from .terminal import DONE, error_console, printable

ISSUE = """\
Look at the issues of the newsletter, and write over the next one. Nothing here sends a mail.

Examples:
  broadsheet issue preview en
  broadsheet issue note en --subject "The ferry is back"
"""

LIST = """\
List the issues of an edition's newsletter, newest first: when each was composed, its id, its number of articles and its
subject. An issue without articles had no news: it has no page.

Examples:
  broadsheet issue list en
  broadsheet issue list ar --frequency weekly --json
"""

SHOW = """\
Show an issue as it was composed: its subject, what the editors say above it, and the ids of its articles.

Examples:
  broadsheet issue show en-daily-2026-11-29
"""

PREVIEW = """\
Show what the next issue would be if it were composed now: the articles that were published since the one before.

Without an EDITION it is the site's first one.

Examples:
  broadsheet issue preview
  broadsheet issue preview ar --frequency weekly
"""

NOTE = """\
Put a subject and a note over the next issue of an edition's newsletter. They hold for that issue alone.

What you do not name stays. An empty text takes away what was there: then the subject is the headline of the first
article. In a note, an empty line begins a paragraph.

Examples:
  broadsheet issue note en --subject "The ferry is back" --note "Good morning. It took nine years."
  broadsheet issue note en --frequency weekly --note ""
"""

FREQUENCIES = ("daily", "weekly")
MOST = 100  # issues in a list

frequency_option: Callable[..., Any] = click.option(
    "--frequency", type=click.Choice(FREQUENCIES), default=FREQUENCIES[0], show_default=True, help="How often it comes."
)
json_option: Callable[..., Any] = click.option("--json", "as_json", is_flag=True, help="Print the API's JSON.")


@click.group("issue", help=verbatim(ISSUE), short_help="Look at issues of the newsletter.")
def issue_group() -> None:
    """See `ISSUE`."""


@issue_group.command("list", help=verbatim(LIST), short_help="List the issues.", epilog=verbatim(EPILOG))
@click.argument("edition")
@frequency_option
@click.option("--limit", type=click.IntRange(1, MOST), default=20, show_default=True, help="The most issues.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object on each line.")
@site_options
@with_client
def list_command(client: Client, *, edition: str, frequency: str, limit: int, as_json: bool) -> int:
    try:
        site, found = client.site(), list_issues(client, edition, frequency, limit)
    except (Refused, Unavailable) as error:
        return print_refusal(f"issue list {edition}", error, error_console())
    texts = (json.dumps(each, ensure_ascii=False) for each in found)
    for line in texts if as_json else aligned([_row(each, site) for each in found]):
        click.echo(line.encode())
    return DONE


@issue_group.command("show", help=verbatim(SHOW), short_help="Show an issue.", epilog=verbatim(EPILOG))
@click.argument("id")
@json_option
@site_options
@with_client
def show_command(client: Client, *, id: str, as_json: bool) -> int:
    try:
        site, issue = client.site(), get_issue(client, id)
    except (Refused, Unavailable) as error:
        return print_refusal(id, error, error_console())
    facts = {
        "issue": issue["id"],
        "composed": site.short(issue["composed_at"]),
        "since": site.short(issue["since"]),
        "until": site.short(issue["until"]),
        "page": f"{site.url}{issue['path']}" if issue["path"] else "none: there was no news",
    }
    _print(issue, facts, as_json=as_json)
    return DONE


@issue_group.command("preview", help=verbatim(PREVIEW), short_help="Show the next issue.", epilog=verbatim(EPILOG))
@click.argument("edition", required=False)
@frequency_option
@json_option
@site_options
@with_client
def preview_command(client: Client, *, edition: str | None, frequency: str, as_json: bool) -> int:
    try:
        site = client.site()
        _print_next(next_issue(client, edition or next(iter(site.editions)), frequency), site, as_json=as_json)
    except (Refused, Unavailable) as error:
        return print_refusal("issue preview", error, error_console())
    return DONE


@issue_group.command("note", help=verbatim(NOTE), short_help="Write over the next issue.", epilog=verbatim(EPILOG))
@click.argument("edition")
@frequency_option
@click.option("--subject", help="The subject of the mail.")
@click.option("--note", help="What the editors say above the articles.")
@json_option
@site_options
@with_client
def note_command(
    client: Client, *, edition: str, frequency: str, subject: str | None, note: str | None, as_json: bool
) -> int:
    change = {name: text for name, text in (("subject", subject), ("note", note)) if text is not None}
    if not change:
        raise click.UsageError("Name what to change: --subject, --note or both.")
    try:
        site = client.site()
        _print_next(change_note(client, edition, frequency, change), site, as_json=as_json)
    except (Refused, Unavailable) as error:
        return print_refusal(f"issue note {edition}", error, error_console())
    return DONE


def _row(issue: Issue, site: Site) -> tuple[str, ...]:
    number = str(len(issue["articles"])) if issue["articles"] else "no news"
    return site.short(issue["composed_at"]), issue["id"], number, issue["mail_subject"]


def _print_next(issue: Issue, site: Site, *, as_json: bool) -> None:
    _print(issue, {"issue": issue["id"], "due": site.short(issue["due_at"])}, as_json=as_json)


def _print(issue: Issue, facts: Mapping[str, str], *, as_json: bool) -> None:
    lines = [json.dumps(issue, ensure_ascii=False)] if as_json else [*_lines(issue, facts)]
    for line in lines:
        click.echo(line.encode())


def _lines(issue: Issue, facts: Mapping[str, str]) -> Iterator[str]:
    """What is known of an issue, and a line for each article. One without news has only what editors put over it."""
    subject = issue["mail_subject"] or issue.get("subject", "")
    known = {**facts, "subject": subject, "preheader": issue["preheader"]}
    yield from aligned([(name, text) for name, text in known.items() if text])
    if issue["note"]:
        yield ""
        yield from map(printable, issue["note"].splitlines())
    yield ""
    articles = issue["articles"]
    if not articles:
        yield "No news."
    elif isinstance(articles[0], str):
        yield from map(printable, articles)
    else:
        yield from aligned([(each["section"], each["id"], each["headline"]) for each in articles])
