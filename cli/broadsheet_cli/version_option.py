"""`broadsheet --version`: the versions of the command, of the API that it was written for, and of the site's API."""

import socket
from importlib.metadata import version
from urllib.parse import urlsplit

import click

from .client import API_VERSION, connect
from .errors import ApiError, NoCredentials
from .options import SiteOptions

TIMEOUT = 2  # seconds until a server must accept a connection
PORTS = {"http": 80, "https": 443}


def print_version(ctx: click.Context, _param: click.Parameter, value: bool) -> None:  # click calls it
    if not value or ctx.resilient_parsing:
        return
    click.echo(f"broadsheet {version('broadsheet-cli')} (API {API_VERSION})")
    click.echo(_of_site(ctx.ensure_object(SiteOptions)), err=True)
    ctx.exit()


def _of_site(site: SiteOptions) -> str:
    """The version of the site's API, in words."""
    if not _listens(site.api):  # asked first, because signing a request takes long to import
        return f"No API at {site.api} answers."
    try:
        with connect(site.api, site.profile, site.region) as client:
            return f"{site.api} has API {client.site().api_version}."
    except (ApiError, NoCredentials) as error:
        return f"{error}."


def _listens(api: str) -> bool:
    parts = urlsplit(api)
    try:
        socket.create_connection((parts.hostname, parts.port or PORTS[parts.scheme]), TIMEOUT).close()
    except OSError:
        return False
    return True
