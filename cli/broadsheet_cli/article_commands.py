"""`broadsheet get`, `list` and `withdraw`."""

import json
from collections.abc import Mapping, Sequence

import click
from rich.console import Console

from .client import Client
from .errors import FileError, InvalidId, Refused, Unavailable
from .front_matter import to_markdown
from .messages import Refusal
from .options import EPILOG, site_options, verbatim, with_client
from .terminal import DONE, SOME_REFUSED, error_console, print_errors, printable

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


def _print_refusal(name: str, error: FileError | Refused | Unavailable | InvalidId, errors: Console) -> int:
    print_errors(errors, *Refusal(name, error).lines())
    return SOME_REFUSED


def _line(article: Mapping[str, object]) -> str:
    columns = (("published_at", 25), ("status", 9), ("edition", 2), ("id", 24), ("headline", 0))
    return "  ".join(printable(str(article.get(key, "-"))).ljust(width) for key, width in columns)
