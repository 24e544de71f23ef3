"""The pieces of all pages in, those that run along their edges out: running heads, page numbers and
the numbers of lines."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from kb.reading.layout import Piece


class Margins(NamedTuple):
    """What runs along the edges of all pages: the pieces of each page that are running heads or
    page numbers, and the number printed on each page, "" where none is known."""

    pieces: list[set[Piece]]
    labels: tuple[str, ...]


_NUMBER = re.compile(r"\d+")
_ROMAN = r"(?=[ivxlc])(?:c{0,3})(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3})"
_ONLY_NUMBER = re.compile(
    rf"[-–—|•·\s]*(?:page|seite|p\.)?\s*(?:\d{{1,4}}|{_ROMAN})(?:\s*(?:of|von|/)\s*\d+)?"
    r"[-–—|•·\s]*",
    re.IGNORECASE,
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
