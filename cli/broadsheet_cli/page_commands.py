"""`broadsheet pages`: static pages, such as the imprint."""

from pathlib import Path

import click

from .batch_put import PutOptions, put_all
from .client import Client
from .options import EPILOG, site_options, verbatim, with_client
from .put_report import PutReport
from .static_pages import page_files, read_pages
from .terminal import DONE, SOME_REFUSED, error_console, progress_bar

PAGES = """\
Put the static pages of a site: About us, Privacy, Imprint.

Example:
  broadsheet pages put pages/
"""

PUT = """\
Create or replace the static pages in a folder.

FOLDER has a folder for each edition with a Markdown file for each page: pages/en/about.md is the page /en/about/. Of
files with the same name in several editions, the later ones are translations of the first. A page that has not changed
is left as it is; one whose file is gone stays on the site until you withdraw it.

A file has front matter in YAML, an empty line, and the text in Markdown:

  ---
  headline: About us
  summary: Who makes this paper, and who pays for it.   # for search engines and link previews
  ---

  We are five people and a printing press.

The front matter may also have `image`, `status`, `published_at`, `updated_at` and `language`, as in the files of
articles (`broadsheet put --help`), and `translation_of`. The id of a page is made of its edition and its name:
`broadsheet withdraw page.en.about` takes it off the site, and --revive publishes it again.

Examples:
  broadsheet pages put pages/                    every page of a folder
  broadsheet pages put --dry-run pages/          check everything, and store nothing
"""


@click.group("pages", help=verbatim(PAGES), short_help="Put static pages, such as the imprint.")
def pages_group() -> None:
    """See `PAGES`."""


@pages_group.command(
    "put", help=verbatim(PUT), short_help="Create or replace the static pages in a folder.", epilog=verbatim(EPILOG)
)
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Check everything; store and upload nothing.")
@click.option("--revive", is_flag=True, help="Publish withdrawn pages again.")
@site_options
@with_client
def put_command(client: Client, *, folder: Path, dry_run: bool, revive: bool) -> int:
    files = page_files(folder, client.site().editions)
    errors = error_console()
    report = PutReport(errors, dry_run=dry_run)
    options = PutOptions(dry_run=dry_run, revive=revive)
    with progress_bar(errors, quiet=False) as bar:
        put_all(client, files, bar, on_result=report.add, options=options, read=read_pages)
    report.finish(complete=True)
    return SOME_REFUSED if report.counts.refused else DONE
