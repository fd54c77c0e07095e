"""Checks of requests to the API: conditional and unsigned changes, an image, a sign-up."""

import hashlib
import io
import json
from urllib.parse import urlencode, urlsplit

from PIL import Image

from broadsheet_cli.client import Client
from broadsheet_cli.errors import Refused

from .run import Run
from .site import Answer, CheckFailed, Skipped

FORM_TYPE = "application/x-www-form-urlencoded"
# SES's mailbox simulator accepts every mail, in the sandbox too.
MAILBOX = "success+{}@simulator.amazonses.com"
COMPARED_HEADERS = ("content-type", "content-language", "cache-control", "location", "set-cookie")


def stale_if_match(run: Run) -> None:
    _refused(run, if_match="0")


def only_new(run: Run) -> None:
    """`If-None-Match: *` refuses to replace an article."""
    _refused(run, only_new=True)


def unsigned(run: Run) -> None:
    """An unsigned request changes no article, neither at the API's own URL nor at the site's."""
    for base in dict.fromkeys((run.client.api, run.site.url)):
        url = f"{base}/api/articles/{run.article_id}-unsigned"
        run.site.send("PUT", url, {"Content-Type": "application/json"}, b"{}").expect(403)


def upload_host(run: Run) -> None:
    """The upload URL has the bucket's regional host: the global host redirects, which breaks the signature."""
    if run.local:
        raise Skipped("the API is on this machine")
    if run.region is None:
        raise Skipped("the API's URL names no AWS region")
    presigned = run.client.request_upload(run.image, "image/jpeg").get("upload")
    url = presigned.get("url") if isinstance(presigned, dict) else None
    host = urlsplit(str(url)).hostname or "no host"
    if not regional(host, run.region):
        raise CheckFailed(f"expected an upload to S3 in {run.region}, got one to {host}")


def regional(host: str, region: str) -> bool:
    """Whether this is a bucket's host in the region; in us-east-1 the global host is the regional one."""
    names = [f".s3.{region}.amazonaws.com", f".s3.{region}.amazonaws.com.cn"]
    return host.endswith(tuple(names + [".s3.amazonaws.com"] * (region == "us-east-1")))


def image(run: Run) -> None:
    """An uploaded image becomes ready, and is served as JPEG and as WebP."""
    digest = hashlib.sha256(run.image).hexdigest()
    run.left_behind.append(f"The image {digest} in the bucket Media: grey noise, which no page shows.")
    upload = run.client.upload(run.image, "image/jpeg")
    fields = upload.get("image")
    src = fields.get("src") if isinstance(fields, dict) else None
    if not isinstance(src, str):
        raise CheckFailed(
            f"expected an image that is ready, got {upload.get('status')} {upload.get('reason', '')}".rstrip()
        )
    for path, kind in ((src, "JPEG"), (src.replace(".jpg", ".webp"), "WEBP")):
        answer = run.site.get(path).expect(200)
        if _format(answer) != kind:
            raise CheckFailed(f"expected an image in {kind} at {answer.url}, got {answer.header('content-type')}")


def sign_up(run: Run) -> None:
    """A sign-up with a form token gets the same 202 for every email."""
    answer = run.site.get("/api/subscriptions/form", Accept="application/json")
    if answer.status == 404 and b":switched-off" in answer.body:
        raise Skipped("the newsletter is switched off (the parameter Sender is empty)")
    form = answer.expect(200).json()
    run.sleep(float(str(form.get("wait_seconds"))))
    answers = [_sign_up(run, MAILBOX.format(f"{run.id}{number}"), str(form.get("form_token"))) for number in (1, 2)]
    one, two = ((answer.status, answer.body, [answer.header(name) for name in COMPARED_HEADERS]) for answer in answers)
    if one != two:
        raise CheckFailed(f"expected the same response for two emails, got {one} and {two}")


def _sign_up(run: Run, email: str, token: str) -> Answer:
    fields = {"email": email, "edition": run.edition.code, "form_token": token}
    headers = {"Content-Type": FORM_TYPE, "Accept": "application/json"}
    answer = run.site.send("POST", "/api/subscriptions", headers, urlencode(fields).encode())
    if answer.status == 422 and b'"captcha_response"' in answer.body:
        raise Skipped("a sign-up needs a captcha")
    if answer.status == 429:
        raise Skipped(f"the limit on sign-ups is reached until {answer.header('retry-after')} s from now")
    answer.expect(202)
    run.left_behind.append(f"The sign-up request of {email}, which expires by itself after a day.")
    return answer


def _refused(run: Run, *, if_match: str | None = None, only_new: bool = False) -> None:
    run.published()
    article = run.client.get(run.article_id)
    changed = {name: article[name] for name in ("edition", "body", "section", "tags") if name in article}
    client: Client = run.client
    try:
        client.put(run.article_id, changed | {"headline": "Refused"}, if_match=if_match, only_new=only_new)
    except Refused as refused:
        if refused.problem.status != 412:
            raise CheckFailed(
                f"expected 412, got {refused.problem.status} {json.dumps(refused.problem.title)}"
            ) from None
    else:
        raise CheckFailed("expected 412, got an accepted change")


def _format(answer: Answer) -> str | None:
    try:
        with Image.open(io.BytesIO(answer.body)) as image:
            return image.format
    except OSError:
        return None
