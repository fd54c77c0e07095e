"""The build backend of the root's pyproject.toml: installs the back end editable, for development, and in no other way."""

from collections.abc import Mapping
from typing import Any, NoReturn

from hatchling.build import build_editable

__all__ = ["build_editable", "build_sdist", "build_wheel"]

REFUSAL = (
    "Broadsheet's back end is deployed with `make deploy` and tried with `make run`. It is not installed;"
    " `pip install ./cli` installs the `broadsheet` command."
)


def build_wheel(
    wheel_directory: str, config_settings: Mapping[str, Any] | None = None, metadata_directory: str | None = None
) -> NoReturn:
    """Refuse: pip and uv print the sentence, before they download any dependency."""
    raise SystemExit(REFUSAL)


def build_sdist(sdist_directory: str, config_settings: Mapping[str, Any] | None = None) -> NoReturn:
    raise SystemExit(REFUSAL)
