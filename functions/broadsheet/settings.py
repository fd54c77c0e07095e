"""What a function was told by the template: its environment, and the site's own settings beside the code."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from .model import config
from .model.config import Site
from .model.newsletter.captcha import PROVIDERS, CaptchaSettings

SITE_FILE = Path(__file__).parent.parent / "site.toml"


class MissingSetting(Exception):
    """The template gives this function no such variable."""


@dataclass(frozen=True, slots=True)
class Settings:
    """A function's environment by name. Asking for what the template did not give raises `MissingSetting`."""

    environ: Mapping[str, str]

    @property
    def articles_table(self) -> str:
        return self._need("ARTICLES_TABLE")

    @property
    def subscribers_table(self) -> str:
        return self._need("SUBSCRIBERS_TABLE")

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
    def hub_queue(self) -> str:
        return self._need("WEBSUB_QUEUE")

    @property
    def dead_letters(self) -> str:
        """The URL of the queue for what the function gives up."""
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
        """The origins that pages take pictures from, those that are named."""
        return tuple(origin for origin in self._need("IMAGE_ORIGINS").split() if origin != "https:")

    @property
    def sender(self) -> str | None:
        """The newsletter's From address; None where the operator has not set one up."""
        return self.environ.get("SENDER") or None

    @property
    def captcha(self) -> CaptchaSettings | None:
        """The check that sign-ups have to pass; None where the operator has chosen none."""
        provider = PROVIDERS.get(self._need("CAPTCHA"))
        return (
            CaptchaSettings(provider, self._need("CAPTCHA_SITE_KEY"), self._need("CAPTCHA_SECRET"))
            if provider
            else None
        )

    def site(self) -> Site:
        """The site's settings, with the address and the hub that this deployment has, if the template says them."""
        settings = config.parse_site(SITE_FILE.read_text(encoding="utf-8"))
        address = self.environ.get("SITE_URL") or settings.base_url
        return replace(settings, base_url=address, hub=self.environ.get("WEBSUB_HUB") or None)

    def _need(self, name: str) -> str:
        try:
            return self.environ[name]
        except KeyError:
            raise MissingSetting(f"the environment variable {name} is not set; template.yaml gives it") from None
