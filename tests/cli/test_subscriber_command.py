"""Import and export of subscribers by the command, with the exports of other software, against a local deployment."""

import csv
import io
import json
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.console import Console
from rich.progress import Progress

from broadsheet.model.newsletter.form import Form
from broadsheet.model.newsletter.subscriber import (
    Consent,
    Preferences,
    Requested,
    SignUpRequest,
    SuppressionReason,
    confirmed,
    erased,
    signed_up,
    suppressed,
)
from broadsheet.model.newsletter.tokens import Keyring
from broadsheet.model.text import clean, line
from broadsheet.store.subscribers import Subscribers
from broadsheet_cli.client import Objects
from broadsheet_cli.command import main
from broadsheet_cli.csv_files import FORMULA, write_rows
from broadsheet_cli.errors import Problem, Refused, Unavailable
from broadsheet_cli.formats import COLUMNS
from broadsheet_cli.subscribers import export_all, import_all, private_file
from infra.local.deployment.local_deployment import LocalDeployment
from infra.local.services.outbox import Mail
from tests.api.claimed import claimed_issue
from tests.cli.subscriber_files import (
    CONSENTED_AT,
    LISTS,
    MAILCHIMP,
    SITE,
    Write,
    accepting,
    own,
    rows,
    subscriber_file,
)
from tests.cli.test_client import unused_url
from tests.world import NOON


@dataclass
class SubscriberSite:
    """The subscribers of a local deployment, and the command that imports and exports them."""

    stack: LocalDeployment

    def __post_init__(self) -> None:
        self.dynamodb, self.table = self.stack.clients.dynamodb, self.stack.deployment.name("Subscribers")
        self.subscribers = Subscribers(self.dynamodb, self.table)
        secret = self.stack.deployment.name("TokenSecret")
        keys = self.stack.clients.secrets.get_secret_value(SecretId=secret)["SecretString"]
        self.keyring = Keyring.parse(keys)

    def run(self, *arguments: str | Path) -> int:
        return main(["--api", self.stack.url, "subscribers", *map(str, arguments)])

    def states(self) -> dict[str, str]:
        subscribers = self.subscribers.scan(1000).subscribers
        return {subscriber.profile.email: subscriber.state for subscriber in subscribers if subscriber.profile}

    def suppress(self, email: str, reason: SuppressionReason) -> None:
        """Suppress a subscriber who was confirmed."""
        id, consent = self.keyring.email_id(email), Consent(NOON, "/en/", "1", "en")
        reader = signed_up(None, SignUpRequest(id, email, Preferences("en"), consent), "nonce")
        confirmed_reader = confirmed(reader, "nonce", Requested(Preferences("en"), consent), NOON)
        for revision in (reader, confirmed_reader, suppressed(confirmed_reader, reason, NOON)):
            self.subscribers.commit(revision)

    def confirm(self, email: str) -> None:
        """A subscriber who signed up and confirmed."""
        id, consent = self.keyring.email_id(email), Consent(NOON, "/en/", "1", "en")
        reader = signed_up(None, SignUpRequest(id, email, Preferences("en"), consent), "nonce")
        for revision in (reader, confirmed(reader, "nonce", Requested(Preferences("en"), consent), NOON)):
            self.subscribers.commit(revision)

    def mails(self, email: str) -> list[Mail]:
        return [mail for mail in self.stack.outbox() if email in mail.recipients]

    def mails_after_a_sign_up(self, email: str) -> list[Mail]:
        """All mails to the email, after somebody signs up with it."""
        loaded_at = datetime.now(UTC) - timedelta(minutes=1)
        form_token = self.keyring.form_token(Form(email, loaded_at))
        body = json.dumps({"email": email, "form_token": form_token}).encode()
        headers = {"Content-Type": "application/json"}
        urlopen(Request(f"{self.stack.url}/api/subscriptions", body, headers))  # noqa: S310  our own URL
        self.stack.settle()
        return self.mails(email)

    def erase(self, email: str) -> None:
        reader = self.subscribers.get(self.keyring.email_id(email))
        assert reader
        self.subscribers.erase(erased(reader, NOON))

    def empty(self) -> None:
        items = self.dynamodb.scan(TableName=self.table)["Items"]
        keys: list[Any] = [{name: item[name] for name in ("pk", "sk")} for item in items]
        for first in range(0, len(keys), 25):  # as many as one call takes
            deletes: list[Any] = [{"DeleteRequest": {"Key": key}} for key in keys[first : first + 25]]
            self.dynamodb.batch_write_item(RequestItems={self.table: deletes})


@pytest.fixture
def site(local_deployment: LocalDeployment) -> Iterator[SubscriberSite]:
    site = SubscriberSite(local_deployment)
    site.empty()
    yield site
    site.empty()


class TestImport:
    def test_every_format_is_imported_and_a_second_import_changes_nothing(
        self, site: SubscriberSite, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """newsletter#27: unsubscribed and bounced contacts first, as the help says."""
        order = ("cleaned", "unsubscribed", "nonsubscribed", "listmonk.csv", "ghost", "subscribed")
        files = [next(file for file in LISTS.glob("*.csv") if file.name.startswith(name)) for name in order]

        def import_files() -> tuple[list[str], list[str]]:
            statuses = [
                site.run("import", *(["--status", "subscribed"] if file.name == "listmonk.csv" else []), file)
                for file in files
            ]
            assert statuses == [0, 0, 1, 1, 1, 1]
            output = capsys.readouterr()
            return output.out.splitlines(), [line.replace(f"{LISTS}/", "") for line in output.err.splitlines()]

        mails = len(site.stack.outbox())
        counts, refusals = import_files()
        assert counts == [
            "1 added, 0 changed, 0 unchanged, 0 refused; 0 mails",
            "2 added, 0 changed, 0 unchanged, 0 refused; 0 mails",
            "0 added, 0 changed, 0 unchanged, 1 refused; 0 mails",
            "3 added, 0 changed, 0 unchanged, 1 refused; 1 mail",
            "1 added, 0 changed, 2 unchanged, 1 refused; 0 mails",
            "0 added, 0 changed, 1 unchanged, 2 refused; 0 mails",
        ]
        assert refusals == [
            f"{files[2].name}:2: has not confirmed the subscription, so it is not imported",
            "listmonk.csv:5: status has “archived”, and must be one of enabled, disabled, blocklisted",
            "ghost.csv:5: subscribed_to_emails must tell whether the subscriber is subscribed, and is empty",
            f"{files[5].name}:4: has unsubscribed here, and can return only by signing up",
            f"{files[5].name}:5: OPTIN_TIME and CONFIRM_TIME are empty, and subscribed rows need the time of consent",
        ]
        before = site.states()
        assert before == {
            "hadi@example.org": "suppressed",
            "lina@example.org": "unsubscribed",
            "rima@example.org": "unsubscribed",
            "salma@example.org": "confirmed",
            "omar@example.org": "unsubscribed",
            "=lina@example.org": "suppressed",
            "+omar@example.org": "unsubscribed",
        }
        counts, again = import_files()
        assert again == refusals
        assert all(line.startswith("0 added, 0 changed, ") for line in counts)
        assert site.states() == before
        site.stack.settle()
        assert [mail.recipients for mail in site.stack.outbox()[mails:]] == [("salma@example.org",)]

    def test_a_dry_run_prints_the_result_and_changes_nothing(
        self, site: SubscriberSite, write_file: Write, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """newsletter#27"""
        file = write_file("a.csv", own(f"a@example.org,subscribed,{CONSENTED_AT}", "b@example.org,pending,"))
        assert site.run("import", "--dry-run", file) == 1
        counts = "1 added, 0 changed, 0 unchanged, 1 refused; 1 mail"
        assert capsys.readouterr().out == f"{counts} (dry run: nothing was changed, and no mail sent)\n"
        assert site.states() == {}

    def test_the_mail_says_where_the_address_comes_from_in_the_publishers_words(
        self, site: SubscriberSite, write_file: Write, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """newsletter#27: the record of consent, too, in place of the software's name."""
        email = f"imported-{uuid4()}@example.org"
        file = write_file("a.csv", f"{MAILCHIMP}\n{email},2,2024-05-06 07:08:09,\n")
        arguments = ["import", "--format", "mailchimp", "--status", "subscribed", "--source", "our former newsletter"]
        for counts in ("1 added, 0 changed, 0 unchanged", "0 added, 0 changed, 1 unchanged"):
            assert site.run(*arguments, file) == 0
            assert capsys.readouterr().out.startswith(f"{counts}, 0 refused; {counts[0]} mail")
            site.stack.settle()
        [mail] = site.mails(email)
        assert "our former newsletter" in mail.text
        assert site.run("show", email) == 0
        assert "source our former newsletter" in capsys.readouterr().out

    @pytest.mark.parametrize("source", [" ", "x" * 301])
    def test_a_source_that_is_blank_or_too_long_is_wrong_usage(
        self, source: str, write_file: Write, capsys: pytest.CaptureFixture[str]
    ) -> None:
        file = write_file("a.csv", own(f"a@example.org,subscribed,{CONSENTED_AT}"))
        assert main(["subscribers", "import", str(file), "--source", source]) == 2
        assert "--source must have something to see, and at most 300 characters." in capsys.readouterr().err

    def test_format_status_and_edition_options_apply_to_the_rows(self, site: SubscriberSite, write_file: Write) -> None:
        file = write_file("a.csv", f"{MAILCHIMP}\na@example.org,2,,2024-05-06 07:08:09\n")
        assert site.run("import", "--format", "mailchimp", "--status", "unsubscribed", "--edition", "ar", file) == 0
        reader = site.subscribers.get(site.keyring.email_id("a@example.org"))
        assert reader
        assert reader.profile
        assert (reader.state, reader.profile.preferences.edition) == ("unsubscribed", "ar")
        assert (reader.profile.consent.source, reader.profile.consent.wording) == ("mailchimp", "import")

    def test_who_left_is_not_subscribed_by_another_row_of_the_file_even_in_another_batch(
        self, site: SubscriberSite, write_file: Write, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """newsletter#27: whatever their order."""
        statuses = ["subscribed" if number == 7 else "unsubscribed" for number in range(230)]
        valid = [f"reader{number}@example.org,{status},{CONSENTED_AT}" for number, status in enumerate(statuses)]
        other = ["nobody,unsubscribed,", "READER7@example.org,suppressed,"]
        file = write_file("a.csv", own(valid[0], other[0], *valid[1:], other[1], valid[7]))
        assert site.run("import", file) == 1
        out, err = capsys.readouterr()
        assert out == "230 added, 0 changed, 0 unchanged, 3 refused; 0 mails\n"
        assert [line.split(":")[1] for line in err.splitlines()] == ["3", "10", "234"]
        assert site.states()["READER7@example.org"] == "suppressed"

    def test_quiet_prints_refusals_only(
        self, site: SubscriberSite, write_file: Write, capsys: pytest.CaptureFixture[str]
    ) -> None:
        file = write_file("a.csv", own("a@example.org,unsubscribed,", "b,unsubscribed,"))
        assert site.run("import", "--quiet", file) == 1
        out, err = capsys.readouterr()
        assert (out, err) == ("", f"{file}:3: email must be an email address, like name@example.org\n")

    def test_an_invalid_file_is_reported_in_one_sentence_and_changes_nothing(
        self, site: SubscriberSite, write_file: Write, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """newsletter#27"""
        file = write_file("a.csv", own(*(f"r{number}@example.org,unsubscribed," for number in range(300)), 'b,"left'))
        assert site.run("import", file) == 2
        rule = 'has a quotation mark (") that begins a cell, and none that ends it'
        assert capsys.readouterr() == ("", f"{file}:302: {rule}\n")
        assert site.states() == {}

    def test_a_refused_connection_ends_with_status_2(
        self, write_file: Write, capsys: pytest.CaptureFixture[str]
    ) -> None:
        nowhere = unused_url()
        file = write_file("a.csv", own("a@example.org,unsubscribed,"))
        assert main(["--api", nowhere, "subscribers", "import", str(file)]) == 2
        assert capsys.readouterr().err.startswith(f"Cannot connect to {nowhere}")

    def test_a_server_error_for_one_batch_does_not_stop_the_others(self, write_file: Write) -> None:
        file = write_file("a.csv", own(*(f"r{number}@example.org,unsubscribed," for number in range(250))))
        sent: list[int] = []

        def send(rows: Objects) -> Objects:
            sent.append(len(rows))
            if len(sent) == 2:
                raise Unavailable(503)
            return [{"result": "added"}] * len(rows)

        refusals: list[str] = []
        counts = import_all(send, subscriber_file(file), on_refusal=refusals.append)
        assert (sent, counts.added, counts.refused) == ([100, 100, 50], 150, 100)
        assert refusals[0] == f"{file}:102: the server failed with status 503; try again later"

    def test_the_api_s_refusals_name_the_columns_of_the_file(
        self, site: SubscriberSite, write_file: Write, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """newsletter#27"""
        header = "Adresse;MEMBER_RATING;OPTIN_TIME;CONFIRM_TIME"
        rows = "nobody;2;2021-03-04 05:06:07;;\na@example.org;2;;9021-03-04 05:06:07\nb@mailinator.com;2;2021-03-04;"
        file = write_file("subscribed_1.csv", f"{header}\n{rows}\n")
        assert site.run("import", file, "--edition", "fr") == 1
        edition, future = "--edition must be one of en, ar", "must not be in the future"
        assert capsys.readouterr().err.replace(f"{file}:", "").splitlines() == [
            f"2: Adresse must be an email address, like name@example.org; {edition}",
            f"3: {edition}; OPTIN_TIME or CONFIRM_TIME {future}; CONFIRM_TIME {future}",
            f"4: {edition}; Adresse must be at a domain that this newsletter is sent to",
        ]

    def test_rows_of_many_bytes_are_sent_in_smaller_batches(
        self, site: SubscriberSite, write_file: Write, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """newsletter#27: a good row goes in, whatever stands beside it."""
        header = "email,status,consented_at,source"
        long = [f"r{number}@example.org,subscribed,{CONSENTED_AT},{'🌊' * 1400}" for number in range(100)]
        alone = f"s@example.org,subscribed,{CONSENTED_AT},{'🌊' * 100_001}"
        file = write_file(
            "a.csv", "\n".join([header, *long, alone, f"good@example.org,subscribed,{CONSENTED_AT},/en/"])
        )
        assert site.run("import", file) == 1
        out, err = capsys.readouterr()
        assert out == "1 added, 0 changed, 0 unchanged, 101 refused; 1 mail\n"
        first, *_, last = err.replace(f"{file}:", "").splitlines()
        assert first == "2: source must be at most 300 characters"
        assert last == "102: is too long: the cells that are read have more than 400,000 bytes"
        assert site.states() == {"good@example.org": "confirmed"}

    def test_a_batch_that_is_refused_as_a_whole_is_sent_in_halves(self, write_file: Write) -> None:
        file = write_file("a.csv", own(*(f"r{number}@example.org,unsubscribed," for number in range(100))))
        sent: list[int] = []

        def send(rows: Objects) -> Objects:
            sent.append(len(rows))
            if any(row["email"] == "r7@example.org" for row in rows):
                raise Refused(Problem(413, "Content Too Large", "the request's body is over 500,000 bytes"))
            return [{"result": "added"}] * len(rows)

        refusals: list[str] = []
        counts = import_all(send, subscriber_file(file), on_refusal=refusals.append)
        assert (counts.added, counts.refused) == (99, 1)
        assert refusals == [f"{file}:9: the request's body is over 500,000 bytes"]
        assert len(sent) <= 2 * 7 + 1

    def test_a_progress_bar_counts_rows(self, write_file: Write) -> None:
        file = write_file("a.csv", own(*(f"r{number}@example.org,unsubscribed," for number in range(250)), "b"))
        with Progress(console=Console(file=io.StringIO(), force_terminal=True)) as progress:
            import_all(accepting([]), subscriber_file(file), progress)
        (task,) = progress.tasks
        assert (task.completed, task.total) == (251, 251)


class TestExport:
    @pytest.mark.proof  # a thousand subscribers take seconds of processor time
    def test_all_subscribers_are_written_and_the_erased_are_counted(
        self, site: SubscriberSite, write_file: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """newsletter#27: more than one page, into a file that only its owner can read."""
        emails = {f"reader{number}@example.org" for number in range(1050)}
        file = write_file("a.csv", own(*(f"{email},subscribed,{CONSENTED_AT}" for email in sorted(emails))))
        assert site.run("import", file) == 0
        site.erase("reader7@example.org")
        capsys.readouterr()
        written = tmp_path / "all.csv"
        written.write_text("an earlier one", encoding="utf-8")
        written.chmod(0o644)
        assert site.run("export", written) == 0
        assert capsys.readouterr() == ("", "1049 subscribers written; 1 erased subscribers have no data to write\n")
        assert stat.S_IMODE(written.stat().st_mode) == 0o600
        header, *found = table(written.read_bytes())
        assert tuple(header) == COLUMNS
        assert sorted(row[0] for row in found) == sorted(emails - {"reader7@example.org"})
        assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "all.csv"]

    def test_without_a_file_the_export_is_printed(
        self, site: SubscriberSite, capsysbinary: pytest.CaptureFixture[bytes]
    ) -> None:
        assert site.run("export", "--quiet") == 0
        assert capsysbinary.readouterr() == (",".join(COLUMNS).encode() + b"\r\n", b"")

    def test_no_exported_cell_is_a_formula(self, site: SubscriberSite, tmp_path: Path) -> None:
        """newsletter#27"""
        sources = ['=HYPERLINK("https://evil.example","x")', "@SUM(1)", "-1", "+1", "'=1", "/en/"]
        lines = [
            [f"{'+=-a'[number % 4]}r{number}@example.org", "unsubscribed", source]
            for number, source in enumerate(sources)
        ]
        file = tmp_path / "a.csv"
        with file.open("w", encoding="utf-8", newline="") as opened:
            csv.writer(opened).writerows([["email", "status", "source"], *lines])
        assert site.run("import", file) == 0
        assert site.run("export", tmp_path / "all.csv") == 0
        output = [cell for row in table((tmp_path / "all.csv").read_bytes()) for cell in row]
        assert not [cell for cell in output if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
        assert [cell for cell in output if FORMULA.match(cell)]

    def test_a_failed_export_leaves_the_existing_file_unchanged(self, tmp_path: Path) -> None:
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

    def test_a_file_that_cannot_be_written_is_reported(
        self, site: SubscriberSite, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        nowhere = tmp_path / "none" / "all.csv"
        assert site.run("export", nowhere) == 2
        assert capsys.readouterr().err == f"{nowhere}: cannot be written: No such file or directory\n"


def table(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode(), newline=""), strict=True))


sources = st.builds(
    lambda lead, text: line(clean(lead + text)),
    st.sampled_from(["", "/en/", "=", "+", "-", "@", "'", "'=", '"', ","]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
)
instants = st.datetimes(min_value=NOON.replace(year=2001, tzinfo=None), max_value=NOON.replace(year=2025, tzinfo=None))


@st.composite
def subscriber_rows(draw: st.DrawFn) -> list[list[str]]:
    """Rows of an export."""
    found = []
    for number in range(draw(st.integers(0, 6))):
        edition = draw(st.sampled_from(sorted(SITE.editions)))
        sections = [one for one in SITE.editions[edition].sections if draw(st.booleans())]
        consented, confirmed = (f"{draw(instants):%Y-%m-%dT%H:%M:%SZ}" for _ in range(2))
        found.append(
            [
                draw(st.sampled_from(["", "+", "-", "=", "'", "'+", "A", "{"])) + f"{number}@example.org",
                draw(st.sampled_from(["subscribed", "unsubscribed", "suppressed"])),
                edition,
                " ".join(sections if len(sections) < len(SITE.editions[edition].sections) else []),
                draw(st.sampled_from(["daily", "weekly"])),
                consented,
                draw(st.sampled_from(["", confirmed])),
                draw(sources),
                draw(st.sampled_from(["1", "import", "=2"])),
                draw(st.sampled_from(sorted(SITE.editions))),
            ]
        )
    return found


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(subscriber_rows())
def test_an_export_can_be_imported_and_exports_the_same_again(
    site: SubscriberSite, tmp_path: Path, subscribers: Sequence[Sequence[str]]
) -> None:
    """newsletter#27: byte for byte, in any order of the rows; a second import changes nothing."""
    there, back = tmp_path / "there.csv", tmp_path / "back.csv"
    site.empty()
    with there.open("w", encoding="utf-8", newline="") as opened:
        write_rows(opened, iter([COLUMNS, *subscribers]))
    for _ in range(2):
        assert site.run("import", "--quiet", there) == 0
        assert site.run("export", "--quiet", back) == 0
        assert sorted(back.read_bytes().split(b"\r\n")) == sorted(there.read_bytes().split(b"\r\n"))


class TestLift:
    def test_a_suppression_is_lifted_once_and_a_second_time_says_who_did_it(
        self, site: SubscriberSite, capsys: pytest.CaptureFixture[str]
    ) -> None:
        site.suppress("a@example.org", "bounce")
        assert site.run("lift", "a@example.org") == 0
        assert capsys.readouterr() == ("a@example.org  lifted: gets the newsletter\n", "")
        assert site.states() == {"a@example.org": "confirmed"}
        assert site.run("lift", "A@example.org") == 0
        out, err = capsys.readouterr()
        said = (
            r"A@example\.org  unchanged, was not suppressed: gets the newsletter; lifted by \S+ on [-\d]{10} [:\d]{5}\n"
        )
        assert (re.fullmatch(said, out) is not None, err) == (True, "")

    @pytest.mark.parametrize("reason", ["complaint", "import"])
    def test_who_complained_signs_up_again(
        self, site: SubscriberSite, reason: SuppressionReason, capsys: pytest.CaptureFixture[str]
    ) -> None:
        site.suppress("a@example.org", reason)
        assert site.run("lift", "a@example.org") == 0
        assert capsys.readouterr().out == "a@example.org  lifted: unsubscribed, and can sign up again\n"

    @pytest.mark.parametrize(
        ("email", "message"),
        [
            ("unknown@example.org", "unknown@example.org: No subscriber has this email address."),
            ("nobody", "nobody: email must be an email address, like name@example.org"),
        ],
    )
    def test_an_email_that_is_unknown_or_none_is_refused(
        self, site: SubscriberSite, email: str, message: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert site.run("lift", email) == 1
        assert capsys.readouterr() == ("", f"{message}\n")

    def test_no_connection_ends_with_status_2(self, capsys: pytest.CaptureFixture[str]) -> None:
        nowhere = unused_url()
        assert main(["--api", nowhere, "subscribers", "lift", "a@example.org"]) == 2
        assert capsys.readouterr().err.startswith(f"Cannot connect to {nowhere}")

    def test_after_a_lift_a_reader_who_complained_returns_by_a_new_confirmation(self, site: SubscriberSite) -> None:
        """newsletter#18: SES sends to the address again, too, which it has on a list of its own since the complaint."""
        email = f"returning-{uuid4()}@example.org"
        first = site.mails_after_a_sign_up(email)
        [link] = [link for link in first[-1].links if "/confirm?" in link]
        urlopen(Request(link, b"", method="POST"))  # noqa: S310  our own URL
        site.stack.settle()
        welcome = site.mails(email)[-1]
        site.stack.feedback(welcome.number, "complaint")
        site.stack.settle()
        assert site.states()[email] == "suppressed"
        assert site.mails_after_a_sign_up(email) == [*first, welcome]
        assert site.run("lift", email) == 0
        assert site.states()[email] == "unsubscribed"
        assert [mail.header("Subject") for mail in site.mails_after_a_sign_up(email)] == [
            mail.header("Subject") for mail in (*first, welcome, *first)
        ]
        assert site.states()[email] == "pending"


class TestReaderRequests:
    """A reader writes or calls, and an editor shows, unsubscribes or erases."""

    def test_what_is_stored_is_printed_in_words_and_as_json(
        self, site: SubscriberSite, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """newsletter#25"""
        site.suppress("a@example.org", "complaint")
        assert site.run("lift", "a@example.org") == 0
        capsys.readouterr()
        with claimed_issue(site.stack.deployment, site.keyring.email_id("a@example.org"), NOON):
            assert site.run("show", "A@example.org") == 0
        lines = capsys.readouterr().out.splitlines()
        assert [line.split(maxsplit=1) for line in lines[-2:]] == [
            ["issue", "en-daily-2026-03-14, 2026-03-14 14:00: sent"],
            ["issue", "en-daily-2026-03-14: its mail bounced"],
        ]
        shown = {label: text.strip() for label, _, text in (line.partition("  ") for line in lines)}
        assert shown["state"].startswith("unsubscribed, since ")
        assert (shown["email"], shown["sections"], shown["frequency"]) == ("a@example.org", "all", "daily")
        assert shown["consent"].endswith(", source /en/, wording 1 in en")
        assert shown["issues up to"] == "2026-03-14 14:00"
        assert shown["lifted"].endswith("; suppressed before because the reader complained")
        assert site.run("show", "--json", "a@example.org") == 0
        stored = json.loads(capsys.readouterr().out)
        assert stored["subscriber"]["profile"]["email"] == "a@example.org"
        assert "nonce" not in stored["subscriber"]

    def test_a_reader_is_unsubscribed_once_with_a_last_mail(
        self, site: SubscriberSite, capsys: pytest.CaptureFixture[str]
    ) -> None:
        email = f"leaving-{uuid4()}@example.org"
        site.confirm(email)
        mails = len(site.mails(email))
        for result in ("unsubscribed", "unchanged"):
            assert site.run("leave", email) == 0
            assert capsys.readouterr().out == f"{email}  {result}: gets no newsletter, and can sign up again\n"
        site.stack.settle()
        assert len(site.mails(email)) == mails + 1

    @pytest.mark.parametrize("reason", [None, "complaint"])
    def test_a_reader_is_erased_and_a_suppression_stays(
        self, site: SubscriberSite, reason: SuppressionReason | None, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """newsletter#25"""
        email = "a@example.org"
        if reason:
            site.suppress(email, reason)
        else:
            site.confirm(email)
        meaning = "nothing is stored but a code, the state and the latest issues"
        stays = "; it stays suppressed" if reason else ""
        for result in ("erased", "unchanged"):
            assert site.run("erase", "--yes", email) == 0
            assert capsys.readouterr().out == f"{email}  {result}: {meaning}{stays}\n"
        assert site.run("show", email) == 0
        out = capsys.readouterr().out
        assert email not in out
        assert "no email, no preferences and no consent are stored" in out

    @pytest.mark.parametrize(("typed", "status"), [("y\n", 0), ("n\n", 2), ("\n", 2)])
    def test_a_terminal_is_asked_before_the_erasure(
        self,
        site: SubscriberSite,
        typed: str,
        status: int,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        site.suppress("a@example.org", "bounce")
        terminal = io.StringIO(typed)
        terminal.isatty = lambda: True  # type: ignore[method-assign]  # a terminal
        monkeypatch.setattr("sys.stdin", terminal)
        assert site.run("erase", "a@example.org") == status
        err = capsys.readouterr().err
        assert "Erase everything that is stored about a@example.org? It cannot be undone." in err
        assert ("nothing was erased" in err) == (status == 2)
        assert site.states() == ({} if status == 0 else {"a@example.org": "suppressed"})

    @pytest.mark.parametrize("command", [["show"], ["leave"], ["erase", "--yes"]])
    def test_an_email_that_is_unknown_or_none_is_refused(
        self, site: SubscriberSite, command: list[str], capsys: pytest.CaptureFixture[str]
    ) -> None:
        for email, message in (
            ("unknown@example.org", "No subscriber has this email address."),
            ("nobody", "email must be an email address, like name@example.org"),
        ):
            assert site.run(*command, email) == 1
            assert capsys.readouterr() == ("", f"{email}: {message}\n")


class TestUsage:
    @pytest.mark.parametrize(
        "arguments",
        [
            [],
            ["import"],
            ["import", "a.csv", "--format", "excel"],
            ["import", "a.csv", "--status", "pending"],
            ["lift"],
            ["show"],
            ["leave"],
            ["erase"],
            ["erase", "a@example.org"],
        ],
    )
    def test_wrong_usage_ends_with_status_2(self, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["subscribers", *arguments]) == 2
        assert capsys.readouterr().err.startswith("Usage: broadsheet subscribers")

    @pytest.mark.parametrize("arguments", [[], ["import"], ["export"], ["lift"], ["show"], ["leave"], ["erase"]])
    def test_help_explains_the_exit_status_and_the_environment_variables(
        self, arguments: list[str], capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["subscribers", *arguments, "--help"]) == 0
        output = capsys.readouterr().out
        assert all(word in output for word in ("Exit status:", "BROADSHEET_API", "AWS_PROFILE"))
        assert all(len(line) <= 120 for line in output.splitlines())

    def test_the_example_file_in_the_help_is_valid(self, write_file: Write, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["subscribers", "import", "--help"]) == 0
        output = capsys.readouterr().out.splitlines()
        start = next(at for at, line in enumerate(output) if line.strip() == "email,status,consented_at")
        file = write_file("a.csv", "\n".join(line.strip() for line in output[start : start + 2]))
        assert rows(subscriber_file(file)) == [
            {"email": "reader@example.org", "status": "subscribed", "consented_at": CONSENTED_AT}
        ]
