"""`broadsheet`: articles and subscribers from the command line into any deployment, and back out.

Results go to standard output, everything said about them to standard error.
"""

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from botocore.exceptions import BotoCoreError
from rich.console import Console

from .client import LOCAL_API, Client, NoCredentials, connect, is_local
from .files import FileError, Refusal, put_all, to_markdown
from .problems import ApiError, Forbidden, InvalidId, Misdirected, Refused, Unavailable, Unreachable
from .subscriber_command import add_subscribers
from .terminal import ALL_WELL, CANNOT, FOOTNOTES, INTERRUPTED, SOME_REFUSED, complain, printable, progress, web_address

OVERVIEW = """\
Put articles into a Broadsheet site, read them back, list them, withdraw them; and move its subscribers.

examples:
  broadsheet put story.md                     put one article
  broadsheet put articles/ more.json          put every article of a directory and of a file
  broadsheet get harbour-fire > story.md      take one out to edit it; `put` brings it back
  broadsheet list --edition ar --limit 5      the five newest in Arabic
  broadsheet withdraw harbour-fire            take one away from readers
  broadsheet subscribers import members.csv   bring the newsletter's readers here from elsewhere

`broadsheet put --help` shows what a file looks like.
"""

PUT = """\
Put articles. What is there already is replaced; the same again changes nothing, so `put` is safe to repeat.

A Markdown file (.md) has front matter in YAML, an empty line, and the text:

  ---
  id: harbour-fire                            # the file's name without .md when left out
  edition: en
  headline: Fire in the old harbour
  summary: Two boats are lost; nobody is hurt.
  section: city
  tags: [harbour, fire brigade]
  authors: [Lina Haddad]
  kind: article                               # or caricature
  image: {src: /media/harbour.svg, alt: Smoke over the quay, caption: حريق في الميناء القديم,
          credit: Omar Said, width: 1600, height: 900, lang: ar}
  published_at: 2025-04-15T09:30:00+03:00     # always with its offset from UTC
  status: published                           # or draft
  slug: harbour-fire
  ---

  The text, in Markdown. With `body_format: html` above it is HTML.

A JSON file (.json) holds one article as the API takes it, with its id, or a list of such. For a directory, its
.md and .json files are taken, not those of directories inside it.
"""

UPLOAD = """\
Upload pictures: JPEG, PNG, WebP, GIF or AVIF, up to 20 MB. Printed is what an article's `image` needs of each, beside
its alt text. Pages show it in several sizes, without the file's metadata. The same file again is the same picture.
"""
TYPES = {
    ".avif": "image/avif",
    ".gif": "image/gif",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the answer is its exit status. Usage errors leave by `SystemExit(2)`, as argparse does it."""
    options = _parser().parse_args(arguments)
    errors = Console(stderr=True, soft_wrap=True, markup=False, highlight=False, emoji=False)
    try:
        with connect(options.api, options.profile, options.region) as client:
            status: int = options.run(client, options, errors)
            sys.stdout.flush()
    except KeyboardInterrupt:
        errors.print("Interrupted. What was done stays done; the same command again does the rest.")
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has had enough. Python must not try to flush the rest when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ALL_WELL
    except (ApiError, FileError, NoCredentials, BotoCoreError) as error:
        errors.print(printable(_advice(error)))
        return CANNOT
    return status


def _put(client: Client, options: argparse.Namespace, errors: Console) -> int:
    if options.if_match and (len(options.files) > 1 or options.files[0].is_dir()):
        errors.print("--if-match is for one FILE: a revision belongs to one article")
        return CANNOT
    with progress(errors, quiet=options.quiet) as bar:
        tally = put_all(
            client,
            options.files,
            bar,
            on_refusal=lambda refusal: _tell(refusal, errors),
            if_match=options.if_match,
            only_new=options.only_new,
        )
    if not options.quiet:
        sys.stdout.write(f"{tally.new} new, {tally.in_place} in place, {tally.refused} refused\n")
    return SOME_REFUSED if tally.refused else ALL_WELL


def _get(client: Client, options: argparse.Namespace, errors: Console) -> int:
    try:
        article = client.get(options.id)
    except (Refused, Unavailable, InvalidId) as error:
        _tell(Refusal(options.id, error), errors)
        return SOME_REFUSED
    text = json.dumps(article, ensure_ascii=False, indent=2) + "\n" if options.json else to_markdown(article)
    # Bytes, so that no platform's line ends or encoding change what `put` will read.
    sys.stdout.buffer.write(text.encode())
    return ALL_WELL


def _list(client: Client, options: argparse.Namespace, errors: Console) -> int:
    found = client.list(edition=options.edition, status=options.status, section=options.section, limit=options.limit)
    try:
        for article in found:
            line = json.dumps(article, ensure_ascii=False) if options.json else _line(article)
            sys.stdout.buffer.write(f"{line}\n".encode())
    except (Refused, Unavailable) as error:
        _tell(Refusal("list", error), errors)
        return SOME_REFUSED
    return ALL_WELL


def _withdraw(client: Client, options: argparse.Namespace, errors: Console) -> int:
    status = ALL_WELL
    for article_id in options.ids:
        try:
            client.withdraw(article_id)
        except (Refused, Unavailable, InvalidId) as error:
            _tell(Refusal(article_id, error), errors)
            status = SOME_REFUSED
    return status


def _upload(client: Client, options: argparse.Namespace, errors: Console) -> int:
    status = ALL_WELL
    for file in options.files:
        try:
            content = file.read_bytes()
        except OSError as error:
            complain(errors, f"{file}: {error.strerror}")
            status = SOME_REFUSED
            continue
        try:
            said = client.upload(content, TYPES.get(file.suffix.lower(), "image/jpeg"))
        except (Refused, Unavailable) as error:
            _tell(Refusal(str(file), error), errors)
            status = SOME_REFUSED
            continue
        if isinstance(image := said.get("image"), dict):
            fields = ", ".join(f"{name}: {image[name]}" for name in ("src", "width", "height"))
            sys.stdout.write(f"{file.name}  {{{fields}}}\n")
        else:
            reason = said.get("reason") or "nobody has looked at it yet; upload it again in a while"
            complain(errors, f"{file}: {reason}")
            status = SOME_REFUSED
    return status


def _tell(refusal: Refusal, errors: Console) -> None:
    complain(errors, *refusal.lines())


def _line(article: Mapping[str, object]) -> str:
    columns = (("published_at", 25), ("status", 9), ("edition", 2), ("id", 24), ("headline", 0))
    return "  ".join(printable(str(article.get(key, "-"))).ljust(width) for key, width in columns)


def _advice(error: Exception) -> str:
    """The error as a sentence, with what to do about it."""
    match error:
        case Unreachable(listening=False) if is_local(error.api):
            return f"{error}; start it with `make run` or name another with --api"
        case Unreachable(listening=False):
            return f"{error} ({error.reason}); name another with --api"
        case Misdirected():
            return f"{error}; name the API with --api"
        case Forbidden() if not is_local(error.api):
            return f"{error}; --profile names others"
        case _:
            return str(error)


def _parser() -> argparse.ArgumentParser:
    layout = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        prog="broadsheet",
        description=OVERVIEW,
        epilog=FOOTNOTES,
        formatter_class=layout,
        allow_abbrev=False,
        parents=[_common_options()],
    )
    parser.set_defaults(api=os.environ.get("BROADSHEET_API") or LOCAL_API, profile=None, region=None)
    parser.add_argument("--version", action="version", version=f"%(prog)s {version('broadsheet')}")
    common = _common_options()
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    put = commands.add_parser(
        "put", help="put articles", description=PUT, epilog=FOOTNOTES, formatter_class=layout, parents=[common]
    )
    put.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a .md or .json file, or a directory of such")
    put.add_argument("--quiet", action="store_true", help="no progress bar and no summary, only refusals")
    condition = put.add_mutually_exclusive_group()
    condition.add_argument("--only-new", action="store_true", help="refuse to replace articles that are there already")
    condition.add_argument("--if-match", metavar="REVISION", help="replace only this revision; for one FILE")
    put.set_defaults(run=_put)

    get = commands.add_parser(
        "get", help="print an article", parents=[common], epilog=FOOTNOTES, formatter_class=layout
    )
    get.add_argument("id", metavar="ID")
    get.add_argument("--json", action="store_true", help="what the API says, with the revision; Markdown otherwise")
    get.set_defaults(run=_get)

    show = commands.add_parser("list", help="list articles", parents=[common], epilog=FOOTNOTES, formatter_class=layout)
    show.add_argument("--edition", help="such as en; the first edition when left out")
    show.add_argument("--section", help="such as city")
    show.add_argument("--status", help="draft or published")
    show.add_argument("--limit", type=_count, default=20, metavar="N", help="at most this many, newest first (20)")
    show.add_argument("--json", action="store_true", help="a JSON object on each line")
    show.set_defaults(run=_list)

    upload = commands.add_parser(
        "upload",
        help="upload pictures",
        description=UPLOAD,
        epilog=FOOTNOTES,
        formatter_class=layout,
        parents=[common],
    )
    upload.add_argument("files", nargs="+", type=Path, metavar="FILE")
    upload.set_defaults(run=_upload)

    withdraw = commands.add_parser(
        "withdraw", help="take articles away", parents=[common], epilog=FOOTNOTES, formatter_class=layout
    )
    withdraw.add_argument("ids", nargs="+", metavar="ID")
    withdraw.set_defaults(run=_withdraw)

    add_subscribers(commands, common)
    return parser


def _common_options() -> argparse.ArgumentParser:
    """Options that may stand before the command or after it; where they stand in neither place, the defaults count."""
    common = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    site = common.add_argument_group("which site, and as whom")
    site.add_argument(
        "--api",
        type=web_address,
        metavar="URL",
        help=f"the site's API; BROADSHEET_API, else {LOCAL_API}, when left out",
    )
    site.add_argument("--profile", help="the AWS profile to sign with")
    site.add_argument("--region", help="the AWS region of the API, where neither its address nor AWS's settings tell")
    return common


def _count(given: str) -> int:
    if not given.isdecimal() or int(given) < 1:
        raise argparse.ArgumentTypeError(f"{given!r} is not a whole number above 0")
    return int(given)
