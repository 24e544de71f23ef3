"""Plain text files, and where their paragraphs are."""

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.errors import ReadingError
from kb.reading.text import decoded, decoded_bytes, paragraphs, read

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
        (b"%PDF-1.7 words", "a PDF in spite of its name; name it .pdf"),
        (b"<!DOCTYPE html>\n<p>", "a web page in spite of its name; name it .html"),
        (b"PMX\0words", "not a text file (it holds zero bytes)"),
        (b"caf\xe9 \x01 society", "not a text file (byte 5 is a control character)"),
        ("W\0rds".encode("utf-16"), "not a text file (it holds zero bytes)"),
        ("Words".encode("utf-16-le"), "not a text file (it holds zero bytes)"),
        ("Words".encode("utf-16")[:-1], "begins as UTF-16 text and is not (byte 10)"),
        (b"\xff\xfe\x00\xd8\x00\xd8", "begins as UTF-16 text and is not (byte 2)"),
    ],
)
def test_what_is_not_text_is_refused(tmp_path: Path, content: bytes, complaint: str) -> None:
    with pytest.raises(ReadingError) as caught:
        read(written(tmp_path, content), "smith2020")
    assert str(caught.value) == complaint


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-8-sig"])
def test_a_byte_order_mark_tells_the_encoding(tmp_path: Path, encoding: str) -> None:
    content = "Café society.\r\n\r\n“Quoted”.".encode(encoding)
    document = read(written(tmp_path, content), "smith2020")
    assert document.text == "Café society.\n\n“Quoted”."
    assert document.notices == ()


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("windows-1252", "Café society"),
        ("windows-1252", "people’s views – “co-production” costs £5"),
        ("windows-1252", "Für die Gemeinden waren größere Maßnahmen nötig. Österreich bat darum."),
        ("windows-1252", "L’évaluation a été menée à Genève, où les élèves ont participé."),
        ("windows-1252", "La participación de los niños: ¿qué opinan? «Muchísimo»."),
        ("windows-1250", "Zażółć gęślą jaźń oraz źródła wiedzy o współpracy pacjentów i lekarzy."),
        ("windows-1251", "Участие пациентов в исследованиях улучшает качество помощи."),
        ("koi8_r", "Участие пациентов в исследованиях улучшает качество помощи."),
        ("cp932", "患者の参加は研究の質を高める。共同制作は重要である。"),
        ("gb18030", "患者参与研究可以提高研究质量，这一点非常重要。"),
    ],
)
def test_an_encoding_is_guessed_and_the_guess_is_said(
    tmp_path: Path, encoding: str, text: str
) -> None:
    document = read(written(tmp_path, text.encode(encoding)), "smith2020")
    assert document.text == text
    assert document.notices == (
        f"read as {encoding}, which is a guess: if letters are wrong, save it as UTF-8",
    )


def test_an_encoding_is_guessed_from_the_lines_that_tell_it(tmp_path: Path) -> None:
    text = "Plain words.\n" * 20_000 + "Participação dos usuários é útil.\n"
    document = read(written(tmp_path, text.encode("latin-1")), "smith2020")
    assert document.text == text


def test_a_stray_control_character_does_not_make_a_text_something_else(tmp_path: Path) -> None:
    content = ("Café society. " * 100).encode("cp1252") + b"\x0b\x1f"
    document = read(written(tmp_path, content), "smith2020")
    assert document.text.startswith("Café society. Café")


def test_a_few_broken_letters_do_not_break_the_others(tmp_path: Path) -> None:
    content = ("“Quoted”, naïve café, déjà vu. " * 3).encode() + b"cut \xe2\x80"
    document = read(written(tmp_path, content), "smith2020")
    assert document.text.endswith("naïve café, déjà vu. cut \ufffd")
    assert document.notices == ("1 place is not UTF-8 and shown as \ufffd",)


def test_what_people_write_for_the_program_is_utf_8(tmp_path: Path) -> None:
    with pytest.raises(ReadingError, match=r"^not UTF-8 text \(byte 3\)$"):
        decoded(written(tmp_path, b"caf\xe9"))


def test_an_encoding_that_is_declared_is_no_guess() -> None:
    assert decoded_bytes("Příliš".encode("iso8859_2"), "iso8859_2") == ("Příliš", ())
    assert decoded_bytes("Příliš".encode(), "iso8859_2") == ("Příliš", ())
    assert decoded_bytes("患者".encode("iso-2022-jp"), "iso-2022-jp") == ("患者", ())


def test_letters_that_a_declared_encoding_does_not_have_are_told() -> None:
    assert decoded_bytes(b"caf\xe9 \x81 ", "cp1252") == (
        "café \ufffd ",
        ("1 place is not cp1252, as it says, and shown as \ufffd",),
    )


def test_front_matter_belongs_in_markdown(tmp_path: Path) -> None:
    with pytest.raises(ReadingError, match=r"name it \.md"):
        read(written(tmp_path, b"---\nkind: digest\n---\nWords."), "smith2020")


ENTRIES = (
    "Smith, J. and Jones, B. (2019) Reminders in general practice. BMJ Open, 9(3), pp. 1-9.",
    "Boivin A, Lehoux P, Burgers J. What are the key ingredients? Milbank Q. 2014;92(2):319-50.",
    "[3] A. Brown and C. Green, “Shared work,” J. Care, vol. 3, no. 2, pp. 4–9, 2018.",
    "Department of Health (2010) Equity and excellence: liberating the NHS. London: The Stationery "
    "Office.",
    "Ostrom, Elinor. Governing the Commons. Cambridge: Cambridge University Press, 1990.",
    "NHS England. (2021). Working in partnership. Available at: https://www.england.nhs.uk/x.",
)
PROSE = (
    "Smith and Jones (2019) found that reminders raised attendance by 12% (95% CI 8-16).",
    "In 2014, the Department of Health published a report on shared decisions.",
    "However, Brown et al. (2018) saw no effect, p. 12, and Green (2020) the reverse.",
)


def parts(folder: Path, *given: str) -> tuple[list[str], list[str]]:
    """The blocks and the reference lists of a text of these paragraphs."""
    document = read(written(folder, "\n\n".join(given).encode()), "smith2020")
    blocks = [document.text[start:end] for start, end in document.blocks]
    return blocks, [document.text[start:end] for start, end in document.references]


@pytest.mark.parametrize(
    "heading",
    ["References", "7. REFERENCES", "Bibliography:", "Works cited", "Literature", "Références"],
)
def test_a_reference_list_under_its_heading_is_no_evidence(tmp_path: Path, heading: str) -> None:
    blocks, references = parts(tmp_path, *PROSE, heading, *ENTRIES)
    assert blocks == list(PROSE)
    assert references == ["\n\n".join((heading, *ENTRIES))]


def test_a_reference_list_may_have_one_entry_a_line(tmp_path: Path) -> None:
    listed = "References\n" + "\n".join(ENTRIES)
    assert parts(tmp_path, PROSE[0], listed) == ([PROSE[0]], [listed])


def test_what_follows_a_reference_list_stays(tmp_path: Path) -> None:
    after = ("Appendix", *PROSE, "The last words of all.")
    blocks, references = parts(tmp_path, PROSE[0], "References", *ENTRIES, *after)
    assert blocks == [PROSE[0], *after]
    assert references == ["\n\n".join(("References", *ENTRIES))]


def test_five_references_in_a_row_need_no_heading(tmp_path: Path) -> None:
    assert parts(tmp_path, *PROSE, *ENTRIES)[0] == list(PROSE)
    assert parts(tmp_path, *PROSE, *ENTRIES[:4])[0] == [*PROSE, *ENTRIES[:4]]


def test_prose_under_a_heading_of_that_name_stays(tmp_path: Path) -> None:
    for heading in ("Literature", "Notes", "Sources", "References"):
        given = (heading, "We read what there was.", *PROSE, "That was little.")
        assert parts(tmp_path, *given) == (list(given), [])


def test_a_book_without_empty_lines_is_read_in_a_second(tmp_path: Path) -> None:
    content = b"A line of a book that somebody has typed without a single empty line\n" * 100_000
    begun = time.monotonic()
    read(written(tmp_path, content), "smith2020")
    assert time.monotonic() - begun < 10


def test_rows_of_a_table_of_studies_stay(tmp_path: Path) -> None:
    rows = [f"Smith, J. et al. (20{n}) | RCT | 4(2) sites | pp. 1-9" for n in range(10, 20)]
    assert parts(tmp_path, *rows) == (rows, [])


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
