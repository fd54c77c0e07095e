"""`broadsheet withdraw`."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

import click

from .client import Client, Withdrawn
from .messages import print_refusal, staleness
from .options import EPILOG, parsed_time, site_options, verbatim, with_client
from .references import CANNOT_BE_FOUND, find, is_url
from .site import Site, readable
from .terminal import DONE, error_console, printable

WITHDRAW = """\
Take articles off the site. ARTICLE is an id or the URL of a page.

The page of a withdrawn article answers "410 Gone", and no list or feed shows it. To put it back, run
`broadsheet put --revive` with its file. If an article is refused, or there is none, the command says so, goes on
with the others, and ends with exit status 1.

With --until the article goes off the site now and comes back by itself at that time, for an embargo that was broken.

Examples:
  broadsheet withdraw harbour-fire
  broadsheet withdraw /en/2025/04/15/harbour-fire/
  broadsheet withdraw harbour-fire --until "2026-12-01 18:00"
"""


@click.command("withdraw", help=verbatim(WITHDRAW), short_help="Take articles off the site.", epilog=verbatim(EPILOG))
@click.argument("articles", metavar="ARTICLE...", nargs=-1, required=True)
@click.option("--until", metavar="TIME", help='When it comes back: "2026-12-01 18:00", or RFC 3339 with its offset.')
@site_options
@with_client
def withdraw_command(client: Client, *, articles: Sequence[str], until: str | None) -> int:
    site = client.site()
    errors, status, went = error_console(), DONE, None
    back = parsed_time(site, "--until", until)
    for reference in articles:
        try:
            before = find(client, site, reference) if back or is_url(reference) else None
            withdrawn = client.withdraw(str(before["id"]) if before else reference, until=back)
        except CANNOT_BE_FOUND as error:
            status = print_refusal(reference, error, errors)
            continue
        for line in _withdrawal(withdrawn, before, site):
            click.echo(line.encode())
        if _may_have_been_read(withdrawn):
            went = withdrawn
    if went:
        click.echo(staleness(went.stale_seconds))
    return status


def _withdrawal(withdrawn: Withdrawn, before: Mapping[str, object] | None, site: Site) -> Iterator[str]:
    """What went: the id and the headline, and below them the URL, so that two directions of text never mix.

    An article that comes back on another day comes back at another URL.
    """
    article = withdrawn.article
    url, old_url = article.get("url"), (before or article).get("url")
    effect = "was already withdrawn" if withdrawn.outcome == "unchanged" else "withdrawn"
    if article["status"] == "scheduled":
        effect = f"withdrawn until {site.long(article['published_at'])}"
    yield printable("  ".join((str(article["id"]), effect, str(article["headline"]))))
    if old_url:
        yield printable(f"  {readable(str(old_url))}")
    if url != old_url:
        yield printable(f"  and then {readable(str(url))}")


def _may_have_been_read(withdrawn: Withdrawn) -> bool:
    """Whether caches may have the article: it was withdrawn just now, and was neither a draft nor scheduled."""
    published = withdrawn.article.get("published_at")
    if withdrawn.outcome == "withdrawn":
        return isinstance(published, str) and datetime.fromisoformat(published) <= datetime.now(UTC)
    return withdrawn.outcome == "rescheduled"
