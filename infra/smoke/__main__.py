"""`python -m infra.smoke SITE_URL API_URL` or `--stack NAME`: tries a deployment end to end, and cleans up.

Exit status: 0 every check is ok or skipped; 1 some failed; 2 the test could not begin; 130 interrupted.
"""

import argparse
import json
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from broadsheet.model.config import SiteError
from broadsheet.schemas.site_toml import validate
from broadsheet.settings import SITE_FILE
from broadsheet_cli.client import NoCredentials, connect
from broadsheet_cli.problems import ApiError
from broadsheet_cli.terminal import ALL_WELL, CANNOT, INTERRUPTED, SOME_REFUSED, printable, web_address

from . import publishing, serving, writing
from .run import Run
from .site import Failed, Site, Skipped

OK, FAILED, SKIPPED = "ok", "FAILED", "skipped"


class CannotBegin(Exception):
    """The test cannot begin. The text is one sentence that says why."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a check came to; `detail` says what was expected and what came, or why it was skipped."""

    check: str
    outcome: str
    detail: str = ""

    def line(self) -> str:
        return printable(f"{self.outcome:8} {self.check}{f': {self.detail}' if self.detail else ''}")


def no_server_errors(run: Run) -> None:
    if run.site.faults:
        raise Failed(f"expected no server error and no stack trace, got {'; '.join(run.site.faults)}")


# In this order: later checks look at what earlier ones published.
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
    "security headers of an API answer": serving.api_headers,
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
    "missing picture": serving.missing_picture,
    "stale If-Match": writing.stale_if_match,
    "If-None-Match: *": writing.only_new,
    "unsigned change": writing.unsigned,
    "upload host": writing.upload_host,
    "picture": writing.picture,
    "sign-up": writing.sign_up,
    "moved article": publishing.moved,
    "scheduled article is released": publishing.released,
    "withdrawn article": publishing.withdrawn,
    "withdrawn article in feeds": publishing.withdrawn_from_feeds,
    "no server errors": no_server_errors,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run every check, print each result as it comes, clean up, and return the exit status."""
    options = _parser().parse_args(arguments)
    try:
        run = _begin(options)
    except (CannotBegin, ApiError, NoCredentials, SiteError, BotoCoreError, ClientError, OSError) as error:
        sys.stderr.write(f"{printable(str(error)).rstrip('.')}.\n")
        return CANNOT
    except KeyboardInterrupt:
        return INTERRUPTED
    results: list[Result] = []
    interrupted = False
    try:
        for result in _results(run):
            results.append(result)
            if not options.json:
                _say(result.line())
    except KeyboardInterrupt:
        interrupted = True
    finally:
        left = _clean_up(run)
    _report(options, results, left, interrupted=interrupted)
    if interrupted:
        return INTERRUPTED
    return SOME_REFUSED if any(result.outcome == FAILED for result in results) else ALL_WELL


def _begin(options: argparse.Namespace) -> Run:
    """A run against a site and an API that both answer."""
    if (options.site is None) == (options.stack is None) or (options.site is None) != (options.api is None):
        raise CannotBegin("Name a site and its API, as SITE_URL API_URL, or a stack, as --stack NAME")
    site_url, api_url = (options.site, options.api) if options.site else _outputs(options)
    settings = validate(options.settings.read_text(encoding="utf-8"))
    site, client = Site(site_url), connect(api_url, options.profile, options.region)
    try:
        site.get("/")
    except Failed as failed:
        raise CannotBegin(f"The site does not answer: {failed}") from failed
    for _ in client.list(edition=next(iter(settings.editions)), limit=1):
        pass  # it is enough that the API knows us
    return Run(site, client, settings, options.patience)


def _outputs(options: argparse.Namespace) -> tuple[str, str]:
    """The addresses of a deployed stack."""
    region = options.region or os.environ.get("AWS_REGION")
    session = boto3.Session(profile_name=options.profile, region_name=region)
    if session.region_name is None:
        raise CannotBegin(f"No AWS region to look for the stack {options.stack} in; name one with --region")
    [stack] = session.client("cloudformation").describe_stacks(StackName=options.stack)["Stacks"]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
    if not {"SiteUrl", "ApiUrl"} <= outputs.keys():
        raise CannotBegin(f"The stack {options.stack} is {stack['StackStatus']} and has no outputs SiteUrl and ApiUrl")
    return outputs["SiteUrl"], outputs["ApiUrl"]


def _results(run: Run) -> Iterator[Result]:
    for name, check in CHECKS.items():
        try:
            check(run)
        except Skipped as skipped:
            yield Result(name, SKIPPED, str(skipped))
        except Failed as failed:
            yield Result(name, FAILED, str(failed))
        except (ApiError, BotoCoreError) as error:
            yield Result(name, FAILED, f"expected an answer of the API, got: {error}")
        else:
            yield Result(name, OK)


def _clean_up(run: Run) -> list[str]:
    """Clean up to the end, whatever signal comes meanwhile."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        return run.clean_up()
    finally:
        run.site.close()
        run.client.close()
        for number, handler in before.items():
            signal.signal(number, handler)


def _report(options: argparse.Namespace, results: list[Result], left: list[str], *, interrupted: bool) -> None:
    count = {outcome: sum(result.outcome == outcome for result in results) for outcome in (OK, FAILED, SKIPPED)}
    if options.json:
        said = {"ok": not count[FAILED] and not interrupted, "interrupted": interrupted}
        _say(json.dumps(said | {"checks": [asdict(result) for result in results], "left_behind": left}, indent=2))
        return
    if interrupted:
        _say("Interrupted. The articles of this run are withdrawn.")
    _say(f"{count[OK]} ok, {count[FAILED]} failed, {count[SKIPPED]} skipped.")
    for sentence in left:
        _say(printable(f"Left behind: {sentence}"))


def _say(line: str) -> None:
    """Print a line. Where nobody reads any more, the run goes on to its end without one."""
    try:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m infra.smoke", description=__doc__, allow_abbrev=False)
    parser.add_argument("site", nargs="?", type=web_address, metavar="SITE_URL", help="such as https://news.example")
    parser.add_argument("api", nargs="?", type=web_address, metavar="API_URL", help="the API's own address")
    parser.add_argument("--stack", metavar="NAME", help="read both addresses from the outputs of a deployed stack")
    parser.add_argument("--profile", help="the AWS profile to sign with")
    parser.add_argument("--region", help="the AWS region of the stack or the API")
    parser.add_argument("--settings", type=Path, default=SITE_FILE, help="the site.toml that was deployed")
    parser.add_argument(
        "--patience", type=float, default=60, metavar="SECONDS", help="how long an expectation may stay unmet (60)"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object when all is done, in place of lines")
    return parser


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    # SIGINT too: a shell starts a job in the background with SIGINT ignored, and Python leaves it so.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    sys.exit(main())
