"""`broadsheet put`."""

from pathlib import Path

import click

from .batch_put import put_all
from .client import Client
from .options import EPILOG, files_argument, site_options, verbatim, with_client
from .terminal import DONE, SOME_REFUSED, error_console, print_errors, print_warnings, progress_bar

PUT = """\
Create or replace articles from files.

Each FILE is a Markdown file, a JSON file or a directory. An article with the same id is replaced; an article that has
not changed is left as it is, so you can safely repeat the command. If an article is refused, the command prints the
file, the field and the rule, and goes on with the others. If the site does not keep a part of a text, such as a
script or a frame, the command stores the article, and prints the file, the line and the part; with --strict the
article is refused.

Examples:
  broadsheet put story.md                      one article
  broadsheet put articles/ more.json           every article of a directory and of a file
  broadsheet put --only-new story.md           only if the site has no article with this id
  broadsheet put --if-match 3 story.md         only if nobody has changed revision 3 in the meantime

A Markdown file (.md) has front matter in YAML, an empty line, and the text:

  ---
  id: harbour-fire                            # default: the file's name without .md
  edition: en
  headline: Fire in the old harbour
  summary: Two boats are lost; nobody is hurt.
  section: city
  tags: [harbour, fire brigade]
  authors: [Lina Haddad]
  kind: article                               # or caricature
  image: {src: /media/harbour.svg, alt: Smoke over the quay, caption: حريق في الميناء القديم,
          credit: Omar Said, width: 1600, height: 900, lang: ar}
  enclosure: https://media.example/fire.mp3   # a recording for podcast clients
  published_at: 2025-04-15T09:30:00+03:00     # always with the offset from UTC
  status: published                           # or draft
  slug: harbour-fire
  ---

  The text, in Markdown. With `body_format: html` above it is HTML.

Each value is taken as it is typed: `no`, `12:30` and `007` are texts. Put a text in quotes if it has a # after a
blank or a blank after a colon, or if it starts with a mark such as @, *, [ or a quotation mark.

An `enclosure` may also be {url: …, type: audio/mpeg, length: 4321000, duration: "12:34", title: …}; the length is in
bytes. Where the type or the length is left out, the command asks the server of the recording. It does so too for the
first recording that a text plays.

A JSON file (.json) has one article in the API's schema, with its id, or a list of articles. A directory means the .md
and .json files directly in it.
"""


@click.command("put", help=verbatim(PUT), short_help="Create or replace articles from files.", epilog=verbatim(EPILOG))
@files_argument
@click.option("--only-new", is_flag=True, help="Refuse to replace articles.")
@click.option("--if-match", metavar="REVISION", help="Replace only this revision. For a single FILE.")
@click.option("--strict", is_flag=True, help="Refuse an article of which the site would not keep everything.")
@click.option("--quiet", is_flag=True, help="Print refusals and warnings only: no progress bar, no summary.")
@site_options
@with_client
def put_command(
    client: Client, *, files: tuple[Path, ...], only_new: bool, if_match: str | None, strict: bool, quiet: bool
) -> int:
    if if_match and only_new:
        raise click.UsageError("--if-match and --only-new exclude each other.")
    if if_match and (len(files) > 1 or files[0].is_dir()):
        raise click.UsageError("--if-match is for a single FILE, because a revision belongs to one article.")
    errors = error_console()
    with progress_bar(errors, quiet=quiet) as bar:
        counts = put_all(
            client,
            files,
            bar,
            on_refusal=lambda refusal: print_errors(errors, *refusal.lines()),
            on_warning=lambda warning: print_warnings(errors, warning),
            if_match=if_match,
            only_new=only_new,
            strict=strict,
        )
    if not quiet:
        warned = f", {counts.warnings} warnings" if counts.warnings else ""
        click.echo(f"{counts.new} new, {counts.existing} existing, {counts.refused} refused{warned}")
    return SOME_REFUSED if counts.refused else DONE
