"""`python -m infra.local`: runs a local deployment until Ctrl-C."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from types import FrameType

import click
from rich.console import Console
from rich.progress import Progress

from broadsheet.model.config import SiteError, parse_site
from broadsheet.schemas.site_toml import validate
from broadsheet.settings import SITE_FILE
from infra.local.account import ACCESS_KEY, SECRET_KEY
from infra.local.deployment.keeping import FILE
from infra.local.deployment.local_deployment import ROOT, DeploymentError, LocalDeployment
from infra.local.deployment.parameters import ParameterError, parse
from infra.local.template.intrinsics import TemplateError
from infra.template import publisher

_FILE = click.Path(path_type=Path)


class _Stop(BaseException):
    """SIGINT (Ctrl-C) or SIGTERM."""


@click.command("python -m infra.local")
@click.option("--port", type=int, default=8080, show_default=True, help="The site's port. 0 means any free port.")
@click.option("--no-sample", is_flag=True, help="Start with an empty site.")
@click.option("--template", type=_FILE, default=ROOT / "template.yaml", help="Another template to deploy.")
@click.option("--functions", type=_FILE, default=ROOT / "functions", help="Another directory of the functions' code.")
@click.option("--paper", default="", help="The folder of a paper: settings, look, templates and words of its own.")
@click.option("--parameters", default="", help='Parameters of the template: Name=value Other="two words".')
@click.option(
    "--keep", type=_FILE, help="Keep the data in this folder for the next run. The sample edition is loaded once."
)
def main(
    port: int, no_sample: bool, template: Path, functions: Path, paper: str, parameters: str, keep: Path | None
) -> None:
    """Run the site, its functions and an emulation of AWS on this machine, until Ctrl-C.

    The exit status is 1, with a sentence that says why, if the deployment cannot start.
    """
    terminal = Console(highlight=False, markup=False, emoji=False, soft_wrap=True)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    try:
        folder = _folder(paper)
        settings = [each / SITE_FILE.name for each in (folder, functions) if each and (each / SITE_FILE.name).exists()]
        if settings:
            validate(settings[0].read_text(encoding="utf-8"))
        if folder and settings and (warning := publisher.warning(settings[0])):
            terminal.print(warning)
        has_sample = not no_sample and not (keep and (keep / FILE).exists())
        with LocalDeployment(
            port,
            sample=not no_sample,
            progress=Progress(console=terminal),
            template_path=template,
            parameters=parse(parameters, template),
            code=functions,
            paper=folder,
            live_reload=True,
            keep=keep,
            print_line=terminal.print,
            on_serving=lambda url: terminal.print(_urls(url, settings, sample=has_sample)),
        ):
            terminal.print("\nPress Ctrl-C to stop.")
            while True:
                signal.pause()
    except (DeploymentError, TemplateError, ParameterError, SiteError) as error:
        click.echo(error, err=True)
        sys.exit(1)
    except _Stop:
        pass


def _stop(_number: int, _frame: FrameType | None) -> None:
    # Ignore further signals: a second Ctrl-C must not interrupt the clean-up.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    raise _Stop


def _folder(paper: str) -> Path | None:
    """The folder of the paper, if there is to be one."""
    if paper and not Path(paper).is_dir():
        raise DeploymentError(f"There is no folder {paper}. PAPER= names the folder of your paper.")
    return Path(paper).resolve() if paper else None


def _urls(url: str, settings: list[Path], *, sample: bool) -> str:
    site = settings[0] if settings else ROOT / "functions/site.toml"
    editions = parse_site(site.read_text("utf-8")).editions.values()
    lines = [
        *((edition.name, f"{url}{edition.root}/") for edition in editions),
        *(("Feeds", f"{url}{edition.root}/feed.xml  feed.atom  feed.json") for edition in editions),
        ("Console: functions, invocations, mails", f"{url}/_local/"),
        ("Editors' API", f"{url}/api/articles (signed with the key pair {ACCESS_KEY}/{SECRET_KEY})"),
    ]
    note = ["The sample edition appears there as it is published:"] if sample else []
    return "\n".join(["", *(f"  {link}\n    {name}" for name, link in lines), "", *note])


if __name__ == "__main__":
    main()
