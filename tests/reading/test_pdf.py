"""PDF files: text and its order, pages, what is hidden, and what is no PDF that can be read."""

import re
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from kb.errors import ReadingError
from kb.reading.passages import cut
from kb.reading.pdf import MOST_PAGES, places, read, render
from kb.reading.pdf_page import read_page
from kb.records import Document
from tests.reading.typesetting import HEADING, Setting, objects, prose, typeset

SHARED = Path(__file__).parents[3] / "shared" / "pdfs"
SENTENCE = "Text message reminders raised attendance in general practice."


def blocks(document: Document) -> list[str]:
    return [document.text[start:end] for start, end in document.blocks]


def words_f1(found: str, meant: str) -> float:
    one, other = (Counter(re.findall(r"\w+", text)) for text in (found, meant))
    return 2 * (one & other).total() / (one.total() + other.total())


def drawn(path: Path, *lines: str, **keywords: object) -> Path:
    """A PDF of one page with a line for each text."""
    canvas = Canvas(str(path), invariant=True, **keywords)
    for row, line in enumerate(lines):
        canvas.drawString(72, 720 - 40 * row, line)
    canvas.save()
    return path


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


# -- what cannot be seen ----------------------------------------------------------------------


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


# -- the way back -----------------------------------------------------------------------------


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


# -- what cannot be read ----------------------------------------------------------------------

_ROOT, _CATALOGUE = "<< /Type /Pages /Kids [{}] /Count {} >>", "<< /Type /Catalog /Pages 2 0 R >>"
_PAGE = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 300] >>"


def complaint(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    with pytest.raises(ReadingError) as caught:
        read(path, "a")
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_files_that_are_no_pdf_or_none_any_more(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    assert complaint(path, b"").startswith("holds nothing (zero bytes)")
    assert complaint(path, b"<html>Sign in</html>").startswith("not a PDF")
    assert complaint(path, b"%PDF-1.4\nand no more").startswith("damaged or cut short")
    whole = drawn(tmp_path / "b.pdf", SENTENCE).read_bytes()
    assert complaint(path, whole[: len(whole) // 3]).startswith("damaged")


def test_a_page_tree_that_bites_its_tail(tmp_path: Path) -> None:
    content = objects(_CATALOGUE, _ROOT.format("2 0 R 2 0 R", 4))
    assert complaint(tmp_path / "a.pdf", content).startswith("damaged")


def test_more_pages_than_are_read(tmp_path: Path) -> None:
    kids = " ".join(f"{number + 3} 0 R" for number in range(5000))
    content = objects(_CATALOGUE, _ROOT.format(kids, 5000), *[_PAGE] * 5000)
    said = complaint(tmp_path / "a.pdf", content)
    assert said == f"has 5,000 pages, and at most {MOST_PAGES:,} are read; cut it into parts"


def test_pages_without_text(tmp_path: Path) -> None:
    canvas = Canvas(str(tmp_path / "b.pdf"))
    for _ in range(12):
        canvas.rect(100, 100, 50, 50)
        canvas.showPage()
    canvas.save()
    said = complaint(tmp_path / "a.pdf", (tmp_path / "b.pdf").read_bytes())
    assert said.startswith("all 12 pages have no text: scanned?")
    content = objects(_CATALOGUE, _ROOT.format("3 0 R", 1), _PAGE)
    assert complaint(tmp_path / "a.pdf", content).startswith("its only page has nothing on it")


def test_a_locked_file_is_read_only_if_it_opens_without_a_password(tmp_path: Path) -> None:
    owned = StandardEncryption("", ownerPassword="owner", canCopy=0)
    assert read(drawn(tmp_path / "a.pdf", SENTENCE, encrypt=owned), "a").text == SENTENCE
    locked = drawn(tmp_path / "b.pdf", SENTENCE, encrypt=StandardEncryption("secret"))
    assert complaint(tmp_path / "c.pdf", locked.read_bytes()).startswith("encrypted")


def test_a_file_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(ReadingError, match=r"^cannot be read \(No such file or directory\)$"):
        read(tmp_path / "a.pdf", "a")


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared PDF files are not here")
def test_real_files_are_read_or_refused_in_one_line() -> None:
    refused = {}
    for path in sorted(SHARED.glob("*/*.pdf")):
        try:
            document = read(path, path.stem)
        except ReadingError as error:
            refused[path.stem] = str(error)
            continue
        spans = sorted([*document.blocks, *document.references])
        assert all(0 <= a < b <= len(document.text) for a, b in spans)
        assert all(before[1] <= after[0] for before, after in pairwise(spans))
        assert list(document.page_starts) == sorted(document.page_starts)
    expected = ("image", "imagemagick", "password", "unreadablemetadata")
    assert [name for name in refused if not any(part in name for part in expected)] == []
