"""`broadsheet ads`: put, preview, list, show and remove ads."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .client import Client
from .errors import FileError, InvalidId, Refused, Unavailable
from .messages import print_refusal
from .options import EPILOG, files_argument, parsed_time, site_options, verbatim, with_client
from .pictures import read, upload
from .preview_command import announce
from .previews import put_ad_preview
from .site import Site
from .tables import aligned
from .terminal import DONE, error_console, print_warnings, printable

if TYPE_CHECKING:
    from rich.console import Console

    from .ad_files import FileAd

ADS = """\
Put, preview, list, show and remove ads. An ad starts and ends by itself, each within a minute of its time.

Examples:
  broadsheet ads preview lamps.yaml
  broadsheet ads put lamps.yaml
  broadsheet ads list
  broadsheet ads show lamps
  broadsheet ads remove lamps

`broadsheet ads put --help` shows an ad as a file.
"""

PUT = """\
Create or replace ads from files.

The name of an ad is the name of its file without .yaml. An ad with the same name is replaced, so you can safely
repeat the command. If an ad is refused, the command prints the file, the field and the rule, and goes on with the
others.

Examples:
  broadsheet ads put lamps.yaml
  broadsheet ads put lamps.yaml --from "2026-12-01 06:00" --until "2027-01-01 00:00"

The file is YAML:

  edition: en                       # left out: all editions
  image: lamps.jpg                  # a picture beside the file, which the command uploads
  alt: "Lamps for the harbour: half price until January"
  link: https://lamps.example/winter
  from: 2026-12-01 06:00            # in the site's time zone, or RFC 3339: 2026-12-01T06:00:00+02:00
  until: 2027-01-01 00:00           # left out: no end
  weight: 10                        # 0 to 100; each edition shows its three heaviest live ads

An `image` that is on the site already is {src: /images/…, width: 600, height: 500}; `broadsheet upload` prints it.
"""

PREVIEW = """\
Print a link to a front page that shows an ad as it will be, whatever its start and end.

The picture is uploaded, but the ad is not put: only people who have the link see it, for a day.

Example:
  broadsheet ads preview lamps.yaml
"""

LIST = """\
List ads by name: name, edition, start and end (in the site's time zone), and whether the ad is live
now, has not started yet, or has ended. Pages show the three heaviest live ads of their edition.

Examples:
  broadsheet ads list
  broadsheet ads list --json          for a script
"""

SHOW = """\
Print an ad as a file, which `broadsheet ads put` reads. Times are in the site's time zone.

If there is no such ad, the command says so and ends with exit status 1.

Examples:
  broadsheet ads show lamps
  broadsheet ads show lamps > lamps.yaml
"""

REMOVE = """\
Remove ads. Pages stop showing them within minutes.

If there is no such ad, the command says so, goes on with the others, and ends with exit status 1.

Example:
  broadsheet ads remove lamps
"""

CANNOT = (FileError, Refused, Unavailable, InvalidId)


@click.group("ads", help=verbatim(ADS), short_help="Put, list, show and remove ads.", epilog=verbatim(EPILOG))
@site_options
def ads_group() -> None:
    """See `ADS`."""


@ads_group.command("put", help=verbatim(PUT), short_help="Create or replace ads.", epilog=verbatim(EPILOG))
@files_argument
@click.option("--from", "start", metavar="TIME", help="The start of these ads, in place of the one in the file.")
@click.option("--until", "end", metavar="TIME", help="The end of these ads, in place of the one in the file.")
@site_options
@with_client
def put_ads(client: Client, *, files: tuple[Path, ...], start: str | None, end: str | None) -> int:
    from .ad_files import read_ad

    site, errors, status = client.site(), error_console(), DONE
    given = {"from": parsed_time(site, "--from", start), "until": parsed_time(site, "--until", end)}
    times = {key: time for key, time in given.items() if time is not None}
    seen: dict[str, str] = {}
    for file in files:
        lines: Mapping[str, int] = {}
        try:
            ad = read_ad(file, site, times)
            lines = ad.lines
            if seen.setdefault(ad.name, ad.file) != ad.file:
                raise FileError(ad.file, f"is the ad {ad.name}, as {seen[ad.name]} is")
            stored = client.put_ad(ad.name, _with_picture(client, ad, errors))
        except CANNOT as error:
            status = print_refusal(str(file), error, errors, lines)
        else:
            click.echo(printable(f"{ad.name}  {_state(stored, site)}"))
    return status


@ads_group.command(
    "preview", help=verbatim(PREVIEW), short_help="Show an ad before it starts.", epilog=verbatim(EPILOG)
)
@click.argument("file", type=click.Path(path_type=Path))
@site_options
@with_client
def preview_ad(client: Client, *, file: Path) -> int:
    from .ad_files import read_ad

    site, errors = client.site(), error_console()
    lines: Mapping[str, int] = {}
    try:
        ad = read_ad(file, site, {})
        lines = ad.lines
        shown = put_ad_preview(client, ad.name, _with_picture(client, ad, errors))
    except CANNOT as error:
        return print_refusal(str(file), error, errors, lines)
    announce(site, shown, errors)
    return DONE


@ads_group.command("list", help=verbatim(LIST), short_help="List ads.", epilog=verbatim(EPILOG))
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object on each line.")
@site_options
@with_client
def list_ads(client: Client, *, as_json: bool) -> int:
    site, ads = client.site(), client.list_ads()
    if as_json:
        lines: Sequence[str] = [json.dumps(ad, ensure_ascii=False) for ad in ads]
    else:
        lines = list(aligned([_row(ad, site) for ad in ads]))
    for line in lines:
        click.echo(line.encode())
    return DONE


@ads_group.command("show", help=verbatim(SHOW), short_help="Print an ad.", epilog=verbatim(EPILOG))
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print the API's JSON instead of YAML.")
@site_options
@with_client
def show_ad(client: Client, *, name: str, as_json: bool) -> int:
    try:
        ad = client.get_ad(name)
    except CANNOT as error:
        return print_refusal(name, error, error_console())
    if as_json:
        text = json.dumps(ad, ensure_ascii=False, indent=2) + "\n"
    else:
        from .ad_files import to_yaml

        site = client.site()
        text = f"# {printable(f'{name}: {_state(ad, site)}')}\n{to_yaml(ad, site)}"
    click.echo(text.encode(), nl=False)
    return DONE


@ads_group.command("remove", help=verbatim(REMOVE), short_help="Remove ads.", epilog=verbatim(EPILOG))
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
@site_options
@with_client
def remove_ads(client: Client, *, names: Sequence[str]) -> int:
    status = DONE
    for name in names:
        try:
            client.get_ad(name)  # deleting an ad that does not exist succeeds
            client.remove_ad(name)
        except CANNOT as error:
            status = print_refusal(name, error, error_console())
        else:
            click.echo(f"{printable(name)}  removed")
    return status


def _with_picture(client: Client, ad: FileAd, errors: Console) -> Mapping[str, object]:
    """The ad's fields, with the uploaded picture in place of its file. Raises `FileError` with the line of the image.

    A width or height in the file stays: it is how large pages show the picture.
    """
    if ad.picture is None:
        return ad.fields
    line = ad.lines.get("image.src", ad.lines["image"])
    try:
        image = upload(client, ad.picture, read(ad.picture))
    except FileError as error:
        raise FileError(ad.file, f"{ad.picture} {error.rule}", line=line, field="image") from error
    print_warnings(errors, *(f"{ad.file}:{line}: image {ad.picture}: {warning}" for warning in image.warnings))
    given = ad.fields["image"]
    sizes = {name: given[name] for name in given if name != "src"} if isinstance(given, dict) else {}
    uploaded = {"src": image.src, "width": image.width, "height": image.height}
    return {**ad.fields, "image": uploaded | sizes}


def _row(ad: Mapping[str, object], site: Site) -> tuple[str, ...]:
    edition, end = ad["edition"], ad["until"]
    dates = site.short(ad["from"]), "no end" if end is None else site.short(end)
    return str(ad["name"]), "all" if edition is None else str(edition), *dates, _word(ad)


def _word(ad: Mapping[str, object]) -> str:
    if ad["live"]:
        return "live"
    ended = ad["until"] is not None and datetime.fromisoformat(str(ad["until"])) <= datetime.now(UTC)
    return "ended" if ended else "not yet"


def _state(ad: Mapping[str, object], site: Site) -> str:
    """Whether the ad is live, and when it starts and ends."""
    end = "no end" if ad["until"] is None else f"until {site.long(ad['until'])}"
    match _word(ad):
        case "live":
            return f"live, {end}"
        case "ended":
            return f"ended on {site.long(ad['until'])}"
        case word:
            return f"{word}: from {site.long(ad['from'])}, {end}"
