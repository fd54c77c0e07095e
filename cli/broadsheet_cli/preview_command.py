"""`broadsheet preview`."""

from __future__ import annotations

import webbrowser
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .client import Client, Warned, is_local
from .enclosures import NoRecording, Recordings
from .errors import FieldError, FileError, InvalidId, Refused, Unavailable, Unreachable
from .files import READERS, FileArticle, read_each
from .illustrated import illustrated
from .messages import FieldErrors, located, print_refusal
from .options import EPILOG, complete_files, site_options, verbatim, with_client
from .pictures import Pictures
from .previews import Previewed, end_preview, put_preview
from .references import id_of
from .site import Site
from .terminal import DONE, SOME_REFUSED, error_console, print_errors, print_warnings

if TYPE_CHECKING:
    from rich.console import Console

PREVIEW = """\
Show an article as it will be on the site, before it is public.

The command prints a link to the article, the front page and every other page that it would change, and opens it in
the browser. Nothing is published: only people who have the link see it, for a day. Then the command waits: each time
you save FILE, the page shows what you saved. Press Ctrl-C to stop; the link goes on to work until its end.

For a FILE the link shows what the file has, whatever its status and date. For an ARTICLE, named by its id or the URL
of its page, it shows what the site has stored: a draft, say, or an article that is scheduled.

Examples:
  broadsheet preview story.md                  show story.md, and again after each save
  broadsheet preview --once story.md           print the link and end, for a script
  broadsheet preview harbour-fire              show a stored article
  broadsheet preview --end harbour-fire        end the link at once
"""
SHORT = "Show an article before it is public."
POLL = 0.2  # seconds


@click.command("preview", help=verbatim(PREVIEW), short_help=SHORT, epilog=verbatim(EPILOG))
@click.argument("source", metavar="FILE|ARTICLE", shell_complete=complete_files)
@click.option("--once", is_flag=True, help="Print the link and end; open no browser.")
@click.option("--no-open", is_flag=True, help="Do not open the browser.")
@click.option("--end", is_flag=True, help="End the link of this article's preview.")
@site_options
@with_client
def preview_command(client: Client, *, source: str, once: bool, no_open: bool, end: bool) -> int:
    errors = error_console()
    file = Path(source)
    is_file = file.suffix.lower() in READERS or file.is_file()
    try:
        if end:
            end_preview(client, read_article(file).id if is_file else id_of(client, source))
            return DONE
        if is_file and not once:
            return _follow(client, file, errors, no_open=no_open)
        shown = put_file(client, file, errors) if is_file else put_preview(client, id_of(client, source))
    except (Refused, Unavailable, InvalidId, FileError) as error:
        return print_refusal(source, error, errors)
    if shown is not None and not is_file:
        _print_warnings(errors, source, shown.warnings, {})
    if shown is None:
        return SOME_REFUSED
    announce(client.site(), shown, errors)
    if not (once or no_open):
        webbrowser.open(shown.url)
    return DONE


def read_article(file: Path) -> FileArticle:
    """The one article of a file. Raises `FileError`."""
    [found] = read_each([file])
    if len(found) != 1:
        raise FileError(str(file), "holds several articles; a preview shows one")
    if isinstance(found[0], FileError):
        raise found[0]
    return found[0]


def put_file(client: Client, file: Path, errors: Console) -> Previewed | None:
    """Put the preview of a file's article, and print warnings and errors with their lines; None if it is refused."""
    try:
        entry = read_article(file)
    except FileError as error:
        print_refusal(str(file), error, errors)
        return None
    api = client.api if is_local(client.api) else None
    try:
        with Pictures(client) as pictures, closing(Recordings(api)) as recordings:
            ready, lost = illustrated(entry, pictures)
            shown = put_preview(client, entry.id, recordings.completed(ready.article))
    except (FieldErrors, Refused, Unavailable, InvalidId) as error:
        print_refusal(entry.name, error, errors, entry.lines)
        return None
    except NoRecording as error:
        print_refusal(entry.name, FieldErrors(FieldError("enclosure.url", str(error))), errors, entry.lines)
        return None
    _print_warnings(errors, entry.name, (*lost, *shown.warnings), entry.lines)
    return shown


def _print_warnings(errors: Console, name: str, warnings: Iterable[Warned], lines: Mapping[str, int]) -> None:
    for each in warnings:
        message = located(name, lines, FieldError(each.field, each.message, each.line))
        print_warnings(errors, *message.lines())


def saves(file: Path, sleep: Callable[[float], None]) -> Iterator[None]:
    """Yield once, and again after each save of the file, for ever.

    A save counts once the file stays the same from one look to the next: editors empty a file before they write it, or
    replace it.
    """
    last = shown = None
    while True:
        now = _stamp(file)
        if now is not None and now == last != shown:
            shown = now
            yield
        last = now
        sleep(POLL)


def _stamp(file: Path) -> tuple[int, int] | None:
    """What changes when a file is saved; None while there is none."""
    try:
        state = file.stat()
    except OSError:
        return None
    return state.st_mtime_ns, state.st_size


def _follow(client: Client, file: Path, errors: Console, *, no_open: bool) -> int:
    """Put the file's article after each save, until Ctrl-C."""
    read_article(file)  # a file that cannot be read ends the command before it waits
    site = client.site()
    shown: Previewed | None = None
    try:
        for _ in saves(file, client.transport.sleep):
            put = _put_again(client, file, errors) if shown else put_file(client, file, errors)
            before, shown = shown, put or shown
            if put and (before is None or put.url != before.url):
                announce(site, put, errors)
                errors.print(f"Waiting for changes of {file}. Press Ctrl-C to stop.")
                if not no_open:
                    webbrowser.open(put.url)
    except KeyboardInterrupt:
        if shown is None:
            raise
        errors.print(
            f"\nStopped. The link works until {site.long(shown.ends_at)}; `broadsheet preview --end {file}` ends it."
        )
    return DONE


def _put_again(client: Client, file: Path, errors: Console) -> Previewed | None:
    """As `put_file`; a lost connection does not end the command once it has shown the file."""
    try:
        return put_file(client, file, errors)
    except Unreachable as error:
        print_errors(errors, f"{error}; save the file again to try once more")
        return None


def announce(site: Site, shown: Previewed, errors: Console) -> None:
    """Print the link, and when it ends."""
    click.echo(shown.url)
    errors.print(f"The link works until {site.long(shown.ends_at)}, for everybody who has it.")
