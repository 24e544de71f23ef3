"""The way back from a passage of a PDF to its place on the page."""

import re
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image
from pypdf import PdfWriter
from reportlab.pdfgen.canvas import Canvas

from kb.errors import ReadingError
from kb.reading.pdf import places, read, render
from tests.reading.typesetting import SENTENCE, Setting, drawn, prose, typeset


def test_a_passage_is_found_on_its_page_line_by_line(tmp_path: Path) -> None:
    typeset(tmp_path / "a.pdf", prose(2, 40), Setting(columns=2, hyphens=True))
    document = read(tmp_path / "a.pdf", "a")
    chosen = next(b for b in document.blocks if b[0] > document.page_starts[1])
    found = places(tmp_path / "a.pdf", *chosen)
    assert {page for page, _ in found} <= {1, 2}
    with pypdfium2.PdfDocument(tmp_path / "a.pdf") as pdf:
        said = "".join(pdf[p].get_textpage().get_text_bounded(*box) for p, box in found)
    letters = re.sub(r"[^a-z]", "", document.text[slice(*chosen)].casefold())
    assert re.sub(r"[^a-z]", "", said.casefold()) == letters


def test_a_page_is_drawn_with_the_passage_marked(tmp_path: Path) -> None:
    path = drawn(tmp_path / "a.pdf", "Nothing of note on this line.", SENTENCE)
    document = read(path, "a")
    start = document.text.index("reminders")
    assert render(path, start, start + len("reminders"), tmp_path / "a.png") == 1
    with Image.open(tmp_path / "a.png") as picture:
        colours = {picture.getpixel((x, picture.height - 2 * 683)) for x in range(picture.width)}
        assert (255, 236, 110) in colours
        assert (255, 236, 110) not in {picture.getpixel((x, 20)) for x in range(picture.width)}


def test_a_passage_that_is_not_there_cannot_be_drawn(tmp_path: Path) -> None:
    path = drawn(tmp_path / "a.pdf", SENTENCE)
    with pytest.raises(ReadingError, match="stands on none of the pages"):
        render(path, 10_000, 10_001, tmp_path / "a.png")


def test_every_passage_of_an_article_is_found_with_its_own_words(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    typeset(path, prose(7, 24), Setting(columns=2, heads=True, hyphens=True, ligatures=True))
    document = read(path, "a")
    with pypdfium2.PdfDocument(path) as pdf:
        for start, end in document.blocks:
            found = places(path, start, end)
            said = "".join(pdf[p].get_textpage().get_text_bounded(*box) for p, box in found)
            said = re.sub(r"[^a-z]", "", said.casefold().replace("ﬁ", "fi").replace("ﬂ", "fl"))
            assert said == re.sub(r"[^a-z]", "", document.text[start:end].casefold())


def test_a_page_that_lies_on_its_side_is_marked_where_the_words_are(tmp_path: Path) -> None:
    writer = PdfWriter(clone_from=drawn(tmp_path / "b.pdf", SENTENCE))
    writer.pages[0].rotate(90)
    writer.write(tmp_path / "a.pdf")
    assert render(tmp_path / "a.pdf", 0, len(SENTENCE), tmp_path / "a.png") == 1
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.width > picture.height
        marked = [
            (x, y)
            for x in range(0, picture.width, 4)
            for y in range(0, picture.height, 4)
            if picture.getpixel((x, y)) == (255, 236, 110)
        ]
    # Turned clockwise, what was near the top is at the right, and the left is at the top.
    assert min(x for x, _ in marked) > picture.width * 0.8
    assert min(y for _, y in marked) < 160


def test_a_poster_is_drawn_no_larger_than_can_be_looked_at(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "a.pdf"), pagesize=(14_400, 7_200))
    canvas.setFont("Helvetica", 200)
    canvas.drawString(720, 5_000, SENTENCE)
    canvas.save()
    assert render(tmp_path / "a.pdf", 0, 4, tmp_path / "a.png") == 1
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.size == (4_000, 2_000)


def test_a_picture_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    path = drawn(tmp_path / "a.pdf", SENTENCE)
    with pytest.raises(ReadingError, match="cannot be written"):
        render(path, 0, 4, tmp_path / "nowhere" / "a.png")
