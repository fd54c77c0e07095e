"""`broadsheet subscribers show`, `leave` and `erase`: for an editor to whom a reader writes or whom a reader calls."""

import json
import sys

import click

from .client import Client
from .errors import Refused, Unavailable
from .messages import print_refusal
from .options import EPILOG, site_options, verbatim, with_client
from .reader_requests import Handled, erase_subscriber, in_words, show_subscriber, unsubscribe_subscriber
from .tables import aligned
from .terminal import DONE, FAILED, error_console, print_errors, printable

SHOW = """\
Print everything that is stored about a reader, who asks for it. EMAIL is the reader's address.

It is what the reader can download: the state, the choices, the record of consent, what happened to our mails, and
the issues of the last 90 days. Times are in the site's time zone. With --json it is the file that the reader would
get.

Examples:
  broadsheet subscribers show reader@example.org
  broadsheet subscribers show --json reader@example.org
"""

LEAVE = """\
Unsubscribe a reader who asks for it. EMAIL is the reader's address.

A reader who got the newsletter gets a last mail, which says so. An address that is unsubscribed already does not
change, so you can safely repeat the command. The reader can sign up again at any time.

Example:
  broadsheet subscribers leave reader@example.org
"""

ERASE = """\
Erase everything that is stored about a reader who asks for it. EMAIL is the reader's address.

It cannot be undone. The record of consent goes, too. What remains is a code that is calculated from the address with
a secret key: with the state, so that a suppressed address never gets mail again, and with the time of its latest
issue and the issues of the last 90 days, so that none is sent twice. The reader gets no mail about it.

The command asks before it erases. Without a terminal it needs --yes. You can safely repeat it.

Example:
  broadsheet subscribers erase --yes reader@example.org
"""

MEANINGS = {
    "unsubscribed": "gets no newsletter, and can sign up again",
    "suppressed": "is suppressed, and gets no mail",
    "erased": "nothing is stored but a code, the state and the latest issues",
}


@click.command("show", help=verbatim(SHOW), short_help="Print what is stored about a reader.", epilog=verbatim(EPILOG))
@click.argument("email")
@click.option("--json", "as_json", is_flag=True, help="Print the reader's data export, as JSON.")
@site_options
@with_client
def show_command(client: Client, *, email: str, as_json: bool) -> int:
    try:
        site = client.site()
        stored = show_subscriber(client, email)
    except (Refused, Unavailable) as error:
        return print_refusal(email, error, error_console())
    if as_json:
        click.echo(json.dumps(stored, ensure_ascii=False, indent=2).encode())
        return DONE
    for line in aligned(list(in_words(stored, site))):
        click.echo(line.encode())
    return DONE


@click.command("leave", help=verbatim(LEAVE), short_help="Unsubscribe a reader.", epilog=verbatim(EPILOG))
@click.argument("email")
@site_options
@with_client
def leave_command(client: Client, *, email: str) -> int:
    try:
        handled = unsubscribe_subscriber(client, email)
    except (Refused, Unavailable) as error:
        return print_refusal(email, error, error_console())
    return _print(email, "unsubscribed", handled)


@click.command("erase", help=verbatim(ERASE), short_help="Erase a reader's data.", epilog=verbatim(EPILOG))
@click.argument("email")
@click.option("--yes", is_flag=True, help="Do not ask.")
@site_options
@with_client
def erase_command(client: Client, *, email: str, yes: bool) -> int:
    if not yes and not _is_confirmed(email):
        print_errors(error_console(), f"{email}: nothing was erased")
        return FAILED
    try:
        handled = erase_subscriber(client, email)
    except (Refused, Unavailable) as error:
        return print_refusal(email, error, error_console())
    return _print(email, "erased", handled)


def _is_confirmed(email: str) -> bool:
    """Ask in the terminal. Raises `UsageError` where there is none."""
    if not sys.stdin.isatty():
        raise click.UsageError("Erasing cannot be undone: without a terminal, give --yes.")
    return click.confirm(printable(f"Erase everything that is stored about {email}? It cannot be undone."), err=True)


def _print(email: str, done: str, handled: Handled) -> int:
    """Print what the call did with the address."""
    result = done if handled.changed else "unchanged"
    meaning = MEANINGS.get(handled.status, handled.status)
    more = "; it stays suppressed" if handled.suppressed and handled.status == "erased" else ""
    click.echo(printable(f"{email}  {result}: {meaning}{more}").encode())
    return DONE
