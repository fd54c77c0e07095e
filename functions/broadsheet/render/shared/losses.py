"""What rendering does not keep of a body, for the editor who sent it: kind, number, and the line of the first place."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

# The attribute in which every start tag carries its line in the source while losses are counted. It is never shown.
LINE = "broadsheet-line"

MESSAGES = {
    "replaced": "<{name}> became a link",
    "drawing": "<{name}> became its words",
    "removed": "<{name}> was removed",
    "unwrapped": "the tag <{name}> was removed; its text is kept",
    "address": "{name} was removed: it is no address that the site keeps",
    "fragment": "the link to {name} leads to nothing in the text; its words are kept",
    "attribute": "the attribute {name} was removed",
    "info": "the words after ``` were removed: they are no language",
    "reference": "[{name}] is defined, but nothing refers to it",
    "nesting": "the elements are nested too deeply, so the body is shown as its source",
}
# Attributes that are no content: hooks for styles and scripts, and ways to load or open something.
SILENT = re.compile(
    r"allow.*|aria-.*|autoplay|class|controlslist|crossorigin|data-.*|decoding|download|draggable|fetchpriority|id|"
    r"item.*|layout|loading|name|ping|preload|property|referrerpolicy|rel|role|sizes|slot|spellcheck|tabindex|target|"
    r"typeof|vocab|xmlns.*|" + LINE
)
# The parts of a style that the normaliser keeps: as elements, and as the side to which cells are aligned.
MEANINGFUL = re.compile(r"\s*(?:font-weight|font-style|text-decoration(?:-line)?|vertical-align)\s*:.*", re.DOTALL)
ALIGNED = re.compile(r"\s*text-align\s*:.*", re.DOTALL)
CELLS = frozenset({"td", "th", "tr", "thead", "tbody", "tfoot"})


@dataclass(frozen=True, slots=True)
class Loss:
    """One kind of loss. `line` is that of the first place in the body, from 1."""

    kind: str
    name: str
    count: int
    line: int

    @property
    def message(self) -> str:
        """A sentence for the editor, without the place."""
        times = f" ({self.count} times)" if self.count > 1 else ""
        return MESSAGES[self.kind].format(name=self.name) + times


class Losses:
    """Counts losses while a body is rendered in its order. `line` is the last line that was reached."""

    def __init__(self) -> None:
        self.line = 1
        self._found: dict[tuple[str, str], tuple[int, int]] = {}

    def __iter__(self) -> Iterator[Loss]:
        """Every kind of loss once, in the order of the first places."""
        found = [Loss(kind, name, count, line) for (kind, name), (count, line) in self._found.items()]
        return iter(sorted(found, key=lambda loss: loss.line))

    def reach(self, line: str | None) -> None:
        """Go on to the line that a start tag carries."""
        self.line = int(line) if line and line.isdigit() else self.line

    def add(self, kind: str, name: str) -> None:
        """Count a loss on this line."""
        count, line = self._found.get((kind, name), (0, self.line))
        self._found[kind, name] = count + 1, min(line, self.line)


def is_silent(element: str, attribute: str, value: str) -> bool:
    """Whether an attribute may be removed without a warning."""
    aligned = element in CELLS
    if attribute == "style":
        kept = (MEANINGFUL, ALIGNED) if aligned else (MEANINGFUL,)
        return all(not rule.strip() or any(each.fullmatch(rule) for each in kept) for rule in value.split(";"))
    return bool(SILENT.fullmatch(attribute)) or (aligned and attribute == "align")
