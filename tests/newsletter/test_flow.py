"""From an address in a form to a confirmed reader, and out again."""

from tests.newsletter.desk import NOON, READER, Desk, link, part


def test_an_address_goes_in_and_a_reader_is_subscribed(desk: Desk) -> None:
    accepted = desk.submit({"email": READER, "edition": "en", "source": "/en/2026/03/14/ferry/"})
    assert accepted.status == 202
    assert desk.subscriber() is None
    assert desk.deliver() == []
    [letter] = desk.outbox()
    waiting = desk.subscriber()
    assert waiting
    assert waiting.state == "pending"
    assert desk.press(desk.open(link(letter, "confirm"))).status == 200
    reader = desk.subscriber()
    assert reader
    assert (reader.state, reader.confirmed_at, reader.address) == ("confirmed", NOON, READER)
    assert part(letter, "html")
