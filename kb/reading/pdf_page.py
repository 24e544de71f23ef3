"""One page of a PDF in, the pieces of its lines out, each with its place; what is hidden stays out.

Coordinates are turned so that text runs to the right and lines follow downwards: `top` < `bottom`.
"""

import ctypes
import math
import re
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from typing import TYPE_CHECKING, Any, NamedTuple

from kb.reading.layout import Piece
from kb.reading.repair import Mended, legibility, mended

if TYPE_CHECKING:
    import pypdfium2

ILLEGIBLE = 0.7
"""Pages whose text scores less are read a second time, by pypdf."""
_TINY = 1.6  # points; print that can be read is larger
_HUGE = 20_000  # points; no page is as large
_GAP = 0.9  # of the size of the letters: wider, and it is no space between words
_PAPER = 235  # of 255: brighter ink is looked at on the page itself
_CONTRAST = 16  # of 255
_SCAN = 0.5  # of the page covered by a picture: unseen text on it is what OCR has read
_WHOLE = 0.8  # of the page covered by a picture with no more than a stamp on it: a scan
_STAMP = 20  # words
_DOTS = 4000  # at most, on the longer side of a page that is drawn
_BOLD = re.compile(r"bold|black|heavy|semibold|-bd|cmbx|sfbx|medi\b", re.IGNORECASE)
_WORD = re.compile(r"\S+")
_LINE = re.compile(r"\S(?:[^\n]*\S)?")
_OVERLAY = 3  # render mode of text that is not painted


class PageText(NamedTuple):
    """`pieces` of lines as the file has them, `aside` those that run another way than most of the
    page; `mended` is the engine's text, repaired.

    `hidden` counts the words kept out; `scanned` is True where there is no text, or no more than a
    stamp, but something else; `ocr` where the text lies unseen on a picture; `second` where pypdf
    has read it."""

    pieces: list[Piece]
    mended: Mended
    aside: tuple[Piece, ...] = ()
    hidden: int = 0
    scanned: bool = False
    ocr: bool = False
    second: bool = False


class _Style(NamedTuple):
    size: float
    turn: int  # quarter turns counter-clockwise
    bold: bool
    unseen: bool
    pale: bool


class _Word(NamedTuple):
    start: int
    end: int
    box: tuple[float, float, float, float]
    style: _Style


Box = tuple[float, float, float, float]
_Placed = tuple[_Word, tuple[float, ...]]


def read_page(page: "pypdfium2.PdfPage", second_engine: Callable[[], str]) -> PageText:
    """`second_engine()` gives pypdf's text of the page, "" if it has none or fails."""
    with closing(page.get_textpage()) as textpage:
        raw = textpage.get_text_range()
        text = mended(raw)
        if legibility(raw) < ILLEGIBLE:
            other = second_engine()
            if legibility(other) > legibility(raw) + 0.1:
                text = mended(other)
                return PageText(_typed(text.text), text, second=True)
        words = _words(textpage, text, _indices(textpage, raw), page.get_bbox())
        doubtful = len(words) < _STAMP or any(word.style.unseen for word in words)
        covered = _covered(page) if doubtful else 0.0
        ocr = covered >= _SCAN and any(word.style.unseen for word in words)
        shown = [word for word in words if not _hidden(word, ocr)]
        shown = _contrasting(page, shown)
        main, *others = _pieces(text.text, shown) or [[]]
        aside = tuple(piece for pieces in others for piece in pieces)
        stamped = covered >= _WHOLE and len(shown) < _STAMP and not ocr
        scanned = stamped or (not words and next(page.get_objects(max_depth=1), None) is not None)
        return PageText(main, text, aside, len(words) - len(shown), scanned, ocr)


def scale(page: "pypdfium2.PdfPage") -> float:
    """Dots for a point when a page is drawn: 2, less on a page as large as a poster."""
    return float(min(2.0, _DOTS / max(*page.get_size(), 1.0)))


def boxes(page: "pypdfium2.PdfPage", text: PageText, start: int, length: int) -> list[Box]:
    """Where `length` letters at `start` of the mended text stand, a box for each stretch; the
    whole page if pypdf has read it, since that gives no places."""
    if text.second:
        return [page.get_bbox()]
    with closing(page.get_textpage()) as textpage:
        index = _indices(textpage, textpage.get_text_range())
        first = index(text.mended.raw_at(start))
        last = index(text.mended.raw_at(start + length - 1))
        count = textpage.count_rects(first, last - first + 1)
        return [textpage.get_rect(number) for number in range(count)]


def _indices(textpage: Any, raw: str) -> Any:
    """From an offset in `raw` to PDFium's index: they part where it skips or doubles a sign."""
    import pypdfium2.raw as pdfium

    if textpage.count_chars() == len(raw):
        return lambda offset: offset
    units = [0]
    for sign in raw:
        units.append(units[-1] + (2 if ord(sign) > 0xFFFF else 1))
    return lambda offset: pdfium.FPDFText_GetCharIndexFromTextIndex(textpage.raw, units[offset])


def _words(textpage: Any, text: Mended, index: Any, seen: tuple[float, ...]) -> list[_Word]:
    """Words with the boxes of their first and last letters: two calls for each, not one for each
    letter, which is what makes this quick."""
    import pypdfium2.raw as pdfium

    box = pdfium.FS_RECTF()
    pointer = ctypes.byref(box)
    styles: dict[int | None, _Style] = {}
    words = []
    for match in _WORD.finditer(text.text):
        start, end = match.span()
        first, last = index(text.raw_at(start)), index(text.raw_at(end - 1))
        if not pdfium.FPDFText_GetLooseCharBox(textpage.raw, first, pointer):
            continue
        one = (box.left, box.bottom, box.right, box.top)
        pdfium.FPDFText_GetLooseCharBox(textpage.raw, last, pointer)
        whole = (
            min(one[0], box.left),
            min(one[1], box.bottom),
            max(one[2], box.right),
            max(one[3], box.top),
        )
        drawn = pdfium.FPDFText_GetTextObject(textpage.raw, first)
        name = ctypes.cast(drawn, ctypes.c_void_p).value
        if name not in styles:
            styles[name] = _style(textpage, drawn, first)
        style = styles[name]
        # Where it is no number, as in damaged files, it is nowhere.
        across = whole[2] >= seen[0] and whole[0] <= seen[2]
        if not (across and whole[3] >= seen[1] and whole[1] <= seen[3]):
            style = style._replace(unseen=True, size=0.0)
        words.append(_Word(start, end, whole, style))
    return words


def _style(textpage: Any, drawn: Any, index: int) -> _Style:
    import pypdfium2.raw as pdfium

    matrix = pdfium.FS_MATRIX()
    pdfium.FPDFText_GetMatrix(textpage.raw, index, matrix)
    if not all(map(math.isfinite, (matrix.a, matrix.b, matrix.c, matrix.d))):
        matrix = pdfium.FS_MATRIX(1, 0, 0, 1, 0, 0)  # a damaged file
    enlarged = math.hypot(matrix.c, matrix.d) or 1.0
    turn = round(math.atan2(matrix.b, matrix.a) / (math.pi / 2)) % 4
    size = pdfium.FPDFText_GetFontSize(textpage.raw, index) * enlarged
    name = ctypes.create_string_buffer(80)
    font = pdfium.FPDFTextObj_GetFont(drawn) if drawn else None
    if font:
        pdfium.FPDFFont_GetBaseFontName(font, name, len(name))
    red, green, blue, alpha = (ctypes.c_uint(0) for _ in range(4))
    told = pdfium.FPDFText_GetFillColor(textpage.raw, index, red, green, blue, alpha)
    mode = pdfium.FPDFTextObj_GetTextRenderMode(drawn) if drawn else 0
    return _Style(
        size=round(size, 1) if size < _HUGE else 0.0,
        turn=turn,
        bold=bool(_BOLD.search(name.value.decode("latin-1"))),
        unseen=mode == _OVERLAY or bool(told and alpha.value < 8),
        pale=bool(told) and min(red.value, green.value, blue.value) >= _PAPER,
    )


def _hidden(word: _Word, ocr: bool) -> bool:
    style = word.style
    return style.size < _TINY or (style.unseen and not ocr)


def _covered(page: "pypdfium2.PdfPage") -> float:
    """The share of the page under its largest picture."""
    import pypdfium2.raw as pdfium

    left, bottom, right, top = page.get_bbox()
    whole = max((right - left) * (top - bottom), 1.0)
    areas = [0.0]
    for picture in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=3):
        box = picture.get_bounds()
        width = min(box[2], right) - max(box[0], left)
        areas.append(max(width, 0.0) * max(min(box[3], top) - max(box[1], bottom), 0.0))
    return float(max(areas) / whole)


def _contrasting(page: "pypdfium2.PdfPage", words: list[_Word]) -> list[_Word]:
    """Without the pale words that cannot be told from what is behind them: white on a dark bar is
    text, white on white is not. Only a page that has pale words is drawn."""
    if not any(word.style.pale for word in words):
        return words
    bitmap = page.render(scale=scale(page), grayscale=True)
    picture, converter = bitmap.to_numpy(), bitmap.get_posconv(page)

    def shows(word: _Word) -> bool:
        (x0, y0), (x1, y1) = (converter.to_bitmap(*word.box[at : at + 2]) for at in (0, 2))
        rows = slice(max(min(y0, y1), 0), max(y0, y1, 0) + 1)
        spot = picture[rows, max(min(x0, x1), 0) : max(x0, x1, 0) + 1]
        return spot.size > 0 and int(spot.max()) - int(spot.min()) >= _CONTRAST

    return [word for word in words if not word.style.pale or shows(word)]


def _turned(box: Box, turn: int) -> tuple[float, ...]:
    left, bottom, right, top = box
    return (
        (left, -top, right, -bottom),
        (bottom, left, top, right),
        (-right, bottom, -left, top),
        (-top, -right, -bottom, -left),
    )[turn]


def _pieces(text: str, words: list[_Word]) -> list[list[Piece]]:
    """Words of one line without a wide gap between them, together; a list for each direction in
    which text runs, that of most of the page first."""
    groups: dict[int, list[list[_Placed]]] = {}
    before: _Placed | None = None
    for word in words:
        now = (word, _turned(word.box, word.style.turn))
        group = groups.setdefault(word.style.turn, [])
        if before and _goes_on(text, before, now):
            group[-1].append(now)
        else:
            group.append([now])
        before = now
    pieces = [[_piece(text, run) for run in group] for group in groups.values()]
    return sorted(pieces, key=lambda some: -sum(len(piece.text) for piece in some))


def _goes_on(text: str, before: _Placed, now: _Placed) -> bool:
    (last, was), (word, box) = before, now
    size = max(last.style.size, word.style.size)
    return (
        last.style.turn == word.style.turn
        and not text[last.end : word.start].strip(" ")
        and -size < box[0] - was[2] < _GAP * size
        and abs(box[3] - was[3]) < size
    )


def _piece(text: str, run: list[_Placed]) -> Piece:
    words = [word for word, _ in run]
    sizes = Counter[float]()
    for word in words:
        sizes[word.style.size] += word.end - word.start
    size = sizes.most_common(1)[0][0]
    main = [box for word, box in run if word.style.size == size]
    return Piece(
        text=text[words[0].start : words[-1].end],
        start=words[0].start,
        x0=min(box[0] for _, box in run),
        top=sum(box[1] for box in main) / len(main),
        x1=max(box[2] for _, box in run),
        bottom=sum(box[3] for box in main) / len(main),
        size=size,
        bold=all(word.style.bold for word in words),
    )


def _typed(text: str) -> list[Piece]:
    """Lines of text without places, set as by a typewriter, so that they can be laid out."""
    pieces = []
    for match in _LINE.finditer(text):
        top = 12.0 * text.count("\n", 0, match.start())
        width = 5.0 * len(match.group())
        pieces.append(
            Piece(match.group(), match.start(), 0.0, top, width, top + 10.0, 10.0, bold=False)
        )
    return pieces
