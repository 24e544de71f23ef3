"""Pieces of lines in, lines in the order in which people read them out; columns and running heads.

A piece is what stands on one line without a wide gap. Two pieces beside each other are columns if
both sides are prose for several lines, and a row of one line otherwise (a table, a formula).
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple


class Piece(NamedTuple):
    """Text with its place in points, y downwards; `start` is its offset in the page's text."""

    text: str
    start: int
    x0: float
    top: float
    x1: float
    bottom: float
    size: float
    bold: bool

    @property
    def middle(self) -> float:
        """The height of its middle."""
        return (self.top + self.bottom) / 2


class Line(NamedTuple):
    """A line of one column: its pieces, each with what parts it from the one before ("", " ", or
    two spaces between cells). `left` and `right` are the edges of the column, `cells` how many
    parts lie far apart."""

    parts: tuple[tuple[str, Piece], ...]
    x0: float
    top: float
    x1: float
    bottom: float
    size: float
    bold: bool
    cells: int
    left: float
    right: float

    @property
    def text(self) -> str:
        """The words of the line."""
        return "".join(between + piece.text for between, piece in self.parts)


CELL = 1.8
"""A gap of so many times the letters' size parts the cells of a row."""
_FEWEST = 4  # lines of prose on either side that make columns
_PROSE = 4  # words in such a line
_SHARE = 0.45  # of all words of a side that stand in such lines


def regions(pieces: Sequence[Piece]) -> list[list[Line]]:
    """Columns, and what stands across them, in reading order, each from top to bottom."""
    return [_lines(group) for group in _parted(sorted(pieces, key=lambda p: p.top)) if group]


def _parted(pieces: list[Piece]) -> list[list[Piece]]:
    gutter = _gutter(pieces)
    if gutter is None:
        return [pieces]
    across = [p for p in pieces if p.x0 < gutter - 2 and p.x1 > gutter + 2]
    bands: list[tuple[bool, list[Piece]]] = []
    for piece in pieces:
        spans = any(other.top <= piece.middle <= other.bottom for other in across) or (
            bool(bands) and bands[-1][0] and _ends(bands[-1][1][-1], piece, pieces)
        )
        if not bands or bands[-1][0] != spans:
            bands.append((spans, []))
        bands[-1][1].append(piece)
    parted: list[list[Piece]] = []
    for spans, band in bands:
        if spans:
            parted.append(band)
            continue
        for side in (
            [p for p in band if (p.x0 + p.x1) / 2 < gutter],
            [p for p in band if (p.x0 + p.x1) / 2 >= gutter],
        ):
            parted += _parted(side) if side else []
    return parted


def _ends(above: Piece, piece: Piece, pieces: list[Piece]) -> bool:
    """Whether a short line with nothing beside it is the last of what stands across above it."""
    near = 0 < piece.middle - above.middle < 1.8 * piece.size and piece.size == above.size
    return near and not any(
        other.top <= piece.middle <= other.bottom for other in pieces if other is not piece
    )


def _gutter(pieces: list[Piece]) -> float | None:
    """The left edge of the column that has the most prose to its left, None without columns."""
    if len(pieces) < 2 * _FEWEST:
        return None
    left, right = min(p.x0 for p in pieces), max(p.x1 for p in pieces)
    starts = Counter(round(p.x0 / 2) for p in pieces if len(p.text) > 3)
    best, edge = 0.0, None
    for start, count in starts.most_common(8):
        x = 2.0 * start - 2
        if count < _FEWEST or x < left + 0.12 * (right - left) or x > right - 0.1 * (right - left):
            continue
        score = _side_by_side(pieces, x)
        if score > best:
            best, edge = score, x
    return edge


def _side_by_side(pieces: list[Piece], x: float) -> float:
    """How many lines' height of prose stands both to the left and to the right of `x`; 0 if too
    little, or if more stands across."""
    before = [p for p in pieces if p.x1 <= x + 2]
    after = [p for p in pieces if p.x0 >= x - 2]
    if not before or not after:
        return 0.0
    height = min(max(p.bottom for p in before), max(p.bottom for p in after))
    top = max(min(p.top for p in before), min(p.top for p in after))
    here = [[p for p in side if top - 2 <= p.middle <= height + 2] for side in (before, after)]
    across = sum(p.x0 < x - 2 and p.x1 > x + 2 and top <= p.middle <= height for p in pieces)
    for side in here:
        words = [p.text.count(" ") + 1 for p in side]
        prose = [count for count in words if count >= _PROSE]
        if len(prose) < _FEWEST or sum(prose) < _SHARE * sum(words):
            return 0.0
    lines = min(len(here[0]), len(here[1]))
    return float(lines) if lines > 0.5 * across else 0.0


def _lines(pieces: list[Piece]) -> list[Line]:
    rows: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda p: (p.middle, p.x0)):
        row = next((row for row in rows[-1:-4:-1] if _same_row(row, piece)), None)
        if row is None:
            rows.append([piece])
        else:
            row.append(piece)
    left = min(p.x0 for p in pieces)
    right = max(p.x1 for p in pieces)
    return sorted((_line(row, left, right) for row in rows), key=lambda line: line.top)


def _same_row(row: list[Piece], piece: Piece) -> bool:
    """Whether the smaller of the two stands within the height of the larger."""
    largest = max(row, key=lambda p: p.size)
    one, other = sorted((largest, piece), key=lambda p: p.size)
    if any(min(p.x1, piece.x1) - max(p.x0, piece.x0) > 0.6 * one.size for p in row):
        return False  # one above the other
    return other.top - 0.1 * other.size <= one.middle <= other.bottom + 0.1 * other.size


def _line(row: list[Piece], left: float, right: float) -> Line:
    row = sorted(row, key=lambda p: p.x0)
    parts = [("", row[0])]
    cells = 1
    for before, piece in pairwise(row):
        gap = piece.x0 - before.x1
        size = max(before.size, piece.size)
        # The mark of an item in a list is no cell.
        cells += gap >= CELL * size and not (before is row[0] and len(before.text) < 5)
        parts.append(("  " if gap >= CELL * size else " " if gap > 0.12 * size else "", piece))
    sizes = Counter[float]()
    for piece in row:
        sizes[piece.size] += len(piece.text)
    size = sizes.most_common(1)[0][0]
    main = [p for p in row if p.size == size]
    return Line(
        parts=tuple(parts),
        x0=row[0].x0,
        top=min(p.top for p in main),
        x1=max(p.x1 for p in row),
        bottom=max(p.bottom for p in main),
        size=size,
        bold=all(p.bold for p in row),
        cells=cells,
        left=left,
        right=right,
    )


class Margins(NamedTuple):
    """What runs along the edges of all pages: the pieces of each page that are running heads or
    page numbers, and the number printed on each page, "" where none is known."""

    pieces: list[set[Piece]]
    labels: tuple[str, ...]


_NUMBER = re.compile(r"\d+")
_ONLY_NUMBER = re.compile(
    r"\W*(?:page|seite|p\.)?\s*(\d{1,4}|[ivxlc]{1,7})(?:\s*(?:of|von|/)\s*\d+)?\W*", re.IGNORECASE
)
_BESIDE_NUMBER = re.compile(r"(\d{1,4})\s+\D.{0,90}|.{0,90}\D\s+(\d{1,4})", re.DOTALL)
_EDGE = 3  # lines looked at from above and from below
_MOST = 160  # letters in a running head


def margins(pages: Sequence[Sequence[Piece]]) -> Margins:
    """Lines at the top or bottom that come again on other pages, in the same place and but for
    numbers in the same words; what stands alone where they stand; outermost lines whose number
    grows with the pages; and the numbers of lines that some manuscripts have."""
    beside = [_line_numbers(pieces) for pieces in pages]
    edges = [
        _edges([p for p in ps if p not in gone]) for ps, gone in zip(pages, beside, strict=True)
    ]
    needed = 2 if len(pages) < 5 else 3
    places: dict[tuple[bool, str], list[tuple[int, float]]] = defaultdict(list)
    for number, rows in enumerate(edges):
        for top, row in rows:
            places[top, _masked(row)].append((number, row[0].top))
    repeated = {key for key, found in places.items() if _comes_again(key[1], found, needed)}
    bands = Counter((key[0], round(y / 3)) for key in repeated for _, y in places[key])
    first = _first_number(edges)
    numbers: Counter[int] = Counter()
    for number, rows in enumerate(edges):
        for top, row in rows:
            text = _text(row)
            outermost = row is next(r for t, r in rows if t == top)
            band = len(pages) > 4 and bands[top, round(row[0].top / 3)] * 2 >= len(pages)
            counted = first is not None and first + number in _numbers(text)
            if (top, _masked(row)) in repeated or (
                outermost
                and len(text) < _MOST
                and (band or counted or bool(_ONLY_NUMBER.fullmatch(text)))
            ):
                beside[number].update(row)
                numbers.update({int(n) - number for n in _NUMBER.findall(text) if len(n) < 6})
    return Margins(beside, _labels(numbers, len(pages)))


def _numbers(text: str) -> set[int]:
    """The number with which a line begins or ends, among at most some words."""
    match = _BESIDE_NUMBER.fullmatch(text)
    return {int(n) for n in match.groups() if n} if match else set()


def _first_number(edges: Sequence[Sequence[tuple[bool, list[Piece]]]]) -> int | None:
    """The number of the first page, if on half of the pages and on two at least the outermost
    lines count on from it."""
    firsts: Counter[int] = Counter()
    for number, rows in enumerate(edges):
        outer = [next((row for t, row in rows if t == top), None) for top in (True, False)]
        firsts.update({n - number for row in outer if row for n in _numbers(_text(row))})
    best, count = max(firsts.items(), key=lambda item: item[1], default=(0, 0))
    return best if count >= max(2, 0.5 * len(edges)) else None


def _line_numbers(pieces: Sequence[Piece]) -> set[Piece]:
    """Numbers at the side of a page that grow from line to line, one by one or five by five."""
    alone = [p for p in pieces if p.text.isdecimal()]
    if len(alone) < 8:
        return set()
    for edge in (min(p.x0 for p in pieces), max(p.x1 for p in pieces)):
        column = sorted(
            (p for p in alone if min(abs(p.x0 - edge), abs(p.x1 - edge)) < 2.5 * p.size),
            key=lambda p: p.top,
        )
        steps = Counter(int(b.text) - int(a.text) for a, b in pairwise(column))
        if len(column) >= 8 and max(steps[1], steps[5]) > 0.8 * (len(column) - 1):
            return set(column)
    return set()


def _edges(pieces: Sequence[Piece]) -> list[tuple[bool, list[Piece]]]:
    """(whether at the top, the row) of the outermost rows of a page, from its edges inwards."""
    rows = _rows(sorted(pieces, key=lambda p: p.top)[: 4 * _EDGE])[:_EDGE]
    low = _rows(sorted(pieces, key=lambda p: -p.bottom)[: 4 * _EDGE])[:_EDGE]
    return [(True, row) for row in rows] + [(False, row) for row in low if row not in rows]


def _rows(pieces: Iterable[Piece]) -> list[list[Piece]]:
    rows: list[list[Piece]] = []
    for piece in pieces:
        if rows and abs(rows[-1][0].middle - piece.middle) < 0.5 * piece.size:
            rows[-1].append(piece)
        else:
            rows.append([piece])
    return [sorted(row, key=lambda p: p.x0) for row in rows]


def _text(row: list[Piece]) -> str:
    return " ".join(piece.text for piece in row)


def _masked(row: list[Piece]) -> str:
    return _NUMBER.sub("#", _text(row)).casefold()


def _comes_again(masked: str, found: list[tuple[int, float]], needed: int) -> bool:
    """Whether on enough pages, and on most of them at the same height."""
    if len({number for number, _ in found}) < needed or len(masked) > _MOST:
        return False
    heights = sorted(y for _, y in found)
    middle = heights[len(heights) // 2]
    return sum(abs(y - middle) < 6 for y in heights) >= max(needed, 0.6 * len(heights))


def _labels(numbers: Counter[int], pages: int) -> tuple[str, ...]:
    """Printed numbers, if at least half of the pages (and two, if there are two) agree on where
    counting starts."""
    if not numbers:
        return ()
    first, count = max(numbers.items(), key=lambda item: (item[1], -abs(item[0])))
    if count < max(min(2, pages), 0.5 * pages):
        return ()
    return tuple(str(first + number) if first + number > 0 else "" for number in range(pages))
