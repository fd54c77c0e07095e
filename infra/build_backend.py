"""The build backend of the root's pyproject.toml: installs the back end editable, and in no other way."""

from typing import NoReturn

from hatchling.build import build_editable

__all__ = ["build_editable", "build_sdist", "build_wheel"]


def _refuse(*_: object) -> NoReturn:
    """pip and uv print the sentence, before they get any dependency."""
    raise SystemExit(
        "Broadsheet's back end is deployed with `make deploy` and tried with `make run`. It is not installed;"
        " `pip install ./cli` installs the `broadsheet` command."
    )


build_wheel = build_sdist = _refuse
