"""What is no PDF, or none that can be read: a line that says what, and what to do."""

import zlib
from itertools import pairwise
from pathlib import Path

import pytest
from PIL import Image
from pypdf import PdfWriter
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from kb.errors import ReadingError
from kb.reading.corpus import listed
from kb.reading.isolation import Limits, read_all
from kb.reading.pdf import MOST_PAGES, read
from kb.records import Document, Problem
from tests.reading.typesetting import SENTENCE, drawn, objects, prose, typeset

_PLACES = (Path(__file__).parents[3] / "shared" / "pdfs", Path("/work/shared/pdfs"))
SHARED = next((folder for folder in _PLACES if folder.is_dir()), _PLACES[0])
LIMITS = Limits(seconds=60, memory_mb=1500, file_mb=200, pages=3000)

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


def test_one_page_that_cannot_be_read_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    text = f"BT /F1 12 Tf 72 200 Td ({SENTENCE}) Tj ET"
    content = objects(
        _CATALOGUE,
        _ROOT.format("3 0 R 2 0 R", 2),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 500 300] /Contents 4 0 R"
        " /Resources << /Font << /F1 5 0 R >> >> >>",
        f"<< /Length {len(text)} >>\nstream\n{text}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    (tmp_path / "a.pdf").write_bytes(content)
    document = read(tmp_path / "a.pdf", "a")
    assert document.text == SENTENCE
    assert document.notices == ("page 2 could not be read",)


def test_a_file_that_lost_its_end_says_so_where_it_can_still_be_read(tmp_path: Path) -> None:
    typeset(tmp_path / "a.pdf", prose(4, 60))
    content = (tmp_path / "a.pdf").read_bytes()
    whole = read(tmp_path / "a.pdf", "a")
    (tmp_path / "a.pdf").write_bytes(content[: content.rindex(b"startxref")])
    document = read(tmp_path / "a.pdf", "a")
    assert document.text == whole.text
    assert document.notices[0].startswith("seems to be cut short")


def test_scans_with_no_more_than_a_stamp_are_scans(tmp_path: Path) -> None:
    scan = ImageReader(Image.new("L", (60, 80), 200))
    canvas = Canvas(str(tmp_path / "a.pdf"))
    canvas.drawString(72, 700, f"A cover. {SENTENCE}")
    canvas.showPage()
    for number in range(3):
        canvas.drawImage(scan, 0, 0, width=595, height=842)
        canvas.drawString(72, 20, f"Downloaded by page {'abc'[number]}")
        canvas.showPage()
    canvas.save()
    document = read(tmp_path / "a.pdf", "a")
    assert document.notices == ("pages 2-4 have hardly any text: scanned?",)
    canvas = Canvas(str(tmp_path / "b.pdf"))
    for number in range(3):
        canvas.drawImage(scan, 0, 0, width=595, height=842)
        canvas.drawString(290, 20, str(number + 1))
        canvas.showPage()
    canvas.save()
    said = complaint(tmp_path / "b.pdf", (tmp_path / "b.pdf").read_bytes())
    assert "scanned?" in said
    assert "kb add --ocr" in said


def test_attached_files_are_said_to_be_not_read(tmp_path: Path) -> None:
    drawn(tmp_path / "a.pdf", SENTENCE)
    writer = PdfWriter(clone_from=tmp_path / "a.pdf")
    writer.add_attachment("table.csv", b"a,b")
    writer.write(tmp_path / "b.pdf")
    assert read(tmp_path / "b.pdf", "a").notices == (
        "has an attached file, not read; save what you need and add it by itself",
    )


@pytest.mark.parametrize("name", ["two words", "🙂", "\u200fعربي", "e\u0301tude", "-rf", "a'b%20"])
def test_a_file_may_have_any_name(tmp_path: Path, name: str) -> None:
    assert read(drawn(tmp_path / f"{name}.pdf", SENTENCE), "a").text == SENTENCE


# -- what must be read apart --------------------------------------------------------------------


def stream(content: bytes, more: str = "") -> str:
    entries = f"<< /Length {len(content)} /Filter /FlateDecode {more} >>"
    return f"{entries}\nstream\n{content.decode('latin-1')}\nendstream"


def swollen(unit: bytes, times: int) -> bytes:
    """What inflates to `times` units of a megabyte each."""
    packing = zlib.compressobj(1)
    whole = unit * (1_000_000 // len(unit))
    return b"".join([*(packing.compress(whole) for _ in range(times)), packing.flush()])


_ABOUT = "/Subtype /Image /Width 30000 /Height 30000 /BitsPerComponent 8 /ColorSpace /DeviceGray"


@pytest.mark.parametrize(
    ("page", "more", "about"),
    [
        ("/Contents 4 0 R", "", ""),
        ("/Resources << /XObject << /X 4 0 R >> >> /Contents 5 0 R", "", _ABOUT),
        ("", "/Metadata 4 0 R", "/Type /Metadata /Subtype /XML"),
    ],
    ids=["text", "picture", "metadata"],
)
def test_a_flate_bomb_harms_no_other_file(tmp_path: Path, page: str, more: str, about: str) -> None:
    (tmp_path / "corpus").mkdir()
    content = objects(
        f"<< /Type /Catalog /Pages 2 0 R {more} >>",
        _ROOT.format("3 0 R", 1),
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 300] {page} >>",
        stream(swollen(b"0 0 m 9 9 l S\n", 700), about),
        stream(zlib.compress(b"300 0 0 300 0 0 cm /X Do")),
    )
    (tmp_path / "corpus" / "a.pdf").write_bytes(content)
    drawn(tmp_path / "corpus" / "b.pdf", SENTENCE)
    bomb, other = read_all(tmp_path, listed(tmp_path), LIMITS)
    assert isinstance(bomb, Problem)
    assert bomb.what
    assert bomb.next_step
    assert isinstance(other, Document)


# -- files that others made --------------------------------------------------------------------


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
