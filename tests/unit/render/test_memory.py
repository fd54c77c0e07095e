"""What a warm function remembers, and that it does not remember too much."""

from broadsheet.render.shared.memory import Memory


def test_what_is_remembered_is_not_made_again_and_what_is_not_is_made_together() -> None:
    made: list[list[str]] = []

    def shout(keys: list[str]) -> list[str]:
        made.append(keys)
        return [key.upper() for key in keys]

    memory: Memory[str, str] = Memory(100, len)
    assert memory.recall_all(["a", "b"], shout) == ["A", "B"]
    assert memory.recall_all(["c", "b", "d", "a"], shout) == ["C", "B", "D", "A"]
    assert memory.recall("c", lambda: "not asked") == "C"
    assert made == [["a", "b"], ["c", "d"]]


def test_what_was_used_longest_ago_is_forgotten_first() -> None:
    memory: Memory[str, str] = Memory(4, len)
    memory.recall_all(["a", "b"], lambda keys: [key * 2 for key in keys])
    memory.recall("a", lambda: "not asked")
    memory.recall("c", lambda: "cc")
    assert memory.recall("a", lambda: "made again") == "aa"
    assert memory.recall("b", lambda: "again") == "again"


def test_what_is_too_large_is_made_each_time_and_leaves_no_weight_behind() -> None:
    memory: Memory[str, str] = Memory(4, len)
    assert memory.recall("long", lambda: "first time") == "first time"
    assert memory.recall("long", lambda: "then") == "then"
    assert memory.recall("long", lambda: "not asked") == "then"
