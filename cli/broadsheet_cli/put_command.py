"""`broadsheet put`."""

from pathlib import Path

import click

from .batch_put import PutOptions, put_all
from .client import Client
from .options import EPILOG, files_argument, site_options, verbatim, with_client
from .put_report import PutReport
from .terminal import DONE, SOME_REFUSED, error_console, progress_bar

PUT = """\
Create or replace articles from files.

Each FILE is a Markdown file, a JSON file or a folder. A folder means the .md and .json files in it and in its
folders, without names that begin with a dot. An article with the same id is replaced; one that has not changed is
left as it is. For each article the command prints what it did, the address of its page, and the file. If an article
is refused, the command prints the file, the field and the rule, and goes on with the others.

If a run was interrupted, run the same command again: articles and pictures that are already there are not sent
again, or cost one quick request each.

Examples:
  broadsheet put story.md                      one article
  broadsheet put articles/ more.json           every article of a folder and of a file
  broadsheet put --dry-run articles/           check everything, and store nothing
  broadsheet put --only-new story.md           only if the site has no article with this id
  broadsheet put --if-match 3 story.md         only if nobody has changed revision 3 in the meantime
  broadsheet put --revive story.md             publish it again, also if it was withdrawn
  broadsheet put --json articles/              the results as JSON, for a script

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
  image: {src: harbour.jpg, alt: Smoke over the quay, caption: حريق في الميناء القديم,
          credit: Omar Said, lang: ar}        # harbour.jpg is beside this file
  enclosure: https://media.example/fire.mp3   # a recording for podcast clients
  published_at: 2025-04-15T09:30:00+03:00     # always with the offset from UTC
  status: published                           # or draft, or scheduled for published_at
  slug: harbour-fire
  ---

  The text, in Markdown. With `body_format: html` above it is HTML.

  ![The quay after the fire](pictures/quay.jpg)

Each value is taken as it is typed: `no`, `12:30` and `007` are texts. Put a text in quotes if it has a # after a
blank or a blank after a colon, or if it starts with a mark such as @, *, [ or a quotation mark.

A picture beside the file is uploaded, and the article is sent with its address on the site: the `src` of `image`,
and ![…](quay.jpg) or <img src="quay.jpg"> in the text, relative to the file, such as ../pictures/quay.jpg. An image
from another site or one that is uploaded already needs `width` and `height` too. The command refuses a picture or
link that leads to no file, a link to a file that the site does not serve, and a picture over http://, which browsers
block.

If the site does not keep a part of a text, such as a script or a frame, the command stores the article, and prints
the file, the line and the part; with --strict the article is refused. An article that was withdrawn is left alone,
unless there is --revive.

An `enclosure` may also be {url: …, type: audio/mpeg, length: 4321000, duration: "12:34", title: …}; the length is in
bytes. Where the type or the length is left out, the command asks the server of the recording. It does so too for the
first recording that a text plays.

A JSON file (.json) has one article in the API's schema, with its id, or a list of articles.

With --json, standard output is one JSON object: `complete` (false if the run ended early), `dry_run`, `counts` (of
created, replaced, unchanged, revived, withdrawn and refused articles, and of warnings), `stale_seconds` (how long
caches may show the earlier state of `pages` and `feeds`, or null), and `articles`, each with `file`, `id`, `outcome`
(one of the counts), `url`, `status`, `published_at`, `warnings` (each a `field`, `line` and `message`) and `errors`
(each a `field`, `rule` and `line`). What is not known is null.
"""


@click.command("put", help=verbatim(PUT), short_help="Create or replace articles from files.", epilog=verbatim(EPILOG))
@files_argument
@click.option("--dry-run", is_flag=True, help="Check everything; store and upload nothing.")
@click.option("--only-new", is_flag=True, help="Refuse an article if the site has one with its id.")
@click.option("--if-match", metavar="REVISION", help="Replace only this revision. For a single FILE.")
@click.option("--revive", is_flag=True, help="Publish withdrawn articles again.")
@click.option("--strict", is_flag=True, help="Refuse an article of which the site would not keep everything.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document with all results.")
@click.option("--quiet", is_flag=True, help="Print refusals and warnings only: no progress bar, no results.")
@site_options
@with_client
def put_command(
    client: Client,
    *,
    files: tuple[Path, ...],
    dry_run: bool,
    only_new: bool,
    if_match: str | None,
    revive: bool,
    strict: bool,
    as_json: bool,
    quiet: bool,
) -> int:
    if if_match and only_new:
        raise click.UsageError("--if-match and --only-new exclude each other.")
    if if_match and (len(files) > 1 or files[0].is_dir()):
        raise click.UsageError("--if-match is for a single FILE, because a revision belongs to one article.")
    if as_json and quiet:
        raise click.UsageError("--json and --quiet exclude each other.")
    options = PutOptions(if_match=if_match, only_new=only_new, strict=strict, dry_run=dry_run, revive=revive)
    errors = error_console()
    report = PutReport(errors, dry_run=dry_run, as_json=as_json, quiet=quiet)
    complete = False
    try:
        with progress_bar(errors, quiet=quiet) as bar:
            put_all(client, files, bar, on_result=report.add, options=options)
        complete = True
    finally:
        report.finish(complete=complete)
    return SOME_REFUSED if report.counts.refused else DONE
