"""Files of subscribers: the exports of other software, and the command's own."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from broadsheet_cli.csv_files import MAX_LINE, escape_formula, read_rows, unescape_formula, write_rows
from broadsheet_cli.errors import FileError
from broadsheet_cli.subscriber_file import SubscriberRow
from broadsheet_cli.subscribers import import_all
from tests.cli.subscriber_files import LISTS, MAILCHIMP, Write, accepting, own, rows, subscriber_file


@pytest.mark.parametrize("name", sorted(file.name for file in LISTS.glob("*.csv")))
def test_the_export_of_each_software_is_read(name: str) -> None:
    """newsletter#27: its header tells the format; each row has its line, and only the fields that are needed."""
    read = subscriber_file(LISTS / name)
    expected = json.loads((LISTS / name).with_suffix(".json").read_text(encoding="utf-8"))
    assert [asdict(one) for one in read if isinstance(one, SubscriberRow)] == expected
    assert len(read) == len(expected)
    assert rows(subscriber_file(LISTS / name, read.format.name)) == rows(read)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "a.csv:1: must begin with the header of one of listmonk, mailchimp, ghost, own; --help shows them"),
        ("a@example.org,A\n", "a.csv:1: must begin with the header of one of"),
        ("\nemail;status\n", "a.csv:2: must begin with the header of one of"),
        (
            own("x,unsubscribed,").replace(",consented_at", ",colour"),
            "a.csv:1: has an unknown column 'colour'; the columns are email,",
        ),
        ("email,status,status\n", "a.csv:1: has the column status twice"),
        (f"{MAILCHIMP}\n", "a.csv:1: does not tell whether its contacts are subscribed; name it with --status"),
        (f"{MAILCHIMP},UNSUB_TIME,CLEAN_TIME\n", "a.csv:1: does not tell whether its contacts are subscribed"),
        (own('a@example.org,"left'), "a.csv:2: is not CSV: unexpected end of data"),
        (own("a,unsubscribed,", 'b,"le"ft,'), "a.csv:3: is not CSV: ',' expected after '\"'"),
        (own("a,unsubscribed,", f'b,"{"x" * 200_000}",'), "a.csv:3: is not CSV: field larger than field limit"),
        (own("a,unsubscribed,").encode() + b"\r\n\xe9t\xe9,unsubscribed,", "a.csv:3: is not UTF-8"),
        (own("a,unsubscribed,").encode("utf-16"), "a.csv:1: is not UTF-8"),
        (own("a,unsubscribed,", "x" * MAX_LINE), "a.csv:3: is not CSV: a line is longer than 1,000,000 bytes"),
    ],
)
def test_a_file_that_is_no_subscriber_list_is_reported_with_the_line(
    content: str | bytes, reason: str, write_file: Write
) -> None:
    """newsletter#27: nothing of it is sent."""
    file, sent = write_file("a.csv", content), list[object]()
    with pytest.raises(FileError) as error:
        import_all(accepting(sent), subscriber_file(file))
    assert str(error.value).replace(f"{file.parent}/", "").startswith(reason)
    assert not sent


def test_a_missing_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"a\.csv: cannot be read: No such file or directory"):
        subscriber_file(tmp_path / "a.csv")


def test_a_file_must_have_the_columns_of_the_named_format(write_file: Write) -> None:
    file = write_file("a.csv", own())
    with pytest.raises(FileError, match=r"a\.csv:1: must have the column subscribed_to_emails in its header"):
        subscriber_file(file, "ghost")


def test_an_invalid_row_is_reported_and_the_others_are_read(write_file: Write) -> None:
    """newsletter#27"""
    file = write_file(
        "a.csv",
        own("a,unsubscribed,", "b", f"c,unsubscribed,{'x' * 1500}", "", "d,unsubscribed,,,", "e,unsubscribed,"),
    )
    read = list(subscriber_file(file))
    assert [one.fields["email"] for one in read if isinstance(one, SubscriberRow)] == ["a", "e"]
    assert [str(one).replace(f"{file.parent}/", "") for one in read if isinstance(one, FileError)] == [
        "a.csv:3: has 1 cells where the header has 3",
        "a.csv:4: has more than 1500 characters",
        "a.csv:6: has 5 cells where the header has 3",
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
    file = write_file(name, f"{MAILCHIMP}\na@example.org,2,,\n")
    assert [row["status"] for row in rows(subscriber_file(file, status=status))] == [expected]


def test_the_status_option_does_not_resubscribe_rows_with_another_status() -> None:
    """newsletter#27"""
    read = rows(subscriber_file(LISTS / "listmonk.csv", status="unsubscribed"))
    assert [row["status"] for row in read] == ["unsubscribed", "unsubscribed", "suppressed", "archived"]
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
def test_rows_are_read_as_they_were_written(tmp_path: Path, table: list[list[str]]) -> None:
    file = tmp_path / "a.csv"
    with file.open("w", encoding="utf-8", newline="") as opened:
        write_rows(opened, iter(table))
    # U+FEFF at the very beginning is a byte order mark.
    table[0][0] = table[0][0].removeprefix("\ufeff")
    assert [[unescape_formula(cell) for cell in row] for _, row in read_rows(file)] == table
