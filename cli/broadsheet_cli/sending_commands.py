"""`broadsheet issue test`, `hold`, `unhold`, `release`, `stop` and `resume`: editors steer what is sent to readers."""

import json
import sys
from collections.abc import Callable
from typing import Any

import click

from .client import Client
from .errors import InvalidId, Refused, Unavailable
from .issues import id_to_release, newest_id, next_id
from .messages import print_refusal
from .options import EPILOG, site_options, verbatim, with_client
from .sendings import Report, in_words, send_test, steer, unhold
from .tables import aligned
from .terminal import DONE, FAILED, error_console, print_errors, printable

TEST = """\
Send the mail of an issue to one address, as a test. Its subject and its first line say that it is a test.

ISSUE is the id of an issue, or an edition: then it is the next issue, as it would be now. The mail counts nowhere, and
its links belong to no reader. With --section it has only those sections, as for a reader who chose them.

Examples:
  broadsheet issue test en-daily-2026-11-29 lina@courier.example
  broadsheet issue test en-daily-2026-11-29 lina@courier.example --section city
"""

HOLD = """\
Keep an issue from being sent until you release it. You can safely repeat it.

ISSUE is the id of an issue, or an edition: then it is the next issue. That one is composed at its time all the same;
later articles are in the issue after it.

Examples:
  broadsheet issue hold en
  broadsheet issue hold en --frequency weekly
"""

UNHOLD = """\
Take the hold off the next issue: it will be sent at its time. One that is composed already can only be released.

Examples:
  broadsheet issue unhold en
"""

RELEASE = """\
Send an issue to its readers now. You can safely repeat it: no reader gets it twice.

ISSUE is the id of an issue, or an edition: then it is the newest issue if that is on hold, and else the next one. The
next one is composed at once, and is then the issue of its day or week: none comes at its time. What was published in
the last two minutes is not in it.

The command asks first. Without a terminal it needs --yes.

Examples:
  broadsheet issue release --yes en-daily-2026-11-29
"""

STOP = """\
Stop an issue that is being sent. Within seconds no further mail goes out. You can safely repeat it.

ISSUE is the id of an issue, or an edition: then it is the newest issue. `broadsheet issue resume` goes on.

Examples:
  broadsheet issue stop en-daily-2026-11-28
"""

RESUME = """\
Go on with an issue that was stopped, or that stopped by itself after too many bounces or complaints. Readers who have
it get it no second time. You can safely repeat it.

ISSUE is the id of an issue, or an edition: then it is the newest issue.

Examples:
  broadsheet issue resume en-daily-2026-11-28
"""

FREQUENCIES = ("daily", "weekly")
issue_argument: Callable[..., Any] = click.argument("issue")
frequency_option: Callable[..., Any] = click.option(
    "--frequency", type=click.Choice(FREQUENCIES), default=FREQUENCIES[0], show_default=True, help="How often it comes."
)
json_option: Callable[..., Any] = click.option("--json", "as_json", is_flag=True, help="Print the API's JSON.")


@click.command("test", help=verbatim(TEST), short_help="Send a test to one address.", epilog=verbatim(EPILOG))
@issue_argument
@click.argument("email")
@click.option("--section", "sections", metavar="KEY", multiple=True, help="A section. Repeat it for more.")
@frequency_option
@site_options
@with_client
def test_command(client: Client, *, issue: str, email: str, sections: tuple[str, ...], frequency: str) -> int:
    try:
        id = next_id(client, issue, frequency)
        subject = send_test(client, id, email, sections)
    except (Refused, Unavailable) as error:
        return print_refusal(f"issue test {issue}", error, error_console())
    click.echo(printable(f"{id}  sent to {email}: {subject}").encode())
    return DONE


@click.command("release", help=verbatim(RELEASE), short_help="Send an issue now.", epilog=verbatim(EPILOG))
@issue_argument
@frequency_option
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@site_options
@with_client
def release_command(client: Client, *, issue: str, frequency: str, yes: bool, as_json: bool) -> int:
    try:
        id = id_to_release(client, issue, frequency)
    except (Refused, Unavailable) as error:
        return print_refusal(f"issue release {issue}", error, error_console())
    if not yes and not _is_confirmed(id):
        print_errors(error_console(), f"{id}: nothing was sent")
        return FAILED
    return _steer(client, "release", issue, lambda: id, as_json=as_json)


def _steering(action: str, help: str, short_help: str, named: Callable[[Client, str, str], str]) -> click.Command:
    """The command that makes one of the editors' calls for the issue that a name and a frequency mean."""

    @click.command(action, help=verbatim(help), short_help=short_help, epilog=verbatim(EPILOG))
    @issue_argument
    @frequency_option
    @json_option
    @site_options
    @with_client
    def command(client: Client, *, issue: str, frequency: str, as_json: bool) -> int:
        return _steer(client, action, issue, lambda: named(client, issue, frequency), as_json=as_json)

    return command


def _is_confirmed(id: str) -> bool:
    """Ask in the terminal. Raises `UsageError` where there is none."""
    if not sys.stdin.isatty():
        raise click.UsageError("A mail that was sent cannot be called back: without a terminal, give --yes.")
    return click.confirm(printable(f"Send the issue {id} to its readers now?"), err=True)


def _steer(client: Client, action: str, name: str, named: Callable[[], str], *, as_json: bool) -> int:
    """Make the call for the issue that was named, and print the report that it answers with."""
    try:
        id = named()
        report = unhold(client, id) if action == "unhold" else steer(client, id, action)
        lines = [json.dumps(report, ensure_ascii=False)] if as_json else _lines(client, report)
    except (Refused, Unavailable, InvalidId) as error:
        return print_refusal(f"issue {action} {name}", error, error_console())
    for line in lines:
        click.echo(line.encode())
    return DONE


def _lines(client: Client, report: Report) -> list[str]:
    return list(aligned([("issue", str(report["id"])), *in_words(report, client.site())]))


COMMANDS = (
    test_command,
    _steering("hold", HOLD, "Keep an issue from being sent.", next_id),
    _steering("unhold", UNHOLD, "Take the hold off an issue.", next_id),
    release_command,
    _steering("stop", STOP, "Stop an issue that is being sent.", newest_id),
    _steering("resume", RESUME, "Go on with a stopped issue.", newest_id),
)
