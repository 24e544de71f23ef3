"""PDF files: the text and its order, headings, tables, pages, and what a file says of itself."""

import re
from collections import Counter
from pathlib import Path

import pytest
from reportlab.pdfgen.canvas import Canvas

from kb.reading.passages import cut
from kb.reading.pdf import read
from kb.records import Document
from tests.reading.typesetting import HEADING, SENTENCE, Setting, prose, typeset


def blocks(document: Document) -> list[str]:
    return [document.text[start:end] for start, end in document.blocks]


def words_f1(found: str, meant: str) -> float:
    one, other = (Counter(re.findall(r"\w+", text)) for text in (found, meant))
    return 2 * (one & other).total() / (one.total() + other.total())


SETTINGS = {
    "one column": Setting(),
    "two columns": Setting(columns=2),
    "two columns, line by line across": Setting(columns=2, across=True),
    "running heads": Setting(heads=True, first_page=181),
    "hyphens": Setting(columns=2, hyphens=True),
    "ligatures": Setting(ligatures=True),
    "all of it": Setting(columns=2, heads=True, hyphens=True, ligatures=True, first_page=9),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_the_paragraphs_of_an_article_come_out_as_they_were_put_in(
    tmp_path: Path, name: str
) -> None:
    meant = prose(len(name), 40)
    typeset(tmp_path / "a.pdf", meant, SETTINGS[name])
    document = read(tmp_path / "a.pdf", "a")
    assert words_f1(document.text, " ".join(meant)) >= 0.98
    assert blocks(document) == meant


def test_footnotes_come_apart_and_leave_paragraphs_whole(tmp_path: Path) -> None:
    meant = prose(5, 40)
    notes = {1: "See the letter of the department.", 2: "Data from the second round."}
    typeset(tmp_path / "a.pdf", meant, Setting(columns=2, notes=notes))
    document = read(tmp_path / "a.pdf", "a")
    found = blocks(document)
    marked = {f"1 {text}" for text in notes.values()}
    assert [block for block in found if block not in marked] == meant
    for page, text in notes.items():
        start = document.text.index(text)
        assert document.page_starts[page - 1] <= start < document.page_starts[page]


def test_headings_are_sections_and_reference_lists_no_passages(tmp_path: Path) -> None:
    one, two, three = prose(1, 3)
    entries = ["Smith A. Reminders in practice. J Small Trials 2020; 12: 1-9.", "Jones B. Letters."]
    text = [f"{HEADING}Methods", one, two, f"{HEADING}Results", three, f"{HEADING}References"]
    typeset(tmp_path / "a.pdf", [*text, *entries])
    document = read(tmp_path / "a.pdf", "a")
    assert [section.heading for section in document.sections] == [
        "Methods",
        "Results",
        "References",
    ]
    assert blocks(document) == [one, two, three]
    assert [document.text[a:b] for a, b in document.references] == ["\n\n".join(entries)]
    where = [p.locator.section for p in cut(document, lambda text: len(text.split()), 10_000)]
    assert where == ["Methods", "Methods", "Results"]


def test_what_follows_a_reference_list_without_a_heading_is_evidence_again(tmp_path: Path) -> None:
    before, *after = prose(6, 6)
    entries = [
        f"Smith {initial}. Reminders in practice, part {initial}. J Small Trials 2020; 12: 1-9."
        for initial in "ABCDE"
    ]
    text = [f"{HEADING}Results", before, f"{HEADING}References", *entries, *after]
    typeset(tmp_path / "a.pdf", text)
    document = read(tmp_path / "a.pdf", "a")
    assert blocks(document) == [before, *after]
    assert [document.text[a:b] for a, b in document.references] == ["\n\n".join(entries)]


def test_a_list_of_references_needs_no_heading_where_it_is_numbered(tmp_path: Path) -> None:
    (before,) = prose(8, 1)
    entries = [
        f"[{number}] A. Smith and B. Jones. On reminders. In Proc. Trials, pages 1-9, 20{number}0."
        for number in range(1, 6)
    ]
    typeset(tmp_path / "a.pdf", [before, *entries])
    document = read(tmp_path / "a.pdf", "a")
    assert blocks(document) == [before]
    assert [document.text[a:b] for a, b in document.references] == ["\n\n".join(entries)]


def test_an_abstract_in_large_print_is_text_and_no_heading(tmp_path: Path) -> None:
    abstract, *body = prose(9, 12)
    canvas = Canvas(str(tmp_path / "a.pdf"))
    canvas.setFont("Times-Bold", 20)
    canvas.drawString(72, 780, "Reminders in practice")
    for text, size, top in ((abstract, 14, 740), (" ".join(body[:4]), 10, 500)):
        words, width = text.split(), 36 if size < 12 else 26
        lines = canvas.beginText(72, top)
        lines.setFont("Times-Roman", size)
        for start in range(0, len(words), width // 3):
            lines.textLine(" ".join(words[start : start + width // 3]))
        canvas.drawText(lines)
    canvas.save()
    document = read(tmp_path / "a.pdf", "a")
    assert [section.heading for section in document.sections] == ["Reminders in practice"]
    assert abstract in blocks(document)


def test_bold_sentences_are_text_and_bold_headings_may_take_two_lines(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "a.pdf"))
    rows = [
        (True, "What the people who run practices"),
        (True, "have to say of reminders"),
        (False, ""),
        *[(False, f"{SENTENCE} So it was in {town}.") for town in ("Lund", "Oslo", "Riga", "Bern")],
        (False, ""),
        (True, "Key message: reminders work well in most practices and"),
        (True, "should be sent to all who have agreed to be sent some."),
        (False, ""),
        *[(False, f"{SENTENCE} So it was in {town}.") for town in ("Rome", "Kiev", "Bath", "Nice")],
        (False, "In all of these towns it was the staff that found the"),
        (False, "results."),
    ]
    for row, (bold, text) in enumerate(rows):
        canvas.setFont("Helvetica-Bold" if bold else "Helvetica", 10)
        canvas.drawString(72, 740 - 12 * row, text)
    canvas.save()
    document = read(tmp_path / "a.pdf", "a")
    heading = "What the people who run practices have to say of reminders"
    assert [section.heading for section in document.sections] == [heading]
    assert f"{rows[8][1]} {rows[9][1]}" in blocks(document)
    assert blocks(document)[-1].endswith("staff that found the results.")


def test_page_numbers_as_printed_and_as_counted(tmp_path: Path) -> None:
    typeset(tmp_path / "a.pdf", prose(3, 40), Setting(heads=True, first_page=181))
    document = read(tmp_path / "a.pdf", "a")
    pages = len(document.page_starts)
    assert document.page_labels == tuple(str(181 + page) for page in range(pages))
    last = list(cut(document, lambda text: len(text.split()), 10_000))[-1]
    assert (last.locator.page, last.locator.page_label) == (pages, str(180 + pages))


def test_labels_of_the_file_where_none_are_printed(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "a.pdf"))
    for number, style in enumerate(["ROMAN_LOWER", "ROMAN_LOWER", "ARABIC"]):
        canvas.addPageLabel(number, style=style, start=1 if number == 2 else number + 1)
        canvas.drawString(72, 500, f"{SENTENCE} That was part {'abc'[number]} of it.")
        canvas.showPage()
    canvas.save()
    assert read(tmp_path / "a.pdf", "a").page_labels == ("i", "ii", "1")


def test_labels_of_the_file_tell_more_where_they_agree_with_the_printed_ones(
    tmp_path: Path,
) -> None:
    canvas = Canvas(str(tmp_path / "a.pdf"))
    canvas.addPageLabel(0, style="ROMAN_LOWER", start=1)
    canvas.addPageLabel(2, style="ARABIC", start=1)
    for number in range(8):
        canvas.drawString(72, 500, f"{SENTENCE} That was part {'abcdefgh'[number]} of it.")
        if number > 1:
            canvas.drawString(300, 30, str(number - 1))
        canvas.showPage()
    canvas.save()
    labels = ("i", "ii", "1", "2", "3", "4", "5", "6")
    assert read(tmp_path / "a.pdf", "a").page_labels == labels


def test_a_table_gives_a_passage_a_row_and_a_caption_is_one(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "a.pdf"))
    canvas.drawString(72, 700, "Table 1. Attendance by group")
    rows = [("Group", "Attended", "Of all"), ("Letters", "120", "60%"), ("Messages", "144", "72%")]
    for row, cells in enumerate(rows):
        for column, cell in enumerate(cells):
            canvas.drawString(72 + 120 * column, 680 - 16 * row, cell)
    canvas.drawString(72, 600, SENTENCE)
    canvas.save()
    assert blocks(read(tmp_path / "a.pdf", "a")) == [
        "Table 1. Attendance by group",
        "Group  Attended  Of all",
        "Letters  120  60%",
        "Messages  144  72%",
        SENTENCE,
    ]


def test_numbers_beside_the_lines_of_a_manuscript_are_no_text(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "a.pdf"))
    meant = "the trial had many patients and few of them ever came to the clinic".split()
    for row, word in enumerate(meant):
        canvas.drawString(40, 700 - 24 * row, str(row + 1))
        canvas.drawString(90, 700 - 24 * row, f"{word} and then more words to fill the line,")
    canvas.save()
    text = read(tmp_path / "a.pdf", "a").text
    assert not re.search(r"\d", text)
    assert [word for word in meant if word not in text] == []


def test_the_outline_tells_headings_that_look_like_text(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "a.pdf"))
    canvas.bookmarkPage("here")
    canvas.addOutlineEntry("What people told us", "here")
    canvas.drawString(72, 700, "2.1 What people told us")
    canvas.drawString(72, 660, SENTENCE)
    canvas.save()
    document = read(tmp_path / "a.pdf", "a")
    assert [section.heading for section in document.sections] == ["2.1 What people told us"]
    assert blocks(document) == [SENTENCE]


def test_what_a_file_says_of_itself(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "a.pdf"))
    canvas.setTitle("Reminders in general practice")
    canvas.setAuthor("Ann Smith; Bob Jones and Chi Lee")
    canvas.drawString(72, 740, "J Small Trials, Vol. 12, March 2019, doi:10.1234/jst.2019.(5)-x.")
    canvas.drawString(72, 700, SENTENCE)
    canvas.save()
    says = read(tmp_path / "a.pdf", "a").says
    assert says.title == "Reminders in general practice"
    assert says.authors == ("Ann Smith", "Bob Jones", "Chi Lee")
    assert (says.year, says.doi) == ("2019", "10.1234/jst.2019.(5)-x")


def test_a_title_that_a_program_made_up_gives_way_to_the_printed_one(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "a.pdf"))
    canvas.setTitle("Microsoft Word - final_v3.doc")
    canvas.setFont("Helvetica-Bold", 18)
    canvas.drawString(72, 740, "Reminders in practice")
    canvas.setFont("Helvetica", 10)
    for row in range(9):
        canvas.drawString(72, 700 - 12 * row, SENTENCE)
    canvas.save()
    assert read(tmp_path / "a.pdf", "a").says.title == "Reminders in practice"
