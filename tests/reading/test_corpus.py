"""The folder corpus/: which files stand for sources, and what is said of the others."""

import hashlib
import os
from pathlib import Path

import pytest

from kb.reading.corpus import CorpusFile, digest, read, scan
from kb.records import Document, Problem

KEYS = {"smith2020", "jones2021"}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "base"
    (folder / "corpus").mkdir(parents=True)
    return folder


def put(home: Path, name: str, content: bytes = b"Words.\n") -> Path:
    path = home / "corpus" / name
    path.write_bytes(content)
    return path


def problems(home: Path) -> dict[str, str]:
    """What is wrong with each file, "" for those that are to be read."""
    return {f.path: f.problem.what if f.problem else "" for f in scan(home, KEYS)}


def test_files_named_by_citekeys_are_listed_in_the_order_of_names(home: Path) -> None:
    smith = put(home, "smith2020.md", b"12345")
    jones = put(home, "jones2021.TXT", b"123")
    assert scan(home, KEYS) == [
        CorpusFile("corpus/jones2021.TXT", "jones2021", 3, jones.stat().st_mtime_ns),
        CorpusFile("corpus/smith2020.md", "smith2020", 5, smith.stat().st_mtime_ns),
    ]


def test_a_corpus_that_is_empty_or_missing_has_no_files(home: Path, tmp_path: Path) -> None:
    assert scan(home, KEYS) == []
    assert scan(tmp_path / "nowhere", KEYS) == []


def test_a_file_without_an_entry_is_told(home: Path) -> None:
    put(home, "hall2019.md")
    (found,) = scan(home, KEYS)
    assert found.problem == Problem(
        "corpus/hall2019.md",
        "references.bib has no entry 'hall2019'",
        "add one, or give the file the name of an entry",
    )


def test_a_citekey_must_agree_in_case(home: Path) -> None:
    put(home, "Smith2020.md")
    assert problems(home) == {"corpus/Smith2020.md": "references.bib has no entry 'Smith2020'"}


def test_two_originals_for_one_citekey_are_both_told(home: Path) -> None:
    put(home, "smith2020.txt")
    put(home, "smith2020.html")
    put(home, "jones2021.md")
    both = "two files for one citekey (smith2020.html, smith2020.txt)"
    assert problems(home) == {
        "corpus/jones2021.md": "",
        "corpus/smith2020.html": both,
        "corpus/smith2020.txt": both,
    }


def test_a_markdown_file_may_be_the_digest_of_another(home: Path) -> None:
    put(home, "smith2020.md")
    put(home, "smith2020.txt")
    assert problems(home) == {"corpus/smith2020.md": "", "corpus/smith2020.txt": ""}


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("smith2020.xyz", "no reader for .xyz"),
        ("smith2020", "no reader for files without an ending"),
    ],
)
def test_an_ending_that_is_not_read_is_told(home: Path, name: str, complaint: str) -> None:
    put(home, name)
    (found,) = scan(home, KEYS)
    assert found.problem is not None
    assert found.problem.what == complaint
    assert ".md" in found.problem.next_step
    assert ".txt" in found.problem.next_step


def test_a_folder_is_told_and_not_entered(home: Path) -> None:
    (home / "corpus" / "smith2020").mkdir()
    put(home, "smith2020/jones2021.md")
    assert problems(home) == {
        "corpus/smith2020": "a folder, and folders in corpus/ are not read",
    }


@pytest.mark.parametrize("name", [".DS_Store", ".smith2020.md", "~$smith2020.docx", "~smith.md"])
def test_hidden_files_and_lock_files_are_passed_over(home: Path, name: str) -> None:
    put(home, name)
    assert scan(home, KEYS) == []


def test_a_link_that_leads_out_of_the_corpus_is_not_followed(home: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.md"
    secret.write_text("Not for the index.\n")
    (home / "corpus" / "smith2020.md").symlink_to(secret)
    (home / "corpus" / "jones2021.md").symlink_to(tmp_path / "gone.md")
    leads_out = "a link that leads out of corpus/"
    assert problems(home) == {"corpus/jones2021.md": leads_out, "corpus/smith2020.md": leads_out}


def test_a_link_to_a_folder_outside_is_not_entered(home: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "smith2020.md").write_text("Not for the index.\n")
    (home / "corpus" / "more").symlink_to(outside, target_is_directory=True)
    (found,) = scan(home, KEYS)
    assert found.path == "corpus/more"
    assert found.problem is not None


def test_a_corpus_that_is_itself_a_link_is_read(home: Path, tmp_path: Path) -> None:
    put(home, "smith2020.md")
    elsewhere = tmp_path / "elsewhere"
    (home / "corpus").rename(elsewhere)
    (home / "corpus").symlink_to(elsewhere, target_is_directory=True)
    assert problems(home) == {"corpus/smith2020.md": ""}


def test_a_digest_is_the_sha256_of_the_bytes(home: Path) -> None:
    content = os.urandom(100_000)
    assert digest(put(home, "smith2020.md", content)) == hashlib.sha256(content).hexdigest()


def test_a_file_that_is_gone_has_no_digest(home: Path) -> None:
    assert digest(home / "corpus" / "gone.md") == ""


def document(home: Path, name: str, content: bytes) -> Document | Problem:
    put(home, name, content)
    (found,) = scan(home, KEYS)
    return read(home, found)


@pytest.mark.parametrize(
    ("name", "sections"), [("smith2020.md", 1), ("smith2020.MD", 1), ("smith2020.txt", 0)]
)
def test_a_file_is_read_by_the_reader_for_its_ending(home: Path, name: str, sections: int) -> None:
    given = document(home, name, b"# Head\n\nText.\n")
    assert isinstance(given, Document)
    assert given.citekey == "smith2020"
    assert len(given.sections) == sections


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("smith2020.md", b"caf\xe9 society", "not UTF-8 text (byte 3)"),
        ("smith2020.txt", b"\x00\x01\x02", "not a text file"),
        ("smith2020.md", b"---\nkind: book\n---\n", "'kind' is 'book'"),
        ("smith2020.txt", b"", "holds no text"),
        ("smith2020.md", b"---\nkind: digest\n---\n\n# Only a heading\n", "holds no text"),
    ],
)
def test_a_file_that_cannot_be_read_is_a_problem_and_not_an_error(
    home: Path, name: str, content: bytes, complaint: str
) -> None:
    given = document(home, name, content)
    assert isinstance(given, Problem)
    assert given.where == f"corpus/{name}"
    assert given.what.startswith(complaint)
    assert given.next_step


def test_a_file_that_vanished_after_the_scan_is_a_problem(home: Path) -> None:
    path = put(home, "smith2020.md")
    (found,) = scan(home, KEYS)
    path.unlink()
    given = read(home, found)
    assert isinstance(given, Problem)
    assert given.what == "cannot be read (No such file or directory)"
