"""Options, help texts and the client that the commands share."""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec

import click
from click.shell_completion import CompletionItem

from .client import API_VERSION, LOCAL_API, Client, connect
from .site import InvalidTime, Site
from .terminal import DONE, Url, error_console, print_warnings

P = ParamSpec("P")
Command = Callable[P, int]

EPILOG = """\
Exit status:
  0  everything was done
  1  the site refused a part, or failed at it; each refusal is printed, the rest was done
  2  nothing was done, or not all of it: wrong usage, no connection, no credentials

Environment variables:
  BROADSHEET_API  the site's API, if --api is not given
  AWS_PROFILE, AWS_REGION, AWS_ACCESS_KEY_ID, ...
                  credentials, as for AWS's own tools; a local deployment needs none
"""


OTHER_API = (
    "{client.api} has version {client.api_version} of the API, and this command was written for version {expected}; "
    "install the command of the release that is deployed"
)


@dataclass(slots=True)
class SiteOptions:
    """The site to work on, and the AWS credentials to sign with."""

    api: str = field(default_factory=lambda: os.environ.get("BROADSHEET_API") or LOCAL_API)
    profile: str | None = None
    region: str | None = None


def verbatim(text: str) -> str:
    r"""A help text whose lines click must not rewrap: `\b` at the beginning of each paragraph says so."""
    return "\n\n".join(f"\b\n{paragraph}" for paragraph in text.split("\n\n"))


def site_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --api, --profile and --region. They may come before the command's name or after it; the last one wins."""

    def store(ctx: click.Context, param: click.Parameter, value: str | None) -> None:
        site = ctx.ensure_object(SiteOptions)
        if value is not None and param.name is not None:
            setattr(site, param.name, value)

    for name, type, help in (
        ("--region", str, "The AWS region of the API, if neither its host name nor AWS's settings tell it."),
        ("--profile", str, "The AWS profile to sign requests with."),
        ("--api", Url(), f"The site's API. Default: BROADSHEET_API, else {LOCAL_API} (a local deployment)."),
    ):
        # Eager, so that --version knows the site.
        command = click.option(name, type=type, help=help, expose_value=False, callback=store, is_eager=True)(command)
    return command


def with_client(command: Callable[Concatenate[Client, P], int]) -> Callable[P, int]:
    """Call the command with a client of the chosen site; return its exit status.

    If a pipe's reader ends early (`broadsheet list | head`), the command ends without an error.
    """

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> int:
        site = click.get_current_context().ensure_object(SiteOptions)
        try:
            with connect(site.api, site.profile, site.region) as client:
                try:
                    status = command(client, *args, **kwargs)
                finally:
                    if client.api_version not in (None, API_VERSION):
                        print_warnings(error_console(), OTHER_API.format(client=client, expected=API_VERSION))
                sys.stdout.flush()
        except BrokenPipeError:
            # Python flushes standard output when it ends, which would fail again.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return DONE
        return status

    return run


def complete_files(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The shell completes names of files."""
    return [CompletionItem(incomplete, type="file")]


files_argument = click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))


def parsed_time(site: Site, option: str, text: str | None) -> str | None:
    """The time of an option, in RFC 3339. Raises `click.UsageError`."""
    try:
        return None if text is None else site.time(text).isoformat()
    except InvalidTime as error:
        raise click.UsageError(f"{option} {error}") from None
