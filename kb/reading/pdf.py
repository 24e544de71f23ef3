"""A PDF in, a Document out, and the way back from a passage to its place on a page.

PDFium (pypdfium2) gives text and boxes, pypdf what the file says of itself and a second reading
of pages that come out badly. The text is that of the pages one after another, without what runs
along their edges; a paragraph is one line of it, with an empty line before the next.

PDFium may crash on a hostile file: have it run in a child process (kb/reading/isolation.py).
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from kb.errors import ReadingError
from kb.reading import blocks, pdf_about
from kb.reading.blocks import HEADING, Block
from kb.reading.composing import Run, composed, known_words
from kb.reading.layout import Line, regions, usual_gutter
from kb.reading.margins import margins
from kb.reading.measures import measures
from kb.reading.pdf_notices import SCANNED, notices, refuse_empty
from kb.reading.pdf_page import Box, PageText, boxes, read_page, scale
from kb.reading.repair import mended
from kb.records import Document

if TYPE_CHECKING:
    import pypdfium2

MOST_PAGES = 4000
"""A PDF of more pages is not read."""
_FEWEST_ASIDE = 15  # words
_TAIL = 4096  # bytes in which a whole file says that it ends
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
        bitmap = page.render(scale=scale(page))
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
        if "security" in str(error).lower():
            raise ReadingError("encrypted in a way of its own; save it without that") from None
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
    pages, labels, outline, said = _engines(path)
    edges = margins([page.pieces for page in pages])
    inner = [
        [piece for piece in page.pieces if piece not in gone]
        for page, gone in zip(pages, edges.pieces, strict=True)
    ]
    gutter = usual_gutter(inner)
    lines = [
        regions(pieces, gutter) + _aside(page) for pieces, page in zip(inner, pages, strict=True)
    ]
    found = _blocks(lines, outline)
    made = composed(found, len(pages), known_words(lines))
    if not made.blocks and any(page.scanned for page in pages):
        raise ReadingError(f"but for a stamp, its pages have {SCANNED}")
    opening = made.text[: made.page_starts[1] if len(pages) > 1 else None]
    edge = "\n".join(p.text for p in sorted(edges.pieces[0], key=lambda p: (p.top, p.x0)))
    document = Document(
        citekey=citekey,
        text=made.text,
        blocks=tuple(made.blocks),
        sections=tuple(made.sections),
        page_starts=tuple(made.page_starts),
        page_labels=_labels(edges.labels, labels),
        references=tuple(made.references),
        notices=said,
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
        attached = pdf.count_attachments()
    refuse_empty(pages, failed)
    said = [*_of_the_file(path, attached), *notices(pages, failed)]
    return pages, labels if any(labels) else (), outline, tuple(said)


def _of_the_file(path: Path, attached: int) -> Iterator[str]:
    """Notices of the file as a whole."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _TAIL))
        if b"%%EOF" not in file.read():
            yield "seems to be cut short, text may be missing; download or save it once more"
    if attached:
        what = f"{attached} attached files" if attached > 1 else "an attached file"
        yield f"has {what}, not read; save what you need and add it by itself"


def _labels(printed: tuple[str, ...], own: tuple[str, ...]) -> tuple[str, ...]:
    """What is printed on the pages goes before the labels that the file has, unless these say the
    same: then they know more, such as the roman numbers of a preface."""
    agreeing = sum(one == other for one, other in zip(printed, own, strict=False))
    return own if not printed or (own and 2 * agreeing >= len(own)) else printed


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
    usual = measures(pages)
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
