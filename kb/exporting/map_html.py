"""An evidence map → one HTML file that needs nothing else: no script, no picture, no font.

Every bubble is a link to the passages behind it, so a keyboard reaches all that a mouse does, and a
printout holds all of it. What documents and entries say is escaped wherever it stands; the policy
in the head forbids whatever would slip through.
"""

from collections.abc import Iterator
from html import escape
from importlib import resources

from kb.exporting.labels import plural
from kb.exporting.map_drawing import LEGEND, NAMES, PATTERNS, bubble, symbol
from kb.exporting.map_evidence import Page, anchor, evidence, has_items, references, rows_of
from kb.exporting.map_text import HOW_TO_READ, counted_in_words, uncounted
from kb.maps import Cell, EvidenceMap, Finding
from kb.records import Circumstance

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def page(given: EvidenceMap) -> str:
    """The whole file."""
    largest = max((len(cell.works) for cell in given.cells), default=0)
    of = Page(given, largest)
    for cell in given.cells:
        of.cells[cell.circumstance, cell.group].append(cell)
    style = resources.files("kb.exporting").joinpath("map.css").read_text("utf-8")
    title = f"Evidence map: {given.title}"
    parts = [
        "<!DOCTYPE html>",
        '<html lang="en-GB"><head><meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="color-scheme" content="light dark">',
        f"<title>{escape(title)}</title><style>{style}</style></head><body>",
        '<a class="skip" href="#map">Skip to the map</a>',
        f"<header><h1>{escape(title)}</h1>{_about(given)}</header>",
        _contents(given),
        f"<main>{PATTERNS}",
        *_map(of),
        *_reading(),
        *_changes(given),
        *_numbers(of),
        *evidence(of),
        *references(of),
        *_missing(given),
        "</main></body></html>\n",
    ]
    return "\n".join(parts)


def _about(given: EvidenceMap) -> str:
    searched = given.index
    return (
        f"<p>Made {escape(given.made)} from {plural(given.sources, 'source')} and "
        f"{plural(searched.passages, 'passage')}. "
        f"{escape(_split_in_words(given))} Framework {escape(given.framework)}, index "
        f"{escape(searched.recipe)}.</p>"
    )


def _split_in_words(given: EvidenceMap) -> str:
    return f"Split by {given.by}." if given.by else "All sources together."


def _contents(given: EvidenceMap) -> str:
    links = [("map", "Map"), ("reading", "How to read it")]
    links += [("changes", "What changed")] if given.since else []
    links += [("numbers", "The numbers"), ("evidence", "Evidence"), ("references", "References")]
    links += [("missing", "What is missing")]
    items = "".join(f'<li><a href="#{at}">{text}</a></li>' for at, text in links)
    return f'<nav aria-label="On this page"><ul>{items}</ul></nav>'


def _reading() -> Iterator[str]:
    yield '<section id="reading"><h2>How to read it</h2>'
    for paragraph in HOW_TO_READ:
        yield f"<p>{escape(paragraph)}</p>"
    yield "</section>"


# -- the map --------------------------------------------------------------------------------------


def _map(of: Page) -> Iterator[str]:
    given = of.given
    yield '<section id="map"><h2 id="map-heading">Map</h2><ul class="legend">'
    for drawn, text in LEGEND:
        yield f"<li>{drawn}<span>{escape(text)}</span></li>"
    yield "</ul>"
    yield '<div class="scroll" role="region" aria-labelledby="map-heading" tabindex="0">'
    yield '<table class="map"><caption>How many sources say what of each circumstance</caption>'
    yield from _heads(of)
    for criterion in given.criteria:
        rows = rows_of(criterion, given)
        if rows:
            span = 1 + len(given.groups) * len(Finding)
            yield f'<tbody><tr class="criterion"><th colspan="{span}" scope="rowgroup">'
            yield f"{escape(criterion.name)}</th></tr>"
            for circumstance in rows:
                yield _row(circumstance, of)
            yield "</tbody>"
    yield "</table></div></section>"


def _heads(of: Page) -> Iterator[str]:
    findings = "".join(
        f'<th scope="col" class="{finding}">{symbol(finding)}'
        f'<span class="{"vh" if of.split else "name"}">{NAMES[finding]}</span></th>'
        for finding in Finding
    )
    if not of.split:
        yield f'<thead><tr><th scope="col" class="corner">Circumstance</th>{findings}</tr></thead>'
        return
    groups = "".join(
        f'<th colspan="{len(Finding)}" scope="colgroup">{escape(group)}</th>'
        for group in of.given.groups
    )
    yield f'<thead><tr><th rowspan="2" scope="col" class="corner">Circumstance</th>{groups}</tr>'
    yield f"<tr>{findings * len(of.given.groups)}</tr></thead>"


def _row(circumstance: Circumstance, of: Page) -> str:
    head = (
        f'<th scope="row"><span class="id">{escape(circumstance.id)}</span> '
        f"{escape(circumstance.statement)}</th>"
    )
    cells = (cell for group in of.given.groups for cell in of.cells[circumstance.id, group])
    return f"<tr>{head}{''.join(_bubble(cell, of) for cell in cells)}</tr>"


def _bubble(cell: Cell, of: Page) -> str:
    first = ' class="first"' if of.split and cell.finding is Finding.SUPPORTING else ""
    drawn = symbol(cell.mark) if cell.mark else bubble(cell, of.largest)
    star = '<span aria-hidden="true">*</span>' if cell.disputed or cell.by_model else ""
    shown = f"<b>{len(cell.works)}</b>" if cell.works else ""
    words = f'<span class="vh"> {escape(_said(cell, of))}</span>'
    if not has_items(cell):
        return f"<td{first}>{drawn}{words}</td>"
    at = anchor(cell, of)
    return (
        f'<td{first}><a id="m-{at}" href="#{at}">{drawn}<span>{shown}{star}</span>{words}</a></td>'
    )


def _said(cell: Cell, of: Page) -> str:
    """A cell to those who do not see it; begins with the number that is seen."""
    group = f", {cell.group}" if of.split else ""
    what = (
        f"{'source' if len(cell.works) == 1 else 'sources'} {cell.finding}"
        if cell.works
        else f"{cell.finding}: {cell.mark}"
    )
    aside = uncounted(cell)
    return f"{what}, {cell.circumstance}{group}{f'; {aside}' if aside else ''}"


# -- the same numbers, and what changed -----------------------------------------------------------


def _changes(given: EvidenceMap) -> Iterator[str]:
    if not given.since:
        return
    yield f'<section id="changes"><h2>What changed since {escape(given.since)}</h2>'
    if given.uncompared:
        names = escape(", ".join(given.uncompared))
        yield f"<p>Not on the earlier map, and not compared: {names}.</p>"
    if not given.changes:
        yield "<p>Nothing: every bubble counts the same sources.</p></section>"
        return
    yield '<table class="plain"><thead><tr>'
    for name in ("Circumstance", "Group", "Finding", "Was", "Now", "Gained", "Lost"):
        yield f'<th scope="col">{name}</th>'
    yield "</tr></thead><tbody>"
    for change in given.changes:
        values = [change.group, change.finding.value, str(change.was), str(change.now)]
        values += [", ".join(change.gained), ", ".join(change.lost)]
        cells = "".join(f"<td>{escape(value)}</td>" for value in values)
        yield f'<tr><th scope="row">{escape(change.circumstance)}</th>{cells}</tr>'
    yield "</tbody></table></section>"


def _numbers(of: Page) -> Iterator[str]:
    yield '<section id="numbers"><h2 id="numbers-heading">The numbers</h2>'
    yield "<p>The same map as a table; as a file: kb map -o map.csv</p>"
    yield '<div class="scroll" role="region" aria-labelledby="numbers-heading" tabindex="0">'
    yield '<table class="plain"><thead><tr><th scope="col">Circumstance</th>'
    names = [*(["Group"] if of.split else []), *NAMES.values(), "Not counted"]
    names += ["Sources judged", "Sources there"]
    yield "".join(f'<th scope="col">{name}</th>' for name in names) + "</tr></thead><tbody>"
    for circumstance in of.given.circumstances:
        for group in of.given.groups:
            yield _numbers_row(circumstance, of.cells[circumstance.id, group], of)
    yield "</tbody></table></div></section>"


def _numbers_row(circumstance: Circumstance, cells: list[Cell], of: Page) -> str:
    values = [cells[0].group] if of.split else []
    values += [counted_in_words(cell) for cell in cells]
    aside = "; ".join(f"{cell.finding}: {said}" for cell in cells if (said := uncounted(cell)))
    values += [aside or "nothing", f"{cells[0].looked:,}", f"{cells[0].there:,}"]
    data = "".join(f"<td>{escape(value)}</td>" for value in values)
    return f'<tr><th scope="row">{escape(circumstance.id)}</th>{data}</tr>'


def _missing(given: EvidenceMap) -> Iterator[str]:
    yield '<section id="missing"><h2>What is missing</h2>'
    said = list(_missing_lines(given))
    yield "".join(f"<p>{escape(line)}</p>" for line in said) or "<p>Nothing that kb knows of.</p>"
    yield "</section>"


def _missing_lines(given: EvidenceMap) -> Iterator[str]:
    if given.unread:
        yield (
            f"Of {plural(len(given.unread), 'source')} nothing could be read: "
            f"{', '.join(given.unread)}."
        )
    for problem in given.index.unusable:
        yield f"Cannot be used: {problem}"
    for name in given.index.stale:
        yield f"Changed since the index was built: {name}; bring it up to date with: kb build"
    if given.lost_judgements:
        yield (
            f"{plural(given.lost_judgements, 'passage')} that people judged are not in the corpus "
            "any more as they were; which: kb build"
        )
