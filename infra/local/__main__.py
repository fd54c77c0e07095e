"""`python -m infra.local`: the whole system on this machine, until Ctrl-C."""

from __future__ import annotations

import argparse
import signal
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from rich.console import Console
from rich.progress import Progress

from broadsheet.model.config import SiteError
from broadsheet.schemas.site_toml import validate
from broadsheet.settings import SITE_FILE
from infra.local.account import ACCESS_KEY, SECRET_KEY
from infra.local.deployment.stack import ROOT, LocalDeployment, StackError


class _Stop(BaseException):
    """Somebody wants the stack to end: Ctrl-C, or SIGTERM."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the stack until it is told to end. 0 then; 1 and a sentence if it cannot start."""
    parser = argparse.ArgumentParser(prog="python -m infra.local", description=__doc__)
    parser.add_argument("--port", type=int, default=8080, help="where the site is served; %(default)s when left out")
    parser.add_argument("--no-sample", action="store_true", help="start with an empty site")
    parser.add_argument("--template", type=Path, default=ROOT / "template.yaml", help="another template to run")
    parser.add_argument("--functions", type=Path, default=ROOT / "functions", help="another directory of code")
    options = parser.parse_args(arguments)
    terminal = Console(highlight=False)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    try:
        if (site := options.functions / SITE_FILE.name).exists():
            validate(site.read_text(encoding="utf-8"))
        with LocalDeployment(
            options.port,
            sample=not options.no_sample,
            progress=Progress(console=terminal),
            template_path=options.template,
            code=options.functions,
            say=terminal.print,
        ) as stack:
            terminal.print(_addresses(stack.url))
            while True:
                signal.pause()
    except (StackError, SiteError) as error:
        print(error, file=sys.stderr)  # noqa: T201  a sentence for the person at the terminal
        return 1
    except _Stop:
        return 0


def _stop(_number: int, _frame: FrameType | None) -> None:
    # Once is enough: what follows is the orderly end, which a second Ctrl-C must not cut short.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    raise _Stop


def _addresses(url: str) -> str:
    editions = tomllib.loads((ROOT / "functions/site.toml").read_text("utf-8"))["editions"]
    lines = [
        *((edition["name"], f"{url}/{code}/") for code, edition in editions.items()),
        *(("Feeds", f"{url}/{code}/feed.xml  feed.atom  feed.json") for code in editions),
        ("What runs, and every mail", f"{url}/_local/"),
        ("Articles API", f"{url}/api/articles (signed with the key pair {ACCESS_KEY}/{SECRET_KEY})"),
    ]
    return "\n".join(["", *(f"  {address}\n    {name}" for name, address in lines), "", "Ctrl-C ends it all."])


if __name__ == "__main__":
    sys.exit(main())
