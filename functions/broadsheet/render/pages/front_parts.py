"""The parts of a front page: the lead, more stories, and blocks of opinion, a caricature and each section."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

from ...model.article import Article
from ...model.front import Front

OPINION = "opinion"  # the key of the section whose articles have a block of their own
STORIES = 2  # with pictures, after the lead
NEWEST = 6  # headlines after those; more where editors pinned more
OPINIONS = 4
SMALL_BLOCK, ALL_BLOCKS = 5, 20  # articles in the block of a section, and in those of all sections, about

Block = tuple[str, tuple[Article, ...]]
"""A section by its key, and the articles that its block shows."""


@dataclass(frozen=True, slots=True)
class FrontParts:
    """The parts of a front page: each of its articles is in exactly one. Without articles all parts are empty.

    `sections` has articles of each section by its key: first one with a picture, if any has one, and then the
    others in their order. `columns` are the sections with which a column begins on wide screens: there are three, about
    equally long. `more` has the articles for which no other part has room, in their order.
    """

    lead: Article | None
    stories: tuple[Article, ...] = ()
    newest: tuple[Article, ...] = ()
    opinions: tuple[Article, ...] = ()
    cartoon: Article | None = None
    sections: tuple[Block, ...] = ()
    columns: tuple[str, ...] = ()
    more: tuple[Article, ...] = ()


def parted(
    articles: Sequence[Article], front: Front, sections: Iterable[str], older: Iterable[Article] = ()
) -> FrontParts:
    """The parts in which a page shows these articles, which are in the order of the front page.

    The first ones lead, and those that editors chose are among them. Opinion and caricatures that nobody chose wait for
    their own blocks, unless there is nothing else to lead. `sections` are in the order of their blocks. The caricature
    may be one of the `older` articles, the newest first.
    """
    if not articles:
        return FrontParts(None)
    chosen = set(front.ids)
    news = [each for each in articles if each.id in chosen or not _has_a_block(each)] or list(articles[:1])
    rest = [each for each in articles if each not in news]
    end = max(1 + STORIES + NEWEST, len(front.leading))
    lead, stories, newest = news[0], news[1 : 1 + STORIES], news[1 + STORIES : end]
    before = (each for each in older if each not in articles)
    cartoon = next((each for each in (*rest, *before) if each.kind == "caricature"), None)
    opinions = [each for each in rest if each.section == OPINION and each.kind != "caricature"][:OPINIONS]
    shown = (lead, *stories, *newest, *opinions, cartoon)
    left = [each for each in articles if each not in shown]
    blocks = tuple(_blocks(left, sections))
    in_blocks = {each.id for _, block in blocks for each in block}
    more = tuple(each for each in left if each.id not in in_blocks)
    return FrontParts(lead, tuple(stories), tuple(newest), tuple(opinions), cartoon, blocks, _columns(blocks), more)


def _has_a_block(article: Article) -> bool:
    return article.section == OPINION or article.kind == "caricature"


def _blocks(articles: Sequence[Article], sections: Iterable[str]) -> Iterable[Block]:
    """The articles by section; the more sections, the fewer of each. Sections without a setting are last.

    No section leaves out a single article, which would be alone with a heading of its own.
    """
    found: dict[str, list[Article]] = {section: [] for section in sections}
    for article in articles:
        found.setdefault(article.section, []).append(article)
    blocks = {section: each for section, each in found.items() if each and section != OPINION}
    limit = max(SMALL_BLOCK, ALL_BLOCKS // max(1, len(blocks)))
    for section, each in blocks.items():
        first = next((article for article in each if article.image), each[0])
        others = [article for article in each if article is not first]
        yield section, (first, *others)[: None if len(each) == limit + 1 else limit]


def _columns(blocks: Sequence[Block]) -> tuple[str, ...]:
    """The sections with which the second and the third of three columns begin, for the most even columns."""
    lines = [_lines(articles) for _, articles in blocks]

    def unevenness(breaks: tuple[int, ...]) -> float:
        return sum(sum(lines[start:end]) ** 2 for start, end in pairwise((0, *breaks, len(lines))))

    best = min(combinations(range(1, len(blocks)), 2), key=unevenness, default=())
    return tuple(blocks[at][0] for at in best)


def _lines(articles: Sequence[Article]) -> float:
    """About how many lines of text a block is high, with its heading and the picture of its first article."""
    first, *others = articles
    head = 2 + (8 if first.image else 0) + 1 + len(first.headline) // 24 + (3 if first.summary else 0)
    return head + sum(1.7 + len(each.headline) // 34 for each in others)
