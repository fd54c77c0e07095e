"""The schema of what editors put over the next issue of the newsletter."""

from ..model.config import Site
from ..model.errors import FieldError, NotFound, Rule
from ..model.newsletter.issue import FREQUENCIES, Frequency
from .email import Email
from .fields import (
    Anything,
    BrokenRule,
    Choice,
    CleanText,
    Instant,
    Line,
    ListOf,
    Object,
    ReadOnly,
    Text,
    WholeNumber,
    at_most,
    read,
    refuse,
    same_name,
)

LONGEST_SUBJECT = 150  # characters; mail programs show fewer
LONGEST_NOTE = 2000  # characters


class Note(CleanText):
    """A text of some paragraphs, with an empty line between them, and no blanks around it."""

    def parse(self, value: object) -> str:
        note = super().parse(value).replace("\r\n", "\n").strip()
        if len(note) > LONGEST_NOTE:
            raise BrokenRule(at_most(LONGEST_NOTE))
        return note


NEXT_ISSUE = Object(
    {
        "subject": Line(LONGEST_SUBJECT, default=""),
        "note": Note(default=""),
        "id": ReadOnly(Text()),
        "edition": ReadOnly(Text()),
        "frequency": ReadOnly(Choice(*FREQUENCIES)),
        "due_at": ReadOnly(Instant()),
        "since": ReadOnly(Instant(default=None)),
        "mail_subject": ReadOnly(Text()),
        "preheader": ReadOnly(Text()),
        "articles": ReadOnly(ListOf(Anything())),
        "sending": ReadOnly(Text(default=None)),
        "revision": ReadOnly(WholeNumber(0)),
        "updated_by": ReadOnly(Text(default=None)),
    }
)


TEST = Object({"email": Email(), "sections": ListOf(Text(), default=())})


def parse_test(sent: object, site: Site, edition: str) -> tuple[str, tuple[str, ...]]:
    """The email and the sections of a test in a request's JSON; none for all. Raises `Invalid`."""
    values, errors = read(TEST, sent, "test")
    known = site.editions[edition].sections
    if not set(values.get("sections", ())) <= known.keys():
        errors.append(FieldError("sections", Rule("not_a_choice", f"must be a list of some of {', '.join(known)}")))
    refuse(errors)
    return values["email"], tuple(values["sections"])


def parse_note(sent: object, edition: str, frequency: str) -> tuple[str, str]:
    """The subject and the note in a request's JSON. Raises `Invalid` with every broken rule."""
    values, errors = read(NEXT_ISSUE, sent, "issue")
    refuse([*errors, *same_name(values, "edition", edition), *same_name(values, "frequency", frequency)])
    return values["subject"], values["note"]


def parse_newsletter(edition: str, frequency: str, site: Site) -> tuple[str, Frequency]:
    """The edition and the frequency in a path. Raises `NotFound` where the site has no such newsletter."""
    if edition not in site.editions:
        raise NotFound(f"there is no edition {edition}; the site has {', '.join(site.editions)}")
    if frequency not in FREQUENCIES:
        raise NotFound(f"there is no {frequency} newsletter; there are {' and '.join(FREQUENCIES)} ones")
    return edition, frequency
