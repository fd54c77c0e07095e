"""How editors change articles: put, withdraw, postpone, restore. Each call is idempotent and may run beside others."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from ..model import article as rules
from ..model.article import Article, paths, revise
from ..model.config import Site
from ..model.editions import EVERY_EDITION, Editions
from ..model.errors import Busy, FieldError, Gone, Invalid, NotFound, ParameterError, Refusal, Rule
from ..model.manuscript import Manuscript
from ..model.precondition import Precondition
from ..model.revision import Action, revision_of
from ..schemas.body import is_empty
from ..schemas.fields import refuse
from ..store.articles import Articles, PathTaken
from ..store.bodies import Bodies
from ..store.conflict import retrying

# Attempts at a change while other clients change the same article or the counts of its tags, authors and year. Of the
# changes of eight clients that import at once, fewer than one in a hundred needs more.
TRIES = 12

NO_TEXT = Rule("draft", "is refused for an article without text, which was a draft when it was withdrawn")
OTHER_PATH = Rule("conflict", "must be left out, or one that the article has or had: its slug and its date make it")

Outcome = Literal["created", "replaced", "unchanged", "revived", "restored", "withdrawn", "rescheduled"]
PutBy = Literal["put", "patch", "restore"]


class Editor(NamedTuple):
    """Who makes a change, when, and in which editions. What the article was until then is kept for a time."""

    name: str
    now: datetime
    kept_for: timedelta
    editions: Editions = EVERY_EDITION

    def check(self, *states: Article | None) -> None:
        """Raise `EditionRefused` where the article is or would be in another edition."""
        for article in states:
            if article:
                self.editions.check(article.edition)


class Edit(NamedTuple):
    """What a call did: the resulting article and the outcome.

    `action` is what its revision is called, if it made one: the outcome, unless the call was a patch.
    """

    article: Article
    outcome: Outcome
    patched: bool = False

    @property
    def action(self) -> Action | None:
        if self.outcome == "unchanged":
            return None
        return "patched" if self.patched and self.outcome == "replaced" else self.outcome


@dataclass(frozen=True, slots=True)
class Put:
    """A `PUT`, or a `call` that ends in one: what the client requires, and the manuscript, which may depend on the
    present state.

    Without `revive`, a withdrawn article stays withdrawn.
    """

    id: str
    manuscript_for: Callable[[Article | None], Manuscript]
    precondition: Precondition
    revive: bool = True
    call: PutBy = "put"

    def applied(self, previous: Article | None, manuscript: Manuscript, now: datetime, site: Site) -> Edit:
        """What it makes of the article, at its first path. Raises `Stale`, `Gone` and `Invalid`."""
        if previous and previous.status == "withdrawn" and not self.revive:
            raise _gone(self.id)
        article = revise(previous, self.id, manuscript, now, site)
        _check(self.precondition, previous, done=article is previous)
        if article is previous:
            return Edit(article, "unchanged")
        if previous is None:
            return Edit(article, "created")
        if self.call == "restore":
            return Edit(article, "restored")
        return Edit(article, "revived" if previous.status == "withdrawn" else "replaced", self.call == "patch")


def put(articles: Articles, bodies: Bodies, site: Site, editor: Editor, request: Put) -> Edit:
    """Store the manuscript as the article. The same content again writes nothing.

    The body is stored before the transaction that names it, so no article is ever without its text. Without a
    precondition the last write wins. Raises `EditionRefused`, `Stale`, `Gone`, `Invalid` and `Busy`, and so do the
    other changes.
    """

    def change(previous: Article | None) -> Edit:
        manuscript = request.manuscript_for(previous)
        edit = request.applied(previous, manuscript, editor.now, site)
        editor.check(edit.article)
        if previous is None or previous.body != edit.article.body:
            bodies.put(manuscript.hash, manuscript.text)
        return edit

    return _edit(articles, site, request.id, editor, change)


def rehearse(articles: Articles, site: Site, editor: Editor, request: Put) -> Edit:
    """What `put` would do now, after the same checks and with the same path. Writes nothing."""
    previous = articles.get(request.id)
    editor.check(previous)
    edit = _signed(request.applied(previous, request.manuscript_for(previous), editor.now, site), editor)
    editor.check(edit.article)
    for placed in _placements(site, previous, edit.article):
        if placed.path is None or articles.owner(placed.path) in (None, request.id):
            return edit._replace(article=placed)
    raise _no_free_path(edit.article)


def withdraw(articles: Articles, site: Site, editor: Editor, id: str, precondition: Precondition) -> Edit:
    """Take the article off the site; one that is withdrawn stays so. Raises `NotFound`, `Stale` and `Busy`."""

    def change(previous: Article | None) -> Edit:
        return _changed(previous, id, precondition, lambda article: rules.withdraw(article, editor.now), "withdrawn")

    return _edit(articles, site, id, editor, change)


def postpone(
    articles: Articles, bodies: Bodies, site: Site, editor: Editor, id: str, precondition: Precondition, until: datetime
) -> Edit:
    """Take the article off the site, and have the schedule publish it at that time.

    Raises `NotFound`, `Stale`, `Busy`, and `Invalid` for a draft, for a time that has come, and for an article without
    text, which was a draft when it was withdrawn.
    """

    def rule(article: Article) -> Article:
        postponed = rules.postpone(article, until, editor.now, site)
        drafted = article.status == "withdrawn" and article.kind != "caricature"
        if drafted and is_empty(bodies.get(article.body.hash)):
            raise Invalid((ParameterError("until", NO_TEXT),))
        return postponed

    return _edit(articles, site, id, editor, lambda previous: _changed(previous, id, precondition, rule, "rescheduled"))


def read(articles: Articles, id: str, editions: Editions) -> Article:
    """The article as it is now. Raises `NotFound`, `EditionRefused`, and `Gone` for a withdrawn one."""
    article = articles.get(id)
    if article:
        editions.check(article.edition)
    return present(article, id)


def present(article: Article | None, id: str) -> Article:
    """The article itself. Raises `NotFound` where there is none, and `Gone` for a withdrawn one."""
    if article is None:
        raise _not_found(id)
    if article.status == "withdrawn":
        raise _gone(id)
    return article


def check_paths(articles: Articles, id: str, current: Article | None, named: Iterable[tuple[str, str]]) -> None:
    """Raise `Invalid` where a request names a path, in these fields, that the article does not have and never had.

    Before the article has a path, the request may name one that nobody has: it was read from another deployment.
    """
    present = current.path if current else None
    owners = {id} if present else {id, None}
    wrong = [field for field, path in named if path != present and articles.owner(path) not in owners]
    refuse(FieldError(field, OTHER_PATH) for field in wrong)


def _changed(
    previous: Article | None,
    id: str,
    precondition: Precondition,
    rule: Callable[[Article], Article],
    outcome: Outcome,
) -> Edit:
    """An existing article after the rule. Raises `NotFound` and `Stale`."""
    if previous is None:
        raise _not_found(id)
    article = rule(previous)
    if article is previous:
        return Edit(previous, "unchanged")
    _check(precondition, previous)
    return Edit(article, outcome)


def _edit(articles: Articles, site: Site, id: str, editor: Editor, change: Callable[[Article | None], Edit]) -> Edit:
    """Commit the change of the article's present state, again after each lost race. Raises `Busy`."""
    mine: Edit | None = None

    @retrying(TRIES)
    def attempt() -> Edit:
        nonlocal mine
        previous = articles.get(id)
        # First of all: no other refusal tells a caller about an article of an edition that it may not read.
        editor.check(previous)
        if mine and previous and replace(previous, path=mine.article.path) == mine.article:
            return mine._replace(article=previous)  # an earlier attempt won the race, and only its answer was lost
        edit = _signed(change(previous), editor)
        if edit.action is None:
            return edit
        mine = edit
        return edit._replace(article=_commit(articles, site, editor, previous, edit.article, edit.action))

    return attempt()


def _signed(edit: Edit, editor: Editor) -> Edit:
    """The edit with the editor's name on the article, if it changed."""
    return edit._replace(article=replace(edit.article, updated_by=editor.name)) if edit.action else edit


def _commit(
    articles: Articles, site: Site, editor: Editor, previous: Article | None, article: Article, action: Action
) -> Article:
    """Commit the article at the first free path, and return it with that path.

    Raises `LostRace`, `Busy`, and `Invalid` for a static page whose path is another one's.
    """
    for placed in _placements(site, previous, article):
        revision = revision_of(previous, placed, editor.name, action, editor.kept_for) if previous else None
        try:
            articles.commit(previous, placed, revision)
        except PathTaken:
            continue
        return placed
    raise _no_free_path(article)


def _placements(site: Site, previous: Article | None, article: Article) -> Iterator[Article]:
    """The article at each path that it may have, best first: only its own, or none, where it needs no new one."""
    if article.path is None or (previous and previous.path == article.path):
        yield article
    else:
        yield from (replace(article, path=path) for path in paths(article, site))


def _check(precondition: Precondition, current: Article | None, done: bool = False) -> None:
    """Raise `Stale` where the article does not fulfil it. For a client, a withdrawn one does not exist."""
    precondition.check("the article", current if current and current.status != "withdrawn" else None, done)


def _gone(id: str) -> Gone:
    return Gone(f"article {id} has been withdrawn")


def _not_found(id: str) -> NotFound:
    return NotFound(f"there is no article {id}")


def _no_free_path(article: Article) -> Refusal:
    if article.is_page:
        rule = Rule("conflict", f"must be another one: {article.path} is, or was, the path of another page")
        return Invalid((FieldError("slug", rule),))
    return Busy(f"no path is free for article {article.id}; give it another slug")
