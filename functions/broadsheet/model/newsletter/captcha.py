"""The checks that tell people from programs, which a site may choose one of. The two speak alike."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Provider:
    """Whose check it is: where its script, its frames and its verdicts come from, and what its widget is called."""

    script: str
    origins: str
    verifier: str
    widget: str


PROVIDERS: Mapping[str, Provider] = {
    "turnstile": Provider(
        script="https://challenges.cloudflare.com/turnstile/v0/api.js",
        origins="https://challenges.cloudflare.com",
        verifier="https://challenges.cloudflare.com/turnstile/v0/siteverify",
        widget="cf-turnstile",
    ),
    "hcaptcha": Provider(
        script="https://js.hcaptcha.com/1/api.js",
        origins="https://hcaptcha.com https://*.hcaptcha.com",
        verifier="https://api.hcaptcha.com/siteverify",
        widget="h-captcha",
    ),
}


@dataclass(frozen=True, slots=True)
class CaptchaSettings:
    """The check that a site has chosen, under the key that its widget shows, and the name of the secret beside it."""

    provider: Provider
    site_key: str
    secret: str
