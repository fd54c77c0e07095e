"""`broadsheet upload`."""

from collections.abc import Sequence
from pathlib import Path

import click

from .batch_put import Refusal
from .client import Client
from .errors import FileError, Refused, Unavailable
from .media_types import media_type
from .options import EPILOG, files_argument, site_options, verbatim, with_client
from .terminal import DONE, SOME_REFUSED, error_console, print_errors, print_warnings

UPLOAD = """\
Upload images, and print what to write as `image` in the front matter of an article, beside its `alt` text.

An image is a JPEG, PNG, WebP, GIF, AVIF or HEIC file of up to 50 MB. Pages show it in several sizes, without the
metadata of the file. The same file again is the same image, so you can safely repeat the command. If a file is
refused, the command prints why and goes on with the others. If an image loses something, such as its movement, the
command says so.

Example:
  broadsheet upload harbour.jpg
"""


@click.command("upload", help=verbatim(UPLOAD), short_help="Upload images.", epilog=verbatim(EPILOG))
@files_argument
@site_options
@with_client
def upload_command(client: Client, *, files: tuple[Path, ...]) -> int:
    errors, status = error_console(), DONE
    for file in files:
        try:
            image, warnings = upload(client, file)
        except (FileError, Refused, Unavailable) as error:
            print_errors(errors, *Refusal(str(file), error).lines())
            status = SOME_REFUSED
        else:
            fields = ", ".join(f"{name}: {value}" for name, value in image.items())
            click.echo(f"{file.name}  {{{fields}}}")
            print_warnings(errors, *(f"{file}: {warning}" for warning in warnings))
    return status


def upload(client: Client, file: Path) -> tuple[dict[str, object], Sequence[str]]:
    """Upload a picture. The result is its `src`, `width` and `height`, and warnings of what it lost.

    Raises `FileError` if the file is no picture or is not processed yet.
    """
    try:
        content = file.read_bytes()
    except OSError as error:
        raise FileError(str(file), f"cannot be read: {error.strerror}") from error
    result = client.upload(content, media_type(content, file.suffix.lower()))
    image = result.get("image")
    if not isinstance(image, dict):
        raise FileError(str(file), str(result.get("reason") or "is not processed yet; upload it again in a minute"))
    warnings = result.get("warnings")
    found = warnings if isinstance(warnings, list) else []
    fields = {name: image[name] for name in ("src", "width", "height")}
    return fields, [str(each.get("message")) for each in found if isinstance(each, dict)]
