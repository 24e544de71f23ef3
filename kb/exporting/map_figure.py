"""An evidence map → a figure for papers, PNG or SVG, drawn by matplotlib.

matplotlib keeps a list of the machine's fonts in the user's home. A command writes nothing there,
so the list goes into a temporary folder while it is imported, unless MPLCONFIGDIR names one.
"""

import io
import os
import sys
import tempfile
import textwrap
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from kb.exporting.map_drawing import NAMES
from kb.maps import EVERYTHING, Cell, EvidenceMap, Finding, Mark

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_COLOURS = {
    Finding.SUPPORTING: "#00629b",
    Finding.CHALLENGING: "#b34700",
    Finding.MIXED: "#77409f",
}
_HATCHES = {Finding.CHALLENGING: "/////", Finding.MIXED: "....."}
_QUIET = "#555d68"
_STATEMENT = 56
"""Characters of a statement in a line; at 7 points they fit into what is left of the columns."""
_LEFT, _UNIT, _RADIUS, _LEAST = 8.6, 0.42, 0.4, 0.09
"""Units left of the first column; inches of a unit; units of the largest and least radius."""


def figure(given: EvidenceMap, kind: str) -> bytes:
    """The bytes of a "png" (160 dots an inch) or "svg" (text as text)."""
    _import()
    import matplotlib as mpl
    from matplotlib.figure import Figure

    step = _step(given)
    columns = len(given.groups) * len(Finding) * step
    rows = list(_rows(given))
    head = 2.2 if given.groups == (EVERYTHING,) else 3.4
    wide, high = _LEFT + columns + 0.8, len(rows) + head + 3.6
    settings: Any = {
        "svg.fonttype": "none",
        "svg.hashsalt": "kb",
        "hatch.linewidth": 1.1,
        "font.family": "DejaVu Sans",
        "text.parse_math": False,  # what stands between two dollar signs is money
    }
    with mpl.rc_context(settings), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing")  # it is drawn as a box
        drawn = Figure(figsize=(wide * _UNIT, high * _UNIT), facecolor="white")
        axes = drawn.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, wide), ylim=(len(rows) + 2.9, -head - 0.7))
        axes.set_aspect("equal")
        axes.axis("off")
        _heads(axes, given, head)
        for y, (what, text, cells) in enumerate(rows):
            _row(axes, y, what, text)
            for x, cell in enumerate(cells):
                _cell(axes, _LEFT + x * step + 0.5, y, cell, _largest(given))
        _legend(axes, len(rows) + 0.6, given)
        out = io.BytesIO()
        about = {"Title": f"Evidence map: {given.title}", "Description": _described(given)}
        metadata = {**about, "Date": None} if kind == "svg" else {**about, "Software": None}
        drawn.savefig(out, format=kind, dpi=160, metadata=metadata)
    return out.getvalue()


def _import() -> None:
    """Have matplotlib look for its folders and fonts where the folders may be lost."""
    if "matplotlib" in sys.modules or os.environ.get("MPLCONFIGDIR"):
        return
    with tempfile.TemporaryDirectory() as folder:
        os.environ["MPLCONFIGDIR"] = folder
        try:
            from matplotlib import font_manager, get_cachedir, get_configdir

            # Found on first use, and then remembered.
            _ = get_cachedir(), get_configdir(), font_manager.fontManager
        finally:
            del os.environ["MPLCONFIGDIR"]


def _largest(given: EvidenceMap) -> int:
    return max((len(cell.works) for cell in given.cells), default=0) or 1


def _described(given: EvidenceMap) -> str:
    counted = sum(len(cell.works) for cell in given.cells)
    return f"{len(given.circumstances)} circumstances, {counted} times a source, {given.made}"


def _rows(given: EvidenceMap) -> Iterator[tuple[str, str, list[Cell]]]:
    """Kind, text and cells of each row: a criterion's name, then its circumstances."""
    for criterion in given.criteria:
        yield "criterion", criterion.name, []
        for one in given.circumstances:
            if one.criterion == criterion.id:
                cells = [cell for group in given.groups for cell in given.of(one.id, group)]
                yield one.id, one.statement, cells


def _row(axes: "Axes", y: int, what: str, text: str) -> None:
    axes.axhline(y + 0.5, color="#d5d9de", linewidth=0.6)
    if what == "criterion":
        axes.text(0.2, y + 0.1, text, fontsize=8.5, fontweight="bold", va="center")
        return
    axes.text(0.2, y, what, fontsize=7.5, fontweight="bold", va="center")
    wrapped = textwrap.fill(text, _STATEMENT, max_lines=3, placeholder=" …")
    axes.text(1.1, y, wrapped, fontsize=7, va="center", linespacing=1.15)


def _heads(axes: "Axes", given: EvidenceMap, head: float) -> None:
    title = textwrap.fill(given.title, 70, max_lines=2, placeholder=" …")
    axes.text(0.2, -head - 0.2, title, fontsize=10, fontweight="bold", va="center")
    split, step = given.groups != (EVERYTHING,), _step(given)
    for at, group in enumerate(given.groups):
        left = _LEFT + at * len(Finding) * step
        if split:
            name = textwrap.fill(group, 18, max_lines=3, placeholder=" …")
            axes.text(left + 1.5 * step, -2.9, name, fontsize=7.5, ha="center", va="center")
            axes.plot([left, left], [-3.4, _bottom(given)], color="#c5cad1", linewidth=0.6)
        for place, finding in enumerate(Finding):
            x = left + place * step + 0.3
            axes.text(x, -0.5, NAMES[finding], fontsize=6.5, va="bottom", rotation=50)


def _step(given: EvidenceMap) -> float:
    """Units from one column to the next; a split map has smaller numbers, and many columns."""
    return 1.6 if given.groups == (EVERYTHING,) else 1.15


def _bottom(given: EvidenceMap) -> float:
    return len(list(_rows(given))) - 0.5


def _cell(axes: "Axes", x: float, y: float, cell: Cell, largest: int) -> None:
    star = "*" if cell.disputed or cell.by_model else ""
    if cell.mark:
        _mark(axes, x - 0.08, y, cell.mark)
        axes.text(x + 0.12, y, star, fontsize=7, va="center")
        return
    r = max(_LEAST, _RADIUS * (len(cell.works) / largest) ** 0.5)
    _bubble(axes, x - 0.08, y, r, cell.finding, broken=cell.in_abstract)
    number = f"{len(cell.works)}{star}"
    axes.text(x - 0.04 + r, y + 0.04, number, fontsize=6, va="center")


def _bubble(
    axes: "Axes", x: float, y: float, r: float, finding: Finding, *, broken: bool = False
) -> None:
    from matplotlib.patches import Circle

    colour = _COLOURS[finding]
    solid = finding is Finding.SUPPORTING
    axes.add_patch(
        Circle(
            (x, y),
            r,
            facecolor=(colour, 0.55 if broken else 1.0) if solid else "white",
            edgecolor=colour,
            hatch=_HATCHES.get(finding),
            linestyle=(0, (2, 1.4)) if broken else "-",
            linewidth=1.2,
        )
    )


def _mark(axes: "Axes", x: float, y: float, mark: Mark) -> None:
    shape = {Mark.NONE_FOUND: "o", Mark.NOT_SEARCHED: "x", Mark.ABSTRACTS: "s"}[mark]
    dotted = (0, (2, 1.4)) if mark is Mark.ABSTRACTS else "-"
    look: dict[str, Any] = {"s": 20, "marker": shape, "linewidths": 1, "linestyles": dotted}
    if mark is Mark.NOT_SEARCHED:
        look["color"] = _QUIET
    else:
        look |= {"facecolors": "none", "edgecolors": _QUIET}
    axes.scatter([x], [y], **look)


def _legend(axes: "Axes", y: float, given: EvidenceMap) -> None:
    texts = {finding: finding.value for finding in Finding} | {mark: mark.value for mark in Mark}
    for at, (sign, text) in enumerate(texts.items()):
        x, line = 0.5 + 3.6 * (at % 3), y + 0.6 * (at // 3)
        if isinstance(sign, Finding):
            _bubble(axes, x, line, 0.14, sign)
        else:
            _mark(axes, x, line, sign)
        axes.text(x + 0.3, line, text, fontsize=7, va="center")
    note = (
        "Area: sources on people’s word, one work counted once. Broken outline: only abstracts "
        "read. * passages besides that are not counted."
    )
    axes.text(0.3, y + 1.05, textwrap.fill(note, 90), fontsize=6.5, va="top")
    axes.text(0.3, y + 2.05, f"{given.sources} sources, {given.made}", fontsize=7, va="center")
