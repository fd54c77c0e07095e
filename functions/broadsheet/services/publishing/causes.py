"""The causes of objects: what the stream reports, and which of it a later run must publish to make an object again."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ...model.article import Article
from ...model.channel import Channel
from ...model.config import Site
from ...model.queries import ArchiveDocumentsAround, ArticleById
from ...render.outputs import AD_OUTPUTS, FRONT_OUTPUTS, NEWS_OUTPUTS, issue_targets, site_targets, targets
from ...render.shared.target import ChangeSet, Output, Target
from ...store.ads import ADS
from ...store.article_rows import states_of
from ...store.fronts import FRONT
from ...store.issues import PREFIX, key_of
from ...store.news_window import NEWS
from ...store.rows import from_item
from ...store.unsettled import UNSETTLED, unsettled_in
from .expansion import DocumentsAround
from .scope import Change

Cause = Change | str
"""A change of an article; or a partition of rows that are no articles; or the row of an issue of the newsletter."""

# The outputs that show rows of the table that are no articles, by the partition of the rows.
OTHER_OUTPUTS: Mapping[str, Sequence[Output]] = {ADS: AD_OUTPUTS, FRONT: FRONT_OUTPUTS, NEWS: NEWS_OUTPUTS}

TIME = "ApproximateCreationDateTime"  # of all records of the stream, and of none that the operator makes


def cause_in(record: Mapping[str, Any]) -> Cause:
    """What a record of the articles' stream reports, or what an earlier run has left to the run that gets it."""
    partition: str = record["Keys"]["pk"]["S"]
    if partition == UNSETTLED:
        row = from_item(record["NewImage"])
        left = unsettled_in(row)
        return left if isinstance(left, str) else Change(*left, republished="republished" in row)
    if partition in OTHER_OUTPUTS:
        return partition
    if partition.startswith(PREFIX):
        return f"{partition}#{record['Keys']['sk']['S']}"
    return Change(*states_of(record), republished=TIME not in record)


def targets_of(cause: str, site: Site) -> list[Target]:
    """The targets of a cause that is no change of an article. Those of an edition that the site no longer has are none.

    An issue of the newsletter has its own page, and changes the pages and feeds that list it.
    """
    if cause in OTHER_OUTPUTS:
        return site_targets(OTHER_OUTPUTS[cause], site)
    key = key_of(*cause.rsplit("#", 1))
    return issue_targets(key, site) if key.edition in site.editions else []


def changed_at(record: Mapping[str, Any]) -> float | None:
    """When the change was made that a record reports, in seconds of the epoch, which DynamoDB rounds down.

    Of a record that an earlier run left, when the first change was made that waits for it: the record itself is new.
    None where nothing says it. Records that the operator makes have no time, and those that the
    operator reads from the stream have a text.
    """
    written_at = record.get(TIME)
    if not isinstance(written_at, int | float):
        return None
    if record["Keys"]["pk"]["S"] == UNSETTLED:
        return from_item(record["NewImage"]).get("since")
    return float(written_at)


def causes_of(
    keys: Collection[str], changes: Sequence[Change], planned: ChangeSet, more: Iterable[Article]
) -> dict[str, Cause]:
    """A cause for each object that has one, by the object's key: the newest change whose outputs make it.

    `changes` are those of a run, the newest first, and `planned` is the run's change set. The articles that the run
    published in addition come last, with `more` articles, as if they were new. An object that a run makes for several
    changes together, such as a month that begins next to another one, has no cause.
    """
    found: dict[str, Cause] = {}
    missing = set(keys)
    for change in (*changes, *_as_new((*planned.articles, *more), changes)):
        if not missing:
            break
        own = missing & {target.key for target in targets(_alone(change, planned), statics_current=True)}
        found |= dict.fromkeys(own, change)
        missing -= own
    return found


def channels_of(articles: Sequence[Article], site: Site) -> tuple[Channel, ...]:
    """The channels that hold or held one of the articles. All editions together are one where the site has several."""
    holding = dict.fromkeys(channel for article in articles if article.live for channel in article.channels)
    return tuple(channel for channel in holding if channel.edition or channel.permanent(site))


def articles_at(documents: DocumentsAround) -> list[ArticleById]:
    """The articles at the places of archive documents: a run may write documents that others are about to write."""
    return [ArticleById(query.place.article) for query in documents]


def _as_new(articles: Iterable[Article], changes: Sequence[Change]) -> Iterator[Change]:
    """The articles that no change is about, the latest state of each."""
    known = {change.id for change in changes}
    others = {article.id: article for article in articles if article.id not in known}
    return (Change(None, article, republished=True) for article in others.values())


def _alone(change: Change, planned: ChangeSet) -> ChangeSet:
    """What a run of that change alone concerns: the part of the change set that comes from its article."""
    now = [article for article in planned.articles if article.id == change.id][-1:]
    articles = (*filter(None, (change.before, change.after)), *now)
    named = {id for article in articles for id in article.related}
    own = {id: tuple(sorted({each.edition for each in articles if id in each.related})) for id in named}
    groups = {article.group for article in articles}
    return replace(
        planned,
        articles=articles,
        channels=channels_of(articles, planned.site),
        documents={query: found for query, found in planned.documents.items() if _at(query, change)},
        translations={group: planned.translations.get(group, ()) for group in groups},
        related=own | {change.id: planned.related.get(change.id, ())},
        issues={id: keys for id, keys in planned.issues.items() if id == change.id},
        months=(),
    )


def _at(query: ArchiveDocumentsAround, change: Change) -> bool:
    return (query.channel, query.place) in change.places
