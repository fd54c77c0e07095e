"""`broadsheet get`, `list` and `show`."""

import json
from collections.abc import Mapping, Sequence

import click

from .client import Client
from .errors import Refused, Unavailable
from .listing import STATUSES, listed
from .messages import print_refusal
from .options import EPILOG, parsed_time, site_options, verbatim, with_client
from .references import CANNOT_BE_FOUND, find, id_of
from .site import Site
from .summaries import summary
from .tables import aligned
from .terminal import DONE, error_console

GET = """\
Print an article as a Markdown file, which `broadsheet put` reads. ARTICLE is its id or the URL of its page.

If there is no such article, the command says so and ends with exit status 1.

Examples:
  broadsheet get harbour-fire
  broadsheet get harbour-fire > harbour-fire.md
"""

LIST = """\
List articles: time (in the site's time zone), status, edition, section, id and headline.

The scheduled articles come first, the soonest on top; then drafts and published articles, newest first.

Examples:
  broadsheet list                                            the newest 20 of all editions, after what is to come
  broadsheet list --status scheduled                         what is to come
  broadsheet list --edition ar --section city --limit 5      the first five of a section
  broadsheet list --day 2026-12-01                           what one day has
  broadsheet list --from 2026-11-01 --to 2026-11-30          what a month has
  broadsheet list --tag harbour --author "Lina Haddad"       articles that have both
  broadsheet list --words "ferry strike"                     articles with both in headline and summary
  broadsheet list --changed-after "2026-12-01 18:00"         what changed since, in any state, earliest change first
  broadsheet list --status draft --status withdrawn          what readers do not see
  broadsheet list --status draft --json                      for a script
"""

SHOW = """\
Show what state an article is in: its status with its time (in the site's time zone), and its fields without the text.

ARTICLE is its id, or the URL of its page as the browser shows it; earlier URLs of an article find it, too.
If there is no such article, the command says so and ends with exit status 1.

Examples:
  broadsheet show harbour-fire
  broadsheet show /en/2025/04/15/harbour-fire/
  broadsheet show harbour-fire --json
"""


@click.command("get", help=verbatim(GET), short_help="Print an article.", epilog=verbatim(EPILOG))
@click.argument("article", metavar="ARTICLE")
@click.option("--json", "as_json", is_flag=True, help="Print the API's JSON, with the revision, instead of Markdown.")
@site_options
@with_client
def get_command(client: Client, *, article: str, as_json: bool) -> int:
    from .front_matter import to_markdown

    try:
        found = client.get(id_of(client, article))
    except CANNOT_BE_FOUND as error:
        return print_refusal(article, error, error_console())
    text = json.dumps(found, ensure_ascii=False, indent=2) + "\n" if as_json else to_markdown(found)
    # As bytes, so that no platform changes line ends or encoding, and `put` reads the same article.
    click.echo(text.encode(), nl=False)
    return DONE


@click.command("list", help=verbatim(LIST), short_help="List articles.", epilog=verbatim(EPILOG))
@click.option("--edition", help="Only articles of this edition, such as ar.")
@click.option("--section", help="Only articles of this section, such as city.")
@click.option("--tag", help="Only articles with this tag.")
@click.option("--author", help="Only articles by this author.")
@click.option("--day", metavar="YYYY-MM-DD", help="Only articles of this day, in the site's time zone.")
@click.option("--from", "first", metavar="YYYY-MM-DD", help="Only articles of this day or later ones.")
@click.option("--to", "last", metavar="YYYY-MM-DD", help="Only articles of this day or earlier ones.")
@click.option("--words", help="Only articles with all of these words, or parts of words, in headline and summary.")
@click.option(
    "--changed-after", metavar="TIME", help='What changed since: "2026-12-01 18:00", or RFC 3339; no other filter.'
)
@click.option(
    "--status",
    "statuses",
    type=click.Choice(STATUSES),
    multiple=True,
    help="Only articles with this status; may be repeated. Default: all but withdrawn.",
)
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, metavar="N", help="At most N.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object on each line.")
@site_options
@with_client
def list_command(
    client: Client,
    /,
    *,
    first: str | None,
    last: str | None,
    changed_after: str | None,
    statuses: Sequence[str],
    limit: int,
    as_json: bool,
    **filters: str | None,
) -> int:
    filters |= {"from": first, "to": last}
    if changed_after and (statuses or any(filters.values())):
        raise click.UsageError("--changed-after takes no other filter")
    try:
        site = client.site()
        after = parsed_time(site, "--changed-after", changed_after)
        found = client.changed(after, limit) if after else listed(client, site, statuses, limit, **filters)
        if as_json:
            for article in found:
                click.echo(json.dumps(article, ensure_ascii=False).encode())
            return DONE
        for line in aligned([_row(article, site) for article in found]):
            click.echo(line.encode())
    except (Refused, Unavailable) as error:
        return print_refusal("list", error, error_console())
    return DONE


@click.command("show", help=verbatim(SHOW), short_help="Show an article's state.", epilog=verbatim(EPILOG))
@click.argument("article", metavar="ARTICLE")
@click.option("--json", "as_json", is_flag=True, help="Print the API's JSON, without the text.")
@site_options
@with_client
def show_command(client: Client, *, article: str, as_json: bool) -> int:
    try:
        site = client.site()
        found = find(client, site, article)
    except CANNOT_BE_FOUND as error:
        return print_refusal(article, error, error_console())
    found.pop("body", None)
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2).encode())
        return DONE
    for line in aligned(summary(found, site)):
        click.echo(line.encode())
    return DONE


def _row(article: Mapping[str, object], site: Site) -> tuple[str, ...]:
    fields = (str(article.get(name) or "-") for name in ("status", "edition", "section", "id", "headline"))
    return site.short(article.get("published_at")), *fields
