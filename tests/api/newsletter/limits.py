"""Other limits on sign-ups than those that ship, for a stack of one's own."""

import re
import shutil
from pathlib import Path

from infra.local.deployment.stack import ROOT

LIFTED = 1_000_000


def functions(folder: Path, **limits: int) -> Path:
    """A copy of the functions, for `LocalStack`, whose site has these limits."""
    copy = folder / "functions"
    shutil.copytree(ROOT / "functions", copy, ignore=shutil.ignore_patterns("__pycache__"))
    admit(copy, **limits)
    return copy


def admit(copy: Path, **limits: int) -> None:
    """Give the site of such a copy these limits, `per_network` and `per_hour`; a stack that runs takes them over."""
    file = copy / "site.toml"
    settings = file.read_text(encoding="utf-8")
    for name, limit in limits.items():
        settings = _set(settings, rf"^{name} = ", limit)
    file.write_text(settings, encoding="utf-8")


def unthrottled(folder: Path, more: str = "") -> Path:
    """A copy of the template whose gateway throttles nothing; `more` are lines that come first among its resources."""
    template = (ROOT / "template.yaml").read_text(encoding="utf-8")
    template = re.sub(r"(Throttling(Rate|Burst)Limit: )\d+", rf"\g<1>{LIFTED}", template)
    copy = folder / "template.yaml"
    copy.write_text(template.replace("\nResources:\n", f"\nResources:\n{more}", 1), encoding="utf-8")
    return copy


def _set(text: str, before: str, number: int) -> str:
    """The text with another number behind what the pattern matches, which is there exactly once."""
    changed, times = re.subn(rf"({before})\d+", rf"\g<1>{number}", text, flags=re.MULTILINE)
    if times != 1:
        raise ValueError(f"{before} is there {times} times")
    return changed
