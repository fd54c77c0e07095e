"""Files of subscribers: the exports of other software, and the command's own."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from broadsheet_cli.cells import trimmed
from broadsheet_cli.csv_files import MAX_LINE, CsvFile, escape_formula, unescape_formula, write_rows
from broadsheet_cli.errors import FileError
from broadsheet_cli.exports import FORMATS
from broadsheet_cli.subscriber_file import SubscriberRow
from broadsheet_cli.subscribers import import_all
from tests.cli.subscriber_files import CONSENTED_AT, LISTS, MAILCHIMP, Write, accepting, own, rows, subscriber_file

# listmonk's export of all subscribers does not tell who left.
STATUS = {"listmonk.csv": "subscribed"}


@pytest.mark.parametrize("name", sorted(file.name for file in LISTS.glob("*.csv")))
def test_the_export_of_each_software_is_read(name: str) -> None:
    """newsletter#27: its header tells the format; each row has its line, and only the fields that are needed."""
    read = subscriber_file(LISTS / name, status=STATUS.get(name))
    expected = json.loads((LISTS / name).with_suffix(".json").read_text(encoding="utf-8"))
    found = [asdict(one) if isinstance(one, SubscriberRow) else {"line": one.line, "rule": one.rule} for one in read]
    assert found == expected
    assert len(read) == len(expected)
    assert name.startswith(read.format.name) or read.format.name == "mailchimp"
    assert rows(subscriber_file(LISTS / name, read.format.name, STATUS.get(name))) == rows(read)


def test_every_format_has_a_sample() -> None:
    assert {subscriber_file(file, status="subscribed").format.name for file in LISTS.glob("*.csv")} == set(FORMATS)


NONE = (
    "a.csv:1: is of no known format (listmonk, mailchimp, ghost, substack, beehiiv, mailpoet, buttondown, mailerlite,"
)
SAVE = "save it as “CSV UTF-8”"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "a.csv:1: is empty"),
        ("\ufeff\r\n,,\r\n", "a.csv:1: is empty"),
        ("a@example.org,A\n", "a.csv:1: must have the names of the columns in its first row, and has an email address"),
        (
            "Name;Town\n",
            f"{NONE} brevo, kit, own). Its columns are “Name”, “Town”; the nearest is own, which needs email",
        ),
        ("E-Mail;Town\n", "its columns are “E-Mail”, “Town”; the nearest is own, which does not know “Town”"),
        ("email,subscribed,name\n", "the nearest is mailerlite, which needs groups, too"),
        (
            own("x,unsubscribed,").replace(",consented_at", ",Favourite colour"),
            "a.csv:1: has an unknown column “Favourite colour”; its format has no others than email, status,",
        ),
        ("email,status,Status\n", "a.csv:1: has the column status twice"),
        ("email,consented_at\n", "a.csv:1: does not tell who is subscribed: give it a column status, or say with"),
        (f"{MAILCHIMP}\n", "a.csv:1: does not tell whether its contacts are subscribed: keep the name"),
        (f"{MAILCHIMP},UNSUB_TIME,CLEAN_TIME\n", "a.csv:1: does not tell whether its contacts are subscribed"),
        ("uuid,email,name,attributes,status,created_at\n", "a.csv:1: does not tell who has left or never confirmed."),
        ("email,active_subscription,expiry,created_at\n", "a.csv:1: does not tell who has left or never confirmed"),
        ("email,tier,created_at\n", "a.csv:1: does not tell who has left or never confirmed. Export the active and"),
        ("first_name,email,created_at,tags\n", "a.csv:1: does not tell who has left or never confirmed. Export the"),
        ("email,creation_date,secondary_id\n", "a.csv:1: does not tell who has left or never confirmed. Export the"),
        ("Subscriber,Name,Subscribed,Groups\n", "a.csv:1: does not tell who has left or never confirmed. Export the"),
        ("CONTACT ID,EMAIL,ADDED_TIME\n", "a.csv:1: does not tell who has left or never confirmed. Export the"),
        ("Email,List,List status\n", "a.csv:1: does not tell who has left or never confirmed: export again with"),
        (own('a@example.org,"left'), 'a.csv:2: has a quotation mark (") that begins a cell, and none that ends it'),
        (own("a,unsubscribed,", 'b,"le"ft,'), 'a.csv:3: has text after the quotation mark (") that ends a cell;'),
        (
            own("a,unsubscribed,", 'b,"' + "x\n" * 500_001 + '",'),
            "a.csv:3: has a cell of more than 1,000,000 characters",
        ),
        (own("a,unsubscribed,", "x" * MAX_LINE), "a.csv:3: has a line of more than 1,000,000 characters"),
        (own("a,unsubscribed,").encode() + b"\r\n\xe9t\xe9,unsubscribed,", "a.csv:3: is neither UTF-8 nor UTF-16, but"),
        (own("a,unsubscribed,").encode("utf-16-le"), f"a.csv: is UTF-16 without a byte order mark: {SAVE}"),
        (own("a,unsubscribed,").encode("utf-16")[:-1], "a.csv:2: is not UTF-16, though it begins as such"),
        (b"PK\x03\x04\x14\x00", f"a.csv: is a workbook of a spreadsheet, and no CSV file: {SAVE}"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "a.csv: is a workbook of a spreadsheet, and no CSV file"),
    ],
)
def test_a_file_that_is_no_subscriber_list_is_reported_with_the_line(
    content: str | bytes, reason: str, write_file: Write
) -> None:
    """newsletter#27: nothing of it is sent."""
    file, sent = write_file("a.csv", content), list[object]()
    with pytest.raises(FileError) as error:
        import_all(accepting(sent), subscriber_file(file))
    assert reason.removeprefix("its ") in str(error.value).replace(f"{file.parent}/", "")
    assert not sent


READ = [{"email": "a@example.org", "status": "subscribed", "consented_at": CONSENTED_AT}]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_list_is_read_however_a_spreadsheet_writes_it(
    encoding: str, separator: str, end: str, write_file: Write
) -> None:
    """newsletter#27"""
    table = [["email", "status", "consented_at"], ["a@example.org", "subscribed", CONSENTED_AT]]
    content = end.join(separator.join(cells) for cells in table)
    assert rows(subscriber_file(write_file("a.csv", content.encode(encoding)))) == READ


@pytest.mark.parametrize("line", ["sep=|", "SEP=|\r", '"sep=|"'])
def test_a_first_line_names_the_separator(line: str, write_file: Write) -> None:
    file = write_file("a.csv", f"{line}\nemail|status|consented_at\na@example.org|subscribed|{CONSENTED_AT}\nb\n")
    read = list(subscriber_file(file))
    assert [one.fields for one in read if isinstance(one, SubscriberRow)] == READ
    assert [one.line for one in read] == [3, 4]


@pytest.mark.parametrize(
    "header",
    [
        "Email,Status,Consented_At",
        "EMAIL,STATUS,CONSENTED_AT",
        " e-mail ,\u00a0Status,Consented at",
        "E-Mail-Adresse,status,consented-at",
        "Adresse e-mail,status,consented_at,,",
        "البريد الإلكتروني,status,consented_at",
        '"email","status","consented_at"',
    ],
)
def test_names_of_columns_are_read_in_any_case_and_the_column_of_emails_in_any_language(
    header: str, write_file: Write
) -> None:
    """newsletter#27"""
    file = write_file("a.csv", f"{header}\na@example.org,subscribed,{CONSENTED_AT}\n")
    assert rows(subscriber_file(file)) == READ


@pytest.mark.parametrize("label", ["Adresse e-mail", "Votre adresse", "النشرة"])
def test_mailchimp_s_column_of_emails_is_its_first_one_whatever_its_label(label: str, write_file: Write) -> None:
    """newsletter#27"""
    header = f"{label},Prénom,MEMBER_RATING,OPTIN_TIME,CONFIRM_TIME"
    file = write_file("a.csv", f"{header}\na@example.org,Ö,2,2021-03-04 05:06:07,\n")
    assert rows(subscriber_file(file, status="subscribed")) == [
        {
            "email": "a@example.org",
            "status": "subscribed",
            "consented_at": "2021-03-04T05:06:07Z",
            "source": "mailchimp",
        }
    ]


@pytest.mark.parametrize(
    "unseen", [" ", "\t", "\u00a0", "\u200b", "\ufeff", "\u200f", "\u202a", "\u3000", "\ufe0f", "\x1f"]
)
def test_what_cannot_be_seen_around_a_cell_is_no_part_of_it(unseen: str, write_file: Write) -> None:
    """newsletter#27"""
    cells = (f"{unseen}{cell}{unseen}" for cell in ("a@example.org", "Subscribed", CONSENTED_AT))
    assert rows(subscriber_file(write_file("a.csv", own(",".join(cells))))) == READ


def test_empty_rows_and_columns_are_none(write_file: Write) -> None:
    """newsletter#27: before the header, too."""
    blank = ["", ",,", "\u00a0,\t,"]
    content = "\r\n".join([*blank, own(*blank, f"a@example.org,subscribed,{CONSENTED_AT},,", *blank), ""])
    read = subscriber_file(write_file("a.csv", content))
    assert (rows(read), len(read)) == (READ, 1)
    assert [one.line for one in read] == [8]


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("WAHR", "subscribed"),
        ("Vrai", "subscribed"),
        ("1", "subscribed"),
        ("FALSCH", "unsubscribed"),
        ("0", "unsubscribed"),
    ],
)
def test_true_and_false_are_read_in_the_language_of_the_spreadsheet(word: str, status: str, write_file: Write) -> None:
    file = write_file("a.csv", f"email;subscribed_to_emails;created_at\na@example.org;{word};2024-05-06\n")
    assert [row["status"] for row in rows(subscriber_file(file))] == [status]


@pytest.mark.parametrize(
    ("word", "status"),
    [("left", "unsubscribed"), ("Opted out", "unsubscribed"), ("bounced", "suppressed"), ("Unconfirmed", "pending")],
)
def test_usual_words_for_a_status_are_read(word: str, status: str, write_file: Write) -> None:
    file = write_file("a.csv", own(f"a@example.org,{word},"))
    assert [row["status"] for row in rows(subscriber_file(file))] == [status]


@pytest.mark.parametrize(
    ("cell", "read"),
    [
        ("2024-05-06T07:08:09+03:00", "2024-05-06T07:08:09+03:00"),
        ("2024-05-06 07:08:09.123456 +0330 +0330", "2024-05-06T07:08:09+03:30"),
        ("2024-05-06 07:08:09 -0500 EST", "2024-05-06T07:08:09-05:00"),
        ("2024-05-06 07:08:09 UTC", "2024-05-06T07:08:09Z"),
        ("2024-05-06 07:08:09", "2024-05-06T07:08:09Z"),
        ("2024-05-06 07:08", "2024-05-06T07:08:00Z"),
        ("2024-05-06", "2024-05-06T00:00:00Z"),
    ],
)
def test_times_are_in_utc_where_they_tell_no_offset(cell: str, read: str, write_file: Write) -> None:
    file = write_file("a.csv", own(f"a@example.org,subscribed,{cell}"))
    assert [row["consented_at"] for row in rows(subscriber_file(file))] == [read]


@pytest.mark.parametrize("cell", ["3/4/2021 5:06", "24.03.2023", "3-4-21", "44289", "44289,25"])
def test_a_time_that_a_spreadsheet_rewrote_is_named_and_keeps_nobody_who_left(cell: str, write_file: Write) -> None:
    """newsletter#27: in the file's own words."""
    header = "Email Address;MEMBER_RATING;OPTIN_TIME;CONFIRM_TIME;UNSUB_TIME;CLEAN_TIME"
    file = write_file("subscribed_a.csv", f"{header}\na@example.org;2;;{cell};;\nb@example.org;2;{cell};;{cell};\n")
    refused, left = subscriber_file(file)
    assert isinstance(refused, FileError)
    assert refused.rule.startswith(f"CONFIRM_TIME has “{cell}”, which a spreadsheet seems to have rewritten")
    assert isinstance(left, SubscriberRow)
    assert left.fields == {"email": "b@example.org", "status": "unsubscribed", "source": "mailchimp"}


def test_a_missing_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"a\.csv: cannot be read: No such file or directory"):
        subscriber_file(tmp_path / "a.csv")


def test_a_file_must_have_the_columns_of_the_named_format(write_file: Write) -> None:
    file = write_file("a.csv", own())
    with pytest.raises(FileError, match=r"a\.csv:1: has no column subscribed_to_emails, which the format ghost"):
        subscriber_file(file, "ghost")


def test_an_invalid_row_is_reported_and_the_others_are_read(write_file: Write) -> None:
    """newsletter#27"""
    long = "x" * 401_000
    file = write_file(
        "a.csv",
        own(
            "a,unsubscribed,",
            "b",
            f"{long},unsubscribed,",
            "",
            "d,unsubscribed,,,e",
            "e,archived,",
            "f,subscribed,",
            "g,left",
        ),
    )
    read = list(subscriber_file(file))
    assert [one.fields["email"] for one in read if isinstance(one, SubscriberRow)] == ["a", "g"]
    assert [str(one).replace(f"{file.parent}/", "") for one in read if isinstance(one, FileError)] == [
        "a.csv:3: ends before the column status",
        "a.csv:4: is too long: the cells that are read have more than 400,000 bytes",
        "a.csv:6: has 5 cells where the header has 3",
        "a.csv:7: status has “archived”, and must be one of subscribed, unsubscribed, suppressed, pending",
        "a.csv:8: consented_at is empty, and subscribed rows need the time of consent",
    ]


@pytest.mark.parametrize(
    ("name", "status", "expected"),
    [
        ("subscribed_members_export_1.csv", None, "subscribed"),
        ("Subscribed_email_audience_export_1.csv", None, "subscribed"),
        ("nonsubscribed_email_audience_export_1.csv", None, "pending"),
        ("cleaned.csv", "suppressed", "suppressed"),
        ("subscribed_members_export_1.csv", "unsubscribed", "unsubscribed"),
    ],
)
def test_the_status_of_a_mailchimp_file_is_in_its_name_or_an_option(
    name: str, status: str | None, expected: str, write_file: Write
) -> None:
    file = write_file(name, f"{MAILCHIMP}\na@example.org,2,,2021-03-04 05:06:07\n")
    assert [row["status"] for row in rows(subscriber_file(file, status=status))] == [expected]


def test_the_status_option_does_not_resubscribe_rows_with_another_status() -> None:
    """newsletter#27"""
    read = rows(subscriber_file(LISTS / "listmonk.csv", status="unsubscribed"))
    assert [row["status"] for row in read] == ["unsubscribed", "unsubscribed", "suppressed"]
    assert {row["status"] for row in rows(subscriber_file(LISTS / "ghost.csv", status="subscribed"))} >= {
        "unsubscribed"
    }
    left = next(LISTS.glob("unsubscribed*.csv"))
    assert [row["status"] for row in rows(subscriber_file(left, status="subscribed"))] == [
        "unsubscribed",
        "subscribed",
    ]


def test_the_edition_option_applies_to_rows_without_an_edition() -> None:
    assert {row["edition"] for row in rows(subscriber_file(LISTS / "ghost.csv", edition="ar"))} == {"ar"}
    assert [row["edition"] for row in rows(subscriber_file(LISTS / "own.csv", edition="fr"))] == ["ar", "fr", "en"]


cells = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(cells)
@example("'=1")
@example("''=1")
@example("\t'")
def test_escaping_leaves_no_formula_and_is_reversible(cell: str) -> None:
    """newsletter#27"""
    written = escape_formula(cell)
    assert not written.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert unescape_formula(written) == cell


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(cells, min_size=2, max_size=3), min_size=1, max_size=5))
@example([["", "\r"]])  # escaped because of the formulas that it may begin, and empty all the same
def test_rows_are_read_as_they_were_written(tmp_path: Path, table: list[list[str]]) -> None:
    file = tmp_path / "a.csv"
    with file.open("w", encoding="utf-8", newline="") as opened:
        write_rows(opened, iter(table))
    # U+FEFF at the very beginning is a byte order mark.
    table[0][0] = table[0][0].removeprefix("\ufeff")
    read = [row for _, row in CsvFile(file, "utf-8-sig", ",", names_separator=False).rows()]
    assert [[unescape_formula(cell) for cell in row] for row in read] == [
        row for row in table if any(map(trimmed, row))
    ]
