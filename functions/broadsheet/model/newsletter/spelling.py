"""The spelling of an email: which of its letters are capitals.

An email in any case is one subscriber, and each sign-up may spell it differently. A confirmation link holds only where
the capitals are. With the email, which the table has in any case, that is the spelling that the mail was sent to.
"""


def capitals(email: str) -> str:
    """The places of the capital letters, as the bits of a number in hexadecimal; empty if there are none."""
    bits = sum(1 << place for place, character in enumerate(email) if character.isupper())
    return f"{bits:x}" if bits else ""


def spelt(email: str, capitals: str) -> str:
    """The email with its capitals in these places only."""
    bits = int(capitals or "0", 16)
    return "".join(
        character.upper() if bits >> place & 1 else character for place, character in enumerate(email.lower())
    )
