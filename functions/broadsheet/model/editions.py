"""Which editions a caller may read and write."""

from dataclasses import dataclass

from .errors import EditionRefused

EVERY = "*"


@dataclass(frozen=True, slots=True)
class Editions:
    """Some editions by their codes, in the order in which the caller was given them; None for every edition."""

    codes: tuple[str, ...] | None = None

    @classmethod
    def parse(cls, text: str) -> "Editions":
        """The editions in a text: codes with blanks between them, or `*`."""
        return cls() if text == EVERY else cls(tuple(text.split()))

    def __str__(self) -> str:
        return EVERY if self.codes is None else " ".join(self.codes)

    def __contains__(self, edition: object) -> bool:
        return self.codes is None or edition in self.codes

    @property
    def first(self) -> dict[str, str]:
        """The edition of a query that names none: the caller's first; nothing where the site's first will do."""
        return {} if self.codes is None else {"edition": self.codes[0]}

    def check(self, edition: str) -> None:
        """Raise `EditionRefused` for another edition. The message does not name it: the caller may not read it."""
        if edition not in self:
            raise EditionRefused(f"this key is for {', '.join(self.codes or ())} alone")


EVERY_EDITION = Editions()
