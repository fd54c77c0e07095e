"""`broadsheet completion`."""

import click
from click.shell_completion import get_completion_class

from .options import verbatim
from .terminal import DONE

COMPLETION = """\
Print a script that completes commands, options, files and known values at the Tab key.

bash (4.4 or newer, with the package bash-completion):
  broadsheet completion bash > ~/.local/share/bash-completion/completions/broadsheet

zsh, in a folder of $fpath; compinit must run after that:
  broadsheet completion zsh > ~/.zfunc/_broadsheet

fish:
  broadsheet completion fish > ~/.config/fish/completions/broadsheet.fish

The script works from the next shell on. For the current one: eval "$(broadsheet completion bash)". Print it again
only if it no longer works after an upgrade: the script asks the installed command what there is.
"""


@click.command("completion", help=verbatim(COMPLETION), short_help="Print a script for the Tab key of a shell.")
@click.argument("shell", type=click.Choice(("bash", "zsh", "fish")))
@click.pass_context
def completion_command(ctx: click.Context, *, shell: str) -> int:
    found = get_completion_class(shell)
    assert found is not None  # noqa: S101  # click has these three
    click.echo(found(ctx.find_root().command, {}, "broadsheet", "_BROADSHEET_COMPLETE").source())
    return DONE
