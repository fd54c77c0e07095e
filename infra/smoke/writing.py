"""Checks of what is sent to the API: conditional and unsigned changes, a picture, a sign-up."""

import hashlib
import io
import json
from urllib.parse import urlencode, urlsplit

from PIL import Image

from broadsheet_cli.client import Client
from broadsheet_cli.problems import Refused

from .run import Run
from .site import Answer, Failed, Skipped

FORM_TYPE = "application/x-www-form-urlencoded"
# SES's mailbox simulator takes every mail and bounces none, in the sandbox too.
MAILBOX = "success+{}@simulator.amazonses.com"
SAME = ("content-type", "content-language", "cache-control", "location", "set-cookie")


def stale_if_match(run: Run) -> None:
    _refused(run, if_match="0")


def only_new(run: Run) -> None:
    """`If-None-Match: *` refuses to replace an article."""
    _refused(run, only_new=True)


def unsigned(run: Run) -> None:
    """Nobody without a signature changes an article, neither by the API's own address nor by the site's."""
    for base in dict.fromkeys((run.client.api, run.site.url)):
        address = f"{base}/api/articles/{run.article_id}-unsigned"
        run.site.send("PUT", address, {"Content-Type": "application/json"}, b"{}").expect(403)


def upload_host(run: Run) -> None:
    """The upload goes to the bucket's regional host: S3's global one redirects, which a signature does not survive."""
    if run.local:
        raise Skipped("the API is on this machine")
    if run.region is None:
        raise Skipped("the API's address names no AWS region")
    invitation = run.client.request_upload(run.picture, "image/jpeg").get("upload")
    url = invitation.get("url") if isinstance(invitation, dict) else None
    host = urlsplit(str(url)).hostname or "no address"
    if not regional(host, run.region):
        raise Failed(f"expected an upload to S3 in {run.region}, got one to {host}")


def regional(host: str, region: str) -> bool:
    """Whether this is a bucket's own host in the region; in us-east-1 the global name is the region's own."""
    names = [f".s3.{region}.amazonaws.com", f".s3.{region}.amazonaws.com.cn"]
    return host.endswith(tuple(names + [".s3.amazonaws.com"] * (region == "us-east-1")))


def picture(run: Run) -> None:
    """An uploaded picture becomes ready, and is served as JPEG and as WebP."""
    digest = hashlib.sha256(run.picture).hexdigest()
    run.left.append(f"The picture {digest}, in the bucket Media: grey noise, which no page shows.")
    said = run.client.upload(run.picture, "image/jpeg")
    image = said.get("image")
    src = image.get("src") if isinstance(image, dict) else None
    if not isinstance(src, str):
        raise Failed(f"expected a picture that is ready, got {said.get('status')} {said.get('reason', '')}".rstrip())
    for address, kind in ((src, "JPEG"), (src.replace(".jpg", ".webp"), "WEBP")):
        answer = run.site.get(address).expect(200)
        if _format(answer) != kind:
            raise Failed(f"expected a picture in {kind} at {answer.url}, got {answer.header('content-type')}")


def sign_up(run: Run) -> None:
    """A sign-up with a form token is answered with 202, whatever the address."""
    form = run.site.get("/api/subscriptions/form", Accept="application/json").expect(200).json()
    run.sleep(float(str(form.get("wait_seconds"))))
    answers = [_sign_up(run, MAILBOX.format(f"{run.id}{number}"), str(form.get("form_token"))) for number in (1, 2)]
    one, two = ((answer.status, answer.body, [answer.header(name) for name in SAME]) for answer in answers)
    if one != two:
        raise Failed(f"expected the same answer for two addresses, got {one} and {two}")


def _sign_up(run: Run, email: str, token: str) -> Answer:
    fields = {"email": email, "edition": run.edition.code, "form_token": token}
    headers = {"Content-Type": FORM_TYPE, "Accept": "application/json"}
    answer = run.site.send("POST", "/api/subscriptions", headers, urlencode(fields).encode())
    if answer.status == 404 and b"switched off" in answer.body:
        raise Skipped("the newsletter is switched off (the parameter Sender is empty)")
    if answer.status == 422 and b'"proof"' in answer.body:
        raise Skipped("a sign-up needs a captcha")
    if answer.status == 429:
        raise Skipped(f"the limit on sign-ups is reached until {answer.header('retry-after')} s from now")
    answer.expect(202)
    run.left.append(f"The sign-up request of {email}, which expires by itself after a day.")
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
            raise Failed(f"expected 412, got {refused.problem.status} {json.dumps(refused.problem.title)}") from None
    else:
        raise Failed("expected 412, got a change that was accepted")


def _format(answer: Answer) -> str | None:
    try:
        with Image.open(io.BytesIO(answer.body)) as image:
            return image.format
    except OSError:
        return None
