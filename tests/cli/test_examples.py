"""Every example of every help text runs against a local deployment, and every command has one."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from broadsheet.model.newsletter.issue import Issue, IssueKey, parse_issue_id
from broadsheet.services.sending.dispatch import Dispatcher
from broadsheet.store.deliveries import Deliveries
from broadsheet.store.issues import Issues
from broadsheet_cli.client import Client, connect
from broadsheet_cli.files import FileArticle, read_files
from broadsheet_cli.keys import create_key, list_keys, revoke_key
from infra.local.deployment.local_deployment import LocalDeployment
from tests.cli.examples import AD, READER, STOPPED, STORY, Example, examples, help_texts, in_the_future, write_files
from tests.cli.test_subscriber_command import SubscriberSite
from tests.world import NOON

EXAMPLES = [example for path, text in help_texts() for example in examples(path, text)]
# Articles that only some examples name, beside `harbour-fire`.
OTHERS = ("winter-ferries", "cup-final", "tram-returns", "olive-harvest", "storm-warning")
DISTINCT = {example.line: example for example in EXAMPLES}  # groups repeat those of their commands
FIRST = {example.command: example for example in reversed(DISTINCT.values())}  # the first of each command


def article(file: Path) -> FileArticle:
    [found] = read_files([file])
    assert isinstance(found, FileArticle), found
    return found


@dataclass(frozen=True)
class Desk:
    """Where an example is about to run: the site, and the folder with the files."""

    client: Client
    folder: Path
    example: Example
    stack: LocalDeployment

    def rename_story(self) -> FileArticle:
        """Give the story an id that the site does not know."""
        file = self.folder / "story.md"
        file.write_text(STORY.replace("id: harbour-fire", f"id: example-{uuid4()}"), encoding="utf-8")
        return article(file)

    def bring_to_revision(self) -> None:
        """Bring a new story to the revision that the example names."""
        story = self.rename_story()
        for number in range(int(self.example.option("--if-match"))):
            self.client.put(story.id, {**story.article, "headline": f"Fire: {number + 1} boats are lost"})

    def rewrite(self) -> None:
        """Make revisions of the article that is to be restored."""
        story = article(self.folder / "story.md").article
        for number in range(3):
            self.client.put("storm-warning", {**story, "slug": "storm-warning", "headline": f"Storm {number + 1}"})

    def withdraw(self) -> None:
        self.client.withdraw("harbour-fire")

    def revoke_keys(self) -> None:
        """Let every name of a key be free."""
        for key in list_keys(self.client):
            revoke_key(self.client, key["name"])

    def make_key(self) -> None:
        self.revoke_keys()
        create_key(self.client, "ghost-desk", {"scopes": ["put"], "editions": ["en"]})

    def import_reader(self) -> None:
        """Let the reader be a subscriber."""
        self.client.import_subscribers([READER])

    def compose(self) -> None:
        """Let the issue exist that the example names, and the next one stay the next one."""
        key, issues = self._key(), self._issues()
        if issues.get(key):
            return
        coming = issues.next(key.edition, key.frequency)
        issues.commit(coming, Issue(key, NOON, NOON, NOON, ("harbour-fire",), "Fire"))
        after = issues.next(key.edition, key.frequency)
        latest = max(coming.latest or "", key.name)
        issues.replace_next(after, replace(after, since=coming.since, latest=latest, revision=after.revision + 1))

    def begin(self) -> None:
        """Let the issue be sent that the example names."""
        self.compose()
        deployment = self.stack.deployment
        deliveries = Deliveries(deployment.clients.dynamodb, deployment.deliveries_table)
        if deliveries.get(self._key()) is None:
            Dispatcher(deliveries, self._issues(), None).start(self._key(), None, datetime.now(UTC))

    def _key(self) -> IssueKey:
        [key] = filter(None, map(parse_issue_id, self.example.line.split()))
        return key

    def _issues(self) -> Issues:
        deployment = self.stack.deployment
        return Issues(deployment.clients.dynamodb, deployment.name("Articles"))

    def suppress(self) -> None:
        """Let the subscriber be suppressed."""
        self.client.import_subscribers([STOPPED])


# What an example needs beside the files, the article `harbour-fire` and the ad `lamps`, by a part of its line.
NEEDS: Mapping[str, Callable[[Desk], object]] = {
    " --only-new": Desk.rename_story,
    " --if-match": Desk.bring_to_revision,
    " --revive": Desk.withdraw,
    " restore ": Desk.rewrite,
    " keys create ": Desk.revoke_keys,
    " keys rotate ": Desk.make_key,
    " issue show ": Desk.compose,
    " issue test ": Desk.compose,
    " issue release ": Desk.compose,
    " issue stop ": Desk.begin,
    " issue resume ": Desk.begin,
    " subscribers lift ": Desk.suppress,
    " subscribers show ": Desk.import_reader,
    " subscribers leave ": Desk.import_reader,
    " subscribers erase ": Desk.import_reader,
}


@pytest.fixture
def folder(tmp_path: Path, local_deployment: LocalDeployment, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which an example runs, with its files, for the local deployment."""
    write_files(tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BROADSHEET_API", local_deployment.url)
    monkeypatch.setenv("BROWSER", "true")  # the browser that a command opens
    return tmp_path


@pytest.fixture(scope="module")
def client(local_deployment: LocalDeployment) -> Iterator[Client]:
    subscribers = SubscriberSite(local_deployment)
    subscribers.empty()
    with connect(local_deployment.url) as connected:
        yield connected
        for listed in connected.list(edition="en"):
            if str(listed["id"]).startswith(("example-", "harbour-fire", *OTHERS)):
                connected.withdraw(str(listed["id"]))
        connected.remove_ad("lamps")
    subscribers.empty()


@pytest.mark.parametrize("path", [path for path, _ in help_texts()])
def test_every_command_and_group_has_an_example(path: str) -> None:
    assert [example for example in EXAMPLES if example.command == path]


@pytest.mark.parametrize(
    "example",
    [
        pytest.param(example, id=example.line, marks=[] if example in FIRST.values() else [pytest.mark.proof])
        for example in DISTINCT.values()
    ],
)
def test_every_example_succeeds(
    example: Example, client: Client, folder: Path, local_deployment: LocalDeployment
) -> None:
    story = article(folder / "story.md")
    client.put(story.id, story.article)
    client.put_ad("lamps", AD)
    for id in OTHERS:
        if id in example.line:
            client.put(id, {**story.article, "slug": id})
    for part, need in NEEDS.items():
        if part in example.line:
            need(Desk(client, folder, example, local_deployment))
    assert example.run() == 0


def test_examples_are_the_lines_below_their_heading_without_the_explanations() -> None:
    text = """\
Put articles. `broadsheet put` takes files.

  broadsheet not an example

Examples:
  broadsheet put a.md                  one article
  broadsheet get a > "b  c.md"

  broadsheet list --author "Lina Haddad" | head -n 1    the newest one

  --- a file ---

Then:
  broadsheet neither
Example:
  broadsheet withdraw a
"""
    assert [example.line for example in examples("", text)] == [
        "broadsheet put a.md",
        'broadsheet get a > "b',
        'broadsheet list --author "Lina Haddad" | head -n 1',
        "broadsheet withdraw a",
    ]


@pytest.mark.usefixtures("folder")
def test_an_example_that_fails_is_noticed_with_a_shell_and_without() -> None:
    assert Example("get", "broadsheet get example-nothing").run() == 1
    assert Example("get", "broadsheet get example-nothing > a.md").run() == 1
    assert Example("list", "broadsheet list --no-such-option | cat").run() == 2


@pytest.mark.usefixtures("folder")
def test_a_command_that_waits_is_interrupted_once_it_has_printed_something() -> None:
    [waiting] = examples("", "Press Ctrl-C to stop.\n\nExample:\n  broadsheet preview story.md\n")
    assert waiting.waits
    assert Example("", "tail -f story.md", waits=True).run() == 0
    assert Example("", "broadsheet get example-nothing", waits=True).run() == 1


def test_times_of_examples_move_into_the_future_and_keep_their_distance() -> None:
    assert in_the_future("broadsheet list --day 2026-12-01") == "broadsheet list --day 2026-12-01"
    assert in_the_future('--until "2999-12-01 18:00"') == '--until "2999-12-01 18:00"'
    _, start, _, end = in_the_future("--from 2020-12-31T06:00 --until 2021-01-01T06:00").split()
    assert start < end
    assert start > "2026"
