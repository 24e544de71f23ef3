"""The pages of a PDF in, what a person should know of their reading out, one line each."""

from collections.abc import Iterable, Iterator, Sequence

from kb.errors import ReadingError
from kb.reading.pdf_page import ILLEGIBLE, PageText
from kb.reading.repair import legibility

SCANNED = "no text: scanned?; have it read by OCR: kb add --ocr"
"""What is to be done with a file of pictures of pages."""
_FEW = 20  # words; fewer may be a stamp, the labels of a figure, a number


def refuse_empty(pages: Sequence[PageText], failed: Sequence[int]) -> None:
    """Raises ReadingError where no page has any text, with what there is instead. `failed` are the
    pages (from 0) that could not be opened."""
    if any(page.pieces or page.aside for page in pages):
        return
    count = f"all {len(pages):,} pages" if len(pages) > 1 else "its only page"
    have = "have" if len(pages) > 1 else "has"
    if failed:
        raise ReadingError("damaged: no page can be read; download or save it once more")
    if any(page.hidden for page in pages):
        raise ReadingError(f"{count} {have} no text that can be seen; print it anew to a PDF")
    if any(page.scanned for page in pages):
        raise ReadingError(f"{count} {have} {SCANNED}")
    raise ReadingError(
        f"{count} {have} nothing on {'them' if len(pages) > 1 else 'it'}; add another file"
    )


def notices(pages: Sequence[PageText], failed: Sequence[int]) -> Iterator[str]:
    """Which pages could not be read, have no text, or text that is not to be trusted."""
    scanned = _which(page.scanned and not page.pieces for page in pages)
    stamped = _which(page.scanned and bool(page.pieces) for page in pages)
    ocr = _which(page.ocr for page in pages)
    second = _which(page.second for page in pages)
    poor = _which(_hardly_legible(page) for page in pages)
    hidden = _which(page.hidden > 0 for page in pages)
    if failed:
        yield f"{listed(failed)} could not be read"
    if scanned:
        yield f"{listed(scanned)} {_have(scanned)} no text: scanned?"
    if stamped:
        yield f"{listed(stamped)} {_have(stamped)} hardly any text: scanned?"
    if ocr:
        yield f"{listed(ocr)}: scanned, the text is what an OCR program has read"
    if second:
        yield f"{listed(second)}: read by pypdf, since PDFium's text was hardly legible"
    if poor:
        yield f"{listed(poor)}: hardly legible, letters may be missing or wrong"
    if hidden:
        words = sum(page.hidden for page in pages)
        yield f"{listed(hidden)}: {words:,} words left out that cannot be seen on the page"


def listed(numbers: Sequence[int]) -> str:
    """Pages counted from 0 as people write them: "page 3", "pages 1-4, 7"."""
    spans: list[list[int]] = []
    for number in numbers:
        if spans and spans[-1][1] == number:
            spans[-1][1] = number + 1
        else:
            spans.append([number + 1, number + 1])
    written = ", ".join(f"{a}-{b}" if b > a else f"{a}" for a, b in spans)
    return f"page{'s' if len(numbers) > 1 else ''} {written}"


def _which(chosen: Iterable[bool]) -> list[int]:
    return [number for number, is_so in enumerate(chosen) if is_so]


def _have(numbers: Sequence[int]) -> str:
    return "have" if len(numbers) > 1 else "has"


def _hardly_legible(page: PageText) -> bool:
    text = " ".join(piece.text for piece in page.pieces)
    return text.count(" ") >= _FEW and legibility(text) < 0.6 * ILLEGIBLE
