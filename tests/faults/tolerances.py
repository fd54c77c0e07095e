"""What may differ from the undisturbed run after a fault. There are two things, and no others."""

from broadsheet.model.newsletter.limits import ROOM
from tests.faults.ending import by_key
from tests.faults.faults import Mode
from tests.faults.interceptor import Call
from tests.faults.invariants import must
from tests.faults.moto_state import Mail, Row

Injected = tuple[tuple[Call, Mode], ...]
"""The calls of a run that failed, each with how."""


def check_mails(expected: list[Mail], sent: list[Mail], calls: tuple[Call, ...], injected: Injected) -> None:
    """A mail may be sent again, once for each time that its outcome was lost; it is the same mail, Message-ID aside.

    SES cannot be asked whether it accepted a mail, and no write to the table is atomic with sending. Sending at most
    once instead would leave some subscribers without their mail.
    """
    repeats = _lost_mails(calls, injected)
    different = len(set(sent))
    must(different == len(set(expected)), f"{different} different mails were sent, not {len(set(expected))}")
    otherwise = f"{len(sent)} mails were sent, not {len(expected)} and {repeats} again"
    must(len(sent) == len(expected) + repeats, otherwise)


def check_counts(expected: list[Row], subscribers: list[Row], injected: Injected) -> None:
    """A sign-up may count again if its response was lost; it never counts less than once.

    A reader who sends the form again cannot be told from one who signs up twice, and a limit that counts one too many
    is the better error. A confirmation makes room once; if it is disturbed, perhaps twice or not at all, because no
    reader waits for that.
    """
    room = ROOM * any(call.operation == "UpdateItem" or "welcome" in repr(call.params) for call, _ in injected)
    counting = [mode for call, mode in injected if any("Update" in it for it in call.params.get("TransactItems", ()))]
    again = sum(mode.takes_effect for mode in counting)
    found = by_key(subscribers)
    for key, row in by_key(expected).items():
        if "sign_ups" in row:
            count = found.get(key, {"sign_ups": 0})["sign_ups"]
            least, most = row["sign_ups"] - room, row["sign_ups"] + again + room
            must(least <= count <= most, f"{key} counts {count} sign-ups, not {least} to {most}")


def _lost_mails(calls: tuple[Call, ...], injected: Injected) -> int:
    """How many times a mail was sent and no row says so: the response of SES was lost, or the write after it."""
    modes = {id(call): mode for call, mode in injected}
    lost, out = 0, False
    for call in calls:
        mode = modes.get(id(call))
        effect = mode is None or mode.takes_effect
        if call.operation == "SendEmail":
            lost += effect and mode is not None
            out = mode is None
        elif out and mode is not Mode.CONFLICT:  # after which the mailer reads the rows again
            recorded = effect and call.operation in ("PutItem", "DeleteItem")
            given_up = mode is not None and not recorded
            lost += given_up
            out = not (recorded or given_up)
    return lost
