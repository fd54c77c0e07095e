"""Cursors: positions in answers, as clients send them back. They are opaque to clients, and not secret."""

import base64


def encode(position: str) -> str:
    """The cursor of a position."""
    return base64.urlsafe_b64encode(position.encode()).decode().rstrip("=")


def decode(cursor: str) -> str:
    """The position of a cursor; nothing where it is none. The caller checks the position: any client can make one."""
    try:
        return base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except ValueError:
        return ""
