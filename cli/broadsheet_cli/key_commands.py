"""`broadsheet keys`: the keys by which programs call the API."""

import json
from collections.abc import Sequence
from http import HTTPStatus

import click

from .client import Client
from .errors import Refused, Unavailable
from .keys import Key, MadeKey, create_key, list_keys, revoke_key, rotate_key
from .messages import print_refusal
from .options import EPILOG, parsed_time, site_options, verbatim, with_client
from .site import Site
from .tables import aligned
from .terminal import DONE, SOME_REFUSED, error_console, print_errors, printable

KEYS = """\
Make, rotate and revoke the keys by which programs, such as a CMS, put and withdraw articles.

Examples:
  broadsheet keys list
  broadsheet keys create ghost-desk --scope put --scope withdraw --edition en
  broadsheet keys rotate ghost-desk
  broadsheet keys revoke ghost-desk
"""

LIST = """\
List the keys: name, scopes, editions, when each ends, until when an earlier secret works, and who changed it last.

Examples:
  broadsheet keys list
  broadsheet keys list --json
"""

CREATE = """\
Create the key of a client, and print its secret, which nothing shows again. NAME is the client's, in lower-case letters
and digits joined by hyphens.

The client calls the API below /bearer with the secret as a bearer token. The scope `read` reads and lists articles,
`put` puts, patches and restores them, and `withdraw` withdraws them: of the editions that you name, and no others.

Examples:
  broadsheet keys create ghost-desk --scope put --scope withdraw --edition en
  broadsheet keys create mirror --scope read --all-editions
  broadsheet keys create election-night --scope put --edition en --expires 2027-03-15T08:00
"""

ROTATE = """\
Give a key a new secret, and print it. Earlier secrets go on working for some hours, in which you give the new one to
the client.

Examples:
  broadsheet keys rotate ghost-desk
  broadsheet keys rotate ghost-desk --overlap 0      the secret leaked: every earlier one ends at once
"""

REVOKE = """\
End a key with all its secrets, from the next call on. A key that does not exist stays so.

Examples:
  broadsheet keys revoke ghost-desk
"""

SCOPES = ("read", "put", "withdraw")
EVERY = "*"
HOURS, MOST_HOURS = 24, 720
EXISTS = "exists already; if nobody has its secret, run `broadsheet keys rotate {name}`"


@click.group("keys", help=verbatim(KEYS), short_help="Make and revoke the keys of API clients.")
def keys_group() -> None:
    """See `KEYS`."""


@keys_group.command("list", help=verbatim(LIST), short_help="List the keys.", epilog=verbatim(EPILOG))
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object on each line.")
@site_options
@with_client
def list_command(client: Client, *, as_json: bool) -> int:
    site, found = client.site(), list_keys(client)
    texts = (json.dumps(each, ensure_ascii=False) for each in found)
    for line in texts if as_json else aligned([_row(each, site) for each in found]):
        click.echo(line.encode())
    return DONE


@keys_group.command("create", help=verbatim(CREATE), short_help="Create a key.", epilog=verbatim(EPILOG))
@click.argument("name")
@click.option("--scope", "scopes", type=click.Choice(SCOPES), multiple=True, required=True, help="Repeat it for more.")
@click.option("--edition", "editions", metavar="CODE", multiple=True, help="An edition. Repeat it for more.")
@click.option("--all-editions", is_flag=True, help="Every edition, also later ones.")
@click.option("--expires", metavar="TIME", help="When the key ends, in the site's time zone unless it has an offset.")
@site_options
@with_client
def create_command(
    client: Client,
    *,
    name: str,
    scopes: Sequence[str],
    editions: Sequence[str],
    all_editions: bool,
    expires: str | None,
) -> int:
    if bool(editions) == all_editions:
        raise click.UsageError("Name the editions with --edition, or give --all-editions.")
    errors = error_console()
    try:
        site = client.site()
        ends = parsed_time(site, "--expires", expires)
        codes = [EVERY] if all_editions else list(editions)
        made = create_key(client, name, {"scopes": list(scopes), "editions": codes, "expires_at": ends})
    except Refused as refused:
        if refused.problem.status != HTTPStatus.PRECONDITION_FAILED:
            return print_refusal(name, refused, errors)
        print_errors(errors, f"{name}: {EXISTS.format(name=name)}")
        return SOME_REFUSED
    except Unavailable as error:
        return print_refusal(name, error, errors)
    _print(made, f"{name}  created")
    return DONE


@keys_group.command("rotate", help=verbatim(ROTATE), short_help="Give a key a new secret.", epilog=verbatim(EPILOG))
@click.argument("name")
@click.option(
    "--overlap",
    type=click.IntRange(0, MOST_HOURS),
    default=HOURS,
    show_default=True,
    metavar="HOURS",
    help="How long earlier secrets work.",
)
@site_options
@with_client
def rotate_command(client: Client, *, name: str, overlap: int) -> int:
    try:
        site = client.site()
        made = rotate_key(client, name, overlap)
    except (Refused, Unavailable) as error:
        return print_refusal(name, error, error_console())
    until = made.key.get("earlier_until")
    _print(
        made, f"{name}  rotated; " + (f"earlier secrets work until {site.short(until)}" if until else "no other works")
    )
    return DONE


@keys_group.command("revoke", help=verbatim(REVOKE), short_help="End a key.", epilog=verbatim(EPILOG))
@click.argument("name")
@site_options
@with_client
def revoke_command(client: Client, *, name: str) -> int:
    try:
        revoke_key(client, name)
    except (Refused, Unavailable) as error:
        return print_refusal(name, error, error_console())
    click.echo(printable(f"{name}  revoked").encode())
    return DONE


def _print(made: MadeKey, done: str) -> None:
    """Print the secret alone to standard output, so that a pipe can take it, and the rest beside it."""
    error_console().print(printable(f"{done}. This is its secret, which nothing shows again:"))
    click.echo(printable(made.secret).encode())


def _row(key: Key, site: Site) -> tuple[str, ...]:
    ends = f"until {site.short(key['expires_at'])}" if key["expires_at"] else "no end"
    earlier = f"earlier until {site.short(key['earlier_until'])}" if key["earlier_until"] else "-"
    return (
        str(key["name"]),
        ", ".join(key["scopes"]),
        ", ".join("all editions" if code == EVERY else code for code in key["editions"]),
        "expired" if key["expired"] else ends,
        earlier,
        str(key["updated_by"]),
    )
