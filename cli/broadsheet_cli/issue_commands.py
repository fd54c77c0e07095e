"""`broadsheet issue`: the newsletter's issues, how far they are sent, and what editors put over the next one."""

import json
from collections.abc import Iterator, Mapping

import click

from .client import Client
from .errors import InvalidId, Refused, Unavailable
from .issues import Issue, change_note, get_issue, list_issues, newest_id, next_issue
from .messages import print_refusal
from .options import EPILOG, site_options, verbatim, with_client
from .sending_commands import COMMANDS, frequency_option, issue_argument, json_option
from .sendings import follow as wait_for_end
from .sendings import get_report, in_words
from .site import Site
from .tables import aligned
from .terminal import DONE, error_console, printable, progress_bar

ISSUE = """\
Look at the issues of the newsletter, write over the next one, and steer what is sent. Issues are composed and sent by
themselves, at the hours in the site's settings.

Examples:
  broadsheet issue preview en
  broadsheet issue note en --subject "The ferry is back"
  broadsheet issue show en-daily-2026-11-29
"""

LIST = """\
List the issues of an edition's newsletter, newest first: when each was composed, its id, its number of articles, the
state of its sending and its subject. An issue without articles had no news: it has no page, and is not sent.

Examples:
  broadsheet issue list en
  broadsheet issue list ar --frequency weekly --json
"""

SHOW = """\
Show an issue as it was composed, and how far it is sent: its subject, what the editors say above it, the ids of its
articles, the state of the sending, and how many readers got it or did not.

ISSUE is the id of an issue, or an edition: then it is the newest issue. On a terminal the command waits while the issue
is being sent, with a bar. You can end it at any time, which stops no mail.

The readers are those for whom the issue is: sent (SES took the mail), skipped (they left or chose otherwise meanwhile,
or chose no section of it), suppressed (their mail bounced, or they complained), failed (SES refuses the mail), unknown
(nobody can know whether SES took it; it is not sent again), and waiting.

Examples:
  broadsheet issue show --no-follow en-daily-2026-11-29
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

MOST = 100  # issues in a list


@click.group("issue", help=verbatim(ISSUE), short_help="Look at issues of the newsletter.")
def issue_group() -> None:
    """See `ISSUE`."""


for command in COMMANDS:
    issue_group.add_command(command)


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
@issue_argument
@frequency_option
@click.option("--follow/--no-follow", default=None, help="Wait while it is being sent. The default on a terminal.")
@json_option
@site_options
@with_client
def show_command(client: Client, *, issue: str, frequency: str, follow: bool | None, as_json: bool) -> int:
    errors = error_console()
    try:
        site, id = client.site(), newest_id(client, issue, frequency)
        found, report = get_issue(client, id), get_report(client, id)
        if errors.is_terminal and not as_json if follow is None else follow:
            with progress_bar(errors, quiet=False) as bar:
                report = wait_for_end(client, report, bar)
    except (Refused, Unavailable, InvalidId) as error:
        return print_refusal(issue, error, errors)
    _print({**found, "report": report}, _facts(found, site) | dict(in_words(report, site)), as_json=as_json)
    return DONE


def _facts(issue: Issue, site: Site) -> dict[str, str]:
    return {
        "issue": issue["id"],
        "composed": site.short(issue["composed_at"]),
        "since": site.short(issue["since"]),
        "until": site.short(issue["until"]),
        "page": f"{site.url}{issue['path']}" if issue["path"] else "none: there was no news",
    }


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
    return site.short(issue["composed_at"]), issue["id"], number, issue.get("sending") or "-", issue["mail_subject"]


def _print_next(issue: Issue, site: Site, *, as_json: bool) -> None:
    due = site.short(issue["due_at"]) + ("; on hold" if issue.get("sending") == "held" else "")
    _print(issue, {"issue": issue["id"], "due": due}, as_json=as_json)


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
