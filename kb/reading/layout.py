"""Pieces of lines in, lines in the order in which people read them out; columns.

A piece is what stands on one line without a wide gap. Two pieces beside each other are columns if
both sides are prose for several lines, and a row of one line otherwise (a table, a formula).
"""

from collections import Counter
from collections.abc import Sequence
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


def regions(pieces: Sequence[Piece], usual: float | None = None) -> list[list[Line]]:
    """Columns, and what stands across them, in reading order, each from top to bottom. `usual` is
    where the right column begins on other pages: a page on which one column holds only a table
    does not show it by itself."""
    ordered = sorted(pieces, key=lambda p: p.top)
    gutter = _gutter(ordered)
    if usual is not None and (
        _side_by_side(ordered, usual) or (gutter is None and _one_is_prose(ordered, usual))
    ):
        gutter = usual
    return [_lines(group) for group in _parted(ordered, gutter) if group]


def usual_gutter(pages: Sequence[Sequence[Piece]]) -> float | None:
    """Where the right column begins on a third of the pages at least, and on two; None if there is
    no such place."""
    found = sorted(gutter for page in pages if (gutter := _gutter(page)) is not None)
    if not found:
        return None
    middle = found[len(found) // 2]
    near = sum(abs(gutter - middle) < 8 for gutter in found)
    return middle if near >= max(2, len(pages) / 3) else None


def _one_is_prose(pieces: Sequence[Piece], x: float) -> bool:
    before = [p for p in pieces if p.x1 <= x + 2]
    after = [p for p in pieces if p.x0 >= x - 2]
    few_across = len(before) + len(after) > 0.8 * len(pieces)
    both = min(len(before), len(after)) >= _FEWEST
    return both and few_across and (_is_prose(before) or _is_prose(after))


def _is_prose(side: Sequence[Piece]) -> bool:
    words = [p.text.count(" ") + 1 for p in side]
    prose = [count for count in words if count >= _PROSE]
    return len(prose) >= _FEWEST and sum(prose) >= _SHARE * sum(words)


def _parted(pieces: list[Piece], gutter: float | None) -> list[list[Piece]]:
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
            parted += _parted(side, _gutter(side)) if side else []
    return parted


def _ends(above: Piece, piece: Piece, pieces: list[Piece]) -> bool:
    """Whether a short line with nothing beside it is the last of what stands across above it."""
    near = 0 < piece.middle - above.middle < 1.8 * piece.size and piece.size == above.size
    return near and not any(
        other.top <= piece.middle <= other.bottom for other in pieces if other is not piece
    )


def _gutter(pieces: Sequence[Piece]) -> float | None:
    """The left edge of the column that has the most prose to its left, None without columns."""
    if len(pieces) < 2 * _FEWEST:
        return None
    left, right = min(p.x0 for p in pieces), max(p.x1 for p in pieces)
    starts = Counter(round(p.x0 / 2) for p in pieces if len(p.text) > 3)
    scores: dict[float, float] = {}
    for start, count in starts.most_common(8):
        x = 2.0 * start - 2
        if count >= _FEWEST and 0.12 < (x - left) / (right - left) < 0.9:
            scores[x] = _side_by_side(pieces, x)
    enough = 0.8 * max(scores.values(), default=0.0)
    # Where items begin with a number, their words begin further to the right.
    return min((x for x, score in scores.items() if score and score >= enough), default=None)


def _side_by_side(pieces: Sequence[Piece], x: float) -> float:
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
    if not all(map(_is_prose, here)):
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
