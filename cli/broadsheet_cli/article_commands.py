"""`broadsheet put`, `get`, `list`, `withdraw` and `upload`."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import click
from rich.console import Console

from .batch_put import Refusal, put_all
from .client import Client
from .errors import FileError, InvalidId, Refused, Unavailable
from .front_matter import to_markdown
from .media_types import media_type
from .options import EPILOG, site_options, verbatim, with_client
from .terminal import DONE, SOME_REFUSED, error_console, print_errors, print_warnings, printable, progress_bar

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

GET = """\
Print an article as a Markdown file, which `broadsheet put` reads.

If there is no such article, the command says so and ends with exit status 1.

Example:
  broadsheet get harbour-fire > harbour-fire.md
"""

LIST = """\
List articles, newest first: date, status, edition, id and headline.

Examples:
  broadsheet list --edition ar --limit 5       the five newest articles in Arabic
  broadsheet list --status draft --json        all drafts among the newest 20, for a script
"""

WITHDRAW = """\
Take articles off the site.

The pages of a withdrawn article answer "410 Gone", and no list or feed shows it. To publish it again, put it again.
If one ID is refused, the command prints why and goes on with the others.

Example:
  broadsheet withdraw harbour-fire
"""

UPLOAD = """\
Upload images, and print what to write as `image` in the front matter of an article, beside its `alt` text.

An image is a JPEG, PNG, WebP, GIF, AVIF or HEIC file of up to 50 MB. Pages show it in several sizes, without the
metadata of the file. The same file again is the same image, so you can safely repeat the command. If a file is
refused, the command prints why and goes on with the others. If an image loses something, such as its movement, the
command says so.

Example:
  broadsheet upload harbour.jpg
"""
Paths = tuple[Path, ...]
files_argument = click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))


@click.command("put", help=verbatim(PUT), short_help="Create or replace articles from files.", epilog=verbatim(EPILOG))
@files_argument
@click.option("--only-new", is_flag=True, help="Refuse to replace articles.")
@click.option("--if-match", metavar="REVISION", help="Replace only this revision. For a single FILE.")
@click.option("--strict", is_flag=True, help="Refuse an article of which the site would not keep everything.")
@click.option("--quiet", is_flag=True, help="Print refusals and warnings only: no progress bar, no summary.")
@site_options
@with_client
def put_command(
    client: Client, *, files: Paths, only_new: bool, if_match: str | None, strict: bool, quiet: bool
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


@click.command("get", help=verbatim(GET), short_help="Print an article.", epilog=verbatim(EPILOG))
@click.argument("id")
@click.option("--json", "as_json", is_flag=True, help="Print the API's JSON, with the revision, instead of Markdown.")
@site_options
@with_client
def get_command(client: Client, *, id: str, as_json: bool) -> int:
    try:
        article = client.get(id)
    except (Refused, Unavailable, InvalidId) as error:
        return _print_refusal(id, error, error_console())
    text = json.dumps(article, ensure_ascii=False, indent=2) + "\n" if as_json else to_markdown(article)
    # As bytes, so that no platform changes line ends or encoding, and `put` reads the same article.
    click.echo(text.encode(), nl=False)
    return DONE


@click.command("list", help=verbatim(LIST), short_help="List articles.", epilog=verbatim(EPILOG))
@click.option("--edition", help="The edition, such as en. Default: the first edition.")
@click.option("--section", help="Only articles of this section, such as city.")
@click.option("--status", help="Only drafts or only published articles: draft or published.")
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, metavar="N", help="At most N.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object on each line.")
@site_options
@with_client
def list_command(
    client: Client, *, edition: str | None, section: str | None, status: str | None, limit: int, as_json: bool
) -> int:
    try:
        for article in client.list(edition=edition, status=status, section=section, limit=limit):
            line = json.dumps(article, ensure_ascii=False) if as_json else _line(article)
            click.echo(line.encode())
    except (Refused, Unavailable) as error:
        return _print_refusal("list", error, error_console())
    return DONE


@click.command("withdraw", help=verbatim(WITHDRAW), short_help="Take articles off the site.", epilog=verbatim(EPILOG))
@click.argument("ids", metavar="ID...", nargs=-1, required=True)
@site_options
@with_client
def withdraw_command(client: Client, *, ids: Sequence[str]) -> int:
    errors, status = error_console(), DONE
    for id in ids:
        try:
            client.withdraw(id)
        except (Refused, Unavailable, InvalidId) as error:
            status = _print_refusal(id, error, errors)
    return status


@click.command("upload", help=verbatim(UPLOAD), short_help="Upload images.", epilog=verbatim(EPILOG))
@files_argument
@site_options
@with_client
def upload_command(client: Client, *, files: Paths) -> int:
    errors, status = error_console(), DONE
    for file in files:
        try:
            fields, warnings = _upload(client, file)
        except (FileError, Refused, Unavailable) as error:
            status = _print_refusal(str(file), error, errors)
        else:
            click.echo(f"{file.name}  {fields}")
            print_warnings(errors, *(f"{file}: {warning}" for warning in warnings))
    return status


def _upload(client: Client, file: Path) -> tuple[str, Sequence[str]]:
    """The image of the uploaded file, for the front matter of an article, and warnings of what it lost.

    Raises `FileError` if there is none.
    """
    try:
        content = file.read_bytes()
    except OSError as error:
        raise FileError(str(file), f"cannot be read: {error.strerror}") from error
    result = client.upload(content, media_type(content, file.suffix.lower()))
    image = result.get("image")
    if not isinstance(image, dict):
        raise FileError(str(file), str(result.get("reason") or "is not processed yet; upload it again in a minute"))
    fields = ", ".join(f"{name}: {image[name]}" for name in ("src", "width", "height"))
    warnings = result.get("warnings")
    found = warnings if isinstance(warnings, list) else []
    return f"{{{fields}}}", [str(each.get("message")) for each in found if isinstance(each, dict)]


def _print_refusal(name: str, error: FileError | Refused | Unavailable | InvalidId, errors: Console) -> int:
    print_errors(errors, *Refusal(name, error).lines())
    return SOME_REFUSED


def _line(article: Mapping[str, object]) -> str:
    columns = (("published_at", 25), ("status", 9), ("edition", 2), ("id", 24), ("headline", 0))
    return "  ".join(printable(str(article.get(key, "-"))).ljust(width) for key, width in columns)
