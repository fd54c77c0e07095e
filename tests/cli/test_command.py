"""The command against a real HTTP server, and the files that it reads and writes."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broadsheet_cli.command import main
from broadsheet_cli.errors import FileError
from broadsheet_cli.files import FileArticle, read_files
from broadsheet_cli.front_matter import to_markdown
from tests.cli.test_client import STORY, Answer, Newsroom, unused_url

STORY_FILE = """\
---
edition: en
headline: Fire in the old harbour
section: city
tags: [harbour, fire brigade]
image: {src: /media/harbour.svg, alt: Smoke, caption: حريق في الميناء, width: 1600, height: 900, lang: ar}
published_at: 2025-04-15T09:30:00+03:00
---

Two boats are *lost*.

---

Nobody is hurt.
"""

Run = Callable[..., int]
Write = Callable[[str, str | bytes], Path]


def only(file: Path) -> FileArticle:
    (entry,) = read_files([file])
    assert isinstance(entry, FileArticle), entry
    return entry


def reasons(*paths: Path) -> list[str]:
    return [
        str(error).replace(f"{paths[0].parent}/", "") for error in read_files(paths) if isinstance(error, FileError)
    ]


class TestFiles:
    def test_markdown_becomes_the_article_that_the_api_takes(self, write: Write) -> None:
        entry = only(write("harbour-fire.md", STORY_FILE))
        assert entry.id == "harbour-fire"
        assert entry.article == {
            "edition": "en",
            "headline": "Fire in the old harbour",
            "section": "city",
            "tags": ["harbour", "fire brigade"],
            "image": {
                "src": "/media/harbour.svg",
                "alt": "Smoke",
                "caption": "حريق في الميناء",
                "width": 1600,
                "height": 900,
                "lang": "ar",
            },
            "published_at": "2025-04-15T09:30:00+03:00",
            "body": {"format": "markdown", "text": "Two boats are *lost*.\n\n---\n\nNobody is hurt."},
        }

    def test_the_id_in_the_front_matter_takes_precedence_over_the_file_name(self, write: Write) -> None:
        assert only(write("a.md", "---\nid: b\n---\n")).id == "b"

    @pytest.mark.parametrize(
        ("written", "sent"),
        [
            ("2025-04-15T09:30:00Z", "2025-04-15T09:30:00Z"),
            ("2025-04-15 09:30:00 -05:30", "2025-04-15T09:30:00-05:30"),
            ("'2025-04-15T09:30:00Z'", "2025-04-15T09:30:00Z"),
            ("2025-04-15T09:30:00", "2025-04-15T09:30:00"),
            ("2025-04-15", "2025-04-15"),
            ("2025-13-45", "2025-13-45"),
            ("2025-04-15T25:00:00Z", "2025-04-15T25:00:00Z"),
        ],
    )
    def test_a_timestamp_is_sent_in_rfc_3339_and_no_offset_is_guessed(
        self, written: str, sent: str, write: Write
    ) -> None:
        assert only(write("a.md", f"---\npublished_at: {written}\n---\n")).article["published_at"] == sent

    def test_a_file_with_a_bom_and_windows_line_ends_is_the_same_article(self, write: Write) -> None:
        windows = "\ufeff" + STORY_FILE.replace("\n", "\r\n")
        assert only(write("x/a.md", windows)).article == only(write("a.md", STORY_FILE)).article

    def test_body_format_in_the_front_matter_names_html(self, write: Write) -> None:
        article = only(write("a.md", "---\nbody_format: html\n---\n<p>Fire</p>")).article
        assert article == {"body": {"format": "html", "text": "<p>Fire</p>"}}

    def test_a_json_file_holds_one_article_or_a_list(self, write: Write) -> None:
        assert only(write("fire.json", json.dumps(STORY))).id == "fire"
        listed = write("more.json", json.dumps([{"id": "a", **STORY}, {**STORY}, {"id": "b", "revision": 3}, 4]))
        assert [entry.id for entry in read_files([listed]) if isinstance(entry, FileArticle)] == ["a", "b"]
        assert reasons(listed) == [
            "more.json (article 2): id is required in a list",
            "more.json (article 4): must be an object",
        ]

    @pytest.mark.parametrize(
        ("name", "text", "reason"),
        [
            ("a.md", "Only text", "a.md:1: must begin with front matter between two lines of ---"),
            ("a.md", "---\nid: x\n", "a.md:1: must have a second line of --- at the end of the front matter"),
            ("a.md", "---\n---\n", "a.md:2: must have fields, such as edition: en"),
            ("a.md", "---\nbody: x\n---\n", "a.md:2: body goes below the front matter"),
            ("a.json", '{"id": 7}', "a.json: id must be a text; put it in quotes"),
            ("a.md", f"---\ntags: {'[' * 1000}\n---\n", "a.md: is nested too deeply"),
            ("a.json", '{"id": "x",\n"tags": [}', "a.json:2: is not JSON: Expecting value"),
            ("a.json", '{"image": {"width": NaN}}', "a.json: image cannot be written as JSON"),
            ("a.json", '{"headline": "a", "headline": "b"}', "a.json: headline is given twice in one object"),
            ("a.json", "3", "a.json:1: must hold an article or a list of articles"),
            ("a.json", "[" * 100_000, "a.json: is nested too deeply"),
            ("a.txt", "x", "a.txt: must end in .md, .markdown, .json"),
        ],
    )
    def test_a_file_that_is_no_article_is_reported_with_the_place(
        self, name: str, text: str, reason: str, write: Write
    ) -> None:
        (error,) = reasons(write(name, text))
        assert error.startswith(reason)

    def test_a_missing_file_and_one_that_is_not_utf_8_are_reported(self, tmp_path: Path) -> None:
        (tmp_path / "latin.md").write_bytes(b"---\nid: x\n---\n\xe9t\xe9")
        assert reasons(tmp_path / "a.md", tmp_path / "latin.md") == [
            "a.md: cannot be read: No such file or directory",
            "latin.md:4: is not UTF-8; save it as UTF-8, not as Windows-1252 or Latin-1",
        ]

    @pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
    def test_a_file_in_utf_16_is_reported_as_such(self, tmp_path: Path, encoding: str) -> None:
        (tmp_path / "a.md").write_bytes(STORY_FILE.encode(encoding))
        assert reasons(tmp_path / "a.md") == ["a.md: is in UTF-16; save it as UTF-8"]

    def test_a_folder_means_the_articles_in_it_and_in_its_folders_by_name(self, write: Write, tmp_path: Path) -> None:
        for name in ("b.md", "a.MD", ".hidden.md", "inner/c.md", "inner/deep/e.md", ".git/f.md", "inner/.trash/g.md"):
            write(name, STORY_FILE)
        for name in ("notes.txt", "inner/quay.jpg", "pictures/harbour.png"):
            write(name, "")
        write("d.json", json.dumps(STORY))
        (tmp_path / "inner" / "again").symlink_to(tmp_path)
        entries = [entry for entry in read_files([tmp_path, tmp_path / "b.md"]) if isinstance(entry, FileArticle)]
        assert [entry.id for entry in entries] == ["a", "b", "d", "c", "e"]
        assert reasons(tmp_path / "pictures") == ["pictures: holds no .md or .json file"]

    def test_the_same_id_in_two_files_is_an_error(self, write: Write) -> None:
        first, second = write("a.md", STORY_FILE), write("b.md", "---\nid: a\n---\n")
        assert reasons(first, second) == [f"b.md: id a is also in {first}".replace(f"{first.parent}/", "")]


words = st.text(st.characters(exclude_categories=["Cs"]))
articles = st.fixed_dictionaries(
    {
        "id": words,
        "headline": words,
        "body": st.fixed_dictionaries({"format": st.sampled_from(["markdown", "html"]), "text": words}),
        "tags": st.lists(words, max_size=3),
        "published_at": st.datetimes().map(lambda at: f"{at:%Y-%m-%dT%H:%M:%SZ}"),
    },
    optional={
        "image": st.none() | st.fixed_dictionaries({"alt": words, "width": st.integers(), "lang": st.none() | words}),
        "slug": st.none() | words,
        "revision": st.integers(),
        "live": st.booleans(),
    },
)


@settings(deadline=None)
@given(articles)
def test_an_article_is_the_same_after_writing_and_reading_it_as_markdown(article: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "x.md")
        file.write_bytes(to_markdown(article).encode())
        entry = only(file)
    sent = {key: value for key, value in article.items() if key not in ("id", "revision", "live") and value is not None}
    if image := sent.get("image"):
        sent["image"] = {key: value for key, value in image.items() if value is not None}
    assert (entry.id, entry.article) == (article["id"], sent)


def test_a_correction_in_front_matter_is_a_text_or_has_a_time(write: Write) -> None:
    corrections = "corrections:\n- It has two decks.\n- {text: At seven., at: 2026-03-14T10:00:00Z}\n"
    article = only(write("a.md", f"---\n{corrections}updated_at: 2026-03-15T10:00:00Z\n---\n")).article
    assert article["corrections"] == [
        {"text": "It has two decks."},
        {"text": "At seven.", "at": "2026-03-14T10:00:00Z"},
    ]
    assert article["updated_at"] == "2026-03-15T10:00:00Z"


def test_markdown_has_the_corrections_that_there_are_and_no_time_of_an_update(write: Write) -> None:
    stored = {"id": "a", "body": {"format": "markdown", "text": ""}, "updated_at": "2026-03-15T10:00:00Z"}
    corrections = [{"text": "At seven.", "at": "2026-03-14T10:00:00Z"}]
    assert only(write("a.md", to_markdown(stored | {"corrections": []}))).article.keys() == {"body"}
    corrected = only(write("b.md", to_markdown(stored | {"corrections": corrections}))).article
    assert corrected == {"corrections": corrections, "body": stored["body"]}


class TestGet:
    def test_putting_the_output_of_get_changes_nothing(
        self, newsroom: Newsroom, write: Write, capsysbinary: pytest.CaptureFixture[bytes], tmp_path: Path
    ) -> None:
        assert main(["put", "--quiet", str(write("a.md", STORY_FILE))]) == 0
        for format, text in (("html", "<p>Fire</p>\n"), ("markdown", "\n\n  x\r\n\u2028---\n😀 \n\n")):
            article = {**STORY, "body": {"format": format, "text": text}}
            write(f"{format}.json", json.dumps(article))
        assert main(["put", "--quiet", *map(str, tmp_path.glob("*.json"))]) == 0
        before = {id: json.dumps(article) for id, article in newsroom.articles.items()}
        again = tmp_path / "again"
        again.mkdir()
        for id in before:
            assert main(["get", id]) == 0
            (again / f"{id}.md").write_bytes(capsysbinary.readouterr().out)
        assert main(["put", str(again)]) == 0
        assert (
            capsysbinary.readouterr().out.splitlines(keepends=True)[-1]
            == b"0 created, 0 replaced, 3 unchanged, 0 refused\n"
        )
        assert {revision for revision, _ in newsroom.articles.values()} == {1}

    def test_putting_the_json_output_of_get_changes_nothing(
        self, newsroom: Newsroom, write: Write, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["put", "--quiet", str(write("a.md", STORY_FILE))]) == 0
        assert main(["get", "--json", "a"]) == 0
        printed = capsys.readouterr().out
        assert json.loads(printed)["revision"] == 1
        assert "حريق" in printed
        assert main(["put", str(write("other-name.json", printed))]) == 0
        assert newsroom.articles.keys() == {"a"}
        assert newsroom.articles["a"][0] == 1

    def test_get_prints_markdown_that_a_person_would_write(
        self, newsroom: Newsroom, write: Write, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["put", "--quiet", str(write("a.md", "---\nedition: ar\nheadline: حريق 😀\n---\n\nنص\n"))]) == 0
        assert main(["get", "a"]) == 0
        assert capsys.readouterr().out == "---\nid: a\nedition: ar\nheadline: حريق 😀\n---\n\nنص\n"
        assert len(newsroom.calls) == 2

    @pytest.mark.parametrize(("id", "reason"), [("x", "There is no such article"), ("..", "is not a valid article id")])
    @pytest.mark.usefixtures("newsroom")
    def test_a_missing_article_is_reported(self, id: str, reason: str, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["get", id]) == 1
        out, err = capsys.readouterr()
        assert out == ""
        assert err.startswith(f"{id}: ")
        assert reason in err


class TestListAndWithdraw:
    def test_list_prints_a_line_for_each_article_without_control_characters(
        self, newsroom: Newsroom, capsys: pytest.CaptureFixture[str]
    ) -> None:
        for number in range(3):
            newsroom.articles[f"n{number}"] = (1, {**STORY, "headline": "A\x1b[31m\n\u202eB", "status": "published"})
        assert main(["list", "--limit", "2"]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert [line.split() for line in lines] == [
            ["-", "published", "en", "-", f"n{n}", "A", "[31m", "B"] for n in (0, 1)
        ]
        assert main(["list", "--json", "--edition", "en"]) == 0
        assert [json.loads(line)["id"] for line in capsys.readouterr().out.splitlines()] == ["n0", "n1", "n2"]

    def test_a_refused_list_is_reported_with_the_reason(
        self, newsroom: Newsroom, capsys: pytest.CaptureFixture[str]
    ) -> None:
        newsroom.script.append(Answer(400, {"errors": [{"field": "edition", "rule": "must be one of en, ar"}]}))
        assert main(["list", "--edition", "fr"]) == 1
        assert capsys.readouterr().err == "list: edition must be one of en, ar\n"

    def test_withdraw_goes_on_after_a_refusal(self, newsroom: Newsroom, capsys: pytest.CaptureFixture[str]) -> None:
        newsroom.articles = {"a": (1, dict(STORY)), "c": (1, dict(STORY))}
        assert main(["withdraw", "a", "b", "c"]) == 1
        out, err = capsys.readouterr()
        url = "  https://courier.example/en/x/"
        assert out.splitlines() == ["a  withdrawn  Fire", f"{url}a/", "c  withdrawn  Fire", f"{url}c/"]
        assert err == "b: There is no such article\n"
        assert not newsroom.articles


class TestUsage:
    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ([], "Usage: broadsheet [OPTIONS] COMMAND"),
            (["put"], "Missing argument 'FILE...'"),
            (["put", "--if-match"], "Option '--if-match' requires an argument"),
            (["put", "--if-match", "1", "--only-new", "a.md"], "--if-match and --only-new exclude each other"),
            (["list", "--limit", "0"], "Invalid value for '--limit'"),
            (["get", "x", "--api", "x.org"], "'x.org' is not a URL such as https://api.example.org"),
        ],
    )
    def test_wrong_usage_ends_with_status_2(
        self, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(arguments) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert message in err

    def test_the_site_can_be_named_before_the_command_or_after_it(
        self, newsroom: Newsroom, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        newsroom.articles["a"] = (1, dict(STORY))
        monkeypatch.setenv("BROADSHEET_API", unused_url())
        assert main(["--api", newsroom.api, "get", "a"]) == 0
        assert main(["get", "a", "--api", newsroom.api]) == 0
        assert main(["--api", unused_url(), "get", "a", "--api", newsroom.api]) == 0
        assert len(newsroom.calls) == 3

    @pytest.mark.parametrize("arguments", [[], ["put"], ["get"], ["list"], ["show"], ["withdraw"], ["ads", "put"]])
    def test_help_explains_the_exit_status_and_the_environment_variables(
        self, arguments: list[str], capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main([*arguments, "--help"]) == 0
        output = capsys.readouterr().out
        assert all(word in output for word in ("Exit status:", "BROADSHEET_API", "AWS_PROFILE"))
        assert all(len(line) <= 120 for line in output.splitlines())

    def test_the_example_file_in_the_help_is_valid(self, write: Write, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["put", "--help"]) == 0
        output = capsys.readouterr().out
        example = output[output.index("    ---") : output.index("A JSON file")]
        entry = only(write("a.md", "\n".join(line[4:] for line in example.splitlines())))
        assert entry.id == "harbour-fire"
        assert entry.article["published_at"] == "2025-04-15T09:30:00+03:00"

    def test_an_unknown_profile_and_missing_credentials_are_one_sentence_each(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
            monkeypatch.delenv(name, raising=False)
        for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
            monkeypatch.setenv(name, str(tmp_path / "none"))
        monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        assert main(["get", "x", "--profile", "nobody"]) == 2
        assert main(["get", "x", "--api", "https://api.example.org"]) == 2
        profile, credentials = capsys.readouterr().err.splitlines()
        assert "nobody" in profile
        assert credentials.startswith("There are no AWS credentials for https://api.example.org; ")

    def test_a_closed_pipe_is_no_error(self, newsroom: Newsroom) -> None:
        newsroom.articles = {f"n{number}": (1, {**STORY, "headline": "x" * 9000}) for number in range(20)}
        entry = (
            f"import sys; from broadsheet_cli.command import main; sys.exit(main(['list', '--api', {newsroom.api!r}]))"
        )
        with subprocess.Popen(  # noqa: S603  # our own interpreter, our own words
            [sys.executable, "-c", entry], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as process:
            assert process.stdout
            assert process.stderr
            process.stdout.close()
            assert process.stderr.read() == b""
        assert process.returncode == 0
