"""Markdown files: front matter, headings with pages, paragraphs."""

from pathlib import Path

import pytest

from kb.errors import ReadingError
from kb.reading.markdown import KINDS, READ, read
from kb.records import Document, Section, Study

FULL = """\
---
citekey: smith2020
kind: digest
read: partial text
design: randomised trial
setting: general practice
country: United Kingdom
sample: 400 patients,
  all adults
---

# On reminders

The opening.

## Results {page=12}

First line,
and its second.

Another paragraph.

### Costs {page=iv–v} ###

What it cost.
"""


def document(folder: Path, content: str | bytes) -> Document:
    path = folder / "smith2020.md"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read(path, "smith2020")


def block_texts(given: Document) -> list[str]:
    return [given.text[start:end] for start, end in given.blocks]


def headings(given: Document) -> list[tuple[str, str]]:
    return [(section.heading, section.page_label) for section in given.sections]


def test_front_matter_tells_what_was_read_and_of_which_study(tmp_path: Path) -> None:
    given = document(tmp_path, FULL)
    assert (given.citekey, given.kind, given.read) == ("smith2020", "digest", "partial text")
    assert given.study == Study(
        "randomised trial", "general practice", "United Kingdom", "400 patients, all adults"
    )


def test_paragraphs_are_what_stands_between_headings(tmp_path: Path) -> None:
    assert block_texts(document(tmp_path, FULL)) == [
        "The opening.",
        "First line,\nand its second.",
        "Another paragraph.",
        "What it cost.",
    ]


def test_headings_tell_the_printed_page(tmp_path: Path) -> None:
    given = document(tmp_path, FULL)
    assert headings(given) == [("On reminders", ""), ("Results", "12"), ("Costs", "iv–v")]
    assert [given.text[s.start :].split()[0] for s in given.sections] == ["#", "##", "###"]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("# Plain", ("Plain", "")),
        ("###### Deep", ("Deep", "")),
        ("## Closed ##", ("Closed", "")),
        ("##   Spaced   {page=3}   ", ("Spaced", "3")),
        ("## Results{page=3}", ("Results", "3")),
        ("## Braces {not a page}", ("Braces {not a page}", "")),
        ("## On {page=3} of it", ("On {page=3} of it", "")),
    ],
)
def test_a_heading_is_read_without_its_marks(
    tmp_path: Path, line: str, expected: tuple[str, str]
) -> None:
    given = document(tmp_path, f"{line}\ntext\n")
    assert headings(given) == [expected]
    assert block_texts(given) == ["text"]


@pytest.mark.parametrize("line", ["#hashtag", "####### seven", "a # b", " # indented"])
def test_what_only_looks_like_a_heading_is_text(tmp_path: Path, line: str) -> None:
    given = document(tmp_path, f"{line}\n")
    assert given.sections == ()
    assert block_texts(given) == [line.strip()]


def test_a_heading_parts_paragraphs_without_empty_lines(tmp_path: Path) -> None:
    given = document(tmp_path, "one\n# Head\ntwo\n")
    assert block_texts(given) == ["one", "two"]
    assert given.sections == (Section(4, "Head"),)


def test_without_front_matter_it_is_an_original_read_in_full(tmp_path: Path) -> None:
    given = document(tmp_path, "# Head\n\nText.\n")
    assert (given.kind, given.read, given.study) == ("original", "full text", Study())
    assert block_texts(given) == ["Text."]


def test_a_rule_further_down_is_no_front_matter(tmp_path: Path) -> None:
    given = document(tmp_path, "Text.\n\n---\nkind: digest\n---\n")
    assert given.kind == "original"
    assert block_texts(given)[0] == "Text."


def test_windows_line_ends_change_nothing(tmp_path: Path) -> None:
    plain = document(tmp_path, FULL)
    assert document(tmp_path, FULL.replace("\n", "\r\n")) == plain


def test_a_byte_order_mark_does_not_hide_the_front_matter(tmp_path: Path) -> None:
    plain = document(tmp_path, FULL)
    assert document(tmp_path, b"\xef\xbb\xbf" + FULL.encode()) == plain


def test_front_matter_alone_is_a_document_without_text(tmp_path: Path) -> None:
    given = document(tmp_path, "---\nkind: digest\n---")
    assert given.kind == "digest"
    assert given.blocks == ()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("extent", READ)
def test_every_kind_and_extent_that_is_allowed_is_read(
    tmp_path: Path, kind: str, extent: str
) -> None:
    given = document(tmp_path, f"---\nkind: {kind}\nread: {extent}\n---\nText.\n")
    assert (given.kind, given.read) == (kind, extent)


@pytest.mark.parametrize(
    ("front", "complaint"),
    [
        ("citekey: jones2020", "the front matter says citekey 'jones2020'; they must agree"),
        ("kind: summary", "'kind' is 'summary'; use one of: digest, original"),
        (
            "read: some of it",
            "'read' is 'some of it'; use one of: full text, partial text, abstract, secondary",
        ),
        ("kind: digest\nsample: [a", "line 4: the front matter is not valid YAML"),
        ("kind: digest\nsample: a: b", "line 3: the front matter is not valid YAML"),
        ("- kind", "the front matter must be lines of the form 'name: value'"),
        ("just words", "the front matter must be lines of the form 'name: value'"),
    ],
)
def test_front_matter_that_is_wrong_is_told(tmp_path: Path, front: str, complaint: str) -> None:
    with pytest.raises(ReadingError) as caught:
        document(tmp_path, f"---\n{front}\n---\nText.\n")
    assert str(caught.value) == complaint


def test_front_matter_runs_no_code(tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    with pytest.raises(ReadingError):
        document(tmp_path, f"---\nkind: !!python/object/apply:os.mkdir ['{marker}']\n---\nText.\n")
    assert not marker.exists()


@pytest.mark.parametrize(
    "said", ["NO", "2024-13-45", "12:30", "010", "1_000", "yes", "null island"]
)
def test_what_the_front_matter_says_of_a_study_is_kept_letter_by_letter(
    tmp_path: Path, said: str
) -> None:
    assert document(tmp_path, f"---\nsample: {said}\n---\nText.\n").study.sample == said


def test_front_matter_that_does_not_end_is_told_rather_than_shown_as_an_original(
    tmp_path: Path,
) -> None:
    with pytest.raises(ReadingError):
        document(tmp_path, "---\nkind: digest\n\nA paraphrase.\n")


def test_a_file_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReadingError) as caught:
        document(tmp_path, "# Caf\xe9\n".encode("latin-1"))
    assert str(caught.value) == "not UTF-8 text (byte 5)"


def test_a_file_with_zero_bytes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReadingError) as caught:
        document(tmp_path, b"# Head\n\0\n")
    assert str(caught.value) == "not a text file (it holds zero bytes)"
