"""`broadsheet upload`."""

from pathlib import Path

import click

from .client import Client
from .errors import FileError, Refused, Unavailable
from .messages import print_refusal
from .options import EPILOG, files_argument, site_options, verbatim, with_client
from .pictures import read, upload
from .terminal import DONE, error_console, print_warnings

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
            image = upload(client, file, read(file))
        except (FileError, Refused, Unavailable) as error:
            status = print_refusal(str(file), error, errors)
        else:
            click.echo(f"{file.name}  {{src: {image.src}, width: {image.width}, height: {image.height}}}")
            print_warnings(errors, *(f"{file}: {warning}" for warning in image.warnings))
    return status
