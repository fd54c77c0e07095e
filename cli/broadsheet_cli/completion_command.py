"""`broadsheet completion`."""

import click
from click.shell_completion import get_completion_class

from .options import verbatim
from .terminal import DONE

COMPLETION = """\
Print a script for a shell, which completes commands, options, files and known values at the Tab key.

Write the script to the place where the shell looks for it. It works from the next shell on:
  bash  ~/.local/share/bash-completion/completions/broadsheet (bash 4.4 or newer, with bash-completion)
  zsh   _broadsheet in a folder of $fpath, such as ~/.zfunc, before compinit runs
  fish  ~/.config/fish/completions/broadsheet.fish

Examples:
  broadsheet completion bash > broadsheet.bash
  broadsheet completion zsh > _broadsheet
  broadsheet completion fish > broadsheet.fish
"""


@click.command("completion", help=verbatim(COMPLETION), short_help="Print a script for the Tab key of a shell.")
@click.argument("shell", type=click.Choice(("bash", "zsh", "fish")))
@click.pass_context
def completion_command(ctx: click.Context, *, shell: str) -> int:
    found = get_completion_class(shell)
    assert found is not None  # noqa: S101  # click has these three
    click.echo(found(ctx.find_root().command, {}, "broadsheet", "_BROADSHEET_COMPLETE").source())
    return DONE
