"""Records that a function gives up."""

import pytest

from broadsheet.store.dead_letters import DeadLetters


class Unreachable:
    def send_message(self, **_: str) -> None:
        raise ConnectionError("reader@example.org")


def test_records_that_the_queue_does_not_accept_are_not_set_aside_and_not_logged(
    capsys: pytest.CaptureFixture[str],
) -> None:
    client: object = Unreachable()
    letters = DeadLetters(client, "https://queue.example")  # type: ignore[arg-type]  # only one of its methods
    assert letters.of({"1": {"eventID": "a"}})(["1"]) is False
    printed = capsys.readouterr()
    assert "reader" not in printed.out + printed.err
