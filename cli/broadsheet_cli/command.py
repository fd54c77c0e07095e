"""The `broadsheet` command. Results go to standard output, messages to standard error."""

from collections.abc import Sequence

import click

from .ad_commands import ads_group
from .article_commands import get_command, list_command, show_command
from .client import is_local
from .completion_command import completion_command
from .errors import ApiError, FileError, Forbidden, NoCredentials, UnexpectedResponse, Unreachable
from .front_commands import front_group
from .history_commands import history_command, restore_command
from .image_commands import upload_command
from .issue_commands import issue_group
from .key_commands import keys_group
from .options import EPILOG, site_options, verbatim
from .page_commands import pages_group
from .preview_command import preview_command
from .put_command import put_command
from .subscriber_commands import subscribers_group
from .terminal import FAILED, INTERRUPTED, error_console, printable
from .version_option import print_version
from .withdraw_command import withdraw_command

OVERVIEW = """\
Publish articles on a Broadsheet site, find and withdraw them, choose what leads its front pages, put ads, import or
export the newsletter's subscribers, look at its issues, and make the keys of API clients.

Examples:
  broadsheet put story.md                     publish an article
  broadsheet put articles/ more.json          publish every article of a directory and of a file
  broadsheet preview story.md                 show an article before it is public
  broadsheet get harbour-fire > story.md      write an article to a file, to edit it and put it again
  broadsheet list                             list what is to come, and the newest articles
  broadsheet show harbour-fire                show the state of an article
  broadsheet history harbour-fire             list who changed an article, and when
  broadsheet restore storm-warning 3          put an article again as an earlier revision had it
  broadsheet withdraw harbour-fire            take an article off the site
  broadsheet front set en --lead harbour-fire
                                              lead the front page with an article
  broadsheet upload harbour.jpg               upload an image for an article
  broadsheet pages put pages/                 put the static pages of a folder, such as the imprint
  broadsheet ads put lamps.yaml               put an ad
  broadsheet subscribers import members.csv   import subscribers from another newsletter software
  broadsheet issue preview en                 show the next issue of the newsletter
  broadsheet keys create ghost-desk --scope put --edition en
                                              make a key with which a CMS puts articles

`broadsheet put --help` shows an article as a file.
"""


@click.group(
    help=verbatim(OVERVIEW),
    epilog=verbatim(EPILOG),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120},
)
@site_options
@click.option(
    "--version",
    is_flag=True,
    expose_value=False,
    callback=print_version,
    help="Print the versions of this command and of the site's API, and end.",
)
def cli() -> None:
    """See `OVERVIEW`."""


for command in (
    put_command,
    preview_command,
    get_command,
    list_command,
    show_command,
    history_command,
    restore_command,
    withdraw_command,
    upload_command,
    pages_group,
    front_group,
    ads_group,
    keys_group,
    subscribers_group,
    issue_group,
    completion_command,
):
    cli.add_command(command)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command with these arguments (default: those of the process), and return its exit status."""
    try:
        status: int = cli.main(arguments, prog_name="broadsheet", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        _print("Interrupted. What was done stays done; run the same command again to finish.")
        return INTERRUPTED
    except (ApiError, FileError, NoCredentials) as error:
        _print(_with_advice(error))
        return FAILED
    return status


def _print(message: str) -> None:
    error_console().print(printable(message))


def _with_advice(error: Exception) -> str:
    """The error's sentence, and what to do about it."""
    match error:
        case Unreachable(connected=False) if is_local(error.api):
            return f"{error}; start the local deployment with `make run`, or name another site with --api"
        case Unreachable(connected=False):
            return f"{error} ({error.reason}); check the network and --api"
        case UnexpectedResponse():
            return f"{error}; name the site's API with --api"
        case Forbidden() if not is_local(error.api):
            return f"{error}; name other credentials with --profile"
        case _:
            return str(error)
