"""A function's settings: its environment variables, which the template sets, and the site's own in `site.toml`."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from . import paper
from .model import config
from .model.config import Site
from .model.newsletter.captcha import PROVIDERS, CaptchaSettings

SITE_FILE = Path(__file__).parent.parent / "site.toml"
"""The settings that are built in: those of the sample."""


def site_file() -> Path:
    """The settings that hold: the paper's own in place of those that are built in."""
    return paper.find("site.toml", SITE_FILE)


class MissingSetting(Exception):
    """The template does not set this environment variable for this function."""


@dataclass(frozen=True, slots=True)
class Settings:
    """A function's environment. A variable that the template does not set raises `MissingSetting`."""

    environ: Mapping[str, str]

    @property
    def articles_table(self) -> str:
        return self._need("ARTICLES_TABLE")

    @property
    def subscribers_table(self) -> str:
        return self._need("SUBSCRIBERS_TABLE")

    @property
    def deliveries_table(self) -> str:
        return self._need("DELIVERIES_TABLE")

    @property
    def sending_machine(self) -> str:
        """The ARN of the state machine that sends issues."""
        return self._need("SENDING_MACHINE")

    @property
    def keys_table(self) -> str:
        return self._need("KEYS_TABLE")

    @property
    def bodies_bucket(self) -> str:
        return self._need("BODIES_BUCKET")

    @property
    def site_bucket(self) -> str:
        return self._need("SITE_BUCKET")

    @property
    def media_bucket(self) -> str:
        return self._need("MEDIA_BUCKET")

    @property
    def previews_bucket(self) -> str:
        return self._need("PREVIEWS_BUCKET")

    @property
    def preview_secret(self) -> str:
        return self._need("PREVIEW_SECRET")

    @property
    def site_url_parameter(self) -> str:
        """The name of the parameter with the site's URL."""
        return self._need("SITE_URL_PARAMETER")

    @property
    def content_security_policy(self) -> str:
        return self._need("CONTENT_SECURITY_POLICY")

    @property
    def keep_revisions(self) -> timedelta:
        """How long an article's revisions are kept."""
        return timedelta(days=int(self._need("KEEP_REVISIONS_DAYS")))

    @property
    def websub_queue(self) -> str:
        return self._need("WEBSUB_QUEUE")

    @property
    def indexnow_queue(self) -> str:
        return self._need("INDEXNOW_QUEUE")

    @property
    def indexnow_endpoint(self) -> str:
        """The URL to which changed pages are submitted."""
        return self._need("INDEXNOW_ENDPOINT")

    @property
    def event_bus(self) -> str:
        """The name of the event bus of articles."""
        return self._need("EVENT_BUS")

    @property
    def dead_letters(self) -> str:
        """The URL of the function's dead-letter queue."""
        return self._need("DEAD_LETTERS")

    @property
    def token_secret(self) -> str:
        return self._need("TOKEN_SECRET")

    @property
    def edge_secret(self) -> str:
        return self._need("EDGE_SECRET")

    @property
    def configuration_set(self) -> str:
        return self._need("CONFIGURATION_SET")

    @property
    def image_origins(self) -> tuple[str, ...]:
        """The origins that pages load images from. The scheme `https:`, which stands for all, is left out."""
        return tuple(origin for origin in self._need("IMAGE_ORIGINS").split() if origin != "https:")

    @property
    def sender(self) -> str | None:
        """The newsletter's From address; None where the newsletter is switched off."""
        return self.environ.get("SENDER") or None

    @property
    def captcha(self) -> CaptchaSettings | None:
        """The captcha for sign-ups; None where the operator has chosen none."""
        provider = PROVIDERS.get(self._need("CAPTCHA"))
        return (
            CaptchaSettings(provider, self._need("CAPTCHA_SITE_KEY"), self._need("CAPTCHA_SECRET"))
            if provider
            else None
        )

    def site(self) -> Site:
        """The settings of the site, with this deployment's URL, hub, IndexNow key and sender where it has them."""
        site = config.parse_site(site_file().read_text(encoding="utf-8"))
        return replace(
            site,
            base_url=self.environ.get("SITE_URL") or site.base_url,
            hub=self.environ.get("WEBSUB_HUB") or None,
            indexnow_key=self.environ.get("INDEXNOW_KEY") or None,
            sends_mail=self.sender is not None,
        )

    def _need(self, name: str) -> str:
        try:
            return self.environ[name]
        except KeyError:
            raise MissingSetting(f"the environment variable {name} is not set; template.yaml sets it") from None
