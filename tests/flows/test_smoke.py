"""The smoke test checks a whole deployment, reports each broken promise, and always cleans up after itself.

A proxy in front of the deployment breaks a promise.
"""

import json
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from typing import Any

import boto3
import pytest
import urllib3
from moto import mock_aws

from broadsheet.model.config import parse_site
from broadsheet.settings import SITE_FILE
from broadsheet_cli.client import connect
from broadsheet_cli.errors import Refused
from infra.local.deployment.local_deployment import ROOT, LocalDeployment
from infra.local.web import Request, Response, Server
from infra.smoke.__main__ import CHECKS, main
from infra.smoke.run import Run, cached_for
from infra.smoke.site import Answer, CheckFailed, Site, Skipped
from infra.smoke.writing import regional, sign_up

Alter = Callable[[Request, Response], Response]
PATIENCE = "600"  # seconds; what the proxies break fails at once
ARTICLE = re.compile(r"/en/\d{4}/\d\d/\d\d/smoke-test-[^/]+/")
FEED = re.compile(r"/feed\.\w+$")


def unsniffed(request: Request, response: Response) -> Response:
    if ARTICLE.fullmatch(request.path) and response.status == 200:
        response.remove("X-Content-Type-Options")
    return response


def untagged(request: Request, response: Response) -> Response:
    if FEED.search(request.path):
        response.remove("ETag")
    return response


def never_gone(request: Request, response: Response) -> Response:
    if ARTICLE.fullmatch(request.path) and response.status == 410:
        response.status = 404
    return response


def telling(request: Request, response: Response) -> Response:
    """The answer depends on the email."""
    if request.method == "POST" and request.path == "/api/subscriptions":
        response.body += request.body.partition(b"&")[0]
    return response


def broken(request: Request, response: Response) -> Response:
    if request.path == "/api/openapi.json":
        return Response(500, [], b"Traceback (most recent call last):\n")
    return response


# What each proxy does, and the checks that must fail for it. Promises that have nothing in common share a run.
BREAKS: Mapping[str, tuple[Sequence[Alter], set[str]]] = {
    "a header is dropped, and sign-ups differ": ((unsniffed, telling), {"security headers of a page", "sign-up"}),
    "feeds have no ETag, and there is a server error": (
        (untagged, broken),
        {"conditional GET of feeds", "API description", "no server errors"},
    ),
    "404 in place of 410": ((never_gone,), {"withdrawn article"}),
}


@dataclass(frozen=True)
class Ended:
    """A run that has ended: its exit status and its output."""

    status: int
    output: str

    @property
    def report(self) -> Any:
        return json.loads(self.output)

    def checks(self, outcome: str) -> set[str]:
        return {check["check"] for check in self.report["checks"] if check["outcome"] == outcome}


@pytest.fixture(scope="module")
def stack(local_deployment: LocalDeployment) -> Iterator[LocalDeployment]:
    """The local deployment, with a schedule that fires every second in place of every minute."""
    over = threading.Event()

    def release() -> None:
        while not over.wait(1):
            local_deployment.fire("ScheduleFunction")

    clock = threading.Thread(target=release)
    clock.start()
    yield local_deployment
    over.set()
    clock.join()


def proxy(stack: LocalDeployment, alters: Sequence[Alter]) -> Server:
    """A proxy that forwards every request to the deployment, and alters the answers."""
    pool = urllib3.PoolManager(maxsize=16, retries=False)

    def serve(request: Request) -> Response:
        sent = {name: value for name, value in request.headers if name.lower() != "content-length"}
        answer = pool.request(
            request.method,
            stack.url + request.target,
            body=request.body or None,
            headers=sent,
            redirect=False,
            decode_content=False,
        )
        response = Response(answer.status, list(answer.headers.items()), answer.data)
        for alter in alters:
            response = alter(request, response)
        return response

    return Server(serve)


def start(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "infra.smoke", *arguments, "--patience", PATIENCE]
    return subprocess.Popen(  # noqa: S603  our own program
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT
    )


Runs = Callable[[str], Ended]


@pytest.fixture(scope="module")
def run(stack: LocalDeployment) -> Runs:
    """A run by its name, once: "intact", "interrupted", or through the proxy of that name."""

    @cache
    def run(name: str) -> Ended:
        if name == "interrupted":
            return interrupted(stack)
        with ExitStack() as opened:
            url = stack.url
            if name in BREAKS:
                server = proxy(stack, BREAKS[name][0])
                opened.callback(server.close)
                url = f"http://127.0.0.1:{server.port}"
            process = opened.enter_context(start(url, url, "--json"))
            opened.callback(process.kill)
            output, _ = process.communicate()
        stack.settle()
        return Ended(process.returncode, output)

    return run


def interrupted(stack: LocalDeployment) -> Ended:
    """A run that gets SIGINT once it has put two articles."""
    with start(stack.url, stack.url) as process:
        assert process.stdout is not None
        first = [process.stdout.readline(), process.stdout.readline()]
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate()
    stack.settle()
    return Ended(process.returncode, "".join(first) + rest)


def check_that_it_cleaned_up(run: Ended, stack: LocalDeployment) -> None:
    with connect(stack.url) as client:
        assert not [article for article in client.list(edition="en") if str(article["id"]).startswith("smoke-test-")]
    left = run.report["left_behind"]
    assert sum("image" in sentence for sentence in left) == 1
    assert sum("expires by itself" in sentence for sentence in left) == 2


def test_a_deployment_keeps_every_promise_and_the_run_cleans_up(run: Runs, stack: LocalDeployment) -> None:
    intact = run("intact")
    assert intact.checks("FAILED") == set(), intact.output
    assert intact.checks("skipped") == {"redirect to https", "upload host"}
    assert intact.checks("ok") == set(CHECKS) - intact.checks("skipped")
    assert (intact.status, intact.report["ok"]) == (0, True)
    check_that_it_cleaned_up(intact, stack)


@pytest.mark.proof
@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_promise_fails_its_check_and_no_other_and_the_run_cleans_up(
    run: Runs, stack: LocalDeployment, name: str
) -> None:
    broken, failing = run(name), BREAKS[name][1]
    assert broken.checks("FAILED") == failing, broken.output
    assert broken.checks("ok") == run("intact").checks("ok") - failing
    assert (broken.status, broken.report["ok"]) == (1, False)
    assert all("expected" in check["detail"] for check in broken.report["checks"] if check["outcome"] == "FAILED")
    check_that_it_cleaned_up(broken, stack)


@pytest.mark.proof
def test_an_interrupted_run_withdraws_its_articles_and_says_so(run: Runs) -> None:
    ended = run("interrupted")
    assert ended.status == 130
    assert "Traceback" not in ended.output
    assert ended.output.startswith("ok       article is put\nok       scheduled article is put\n")
    assert "\nInterrupted. The articles of this run are withdrawn.\n" in ended.output


def test_a_run_that_cannot_start_prints_one_sentence(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody = "http://127.0.0.1:9"
    for arguments, sentence in (
        ([nobody, nobody], "The site does not respond: expected a response from http://127.0.0.1:9/, got none"),
        ([], "Name either SITE_URL and API_URL, or --stack NAME."),
        ([nobody], "Name either SITE_URL and API_URL, or --stack NAME."),
        ([nobody, nobody, "--settings", "/nowhere.toml"], "[Errno 2] No such file or directory: '/nowhere.toml'."),
    ):
        assert main(arguments) == 2
        output = capsys.readouterr()
        assert output.out == ""
        assert output.err.startswith(sentence)
        assert output.err.count("\n") == 1
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    deployed = "https://a1.execute-api.eu-west-1.amazonaws.com"
    assert main([nobody, deployed]) == 2
    assert capsys.readouterr().err.startswith(f"There are no AWS credentials for {deployed}; sign in")
    assert main(["--stack", "broadsheet"]) == 2
    assert capsys.readouterr().err == "The AWS region of the stack broadsheet is unknown; name it with --region.\n"


@mock_aws
def test_the_urls_are_read_from_the_outputs_of_a_stack(capsys: pytest.CaptureFixture[str]) -> None:
    outputs = {name: {"Value": f"http://127.0.0.1:9/{name}"} for name in ("SiteUrl", "ApiUrl")}
    topic = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}
    cloudformation = boto3.client("cloudformation", region_name="eu-west-1")
    cloudformation.create_stack(StackName="paper", TemplateBody=json.dumps(topic | {"Outputs": outputs}))
    cloudformation.create_stack(StackName="other", TemplateBody=json.dumps(topic))
    for stack, sentence in (
        ("paper", "The site does not respond: expected a response from http://127.0.0.1:9/SiteUrl/, got none"),
        ("other", "The stack other is CREATE_COMPLETE and has no outputs SiteUrl and ApiUrl."),
        ("nothing", "An error occurred (ValidationError) when calling the DescribeStacks operation: Stack with id"),
    ):
        assert main(["--stack", stack, "--region", "eu-west-1"]) == 2
        assert capsys.readouterr().err.startswith(sentence)


def test_an_answer_from_a_cache_excuses_an_old_page_for_its_lifetime() -> None:
    old = {"Age": "3", "Cache-Control": "public, max-age=60, stale-while-revalidate=300"}
    answers = [Response(200, list(old.items()))] * 70 + [Response(410)]
    with_cache, without = waited(answers), waited([Response(200)] * 70 + [Response(410)])
    assert with_cache is None
    assert without is not None
    assert re.search(r"expected 410 at .*, got 200 after 2\d s", without)


def waited(answers: list[Response]) -> str | None:
    """Why waiting for a 410 fails with a patience of 20 seconds, where each request takes one second; None if not."""
    left, seconds = iter(answers), iter(range(1000))
    server = Server(lambda _: next(left))
    site = Site(f"http://127.0.0.1:{server.port}")
    settings = parse_site(SITE_FILE.read_text(encoding="utf-8"))
    try:
        with connect(site.url) as client:
            run = Run(site, client, settings, 20, clock=lambda: next(seconds) / 2, sleep=lambda _: None)
            run.until("/en/", 410)
    except CheckFailed as failed:
        return str(failed)
    finally:
        site.close()
        server.close()
    return None


def test_the_lifetime_of_a_cached_answer_is_the_shared_caches() -> None:
    for headers, seconds in (
        ({"age": "1", "cache-control": "public, max-age=300, s-maxage=5"}, 5),
        ({"age": "1", "cache-control": "public, max-age=60"}, 60),
        ({"age": "1", "cache-control": "public, max-age=31536000, immutable"}, 300),
        ({"age": "1", "cache-control": "no-store"}, 0),
        ({"age": "1"}, 0),
        ({"cache-control": "public, max-age=60"}, 0),
    ):
        assert cached_for(Answer("/", 200, headers, b"")) == seconds


def test_an_upload_goes_to_the_region_of_the_bucket() -> None:
    assert regional("paper-media.s3.eu-west-1.amazonaws.com", "eu-west-1")
    assert regional("paper-media.s3.amazonaws.com", "us-east-1")
    assert not regional("paper-media.s3.amazonaws.com", "eu-west-1")
    assert not regional("paper-media.s3.eu-central-1.amazonaws.com", "eu-west-1")
    assert not regional("s3.eu-west-1.amazonaws.com.evil.example", "eu-west-1")


def test_cleaning_up_skips_articles_that_were_not_put_and_names_those_that_it_cannot_withdraw(
    stack: LocalDeployment,
) -> None:
    settings = parse_site(SITE_FILE.read_text(encoding="utf-8"))
    site = Site(stack.url)
    with connect(stack.url) as client:
        run = Run(site, client, settings, 1, articles=["smoke-test-never-put"])
        assert run.clean_up() == []
        with pytest.raises(Refused):
            client.get("smoke-test-never-put")
    with connect("http://127.0.0.1:9") as nobody:
        [kept] = Run(site, nobody, settings, 1, articles=["smoke-test-kept"]).clean_up()
    site.close()
    assert kept.startswith("The article smoke-test-kept, which could not be withdrawn: Cannot connect to")


@pytest.mark.proof  # it takes a deployment of its own
def test_a_sign_up_is_skipped_where_the_newsletter_is_switched_off() -> None:
    """A deployment without a sender is no failure."""
    with LocalDeployment(parameters={"Sender": ""}) as stack, connect(stack.url) as client:
        run = Run(Site(stack.url), client, parse_site(SITE_FILE.read_text("utf-8")), patience=0)
        with pytest.raises(Skipped, match="switched off"):
            sign_up(run)
    assert run.site.faults == run.left_behind == []
