"""The bubbles and marks of an evidence map as inline SVG. Pattern and colour say the same."""

from kb.maps import Cell, Finding, Mark

NAMES = {
    Finding.SUPPORTING: "Supporting",
    Finding.CHALLENGING: "Challenging",
    Finding.MIXED: "Mixed",
}
SIZE = 44
"""Pixels of the square that a bubble stands in."""
_LARGEST, _LEAST = 20.0, 5.0
"""Radii in pixels of the largest bubble of a map and of the smallest there can be."""

PATTERNS = (
    '<svg class="patterns" width="0" height="0" aria-hidden="true" focusable="false"><defs>'
    '<pattern id="p-challenging" width="6" height="6" patternUnits="userSpaceOnUse" '
    'patternTransform="rotate(45)"><rect class="ground" width="6" height="6"/>'
    '<rect class="ink challenging" width="3" height="6"/></pattern>'
    '<pattern id="p-mixed" width="5" height="5" patternUnits="userSpaceOnUse">'
    '<rect class="ground" width="5" height="5"/>'
    '<circle class="ink mixed" cx="2.5" cy="2.5" r="1.5"/></pattern></defs></svg>'
)


def radius(count: int, largest: int) -> float:
    """Of a bubble: areas are as the counts, but none is too small to be seen."""
    return float(max(_LEAST, _LARGEST * (count / max(largest, 1)) ** 0.5))


def bubble(cell: Cell, largest: int) -> str:
    """A cell that counts works; its outline is broken where only abstracts were read."""
    broken = " broken" if cell.in_abstract else ""
    return _circle(cell.finding, radius(len(cell.works), largest), broken)


def symbol(of: Finding | Mark) -> str:
    """The small sign of a finding, or the mark for a cell that counts nothing."""
    match of:
        case Finding():
            return _circle(of, 7, "", 18)
        case Mark.NONE_FOUND:
            drawn = '<circle class="mark" cx="9" cy="9" r="5"/>'
        case Mark.NOT_SEARCHED:
            drawn = '<path class="mark" d="M4 4 14 14 M14 4 4 14"/>'
        case Mark.ABSTRACTS:
            drawn = '<rect class="mark broken" x="3.5" y="3.5" width="11" height="11"/>'
    return _svg(18, drawn)


def _circle(finding: Finding, r: float, broken: str, size: int = SIZE) -> str:
    middle = size / 2
    drawn = f'<circle class="{finding}{broken}" cx="{middle:g}" cy="{middle:g}" r="{r:.1f}"/>'
    return _svg(size, drawn)


def _svg(size: int, drawn: str) -> str:
    return (
        f'<svg width="{size}" height="{size}" viewBox="0 0 {size} {size}" aria-hidden="true" '
        f'focusable="false">{drawn}</svg>'
    )


LEGEND = (
    (symbol(Finding.SUPPORTING), "Supporting: filled"),
    (symbol(Finding.CHALLENGING), "Challenging: striped"),
    (symbol(Finding.MIXED), "Mixed, on both sides: dotted"),
    (
        _circle(Finding.SUPPORTING, 7, " broken", 18),
        "Broken outline: of these sources only abstracts were read, or they are told by others",
    ),
    (
        symbol(Mark.NONE_FOUND),
        f"{Mark.NONE_FOUND.capitalize()}: people judged passages on this, none is on this side",
    ),
    (
        symbol(Mark.NOT_SEARCHED),
        f"{Mark.NOT_SEARCHED.capitalize()}: nobody has judged a passage of these sources on this",
    ),
    (
        symbol(Mark.ABSTRACTS),
        f"{Mark.ABSTRACTS.capitalize()}: none found, and nothing was judged beyond abstracts, or "
        "the sources cannot be read",
    ),
)
