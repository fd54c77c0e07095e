"""Local deployments with other rate limits than the sample site's."""

import re
import shutil
from pathlib import Path

from infra.local.deployment.local_deployment import ROOT

LIFTED = 1_000_000


def functions(folder: Path, **limits: int) -> Path:
    """A copy of the functions, for `LocalDeployment`, whose site has these limits."""
    copy = folder / "functions"
    shutil.copytree(ROOT / "functions", copy, ignore=shutil.ignore_patterns("__pycache__"))
    admit(copy, **limits)
    return copy


def admit(copy: Path, **limits: int) -> None:
    """Set `per_network` and `per_hour` of such a copy's site; a running local deployment reloads them."""
    file = copy / "site.toml"
    settings = file.read_text(encoding="utf-8")
    for name, limit in limits.items():
        settings = _set(settings, rf"^{name} = ", limit)
    file.write_text(settings, encoding="utf-8")


def unthrottled(folder: Path, more: str = "") -> Path:
    """A copy of the template without throttles; `more` is inserted at the beginning of its resources."""
    return throttled(folder, LIFTED, more)


def throttled(folder: Path, rate: int, more: str = "") -> Path:
    """A copy of the template that takes so many calls a second on each route, and as many at once."""
    template = (ROOT / "template.yaml").read_text(encoding="utf-8")
    template = re.sub(r"(Throttling(Rate|Burst)Limit: )\d+", rf"\g<1>{rate}", template)
    copy = folder / "template.yaml"
    copy.write_text(template.replace("\nResources:\n", f"\nResources:\n{more}", 1), encoding="utf-8")
    return copy


def _set(text: str, before: str, number: int) -> str:
    """The text with another number after the pattern's only match."""
    changed, times = re.subn(rf"({before})\d+", rf"\g<1>{number}", text, flags=re.MULTILINE)
    if times != 1:
        raise ValueError(f"{before} is there {times} times")
    return changed
