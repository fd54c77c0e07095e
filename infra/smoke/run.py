"""One run of the smoke test: its context, the waiting for what is published, and the cleaning up."""

import io
import secrets
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from http import HTTPStatus

from botocore.exceptions import BotoCoreError
from PIL import Image

from broadsheet.model.config import Edition
from broadsheet.model.config import Site as Settings
from broadsheet_cli.client import Client, is_local, region_in
from broadsheet_cli.problems import ApiError, Refused

from .site import Answer, Failed, Site, Skipped

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 2.0  # seconds between two looks
LONGEST_LIFETIME = 300  # seconds that a cached copy may excuse an old answer


@dataclass
class Run:
    """What the checks share. `id` is unique; everything that a check makes carries it.

    `patience` is for how many seconds an expectation may stay unmet, on top of what a cache may keep an old answer for.
    """

    site: Site
    client: Client
    settings: Settings
    patience: float
    id: str = field(default_factory=lambda: secrets.token_hex(4))
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    articles: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    picture: bytes = field(default_factory=lambda: noise(640, 400))
    path: str = ""
    scheduled_path: str = ""

    @property
    def edition(self) -> Edition:
        return next(iter(self.settings.editions.values()))

    @property
    def section(self) -> str:
        return next(iter(self.edition.sections))

    @property
    def local(self) -> bool:
        return is_local(self.client.api)

    @property
    def region(self) -> str | None:
        return region_in(self.client.api)

    @property
    def article_id(self) -> str:
        return f"smoke-test-{self.id}"

    @property
    def tag(self) -> str:
        """The folder of the tag that only this run's article has."""
        return f"/{self.edition.code}/tag/{self.article_id}/"

    def feeds(self, folder: str) -> list[str]:
        """A channel's feed in its three formats."""
        return [f"{folder}feed.{ending}" for ending in ("xml", "atom", "json")]

    def published(self) -> str:
        """The path of this run's article. Raises `Skipped` where it was never published."""
        if not self.path:
            raise Skipped("the article was not published")
        return self.path

    def put(self, id: str, **changed: object) -> dict[str, object]:
        """Put an article that says it is a test, and read it back. It is withdrawn when the run is over."""
        article: dict[str, object] = {
            "edition": self.edition.code,
            "headline": f"Smoke test {self.id}",
            "summary": "A test of this site. It is withdrawn within minutes.",
            "body": {"format": "markdown", "text": f"A test of this site, `{self.id}`. Please ignore it.\n\n" * 20},
            "section": self.section,
            "tags": [self.article_id],
        }
        if id not in self.articles:
            self.articles.append(id)
        self.client.put(id, article | changed)
        return self.client.get(id)

    def until(
        self,
        path: str,
        status: int = 200,
        holds: Callable[[Answer], bool] = lambda _: True,
        what: str = "",
        *,
        meanwhile: Collection[int] = (200, 404),
        extra: float = 0,
        **headers: str,
    ) -> Answer:
        """Ask for a path until it answers with this status and the answer `holds`, which `what` describes.

        Raises `Failed` for a status that is neither this one nor in `meanwhile`, and when the patience, with `extra`
        seconds more, is over.
        """
        expected = f"expected {status}{f' with {what}' if what else ''} at {self.site.url}{path}"
        began, pause, cached = self.clock(), FIRST_PAUSE, 0.0
        while True:
            answer = self.site.get(path, **headers)
            if answer.status == status and holds(answer):
                return answer
            got = f"got {answer.status}{' without it' if answer.status == status else ''}"
            if answer.status not in {*meanwhile, status}:
                raise Failed(f"{expected}, {got}")
            cached = max(cached, cached_for(answer))
            if self.clock() - began > self.patience + extra + cached:
                raise Failed(f"{expected}, {got} after {self.clock() - began:.0f} s")
            self.sleep(pause)
            pause = min(LONGEST_PAUSE, pause * 1.5)

    def clean_up(self) -> list[str]:
        """Withdraw every article of this run; what stays behind, as sentences."""
        kept = [problem for id in self.articles if (problem := self._withdraw(id))]
        return kept + self.left

    def _withdraw(self, id: str) -> str | None:
        try:
            self.client.withdraw(id)
        except Refused as refused:
            if refused.problem.status == HTTPStatus.NOT_FOUND:
                return None  # the run ended before it was put
            return f"The article {id}, which could not be withdrawn: {refused}."
        except (ApiError, BotoCoreError) as error:
            return f"The article {id}, which could not be withdrawn: {error}."
        return None


def noise(width: int, height: int) -> bytes:
    """A picture that was never there before, as JPEG, so that its SHA-256 is new too."""
    file = io.BytesIO()
    Image.frombytes("L", (width, height), secrets.token_bytes(width * height)).save(file, "JPEG", quality=20)
    return file.getvalue()


def cached_for(answer: Answer) -> float:
    """For how many seconds a shared cache may have kept this answer; 0 for one that comes from no cache (RFC 9111)."""
    if "age" not in answer.headers:
        return 0
    directives = dict(part.strip().partition("=")[::2] for part in answer.header("cache-control").split(","))
    lifetime = directives.get("s-maxage") or directives.get("max-age") or ""
    return min(int(lifetime), LONGEST_LIFETIME) if lifetime.isdecimal() else 0
