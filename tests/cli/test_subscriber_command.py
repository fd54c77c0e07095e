"""Subscribers out of files and into them, by the command: files as each software writes them, and the local stack."""

import csv
import io
import json
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from rich.console import Console
from rich.progress import Progress

from broadsheet.model.config import Site
from broadsheet.model.manuscript import clean
from broadsheet.model.newsletter.subscriber import erased
from broadsheet.model.newsletter.tokens import Keyring
from broadsheet.store.subscriber_list import Roll
from broadsheet_cli.client import Objects
from broadsheet_cli.command import main
from broadsheet_cli.files import FileError
from broadsheet_cli.formats import COLUMNS, Listed, Listing
from broadsheet_cli.problems import Unavailable
from broadsheet_cli.sheet import FORMULA, LONGEST_LINE, escaped, records, unescaped, write
from broadsheet_cli.subscribers import export_all, import_all, private_file
from infra.local.deployment.stack import LocalDeployment
from tests.cli.test_client import unused_address
from tests.world import NOON, small_site

LISTS = Path(__file__).parent / "lists"
SITE: Site = small_site()
ASKED = "2024-05-06T07:08:09Z"
MAILCHIMP = "Email Address,MEMBER_RATING,OPTIN_TIME,CONFIRM_TIME"

Write = Callable[[str, str | bytes], Path]


@dataclass
class Desk:
    """The local stack's subscribers, and the command for them."""

    stack: LocalDeployment

    def __post_init__(self) -> None:
        self.dynamodb, self.table = self.stack.cloud.dynamodb, self.stack.deployment.name("Subscribers")
        self.roll = Roll(self.dynamodb, self.table)
        secret = self.stack.deployment.name("TokenSecret")
        said = self.stack.cloud.secrets.get_secret_value(SecretId=secret)["SecretString"]
        self.keyring = Keyring.parse(said)

    def run(self, *arguments: str | Path) -> int:
        return main(["--api", self.stack.url, "subscribers", *map(str, arguments)])

    def states(self) -> dict[str, str]:
        people = self.roll.page(1000).subscribers
        return {one.person.address: one.state for one in people if one.person}

    def erase(self, address: str) -> None:
        reader = self.roll.get(self.keyring.email_id(address))
        assert reader
        self.roll.erase(erased(reader, NOON))

    def empty(self) -> None:
        items = self.dynamodb.scan(TableName=self.table)["Items"]
        keys: list[Any] = [{name: item[name] for name in ("pk", "sk")} for item in items]
        for first in range(0, len(keys), 25):  # as many as one call takes
            deletes: list[Any] = [{"DeleteRequest": {"Key": key}} for key in keys[first : first + 25]]
            self.dynamodb.batch_write_item(RequestItems={self.table: deletes})


@pytest.fixture
def desk(local_deployment: LocalDeployment) -> Iterator[Desk]:
    desk = Desk(local_deployment)
    desk.empty()
    yield desk
    desk.empty()


@pytest.fixture
def write_file(tmp_path: Path) -> Write:
    def write_it(name: str, content: str | bytes) -> Path:
        file = tmp_path / name
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    return write_it


def listing(file: Path, format: str | None = None, status: str | None = None, edition: str | None = None) -> Listing:
    return Listing.of(file, format, status, edition)


def rows(listing: Listing) -> list[dict[str, Any]]:
    return [one.row for one in listing if isinstance(one, Listed)]


def own(*lines: str) -> str:
    return "\r\n".join(["email,status,consented_at", *lines])


class TestFiles:
    @pytest.mark.parametrize("name", sorted(file.name for file in LISTS.glob("*.csv")))
    def test_each_softwares_list_is_read_as_its_twin_says(self, name: str) -> None:
        """newsletter#27: by its header, with the line of each row, and with nothing of it that is not needed."""
        read = listing(LISTS / name)
        twin = json.loads((LISTS / name).with_suffix(".json").read_text(encoding="utf-8"))
        assert [asdict(one) for one in read if isinstance(one, Listed)] == twin
        assert len(read) == len(twin)
        assert rows(listing(LISTS / name, read.format.name)) == rows(read)

    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            ("", "a.csv:1: must begin with the header of one of listmonk, mailchimp, ghost, own; --help shows them"),
            ("a@example.org,A\n", "a.csv:1: must begin with the header of one of"),
            ("\nemail;status\n", "a.csv:2: must begin with the header of one of"),
            (
                own("x,left,").replace(",consented_at", ",colour"),
                "a.csv:1: has a column 'colour'; those here are email,",
            ),
            ("email,status,status\n", "a.csv:1: has the column status twice"),
            (f"{MAILCHIMP}\n", "a.csv:1: does not tell whether these are subscribed; say it with --status"),
            (f"{MAILCHIMP},UNSUB_TIME,CLEAN_TIME\n", "a.csv:1: does not tell whether these are subscribed"),
            (own('a@example.org,"left'), "a.csv:2: is not CSV: unexpected end of data"),
            (own("a,left,", 'b,"le"ft,'), "a.csv:3: is not CSV: ',' expected after '\"'"),
            (own("a,left,", f'b,"{"x" * 200_000}",'), "a.csv:3: is not CSV: field larger than field limit"),
            (own("a,left,").encode() + b"\r\n\xe9t\xe9,left,", "a.csv:3: is not UTF-8"),
            (own("a,left,").encode("utf-16"), "a.csv:1: is not UTF-8"),
            (own("a,left,", "x" * LONGEST_LINE), "a.csv:3: is not CSV: a line is longer than 1,000,000 bytes"),
        ],
    )
    def test_a_file_that_is_no_list_is_named_with_the_line(
        self, content: str | bytes, reason: str, write_file: Write
    ) -> None:
        """newsletter#27: and nothing of it is sent."""
        file, sent = write_file("a.csv", content), list[object]()
        with pytest.raises(FileError) as error:
            import_all(accepting(sent), listing(file))
        assert str(error.value).replace(f"{file.parent}/", "").startswith(reason)
        assert not sent

    def test_a_file_that_is_not_there_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(FileError, match=r"a\.csv: cannot be read: No such file or directory"):
            listing(tmp_path / "a.csv")

    def test_a_format_that_is_named_must_fit(self, write_file: Write) -> None:
        file = write_file("a.csv", own())
        with pytest.raises(FileError, match=r"a\.csv:1: must have the column subscribed_to_emails in its header"):
            listing(file, "ghost")

    def test_a_row_that_is_none_is_named_and_the_others_are_read(self, write_file: Write) -> None:
        """newsletter#27"""
        file = write_file("a.csv", own("a,left,", "b", f"c,left,{'x' * 1500}", "", "d,left,,,", "e,left,"))
        read = list(listing(file))
        assert [one.row["email"] for one in read if isinstance(one, Listed)] == ["a", "e"]
        assert [str(one).replace(f"{file.parent}/", "") for one in read if isinstance(one, FileError)] == [
            "a.csv:3: has 1 cells where the header has 3",
            "a.csv:4: is longer than any subscriber",
            "a.csv:6: has 5 cells where the header has 3",
        ]

    @pytest.mark.parametrize(
        ("name", "status", "told"),
        [
            ("subscribed_members_export_1.csv", None, "subscribed"),
            ("Subscribed_email_audience_export_1.csv", None, "subscribed"),
            ("nonsubscribed_email_audience_export_1.csv", None, "pending"),
            ("cleaned.csv", "suppressed", "suppressed"),
            ("subscribed_members_export_1.csv", "left", "left"),
        ],
    )
    def test_mailchimps_status_is_in_the_name_of_the_file_or_said(
        self, name: str, status: str | None, told: str, write_file: Write
    ) -> None:
        file = write_file(name, f"{MAILCHIMP}\na@example.org,2,,\n")
        assert [row["status"] for row in rows(listing(file, status=status))] == [told]

    def test_what_is_said_of_all_does_not_bring_back_whom_the_file_names(self) -> None:
        """newsletter#27"""
        read = rows(listing(LISTS / "listmonk.csv", status="left"))
        assert [row["status"] for row in read] == ["left", "left", "suppressed", "archived"]
        assert {row["status"] for row in rows(listing(LISTS / "ghost.csv", status="subscribed"))} >= {"left"}
        left = next(LISTS.glob("unsubscribed*.csv"))
        assert [row["status"] for row in rows(listing(left, status="subscribed"))] == ["left", "subscribed"]

    def test_an_edition_is_said_of_those_who_have_none(self) -> None:
        assert {row["edition"] for row in rows(listing(LISTS / "ghost.csv", edition="ar"))} == {"ar"}
        assert [row["edition"] for row in rows(listing(LISTS / "own.csv", edition="fr"))] == ["ar", "fr", "en"]


cells = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(cells)
@example("'=1")
@example("''=1")
@example("\t'")
def test_no_cell_is_a_formula_and_each_comes_back_as_it_was(cell: str) -> None:
    """newsletter#27"""
    written = escaped(cell)
    assert not written.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert unescaped(written) == cell


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(cells, min_size=2, max_size=3), min_size=1, max_size=5))
def test_a_sheet_is_read_as_it_was_written(tmp_path: Path, table: list[list[str]]) -> None:
    file = tmp_path / "a.csv"
    with file.open("w", encoding="utf-8", newline="") as opened:
        write(opened, iter(table))
    # A byte order mark at the very beginning is one.
    table[0][0] = table[0][0].removeprefix("\ufeff")
    assert [[unescaped(cell) for cell in row] for _, row in records(file)] == table


def accepting(sent: list[Any]) -> Callable[[Objects], Objects]:
    """Stands where the API does, and takes everybody."""

    def send(rows: Objects) -> Objects:
        sent.append(list(rows))
        return [{"outcome": "new"}] * len(rows)

    return send


class TestImport:
    def test_lists_of_everywhere_come_in_and_again_change_nothing(
        self, desk: Desk, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """newsletter#27: those who left and those whose mail bounced first, as the help says."""
        order = ("cleaned", "unsubscribed", "nonsubscribed", "listmonk.csv", "ghost", "subscribed")
        files = [next(file for file in LISTS.glob("*.csv") if file.name.startswith(name)) for name in order]

        def bring() -> tuple[list[str], list[str]]:
            statuses = [desk.run("import", file) for file in files]
            assert statuses == [0, 0, 1, 1, 1, 1]
            said = capsys.readouterr()
            return said.out.splitlines(), [line.replace(f"{LISTS}/", "") for line in said.err.splitlines()]

        mails = len(desk.stack.outbox())
        counts, refusals = bring()
        assert counts == [
            "1 new, 0 changed, 0 the same, 0 refused",
            "2 new, 0 changed, 0 the same, 0 refused",
            "0 new, 0 changed, 0 the same, 1 refused",
            "3 new, 0 changed, 0 the same, 1 refused",
            "1 new, 0 changed, 2 the same, 1 refused",
            "0 new, 0 changed, 1 the same, 2 refused",
        ]
        status = "status must be one of subscribed, left, suppressed, pending"
        instant = "consented_at must be a date and time with its offset (RFC 3339), like 2025-04-15T08:00:00+03:00"
        assert refusals == [
            f"{files[2].name}:2: has not confirmed; nobody is subscribed here who did not",
            f"listmonk.csv:5: {status}; {instant}",
            f"ghost.csv:5: {status}",
            f"{files[5].name}:4: has left here, and comes back only by signing up",
            f"{files[5].name}:5: consented_at is required of who is subscribed",
        ]
        before = desk.states()
        assert before == {
            "hadi@example.org": "suppressed",
            "lina@example.org": "left",
            "rima@example.org": "left",
            "salma@example.org": "confirmed",
            "omar@example.org": "left",
            "=lina@example.org": "suppressed",
            "+omar@example.org": "left",
        }
        counts, again = bring()
        assert again == refusals
        assert all(line.startswith("0 new, 0 changed, ") for line in counts)
        assert desk.states() == before
        assert len(desk.stack.outbox()) == mails

    def test_a_dry_run_says_what_would_be_and_changes_nothing(
        self, desk: Desk, write_file: Write, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """newsletter#27"""
        file = write_file("a.csv", own(f"a@example.org,subscribed,{ASKED}", "b@example.org,pending,"))
        assert desk.run("import", "--dry-run", file) == 1
        assert capsys.readouterr().out == "1 new, 0 changed, 0 the same, 1 refused; nothing was changed\n"
        assert desk.states() == {}

    def test_what_is_said_at_the_command_is_said_of_the_readers(self, desk: Desk, write_file: Write) -> None:
        file = write_file("a.csv", f"{MAILCHIMP}\na@example.org,2,,2024-05-06 07:08:09\n")
        assert desk.run("import", "--format", "mailchimp", "--status", "left", "--edition", "ar", file) == 0
        reader = desk.roll.get(desk.keyring.email_id("a@example.org"))
        assert reader
        assert reader.person
        assert (reader.state, reader.person.preferences.edition) == ("left", "ar")
        assert (reader.person.consent.source, reader.person.consent.wording) == ("mailchimp", "import")

    def test_more_than_a_call_takes_come_in_the_order_of_the_file(
        self, desk: Desk, write_file: Write, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """newsletter#27: the second row of an address is judged after the first, wherever it stands."""
        people = [f"reader{number}@example.org,subscribed,{ASKED}" for number in range(230)]
        wrong = ["nobody,left,", "READER7@example.org,suppressed,"]
        file = write_file("a.csv", own(people[0], wrong[0], *people[1:], wrong[1], people[7]))
        assert desk.run("import", file) == 1
        out, err = capsys.readouterr()
        assert out == "230 new, 1 changed, 0 the same, 2 refused\n"
        assert [line.split(":")[1] for line in err.splitlines()] == ["3", "234"]

    def test_quiet_says_nothing_but_refusals(
        self, desk: Desk, write_file: Write, capsys: pytest.CaptureFixture[str]
    ) -> None:
        file = write_file("a.csv", own("a@example.org,left,", "b,left,"))
        assert desk.run("import", "--quiet", file) == 1
        out, err = capsys.readouterr()
        assert (out, err) == ("", f"{file}:3: email must be a mail address, like name@example.org\n")

    def test_a_broken_file_is_one_sentence_and_changes_nothing(
        self, desk: Desk, write_file: Write, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """newsletter#27"""
        file = write_file("a.csv", own(*(f"r{number}@example.org,left," for number in range(300)), 'b,"left'))
        assert desk.run("import", file) == 2
        assert capsys.readouterr() == ("", f"{file}:302: is not CSV: unexpected end of data\n")
        assert desk.states() == {}

    def test_nobody_there_leaves_with_2(self, write_file: Write, capsys: pytest.CaptureFixture[str]) -> None:
        nowhere = unused_address()
        file = write_file("a.csv", own("a@example.org,left,"))
        assert main(["--api", nowhere, "subscribers", "import", str(file)]) == 2
        assert capsys.readouterr().err.startswith(f"Nothing answers at {nowhere}")

    def test_a_batch_that_the_server_fails_at_does_not_stop_the_others(self, write_file: Write) -> None:
        file = write_file("a.csv", own(*(f"r{number}@example.org,left," for number in range(250))))
        sent: list[int] = []

        def send(rows: Objects) -> Objects:
            sent.append(len(rows))
            if len(sent) == 2:
                raise Unavailable(503)
            return [{"outcome": "new"}] * len(rows)

        refusals: list[str] = []
        tally = import_all(send, listing(file), on_refusal=refusals.append)
        assert (sent, tally.new, tally.refused) == ([100, 100, 50], 150, 100)
        assert refusals[0] == f"{file}:102: the API failed with 503; it may work later"

    def test_a_progress_bar_counts_rows(self, write_file: Write) -> None:
        file = write_file("a.csv", own(*(f"r{number}@example.org,left," for number in range(250)), "b"))
        with Progress(console=Console(file=io.StringIO(), force_terminal=True)) as progress:
            import_all(accepting([]), listing(file), progress)
        (task,) = progress.tasks
        assert (task.completed, task.total) == (251, 251)


class TestExport:
    @pytest.mark.proof  # a thousand subscribers take seconds of processor time
    def test_everybody_is_written_and_the_erased_are_counted(
        self, desk: Desk, write_file: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """newsletter#27: more than a page, in a file that only its owner can read."""
        people = {f"reader{number}@example.org" for number in range(1050)}
        file = write_file("a.csv", own(*(f"{address},subscribed,{ASKED}" for address in sorted(people))))
        assert desk.run("import", file) == 0
        desk.erase("reader7@example.org")
        capsys.readouterr()
        written = tmp_path / "all.csv"
        written.write_text("an earlier one", encoding="utf-8")
        written.chmod(0o644)
        assert desk.run("export", written) == 0
        assert capsys.readouterr() == ("", "1049 written; 1 erased, of whom there is nothing to write\n")
        assert stat.S_IMODE(written.stat().st_mode) == 0o600
        header, *found = table(written.read_bytes())
        assert tuple(header) == COLUMNS
        assert sorted(row[0] for row in found) == sorted(people - {"reader7@example.org"})
        assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "all.csv"]

    def test_without_a_file_it_is_printed(self, desk: Desk, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
        assert desk.run("export", "--quiet") == 0
        assert capsysbinary.readouterr() == (",".join(COLUMNS).encode() + b"\r\n", b"")

    def test_no_cell_is_a_formula(self, desk: Desk, tmp_path: Path) -> None:
        """newsletter#27"""
        sources = ['=HYPERLINK("https://evil.example","x")', "@SUM(1)", "-1", "+1", "'=1", "/en/"]
        lines = [
            [f"{'+=-a'[number % 4]}r{number}@example.org", "left", source] for number, source in enumerate(sources)
        ]
        file = tmp_path / "a.csv"
        with file.open("w", encoding="utf-8", newline="") as opened:
            csv.writer(opened).writerows([["email", "status", "source"], *lines])
        assert desk.run("import", file) == 0
        assert desk.run("export", tmp_path / "all.csv") == 0
        shown = [cell for row in table((tmp_path / "all.csv").read_bytes()) for cell in row]
        assert not [cell for cell in shown if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
        assert [cell for cell in shown if FORMULA.match(cell)]

    def test_an_export_that_breaks_off_leaves_what_was_there(self, tmp_path: Path) -> None:
        """newsletter#27"""
        file = tmp_path / "all.csv"
        file.write_text("an earlier one", encoding="utf-8")

        def pages() -> Iterator[tuple[Objects, int]]:
            yield [{"email": "a@example.org"}], 0
            raise Unavailable(500)

        with pytest.raises(Unavailable), private_file(file) as opened:
            export_all(pages(), opened)
        assert file.read_text(encoding="utf-8") == "an earlier one"
        assert list(tmp_path.iterdir()) == [file]

    def test_a_place_that_cannot_be_written_is_named(
        self, desk: Desk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        nowhere = tmp_path / "none" / "all.csv"
        assert desk.run("export", nowhere) == 2
        assert capsys.readouterr().err == f"{nowhere}: cannot be written: No such file or directory\n"


def table(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode(), newline=""), strict=True))


sources = st.builds(
    lambda lead, text: " ".join(clean(lead + text).split()),
    st.sampled_from(["", "/en/", "=", "+", "-", "@", "'", "'=", '"', ","]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
)
instants = st.datetimes(min_value=NOON.replace(year=2001, tzinfo=None), max_value=NOON.replace(year=2025, tzinfo=None))


@st.composite
def people(draw: st.DrawFn) -> list[list[str]]:
    """Subscribers as an export writes them."""
    found = []
    for number in range(draw(st.integers(0, 6))):
        edition = draw(st.sampled_from(sorted(SITE.editions)))
        sections = [one for one in SITE.editions[edition].sections if draw(st.booleans())]
        asked, confirmed = (f"{draw(instants):%Y-%m-%dT%H:%M:%SZ}" for _ in range(2))
        found.append(
            [
                draw(st.sampled_from(["", "+", "-", "=", "'", "'+", "A", "{"])) + f"{number}@example.org",
                draw(st.sampled_from(["subscribed", "left", "suppressed"])),
                edition,
                " ".join(sections if len(sections) < len(SITE.editions[edition].sections) else []),
                draw(st.sampled_from(["daily", "weekly"])),
                asked,
                draw(st.sampled_from(["", confirmed])),
                draw(sources),
                draw(st.sampled_from(["1", "import", "=2"])),
                draw(st.sampled_from(sorted(SITE.editions))),
            ]
        )
    return found


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(people())
def test_what_is_exported_comes_in_elsewhere_and_is_exported_as_it_was(
    desk: Desk, tmp_path: Path, readers: Sequence[Sequence[str]]
) -> None:
    """newsletter#27: byte for byte, the order of the rows aside; and the second time it changes nothing."""
    there, back = tmp_path / "there.csv", tmp_path / "back.csv"
    desk.empty()
    with there.open("w", encoding="utf-8", newline="") as opened:
        write(opened, iter([COLUMNS, *readers]))
    for _ in range(2):
        assert desk.run("import", "--quiet", there) == 0
        assert desk.run("export", "--quiet", back) == 0
        assert sorted(back.read_bytes().split(b"\r\n")) == sorted(there.read_bytes().split(b"\r\n"))


class TestUsage:
    @pytest.mark.parametrize(
        "arguments",
        [[], ["import"], ["import", "a.csv", "--format", "excel"], ["import", "a.csv", "--status", "pending"]],
    )
    def test_wrong_usage_leaves_with_2(self, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit) as left:
            main(["subscribers", *arguments])
        assert left.value.code == 2
        assert capsys.readouterr().err.startswith("usage: broadsheet subscribers")

    @pytest.mark.parametrize("arguments", [[], ["import"], ["export"]])
    def test_help_tells_the_exit_status_and_the_environment(
        self, arguments: list[str], capsys: pytest.CaptureFixture[str]
    ) -> None:
        with pytest.raises(SystemExit) as left:
            main(["subscribers", *arguments, "--help"])
        assert left.value.code == 0
        shown = capsys.readouterr().out
        assert all(word in shown for word in ("exit status:", "BROADSHEET_API", "AWS_PROFILE"))
        assert all(len(line) <= 120 for line in shown.splitlines())

    def test_the_file_that_help_shows_is_a_good_one(
        self, write_file: Write, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with pytest.raises(SystemExit):
            main(["subscribers", "import", "--help"])
        shown = capsys.readouterr().out.splitlines()
        start = next(at for at, line in enumerate(shown) if line.strip() == "email,status,consented_at")
        file = write_file("a.csv", "\n".join(line.strip() for line in shown[start : start + 2]))
        assert rows(listing(file)) == [{"email": "reader@example.org", "status": "subscribed", "consented_at": ASKED}]
