"""Plain text files, and where their paragraphs are."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.errors import ReadingError
from kb.reading.text import paragraphs, read

TEXTS = st.text(st.one_of(st.sampled_from("ab \n\t\r\u2028"), st.characters(codec="utf-8")))


def written(folder: Path, content: bytes) -> Path:
    path = folder / "smith2020.txt"
    path.write_bytes(content)
    return path


def paragraph_texts(folder: Path, content: bytes) -> list[str]:
    document = read(written(folder, content), "smith2020")
    return [document.text[start:end] for start, end in document.blocks]


def test_paragraphs_are_parted_by_empty_lines(tmp_path: Path) -> None:
    content = b"\n\n  One line.\nAnother of it.  \n \t \n\nThe second.\n"
    assert paragraph_texts(tmp_path, content) == ["One line.\nAnother of it.", "The second."]


def test_a_text_is_an_original_read_in_full(tmp_path: Path) -> None:
    document = read(written(tmp_path, b"Words.\n"), "smith2020")
    assert (document.citekey, document.kind, document.read) == (
        "smith2020",
        "original",
        "full text",
    )
    assert document.sections == ()
    assert document.text == "Words.\n"


def test_windows_and_old_mac_line_ends_part_paragraphs_too(tmp_path: Path) -> None:
    assert paragraph_texts(tmp_path, b"One\r\nline.\r\n\r\nTwo.\r\n") == ["One\nline.", "Two."]
    assert paragraph_texts(tmp_path, b"One.\r\rTwo.\r") == ["One.", "Two."]


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    assert paragraph_texts(tmp_path, b"\xef\xbb\xbfOne.") == ["One."]


def test_a_line_that_begins_with_any_kind_of_space_goes_on_with_its_paragraph(
    tmp_path: Path,
) -> None:
    content = "One\n\u00a0 two\n\tthree\n\u00a0\nfour".encode()
    assert paragraph_texts(tmp_path, content) == ["One\n\u00a0 two\n\tthree", "four"]


@pytest.mark.parametrize("content", [b"", b" \n\t\n", b"\xef\xbb\xbf"])
def test_a_file_without_words_has_no_paragraphs(tmp_path: Path, content: bytes) -> None:
    assert paragraph_texts(tmp_path, content) == []


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("Caf\xe9 society".encode("latin-1"), "not UTF-8 text (byte 3)"),
        ("Words".encode("utf-16"), "not UTF-8 text (byte 0)"),
        (b"%PDF\0words", "not a text file (it holds zero bytes)"),
    ],
)
def test_what_is_not_text_is_refused(tmp_path: Path, content: bytes, complaint: str) -> None:
    with pytest.raises(ReadingError) as caught:
        read(written(tmp_path, content), "smith2020")
    assert str(caught.value) == complaint


def test_a_file_that_is_gone_is_a_reading_error(tmp_path: Path) -> None:
    with pytest.raises(ReadingError, match=r"^cannot be read \(No such file or directory\)$"):
        read(tmp_path / "smith2020.txt", "smith2020")


@given(TEXTS)
@settings(deadline=None)
def test_paragraphs_hold_all_that_is_not_space_once_and_in_order(text: str) -> None:
    spans = paragraphs(text, 0, len(text))
    held = [text[start:end] for start, end in spans]
    assert "".join("".join(held).split()) == "".join(text.split())
    assert [part for part in held if part != part.strip() or not part] == []
    edges = [edge for span in spans for edge in span]
    assert edges == sorted(edges)


@given(TEXTS, st.data())
@settings(deadline=None)
def test_paragraphs_stay_within_the_part_that_is_asked_for(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    spans = paragraphs(text, start, end)
    assert all(start <= first < last <= end for first, last in spans)
    assert "".join("".join(text[a:b] for a, b in spans).split()) == "".join(text[start:end].split())
