"""A PDF in, a Document out, and the way back from a passage to its place on a page.

PDFium (pypdfium2) gives text and boxes, pypdf what the file says of itself and a second reading
of pages that come out badly. The text is that of the pages one after another, without what runs
along their edges; a paragraph is one line of it, with an empty line before the next.

PDFium may crash on a hostile file: have it run in a child process (kb/reading/isolation.py).
"""

from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from kb.errors import ReadingError
from kb.reading import blocks, pdf_about
from kb.reading.blocks import HEADING, Block
from kb.reading.composing import Run, composed, known_words
from kb.reading.layout import Line, margins, regions
from kb.reading.pdf_page import ILLEGIBLE, Box, PageText, boxes, read_page
from kb.reading.repair import legibility, mended
from kb.records import Document

if TYPE_CHECKING:
    import pypdfium2

MOST_PAGES = 4000
"""A PDF of more pages is not read."""
_FEWEST_ASIDE = 15  # words
_MARKER = (255, 236, 110)  # yellow, as of a pen


@dataclass(frozen=True, slots=True)
class _Reading:
    document: Document
    pages: list[PageText]
    runs: list[Run]


def read(path: Path, citekey: str) -> Document:
    """The text of a PDF with its paragraphs, headings, pages and reference lists, and what a
    person should know of the reading. Raises ReadingError."""
    return _reading(path, citekey).document


def places(path: Path, start: int, end: int) -> list[tuple[int, Box]]:
    """Where `Document.text[start:end]` stands: pages (from 0) and boxes (left, bottom, right, top)
    in PDF points, a box for each stretch of a line. A page that pypdf has read is one box, since
    it gives no places. Raises ReadingError."""
    reading = _reading(path, "")
    found: dict[tuple[int, Box], None] = {}  # in order, each once
    with _opened(path) as pdf:
        for run in reading.runs:
            first, last = max(start, run.start), min(end, run.start + run.length)
            if first >= last:
                continue
            with closing(pdf[run.page]) as page:
                source = run.source + first - run.start
                for box in boxes(page, reading.pages[run.page], source, last - first):
                    found[run.page, box] = None
    return list(found)


def render(path: Path, start: int, end: int, out: Path) -> int:
    """Write a PNG of the page on which the passage begins, the passage marked in yellow; returns
    that page, from 1. Raises ReadingError, also when the passage stands on no page."""
    from PIL import Image, ImageChops, ImageDraw

    found = places(path, start, end)
    if not found:
        raise ReadingError("the passage stands on none of the pages; run: kb build")
    number = found[0][0]
    with _opened(path) as pdf, closing(pdf[number]) as page:
        bitmap = page.render(scale=2)
        converter = bitmap.get_posconv(page)
        picture = bitmap.to_pil().convert("RGB")
        marks = Image.new("RGB", picture.size, "white")
        drawn = ImageDraw.Draw(marks)
        for _, box in (place for place in found if place[0] == number):
            corners = [converter.to_bitmap(*box[at : at + 2]) for at in (0, 2)]
            across, down = (sorted(values) for values in zip(*corners, strict=True))
            drawn.rectangle((across[0], down[0], across[1], down[1]), fill=_MARKER)
    try:
        ImageChops.multiply(picture, marks).save(out, "PNG")
    except OSError as error:
        raise ReadingError(f"{out}: cannot be written ({error.strerror or error})") from None
    return number + 1


@contextmanager
def _opened(path: Path) -> Iterator["pypdfium2.PdfDocument"]:
    """The document, closed afterwards. Raises ReadingError in one line for what is none."""
    import pypdfium2

    try:
        with path.open("rb") as file:
            opening = file.read(1024)
    except OSError as error:
        raise ReadingError(f"cannot be read ({error.strerror})") from None
    if not opening:
        raise ReadingError("holds nothing (zero bytes); put the file there once more")
    if b"%PDF-" not in opening:
        raise ReadingError("not a PDF, whatever its name says; give it the ending that it is")
    try:
        pdf = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise ReadingError("encrypted: it asks for a password; save it without one") from None
        raise ReadingError("damaged or cut short; download or save it once more") from None
    with closing(pdf):
        count = len(pdf)
        if not count:
            raise ReadingError("damaged: it has no pages; download or save it once more")
        if count > MOST_PAGES:
            raise ReadingError(
                f"has {count:,} pages, and at most {MOST_PAGES:,} are read; cut it into parts"
            )
        yield pdf


def _reading(path: Path, citekey: str) -> _Reading:
    pages, labels, outline, notices = _engines(path)
    edges = margins([page.pieces for page in pages])
    lines = [
        regions([piece for piece in page.pieces if piece not in gone]) + _aside(page)
        for page, gone in zip(pages, edges.pieces, strict=True)
    ]
    found = _blocks(lines, outline)
    made = composed(found, len(pages), known_words(lines))
    opening = made.text[: made.page_starts[1] if len(pages) > 1 else None]
    edge = "\n".join(piece.text for piece in edges.pieces[0])
    document = Document(
        citekey=citekey,
        text=made.text,
        blocks=tuple(made.blocks),
        sections=tuple(made.sections),
        page_starts=tuple(made.page_starts),
        page_labels=edges.labels or labels,
        references=tuple(made.references),
        notices=notices,
        says=pdf_about.described(path, f"{edge}\n{opening}", _title(found)),
    )
    return _Reading(document, pages, made.runs)


def _aside(page: PageText) -> list[list[Line]]:
    """Text that runs another way than the page's, unless it is a stamp in the margin or the label
    of an axis."""
    words = sum(len(piece.text.split()) for piece in page.aside)
    return regions(page.aside) if words >= _FEWEST_ASIDE else []


def _engines(
    path: Path,
) -> tuple[list[PageText], tuple[str, ...], dict[int, set[str]], tuple[str, ...]]:
    """All that is asked of the file: its pages, their labels, its outline, and what to say."""
    import pypdfium2

    second = pdf_about.second_engine(path)
    pages: list[PageText] = []
    failed: list[int] = []
    with _opened(path) as pdf:
        for number in range(len(pdf)):
            try:
                with closing(pdf[number]) as page:
                    pages.append(read_page(page, partial(second, number)))
            except pypdfium2.PdfiumError:
                failed.append(number)
                pages.append(PageText([], mended("")))
        labels = tuple(pdf.get_page_label(number) for number in range(len(pdf)))
        outline = _outline(pdf)
    _refuse_empty(pages, failed)
    return pages, labels if any(labels) else (), outline, tuple(_notices(pages, failed))


def _outline(pdf: "pypdfium2.PdfDocument") -> dict[int, set[str]]:
    """For each page the titles that the outline has there, as blocks.plain gives them."""
    titles: dict[int, set[str]] = {}
    for bookmark in pdf.get_toc():
        place = bookmark.get_dest()
        page = place.get_index() if place else None
        title = blocks.plain(bookmark.get_title())
        if page is not None and len(title) > 2:
            titles.setdefault(page, set()).add(title)
    return titles


def _blocks(pages: list[list[list[Line]]], outline: dict[int, set[str]]) -> list[Block]:
    usual = blocks.measures(pages)
    found: list[Block] = []
    columns = 0
    for number, page in enumerate(pages):
        found += blocks.of_page(number, page, usual, outline.get(number, ()), columns)
        columns += len(page)
    return blocks.joined(found, usual)


def _title(found: list[Block]) -> str:
    """What is set largest on the first page; "" if nothing stands out."""
    headings = [b for b in found if b.kind == HEADING and b.page == 0 and " " in b.text]
    largest = max(headings, key=lambda block: block.lines[0][1].size, default=None)
    return largest.text if largest else ""


def _refuse_empty(pages: list[PageText], failed: list[int]) -> None:
    if any(page.pieces or page.aside for page in pages):
        return
    count = f"all {len(pages)} pages" if len(pages) > 1 else "its only page"
    have = "have" if len(pages) > 1 else "has"
    if failed:
        raise ReadingError("damaged: no page can be read; download or save it once more")
    if any(page.hidden for page in pages):
        raise ReadingError(f"{count} {have} no text that can be seen; print it anew to a PDF")
    if any(page.scanned for page in pages):
        raise ReadingError(f"{count} {have} no text: scanned? Let an OCR program read it first")
    raise ReadingError(f"{count} {have} nothing on them; add another file")


def _notices(pages: list[PageText], failed: list[int]) -> Iterator[str]:
    def which(chosen: Iterable[bool]) -> list[int]:
        return [number for number, is_so in enumerate(chosen) if is_so]

    scanned = which(page.scanned for page in pages)
    hidden = which(page.hidden > 0 for page in pages)
    second = which(page.second for page in pages)
    poor = which(page.mended.text != "" and not _legible(page) for page in pages)
    if failed:
        yield f"{_listed(failed)} could not be read"
    if scanned:
        yield f"{_listed(scanned)} {'have' if len(scanned) > 1 else 'has'} no text: scanned?"
    if any(page.ocr for page in pages):
        ocr = which(page.ocr for page in pages)
        yield f"{_listed(ocr)}: scanned, the text is what an OCR program has read"
    if second:
        yield f"{_listed(second)}: read by pypdf, since PDFium's text was hardly legible"
    if poor:
        yield f"{_listed(poor)}: hardly legible, letters may be missing or wrong"
    if hidden:
        words = sum(page.hidden for page in pages)
        yield f"{_listed(hidden)}: {words:,} words left out that cannot be seen on the page"


def _legible(page: PageText) -> bool:
    return legibility(" ".join(piece.text for piece in page.pieces)) >= 0.6 * ILLEGIBLE


def _listed(numbers: list[int]) -> str:
    """Pages counted from 0 as people write them: "page 3", "pages 1-4, 7"."""
    spans: list[list[int]] = []
    for number in numbers:
        if spans and spans[-1][1] == number:
            spans[-1][1] = number + 1
        else:
            spans.append([number + 1, number + 1])
    listed = ", ".join(f"{a}-{b}" if b > a else f"{a}" for a, b in spans)
    return f"page{'s' if len(numbers) > 1 else ''} {listed}"
