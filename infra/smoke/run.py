"""One run of the smoke test: its settings, polling for what is published, and the clean-up."""

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
from broadsheet_cli.errors import ApiError, Refused

from .site import Answer, CheckFailed, Site, Skipped

FIRST_DELAY, MAX_DELAY = 0.1, 2.0  # seconds between two polls
MAX_CACHE_LIFETIME = 300  # seconds that a check waits for a cached response to expire


@dataclass
class Run:
    """What the checks share. `id` is unique; everything that a check creates has it in its name.

    `patience` is how many seconds a check waits for what it expects, after cached responses have expired.
    """

    site: Site
    client: Client
    settings: Settings
    patience: float
    id: str = field(default_factory=lambda: secrets.token_hex(4))
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    articles: list[str] = field(default_factory=list)
    left_behind: list[str] = field(default_factory=list)
    image: bytes = field(default_factory=lambda: noise(640, 400))
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
        """The path of the tag that only this run's article has."""
        return f"{self.edition.root}/tag/{self.article_id}/"

    def feeds(self, folder: str) -> list[str]:
        """A channel's feed in its three formats."""
        return [f"{folder}feed.{ending}" for ending in ("xml", "atom", "json")]

    def published(self) -> str:
        """The path of this run's article. Raises `Skipped` if it was never published."""
        if not self.path:
            raise Skipped("the article was not published")
        return self.path

    def put(self, id: str, **changes: object) -> dict[str, object]:
        """Put an article that says that it is a test, and read it back. The clean-up withdraws it."""
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
        self.client.put(id, article | changes)
        return self.client.get(id)

    def until(
        self,
        path: str,
        status: int = 200,
        matches: Callable[[Answer], bool] = lambda _: True,
        what: str = "",
        *,
        meanwhile: Collection[int] = (200, 404),
        extra: float = 0,
        **headers: str,
    ) -> Answer:
        """Poll a path until the response has this status and `matches`, which `what` describes.

        Raises `CheckFailed` for a status that is neither this one nor in `meanwhile`, and after the patience and
        `extra` seconds.
        """
        expected = f"expected {status}{f' with {what}' if what else ''} at {self.site.url}{path}"
        started, delay, cached = self.clock(), FIRST_DELAY, 0.0
        while True:
            answer = self.site.get(path, **headers)
            if answer.status == status and matches(answer):
                return answer
            got = f"got {answer.status}{' without it' if answer.status == status else ''}"
            if answer.status not in {*meanwhile, status}:
                raise CheckFailed(f"{expected}, {got}")
            cached = max(cached, cached_for(answer))
            if self.clock() - started > self.patience + extra + cached:
                raise CheckFailed(f"{expected}, {got} after {self.clock() - started:.0f} s")
            self.sleep(delay)
            delay = min(MAX_DELAY, delay * 1.5)

    def clean_up(self) -> list[str]:
        """Withdraw every article of this run. Returns what is left behind, as sentences."""
        kept = [problem for id in self.articles if (problem := self._withdraw(id))]
        return kept + self.left_behind

    def _withdraw(self, id: str) -> str | None:
        try:
            self.client.withdraw(id)
        except Refused as refused:
            if refused.problem.status == HTTPStatus.NOT_FOUND:
                return None  # the run ended before the article was put
            return f"The article {id}, which could not be withdrawn: {refused}."
        except (ApiError, BotoCoreError) as error:
            return f"The article {id}, which could not be withdrawn: {error}."
        return None


def noise(width: int, height: int) -> bytes:
    """A JPEG of random noise, whose SHA-256 no earlier upload has."""
    file = io.BytesIO()
    Image.frombytes("L", (width, height), secrets.token_bytes(width * height)).save(file, "JPEG", quality=20)
    return file.getvalue()


def cached_for(answer: Answer) -> float:
    """How many seconds a shared cache may keep this response; 0 if it does not come from a cache (RFC 9111)."""
    if "age" not in answer.headers:
        return 0
    directives = dict(part.strip().partition("=")[::2] for part in answer.header("cache-control").split(","))
    lifetime = directives.get("s-maxage") or directives.get("max-age") or ""
    return min(int(lifetime), MAX_CACHE_LIFETIME) if lifetime.isdecimal() else 0
