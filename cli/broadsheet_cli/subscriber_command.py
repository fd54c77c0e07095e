"""`broadsheet subscribers`: the newsletter's readers into a deployment, and back out."""

import argparse
import io
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from .client import Client
from .formats import FORMATS, STATUSES, Listing
from .subscribers import Written, export_all, import_all, private_file
from .terminal import ALL_WELL, FOOTNOTES, SOME_REFUSED, complain, progress

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001  # argparse has no other name for it

IMPORT = """\
Bring the newsletter's readers here from elsewhere, out of a CSV file in UTF-8. The same file again changes nothing,
so `import` is safe to repeat. Nobody gets a mail by it.

formats, known by their headers:
  own        what `broadsheet subscribers export` writes: email, status (subscribed, unsubscribed or suppressed),
             edition, sections (a blank between them), frequency (daily or weekly), consented_at, confirmed_at, source,
             wording, wording_edition. A file of your own needs email and status, and consented_at for
             who is subscribed:
               email,status,consented_at
               reader@example.org,subscribed,2024-05-06T07:08:09Z
  listmonk   Subscribers > Export. It does not tell who has confirmed: export those whose subscription is confirmed,
             then those who are unsubscribed, with --status unsubscribed
  mailchimp  Audience > Export: a file each of subscribed, unsubscribed, cleaned and nonsubscribed contacts, which its
             name tells (or --status)
  ghost      Members > Export all members

Kept of each reader is what is needed to write to them and to show that they agreed. Names, notes, labels, attributes
and places stay in the file.

Whoever left here, or is suppressed here, stays so. Whoever has not confirmed elsewhere is refused, and so is a row
that breaks a rule; each is named with its line. Import those who left and those whose mail bounced first: a list never
takes a reader away who is subscribed here, unless it says `suppressed`.
"""

EXPORT = """\
Write everybody as CSV in UTF-8, in the format that `import` calls own, in no order. Readers who were erased have
nothing to write; they are counted. Cells that a spreadsheet would take for formulas begin with an apostrophe, which
`import` takes off again.

The file holds personal data. Only you can read it; it is moved into its place when it is whole.
"""


def add_subscribers(commands: "Commands", common: argparse.ArgumentParser) -> None:
    """Add the command and the two in it."""
    shared: dict[str, Any] = {
        "epilog": FOOTNOTES,
        "formatter_class": argparse.RawDescriptionHelpFormatter,
        "parents": [common],
    }
    parser = commands.add_parser(
        "subscribers", help="bring subscribers here from elsewhere, or write them to a file", **shared
    )
    inner = parser.add_subparsers(metavar="COMMAND", required=True)

    take = inner.add_parser("import", help="bring subscribers here out of a file", description=IMPORT, **shared)
    take.add_argument("file", type=Path, metavar="FILE", help="a .csv file")
    take.add_argument("--format", choices=FORMATS, help="what wrote it; its header tells when left out")
    take.add_argument("--status", choices=STATUSES, help="what those are who the file does not say to be anything else")
    take.add_argument("--edition", help="what those read who have none in the file; the first when left out")
    take.add_argument("--dry-run", action="store_true", help="say what would become of everybody, and change nothing")
    take.add_argument("--quiet", action="store_true", help="no progress bar and no summary, only refusals")
    take.set_defaults(run=_import)

    write = inner.add_parser("export", help="write all subscribers to a file", description=EXPORT, **shared)
    write.add_argument("file", nargs="?", type=Path, metavar="FILE", help="standard output when left out")
    write.add_argument("--quiet", action="store_true", help="no progress bar and no summary")
    write.set_defaults(run=_export)


def _import(client: Client, options: argparse.Namespace, errors: Console) -> int:
    listing = Listing.of(options.file, options.format, options.status, options.edition)
    with progress(errors, quiet=options.quiet) as bar:
        tally = import_all(
            partial(client.take_in, dry_run=options.dry_run),
            listing,
            bar,
            on_refusal=lambda line: complain(errors, line),
        )
    if not options.quiet:
        counts = f"{tally.added} added, {tally.changed} changed, {tally.unchanged} unchanged, {tally.refused} refused"
        sys.stdout.write(f"{counts}{'; nothing was changed' if options.dry_run else ''}\n")
    return SOME_REFUSED if tally.refused else ALL_WELL


def _export(client: Client, options: argparse.Namespace, errors: Console) -> int:
    with progress(errors, quiet=options.quiet) as bar:
        if options.file:
            with private_file(options.file) as file:
                written = export_all(client.subscribers(), file, bar)
        else:
            file = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", newline="", write_through=True)
            try:
                written = export_all(client.subscribers(), file, bar)
            finally:
                file.detach()
    if not options.quiet:
        errors.print(_summary(written))
    return ALL_WELL


def _summary(written: Written) -> str:
    return f"{written.people} written; {written.erased} erased, of whom there is nothing to write"
