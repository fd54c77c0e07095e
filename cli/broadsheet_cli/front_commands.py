"""`broadsheet front`: what leads an edition's front page."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import click

from .client import Client
from .errors import Refused, Unavailable
from .fronts import Choice, FrontPage, change_front, get_front
from .messages import print_refusal
from .options import EPILOG, parsed_time, site_options, verbatim, with_client
from .site import Site
from .terminal import DONE, error_console, print_warnings, printable

FRONT = """\
Show and choose what leads the front page of an edition.

Examples:
  broadsheet front show en
  broadsheet front set en --lead harbour-fire --pin winter-ferries
"""

SHOW = """\
Show the first ten articles of a front page as it is now, and the chosen articles that it does not show yet.

Each line has the article's place by choice (lead, pinned, order), until when, the article's id and its headline.

Examples:
  broadsheet front show en
  broadsheet front show ar --json
"""

SET = """\
Choose what leads a front page: the lead, then the pinned articles, then the newest day first.

What you do not name stays. --pin and --order name the whole list, so repeat the option for each article. The order is
that of the articles within their day: those that you name come first. Scheduled articles and drafts can be chosen
ahead. @TIME ends a choice: 2026-12-01T18:00 is in the time zone of the site, 2026-12-01T18:00+02:00 in any other.

Examples:
  broadsheet front set en --lead harbour-fire
  broadsheet front set en --lead harbour-fire@2026-12-01T18:00
  broadsheet front set en --pin winter-ferries --pin "cup-final@2026-12-01 18:00"
  broadsheet front set en --order tram-returns --order olive-harvest
  broadsheet front set en --no-lead
  broadsheet front set en --clear
"""

NOTHING: Mapping[str, Any] = {"lead": None, "pinned": [], "order": []}
Given = tuple[str, str | None]
"""An id, and when its choice ends, as it was typed."""
CHOSEN = re.compile(r"(?P<id>[^@]+)(?:@(?P<time>.+))?")


class Chosen(click.ParamType[Given]):
    """An id, with the time at which its choice ends after an @."""

    name = "ID[@TIME]"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> Given:
        if not (match := CHOSEN.fullmatch(value)):
            self.fail(f"{value!r} is not an id, or an id with @ and a time.", param, ctx)
        return match["id"], match["time"]


@click.group("front", help=verbatim(FRONT), short_help="Show and choose what leads a front page.")
def front_group() -> None:
    """See `FRONT`."""


@front_group.command("show", help=verbatim(SHOW), short_help="Show a front page.", epilog=verbatim(EPILOG))
@click.argument("edition")
@click.option("--json", "as_json", is_flag=True, help="Print the API's JSON.")
@site_options
@with_client
def show_command(client: Client, *, edition: str, as_json: bool) -> int:
    try:
        site = client.site()
        _print(get_front(client, edition), site, as_json=as_json)
    except (Refused, Unavailable) as error:
        return print_refusal(f"front {edition}", error, error_console())
    return DONE


@front_group.command("set", help=verbatim(SET), short_help="Choose what leads it.", epilog=verbatim(EPILOG))
@click.argument("edition")
@click.option("--lead", type=Chosen(), help="The article in the most prominent place.")
@click.option("--pin", "pins", type=Chosen(), multiple=True, help="An article after the lead. Repeat it for more.")
@click.option("--order", metavar="ID", multiple=True, help="An article that comes first in its day. Repeat it.")
@click.option("--no-lead", is_flag=True, help="No lead: the newest article takes its place.")
@click.option("--no-pins", is_flag=True, help="No pinned articles.")
@click.option("--no-order", is_flag=True, help="Every day begins with its newest article.")
@click.option("--clear", is_flag=True, help="Forget all that was chosen before.")
@click.option("--json", "as_json", is_flag=True, help="Print the API's JSON.")
@site_options
@with_client
def set_command(
    client: Client,
    *,
    edition: str,
    lead: Given | None,
    pins: Sequence[Given],
    order: Sequence[str],
    no_lead: bool,
    no_pins: bool,
    no_order: bool,
    clear: bool,
    as_json: bool,
) -> int:
    site = client.site()
    change: Choice = dict(NOTHING) if clear else {}
    removed = {"lead": no_lead, "pinned": no_pins, "order": no_order}
    change |= {name: NOTHING[name] for name, remove in removed.items() if remove}
    given = {"lead": lead, "pinned": pins, "order": order}
    if twice := [name for name, remove in removed.items() if remove and given[name]]:
        raise click.UsageError(f"The options both set and remove: {', '.join(twice)}.")
    try:
        if lead:
            change["lead"] = _chosen(lead, site)
        if pins:
            change["pinned"] = [_chosen(pin, site) for pin in pins]
        if order:
            change["order"] = list(order)
        if not change:
            raise click.UsageError("Name what to change, such as --lead, --pin, --order, --no-lead or --clear.")
        before, after = change_front(client, edition, lambda choice: choice.update(change))
        _print(after, site, as_json=as_json)
    except (Refused, Unavailable) as error:
        return print_refusal(f"front {edition}", error, error_console())
    if dropped := [id for id in before.gone if id not in _ids(after.choice)]:
        print_warnings(error_console(), *(f"{id} is withdrawn or moved, so it is chosen no more" for id in dropped))
    return DONE


def _chosen(given: Given, site: Site) -> dict[str, str | None]:
    """A choice as the API has it. Raises `click.UsageError` for what is no time."""
    id, time = given
    return {"id": id, "until": parsed_time(site, f"{id}@", time)}


def _print(page: FrontPage, site: Site, *, as_json: bool) -> None:
    if as_json:
        fields = page.choice | {"shown": page.shown, "waiting": page.waiting}
        click.echo(json.dumps(fields, ensure_ascii=False, indent=2).encode())
        return
    for line in _lines(page, site):
        click.echo(line.encode())


def _lines(page: FrontPage, site: Site) -> Iterator[str]:
    """A line for each article, those that the page does not show after the others."""
    places = dict.fromkeys(page.choice["order"], ("order", ""))
    places |= {each["id"]: ("pinned", _until(each, site)) for each in page.choice["pinned"]}
    if lead := page.choice["lead"]:
        places[lead["id"]] = ("lead", _until(lead, site))
    for article in (*page.shown, *page.waiting):
        place, until = places.get(article["id"], ("", ""))
        state = f"({article['status']}) " if "status" in article else ""
        columns = (place.ljust(6), until.ljust(22), str(article["id"]).ljust(24), f"{state}{article['headline']}")
        yield "  ".join(map(printable, columns))


def _until(chosen: Mapping[str, Any], site: Site) -> str:
    return f"until {site.short(chosen['until'])}" if chosen["until"] else ""


def _ids(choice: Choice) -> set[str]:
    leading = [choice["lead"], *choice["pinned"]]
    return {*(each["id"] for each in leading if each), *choice["order"]}
