"""The picture as SVG, narrow enough for a phone, in the reader's colours."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from html import escape

from .parts import Parts, components

WIDTH, MARGIN = 480, 12
ZOOM = 1.25
"""How much larger a wide window shows it."""
HEIGHT, GAP = 40, 16
TITLE = 40
# The left edge and the width of each column: functions that clients call, stores, functions that react.
COLUMNS = ((MARGIN, 122), (176, 140), (358, 110))
HEADINGS = ("called over HTTP", "stores", "react")
TITLES = {
    "Articles": "Articles, the site and the newsletter",
    "Media": "Images",
    "Keys": "API keys",
}
STYLE = """
svg { font-family: system-ui, sans-serif; --paper: #fff; --ink: #1f2328; --faded: #59636e; --line: #818b98;
  --box: #f3f5f8; --store: #fdf3dc; --accent: #b3261e; }
@media (prefers-color-scheme: dark) { svg { --paper: #14171c; --ink: #f0f3f6; --faded: #a5afbb; --line: #7d8794;
  --box: #232931; --store: #3a3119; --accent: #ff8a80; } }
.paper { fill: var(--paper); } text { fill: var(--ink); font-size: 15px; }
.small { fill: var(--faded); font-size: 12px; } .head { font-size: 16px; font-weight: 600; }
.function, .store { stroke: var(--line); } .function { fill: var(--box); } .store { fill: var(--store); }
.way { fill: none; stroke: var(--line); stroke-width: 1.4; } .read { stroke-dasharray: 4 3; }
.invoke { stroke: var(--accent); stroke-width: 2.2; } .tip { fill: var(--line); } .tip-invoke { fill: var(--accent); }
"""


@dataclass(frozen=True)
class Box:
    """A function or a store at its place."""

    name: str
    column: int
    y: float

    @property
    def left(self) -> int:
        return COLUMNS[self.column][0]

    @property
    def right(self) -> int:
        return self.left + COLUMNS[self.column][1]

    @property
    def middle(self) -> float:
        return self.y + HEIGHT / 2


def draw(parts: Parts) -> str:
    """The picture: a panel for each set of connected functions and stores, and a legend."""
    drawn: list[str] = []
    y = float(MARGIN)
    for members in components(parts):
        boxes, below = place(parts, members, y + TITLE + 8)
        drawn += [f'<text class="head" x="{MARGIN}" y="{y + 22}">{escape(_title(members))}</text>']
        drawn += [
            f'<text class="small" x="{left}" y="{y + TITLE:g}">{heading}</text>'
            for (left, _), heading in zip(COLUMNS, HEADINGS, strict=True)
        ]
        drawn += [*_ways(parts, boxes), *_boxes(parts, boxes)]
        y = below + MARGIN
    drawn += _legend(y)
    height = y + 96
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" '
        f'width="{WIDTH * ZOOM:g}" height="{height * ZOOM:g}" role="img" aria-labelledby="t d">\n'
        '<title id="t">The functions and stores of Broadsheet</title>\n'
        f'<desc id="d">{escape(described(parts))}</desc>\n<style>{STYLE}</style>\n'
        f"<defs>{_tip('tip')}{_tip('tip-invoke')}</defs>\n"
        f'<rect class="paper" width="{WIDTH}" height="{height:g}" rx="8"/>\n' + "\n".join(drawn) + "\n</svg>\n"
    )


def described(parts: Parts) -> str:
    """The picture in words."""
    return " ".join(
        f"{shown(name)} ({by}) reads {_list(a for a, b in parts.reads if b == name)} "
        f"and writes {_list(b for a, b in parts.writes if a == name)}."
        for name, by in sorted(parts.functions.items())
    )


def shown(name: str) -> str:
    """A function by the name of its file; a store by its logical id."""
    return name.removesuffix("Function").lower() if name.endswith("Function") else name


def place(parts: Parts, members: set[str], top: float) -> tuple[dict[str, Box], float]:
    """The boxes of a panel, in three columns, each at the mean height of what it is connected with."""
    columns: list[list[str]] = [
        sorted(members & parts.called),
        sorted(members & parts.stores.keys()),
        sorted(members & parts.functions.keys() - parts.called),
    ]
    rows = max(map(len, columns))
    at: dict[str, float] = {}
    for _ in range(8):
        for names in (columns[1], columns[0], columns[2]):
            names.sort(key=_mean(parts, at))
            spare = (rows - len(names)) / 2
            at |= {name: spare + row for row, name in enumerate(names)}
    boxes = {
        name: Box(name, column, top + at[name] * (HEIGHT + GAP))
        for column, names in enumerate(columns)
        for name in names
    }
    return boxes, top + rows * (HEIGHT + GAP)


def _mean(parts: Parts, at: dict[str, float]) -> Callable[[str], tuple[float, str]]:
    def mean(name: str) -> tuple[float, str]:
        others = [at[one] for way in sorted(parts.ways) if name in way for one in way if one != name and one in at]
        return (sum(others) / len(others) if others else 0.0, name)

    return mean


def _title(members: set[str]) -> str:
    return next((title for store, title in TITLES.items() if store in members), min(members))


def _boxes(parts: Parts, boxes: dict[str, Box]) -> Iterator[str]:
    for name, box in boxes.items():
        kind = "function" if name in parts.functions else "store"
        width = box.right - box.left
        note = parts.functions.get(name, "") or parts.stores.get(name, "")
        yield (
            f'<rect class="{kind}" x="{box.left}" y="{box.y:g}" width="{width}" height="{HEIGHT}" rx="6"/>'
            f'<text x="{box.left + 8}" y="{box.y + 17:g}">{escape(shown(name))}</text>'
            f'<text class="small" x="{box.left + 8}" y="{box.y + 32:g}">{escape(note)}</text>'
        )


def _ways(parts: Parts, boxes: dict[str, Box]) -> Iterator[str]:
    ends = _ends(parts, boxes)
    pairs = {tuple(sorted(way)) for way in parts.reads | parts.writes if set(way) <= boxes.keys()}
    for first, second in sorted(pairs):
        there, back = (way in parts.reads | parts.writes for way in ((first, second), (second, first)))
        looks = "way" if ({(first, second), (second, first)} & parts.writes) else "way read"
        tips = (' marker-start="url(#tip)"' if back else "") + (' marker-end="url(#tip)"' if there else "")
        yield _line(boxes[first], boxes[second], ends, (first, second), f'class="{looks}"{tips}')
    for store, function in sorted(parts.invocations):
        if store in boxes:
            looks = 'class="way invoke" marker-end="url(#tip-invoke)"'
            yield _line(boxes[store], boxes[function], ends, (store, function, "invoke"), looks)


def _ends(parts: Parts, boxes: dict[str, Box]) -> dict[tuple[str, tuple[str, ...]], float]:
    """Where each line ends at each of its boxes: spread over the side, in the order of the other ends."""
    lines = {tuple(sorted(way)) for way in parts.reads | parts.writes} | {(*way, "invoke") for way in parts.invocations}
    ends: dict[tuple[str, tuple[str, ...]], float] = {}
    for name, box in boxes.items():
        for columns in ({0}, {1, 2}):
            own = [
                (boxes[other].y, line)
                for line in lines
                if name in line[:2] and (other := line[1] if line[0] == name else line[0]) in boxes
                if boxes[other].column in columns
            ]
            for position, (_, line) in enumerate(sorted(own), start=1):
                ends[name, line] = box.y + HEIGHT * position / (len(own) + 1)
    return ends


def _line(one: Box, two: Box, ends: dict[tuple[str, tuple[str, ...]], float], line: tuple[str, ...], looks: str) -> str:
    y, z = ends[one.name, line], ends[two.name, line]
    if one.column == two.column:
        bow = one.right + 26
        return f'<path {looks} d="M{one.right + 2} {y:g} C{bow} {y:g} {bow} {z:g} {two.right + 2} {z:g}"/>'
    x, w = (one.right + 2, two.left - 2) if one.column < two.column else (one.left - 2, two.right + 2)
    half = (x + w) / 2
    return f'<path {looks} d="M{x} {y:g} C{half:g} {y:g} {half:g} {z:g} {w} {z:g}"/>'


def _tip(name: str) -> str:
    return (
        f'<marker id="{name}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
        f'markerUnits="userSpaceOnUse" orient="auto-start-reverse"><path class="{name}" d="M0 0 8 4 0 8z"/></marker>'
    )


def _legend(y: float) -> list[str]:
    lines = (
        ('class="way invoke" marker-end="url(#tip-invoke)"', "invokes the function"),
        ('class="way" marker-start="url(#tip)" marker-end="url(#tip)"', "reads and writes, as the arrows point"),
        ('class="way read" marker-end="url(#tip)"', "only reads"),
    )
    drawn = []
    for row, (looks, text) in enumerate(lines):
        at = y + 18 + row * 22
        drawn.append(f'<path {looks} d="M{MARGIN + 2} {at:g} H{MARGIN + 56}"/>')
        drawn.append(f'<text class="small" x="{MARGIN + 68}" y="{at + 4:g}">{text}</text>')
    return drawn


def _list(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "nothing"
