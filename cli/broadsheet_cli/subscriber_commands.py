"""`broadsheet subscribers`: import and export of the newsletter's subscribers, lifts of suppressions, and its group."""

import sys
from functools import partial
from io import TextIOWrapper
from pathlib import Path

import click

from .client import Client
from .errors import Refused, Unavailable
from .exports import FORMATS
from .formats import STATUSES
from .messages import print_refusal
from .options import EPILOG, site_options, verbatim, with_client
from .reader_commands import erase_command, leave_command, show_command
from .subscriber_file import SubscriberFile
from .subscribers import Lifted, export_all, import_all, lift_suppression, private_file
from .terminal import DONE, SOME_REFUSED, error_console, print_errors, printable, progress_bar

SUBSCRIBERS = """\
Import or export the newsletter's subscribers, lift a suppression, or help a reader who writes or calls.

Examples:
  broadsheet subscribers import members.csv         import the export of another newsletter software
  broadsheet subscribers export all.csv             write all subscribers to a file
  broadsheet subscribers lift reader@example.org    let a suppressed subscriber get mail again
  broadsheet subscribers show reader@example.org    print what is stored about a reader
  broadsheet subscribers leave reader@example.org   unsubscribe a reader
"""

IMPORT = """\
Import subscribers from a CSV file.

Rows that were imported before change nothing, so you can safely repeat the command. A row that breaks a rule is
refused: the command prints its line, the column and the rule, and goes on with the others. A file that cannot be read
to its end is refused as a whole, before anything is imported.

Everybody whom the import subscribes gets one mail, in the language of their edition, with a way out in one click. It
says where the address comes from: name that with --source, in words that continue "We have your address from". A dry
run says how many mails there would be.

The file may be as a spreadsheet saves it: separated by commas, semicolons or tabs, in UTF-8 or, with a byte order
mark, in UTF-16, with any case in the names of columns. Blanks and invisible characters around cells, and empty rows
and columns, do not matter. Times without an offset are in UTC.

Examples:
  broadsheet subscribers import --dry-run members.csv
  broadsheet subscribers import members.csv --source "our former newsletter"
  broadsheet subscribers import --status unsubscribed left.csv

The header tells the format:
  own         the output of `broadsheet subscribers export`: email, status (subscribed, unsubscribed or suppressed),
              edition, sections (separated by blanks), frequency (daily or weekly), consented_at, confirmed_at,
              source, wording, wording_edition. A file of your own needs email, status or --status, and for
              subscribed rows consented_at:
                email,status,consented_at
                reader@example.org,subscribed,2024-05-06T07:08:09Z
  mailchimp   Audience > Export: one file each of subscribed, unsubscribed, cleaned and nonsubscribed contacts. The
              file's name tells the status, or --status
  listmonk    the subscribers of a list. The export of all subscribers does not say who left: it needs --status
  ghost       Members > Export all members
  substack    Settings > Exports, the file email_list
  mailpoet    Subscribers > Export, with the field "Global status"
  beehiiv, buttondown, kit, mailerlite, brevo
              the export of subscribers or contacts as CSV. Where it has no column of the status, export subscribers
              of each status into a file of their own, and name the status with --status

Only the email, the consent and the preferences are imported. Names, notes, labels, attributes and locations are not.

Subscribers who are unsubscribed or suppressed on this site, or in any row of the file, remain unsubscribed or
suppressed. Rows of people who have not confirmed their subscription are refused. Import the unsubscribed and the
bounced contacts first: a row never unsubscribes a subscriber of this site, unless its status is `suppressed`.
"""

EXPORT = """\
Write all subscribers to a CSV file in UTF-8, in the format `own` of `broadsheet subscribers import`, in no order.

Erased subscribers have no data; they are only counted. Cells that a spreadsheet would run as formulas begin with an
apostrophe, which `import` removes. The file contains personal data, so only you can read it. It replaces an existing
file only when it is complete; after an error the existing file is unchanged.

Example:
  broadsheet subscribers export all.csv
"""


LIFT = """\
Lift a suppression, for a reader who asks for it. EMAIL is the reader's address.

An address is suppressed after bounces, after a complaint, or by an import, and gets no mail. A subscriber who had
confirmed, and whose mail bounced, gets the newsletter again. Anyone else does not, until the reader signs up on the
site, and confirms. The site keeps who lifted the suppression, and when.

An address that is not suppressed does not change, so you can safely repeat the command.

Example:
  broadsheet subscribers lift reader@example.org
"""

LONGEST_SOURCE = 300  # characters; the API's maximum

# What the status after a lift means.
MEANINGS = {
    "subscribed": "gets the newsletter",
    "unsubscribed": "unsubscribed, and can sign up again",
    "pending": "has not confirmed yet",
}


@click.group(
    "subscribers",
    help=verbatim(SUBSCRIBERS),
    short_help="Import, export and help subscribers.",
    epilog=verbatim(EPILOG),
)
@site_options
def subscribers_group() -> None:
    """See `SUBSCRIBERS`."""


@subscribers_group.command(
    "import", help=verbatim(IMPORT), short_help="Import subscribers from a CSV file.", epilog=verbatim(EPILOG)
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--format", type=click.Choice(tuple(FORMATS)), help="The file's format. Default: the header tells it.")
@click.option("--status", type=click.Choice(STATUSES), help="The status of rows that have none or are subscribed.")
@click.option("--edition", help="The edition of rows that have none. Default: the first edition.")
@click.option("--source", metavar="TEXT", help="Where the addresses come from, for the mail to each new reader.")
@click.option("--dry-run", is_flag=True, help="Print what the import would do, and change nothing.")
@click.option("--quiet", is_flag=True, help="Print refusals only: no progress bar, no summary.")
@site_options
@with_client
def import_command(
    client: Client,
    *,
    file: Path,
    format: str | None,
    status: str | None,
    edition: str | None,
    source: str | None,
    dry_run: bool,
    quiet: bool,
) -> int:
    if source is not None and not 0 < len(source.strip()) <= LONGEST_SOURCE:
        raise click.UsageError(f"--source must have something to see, and at most {LONGEST_SOURCE} characters.")
    errors = error_console()
    subscriber_file = SubscriberFile.open(file, format, status, edition, source)
    with progress_bar(errors, quiet=quiet) as bar:
        counts = import_all(
            partial(client.import_subscribers, source=source, dry_run=dry_run),
            subscriber_file,
            bar,
            on_refusal=lambda message: print_errors(errors, message),
        )
    if not quiet:
        summary = (
            f"{counts.added} added, {counts.changed} changed, {counts.unchanged} unchanged, {counts.refused} refused; "
            f"{counts.mails} {'mail' if counts.mails == 1 else 'mails'}"
        )
        click.echo(f"{summary}{' (dry run: nothing was changed, and no mail sent)' if dry_run else ''}")
    return SOME_REFUSED if counts.refused else DONE


@subscribers_group.command(
    "export", help=verbatim(EXPORT), short_help="Write all subscribers to a CSV file.", epilog=verbatim(EPILOG)
)
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--quiet", is_flag=True, help="No progress bar, no summary.")
@site_options
@with_client
def export_command(client: Client, *, file: Path | None, quiet: bool) -> int:
    errors = error_console()
    with progress_bar(errors, quiet=quiet) as bar:
        if file:
            with private_file(file) as opened:
                counts = export_all(client.list_subscribers(), opened, bar)
        else:
            output = TextIOWrapper(sys.stdout.buffer, encoding="utf-8", newline="", write_through=True)
            try:
                counts = export_all(client.list_subscribers(), output, bar)
            finally:
                output.detach()
    if not quiet:
        errors.print(f"{counts.written} subscribers written; {counts.erased} erased subscribers have no data to write")
    return DONE


@subscribers_group.command("lift", help=verbatim(LIFT), short_help="Lift a suppression.", epilog=verbatim(EPILOG))
@click.argument("email")
@site_options
@with_client
def lift_command(client: Client, *, email: str) -> int:
    try:
        site = client.site()
        lifted = lift_suppression(client, email)
    except (Refused, Unavailable) as error:
        return print_refusal(email, error, error_console())
    before = f"; lifted by {lifted.by} on {site.short(lifted.at)}" if lifted.by and lifted.at else ""
    click.echo(printable(f"{email}  {_done(lifted)}{'' if lifted.changed else before}").encode())
    return DONE


for _command in (show_command, leave_command, erase_command):
    subscribers_group.add_command(_command)


def _done(lifted: Lifted) -> str:
    meaning = MEANINGS.get(lifted.status, lifted.status)
    return f"lifted: {meaning}" if lifted.changed else f"unchanged, was not suppressed: {meaning}"
