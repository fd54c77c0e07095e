"""The smoke test as a program: `python -m infra.smoke`."""

import json
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import boto3
import click
from botocore.exceptions import BotoCoreError, ClientError

from broadsheet.model.config import SiteError
from broadsheet.schemas.site_toml import validate
from broadsheet.settings import SITE_FILE
from broadsheet_cli.client import connect
from broadsheet_cli.errors import ApiError, NoCredentials
from broadsheet_cli.terminal import DONE, FAILED, INTERRUPTED, SOME_REFUSED, Url, printable

from . import publishing, serving, writing
from .run import Run
from .site import CheckFailed, Site, Skipped

OK, NOT_OK, SKIPPED = "ok", "FAILED", "skipped"
CHECKS_FAILED, NOT_STARTED = SOME_REFUSED, FAILED
HELP = """\
Test a deployment end to end over HTTP, and clean up.

\b
Examples:
  python -m infra.smoke https://news.example https://abc.execute-api.eu-west-1.amazonaws.com
  python -m infra.smoke --stack broadsheet

\b
Exit status:
  0    every check is ok or skipped
  1    a check failed
  2    the test could not start
  130  interrupted
"""


class CannotStart(Exception):
    """The test cannot start. The text is one sentence that says why."""


@dataclass(frozen=True, slots=True)
class Options:
    """The options of the command line. Either `site` and `api` are given, or `stack`."""

    site: str | None
    api: str | None
    stack: str | None
    profile: str | None
    region: str | None
    settings: Path
    patience: float
    json: bool


@dataclass(frozen=True, slots=True)
class Result:
    """The result of a check; `detail` says what was expected and what was found, or why the check was skipped."""

    check: str
    outcome: str
    detail: str = ""

    def line(self) -> str:
        return printable(f"{self.outcome:8} {self.check}{f': {self.detail}' if self.detail else ''}")


def no_server_errors(run: Run) -> None:
    if run.site.faults:
        raise CheckFailed(f"expected no server error and no stack trace, got {'; '.join(run.site.faults)}")


# The order matters: later checks read what earlier ones published.
CHECKS = {
    "article is put": publishing.put_article,
    "scheduled article is put": publishing.put_scheduled,
    "article page": publishing.article_page,
    "front, section and day page": publishing.listings,
    "feeds of the edition": publishing.edition_feeds,
    "feeds of a tag": publishing.tag_feeds,
    "API description": serving.openapi,
    "security headers of a page": serving.page_headers,
    "security headers of a feed": serving.feed_headers,
    "security headers of a missing page": serving.missing_page_headers,
    "security headers of a redirect": serving.redirect_headers,
    "security headers of an API response": serving.api_headers,
    "security headers of a private page": serving.private_page_headers,
    "compression of a page": serving.page_compression,
    "compression of feeds": serving.feed_compression,
    "conditional GET of a page": serving.conditional_page,
    "conditional GET of feeds": serving.conditional_feeds,
    "HEAD": serving.head,
    "CORS of feeds": serving.cross_origin_feeds,
    "CORS preflight of feeds": serving.preflight,
    "redirect to the trailing slash": serving.trailing_slash,
    "redirect to https": serving.to_https,
    "missing page": serving.never_existing,
    "missing image": serving.missing_image,
    "stale If-Match": writing.stale_if_match,
    "If-None-Match: *": writing.only_new,
    "unsigned change": writing.unsigned,
    "upload host": writing.upload_host,
    "image": writing.image,
    "sign-up": writing.sign_up,
    "moved article": publishing.moved,
    "scheduled article is published": publishing.released,
    "withdrawn article": publishing.withdrawn,
    "withdrawn article in feeds": publishing.withdrawn_from_feeds,
    "no server errors": no_server_errors,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run every check, print each result at once, clean up, and return the exit status."""
    try:
        status: int = command.main(arguments, prog_name="python -m infra.smoke", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    return status


@click.command(help=HELP)
@click.argument("site", metavar="[SITE_URL]", required=False, type=Url())
@click.argument("api", metavar="[API_URL]", required=False, type=Url())
@click.option("--stack", metavar="NAME", help="Read both URLs from the outputs of this CloudFormation stack.")
@click.option("--profile", help="The AWS profile to sign requests with.")
@click.option("--region", help="The AWS region of the stack or the API.")
@click.option("--settings", type=click.Path(path_type=Path), default=SITE_FILE, help="The deployed site.toml.")
@click.option(
    "--patience",
    type=float,
    default=60,
    show_default=True,
    metavar="SECONDS",
    help="How long a check waits for what it expects.",
)
@click.option("--json", is_flag=True, help="Print one JSON object at the end, instead of lines.")
def command(**options: Any) -> int:
    return run_checks(Options(**options))


def run_checks(options: Options) -> int:
    try:
        run = _start(options)
    except (CannotStart, ApiError, NoCredentials, SiteError, BotoCoreError, ClientError, OSError) as error:
        sys.stderr.write(f"{printable(str(error)).rstrip('.')}.\n")
        return NOT_STARTED
    except KeyboardInterrupt:
        return INTERRUPTED
    results: list[Result] = []
    interrupted = False
    try:
        for result in _results(run):
            results.append(result)
            if not options.json:
                _print(result.line())
    except KeyboardInterrupt:
        interrupted = True
    finally:
        left_behind = _clean_up(run)
    _report(options, results, left_behind, interrupted=interrupted)
    if interrupted:
        return INTERRUPTED
    return CHECKS_FAILED if any(result.outcome == NOT_OK for result in results) else DONE


def _start(options: Options) -> Run:
    """A run, after the site and the API have responded once."""
    site_url, api_url = _urls(options)
    settings = validate(options.settings.read_text(encoding="utf-8"))
    site, client = Site(site_url), connect(api_url, options.profile, options.region)
    try:
        site.get("/")
    except CheckFailed as failed:
        raise CannotStart(f"The site does not respond: {failed}") from failed
    for _ in client.list(edition=next(iter(settings.editions)), limit=1):
        pass  # raises Forbidden if the API rejects the credentials
    return Run(site, client, settings, options.patience)


def _urls(options: Options) -> tuple[str, str]:
    match options:
        case Options(site=str(site_url), api=str(api_url), stack=None):
            return site_url, api_url
        case Options(site=None, api=None, stack=str(stack)):
            return _stack_urls(stack, options)
    raise CannotStart("Name either SITE_URL and API_URL, or --stack NAME")


def _stack_urls(name: str, options: Options) -> tuple[str, str]:
    region = options.region or os.environ.get("AWS_REGION")
    session = boto3.Session(profile_name=options.profile, region_name=region)
    if session.region_name is None:
        raise CannotStart(f"The AWS region of the stack {name} is unknown; name it with --region")
    [stack] = session.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
    if not {"SiteUrl", "ApiUrl"} <= outputs.keys():
        raise CannotStart(f"The stack {name} is {stack['StackStatus']} and has no outputs SiteUrl and ApiUrl")
    return outputs["SiteUrl"], outputs["ApiUrl"]


def _results(run: Run) -> Iterator[Result]:
    for name, check in CHECKS.items():
        try:
            check(run)
        except Skipped as skipped:
            yield Result(name, SKIPPED, str(skipped))
        except CheckFailed as failed:
            yield Result(name, NOT_OK, str(failed))
        except (ApiError, BotoCoreError) as error:
            yield Result(name, NOT_OK, f"expected a response of the API, got: {error}")
        else:
            yield Result(name, OK)


def _clean_up(run: Run) -> list[str]:
    """Clean up without being interrupted by a signal."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        return run.clean_up()
    finally:
        run.site.close()
        run.client.close()
        for number, handler in before.items():
            signal.signal(number, handler)


def _report(options: Options, results: list[Result], left_behind: list[str], *, interrupted: bool) -> None:
    count = {outcome: sum(result.outcome == outcome for result in results) for outcome in (OK, NOT_OK, SKIPPED)}
    if options.json:
        summary = {"ok": not count[NOT_OK] and not interrupted, "interrupted": interrupted}
        _print(
            json.dumps(
                summary | {"checks": [asdict(result) for result in results], "left_behind": left_behind}, indent=2
            )
        )
        return
    if interrupted:
        _print("Interrupted. The articles of this run are withdrawn.")
    _print(f"{count[OK]} ok, {count[NOT_OK]} failed, {count[SKIPPED]} skipped.")
    for sentence in left_behind:
        _print(printable(f"Left behind: {sentence}"))


def _print(line: str) -> None:
    """Print a line. If the pipe of standard output is closed, the run continues without output."""
    try:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    # SIGINT too: a shell starts background jobs with SIGINT ignored, and Python then leaves it ignored.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    sys.exit(main())
