"""References of an article to others by their ids, and which of them lead nowhere now."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ..store.articles import Articles

MESSAGES = {
    "absent": "names no article yet: {name}",
    "withdrawn": "names a withdrawn article: {name}",
}


@dataclass(frozen=True, slots=True)
class DeadReference:
    """A field that names an article which does not exist, or was withdrawn. `name` is its id."""

    field: str
    kind: Literal["absent", "withdrawn"]
    name: str

    @property
    def message(self) -> str:
        """For the editor, after the name of the field."""
        return MESSAGES[self.kind].format(name=self.name)


def dead_references(articles: Articles, ids: Mapping[str, Sequence[str]]) -> Iterator[DeadReference]:
    """Those of the ids, by field, that lead nowhere. A draft or a scheduled article is none: it may come."""
    for field, names in ids.items():
        for name in names:
            article = articles.get(name)
            if article is None:
                yield DeadReference(field, "absent", name)
            elif article.status == "withdrawn":
                yield DeadReference(field, "withdrawn", name)
