"""One page of a PDF: what can be seen on it, and which engine reads it."""

from pathlib import Path

import pypdfium2
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from kb.reading.pdf import read
from kb.reading.pdf_page import read_page
from tests.reading.typesetting import SENTENCE


def test_text_that_cannot_be_seen_is_left_out_and_said(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "a.pdf"))
    canvas.drawString(72, 700, SENTENCE)
    canvas.setFillGray(1)
    canvas.drawString(72, 650, "Whitewords on white.")
    canvas.setFillGray(0)
    canvas.setFont("Helvetica", 0.8)
    canvas.drawString(72, 600, "Tinywords are here.")
    canvas.setFont("Helvetica", 12)
    canvas.drawString(72, 2000, "Farwords are away.")
    unseen = canvas.beginText(72, 500)
    unseen.setTextRenderMode(3)
    unseen.textOut("Ghostwords say so.")
    canvas.drawText(unseen)
    canvas.save()
    document = read(tmp_path / "a.pdf", "a")
    assert document.text == SENTENCE
    assert document.notices == ("page 1: 12 words left out that cannot be seen on the page",)


def test_white_text_on_a_dark_bar_is_text(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "a.pdf"))
    canvas.setFillGray(0.2)
    canvas.rect(60, 640, 400, 30, fill=1)
    canvas.setFillGray(1)
    canvas.drawString(72, 650, SENTENCE)
    canvas.save()
    document = read(tmp_path / "a.pdf", "a")
    assert (document.text, document.notices) == (SENTENCE, ())


def test_what_an_ocr_program_laid_under_a_scan_is_its_text(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "a.pdf"))
    scan = ImageReader(Image.new("L", (60, 80), 200))
    canvas.drawImage(scan, 0, 0, width=595, height=842)
    unseen = canvas.beginText(72, 500)
    unseen.setTextRenderMode(3)
    unseen.textOut(SENTENCE)
    canvas.drawText(unseen)
    canvas.showPage()
    canvas.drawImage(scan, 0, 0, width=595, height=842)
    canvas.save()
    document = read(tmp_path / "a.pdf", "a")
    assert document.text == SENTENCE
    assert document.notices == (
        "page 2 has no text: scanned?",
        "page 1: scanned, the text is what an OCR program has read",
    )
    assert document.page_starts == (0, len(SENTENCE))


def test_pypdf_reads_a_page_that_pdfium_reads_badly(tmp_path: Path) -> None:
    pdfmetrics.registerFont(TTFont("Vera", "Vera.ttf"))
    canvas = Canvas(str(tmp_path / "a.pdf"))
    canvas.setFont("Vera", 10)
    canvas.drawString(72, 700, "\ue001\ue002\ue003 \ue004\ue005 xkcdqrtz")
    canvas.save()
    with pypdfium2.PdfDocument(tmp_path / "a.pdf") as pdf:
        page = read_page(pdf[0], lambda: f"{SENTENCE}\n\nMore of it.")
        assert page.second
        assert [piece.text for piece in page.pieces] == [SENTENCE, "More of it."]
        assert not read_page(pdf[0], lambda: "").second
