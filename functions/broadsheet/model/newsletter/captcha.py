"""The captcha providers that a site can choose from. Their APIs are the same."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Provider:
    """A captcha provider: the URL of its script, its origins for a Content-Security-Policy, the URL that verifies
    responses, and the CSS class of its widget.
    """

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
    """A site's captcha: the provider, the public key for its widget, and the name of the secret key's secret."""

    provider: Provider
    site_key: str
    secret: str
