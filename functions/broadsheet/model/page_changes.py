"""Which pages of an article a change of it changes, as readers see them."""

from dataclasses import dataclass, replace

from .article import Article, was_shown

# What an article's own page does not show.
UNSEEN = (
    *("dated", "status", "slug", "stem", "live", "revision"),
    *("created_at", "changed_at", "updated_by", "first_live_at"),
)


@dataclass(frozen=True, slots=True)
class PageChanges:
    """The paths of pages. `new` ones had no page before; the page at a `changed` one is another now, or is gone."""

    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()


def page_changes(before: Article | None, after: Article | None) -> PageChanges:
    """The pages that a change of an article from one state to the other made, changed and removed.

    Both the old and the new path of an article that moved; none where its page is the same as before. A path to which
    an article returns that readers saw before is no new one.
    """
    old = before.path if before and before.live else None
    now = after.path if after and after.live else None
    if before and after and old and old == now:
        return PageChanges(changed=() if _looks_the_same(before, after) else (old,))
    left = (old,) if old else ()
    joined = (now,) if now else ()
    if before is None or before.live or not was_shown(before):
        return PageChanges(joined, left)
    return PageChanges(changed=(*left, *joined))


def _looks_the_same(before: Article, after: Article) -> bool:
    """Whether an article's page is the same in both states, which are live and have one path."""
    return before == replace(after, **{name: getattr(before, name) for name in UNSEEN})
