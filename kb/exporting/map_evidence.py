"""The passages behind an evidence map's bubbles, and their references, as HTML.

The text of a digest never stands in quotation marks and says that it is ours. A passage stands once
under a circumstance, however many groups its source is in.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape

from kb.exporting.labels import judged, place, plural
from kb.exporting.map_drawing import symbol
from kb.maps import EVERYTHING, Cell, EvidenceMap, Work
from kb.records import Circumstance, Criterion, Evidence, Source


@dataclass(slots=True)
class Page:
    """What is being written: `shown` are the works that stand with their passages already, by
    circumstance, each with the anchor of its place."""

    given: EvidenceMap
    largest: int
    cells: dict[tuple[str, str], list[Cell]] = field(default_factory=lambda: defaultdict(list))
    shown: dict[tuple[str, str], str] = field(default_factory=dict)
    cited: dict[str, Source] = field(default_factory=dict)

    @property
    def split(self) -> bool:
        return self.given.groups != (EVERYTHING,)


def rows_of(criterion: Criterion, given: EvidenceMap) -> list[Circumstance]:
    return [c for c in given.circumstances if c.criterion == criterion.id]


def has_items(cell: Cell) -> bool:
    return bool(cell.works or cell.disputed or cell.by_model)


def anchor(cell: Cell, of: Page) -> str:
    """Made of what we name ourselves: ids of circumstances hold letters, digits and hyphens."""
    return f"e-{cell.circumstance}-{of.given.groups.index(cell.group)}-{cell.finding}"


def evidence(of: Page) -> Iterator[str]:
    yield '<section id="evidence"><h2>Evidence</h2>'
    for criterion in of.given.criteria:
        rows = rows_of(criterion, of.given)
        if rows:
            yield f"<h3>{escape(criterion.name)}</h3>"
        for circumstance in rows:
            yield f"<h4>{escape(circumstance.id)}: {escape(circumstance.statement)}</h4>"
            for group in of.given.groups:
                for cell in filter(has_items, of.cells[circumstance.id, group]):
                    yield from _cell(cell, of)
    yield "</section>"


def _cell(cell: Cell, of: Page) -> Iterator[str]:
    at = anchor(cell, of)
    group = f", {escape(cell.group)}" if of.split else ""
    count = plural(len(cell.works), "source")
    yield f'<section class="cell {cell.finding}" id="{at}" tabindex="-1">'
    yield f"<h5>{symbol(cell.finding)} {escape(cell.circumstance)}{group}: {count} {cell.finding} "
    yield f'<a class="back" href="#m-{at}">back to the map</a></h5>'
    if cell.works:
        yield "<ul>"
        for work in cell.works:
            yield _work(work, cell, of)
        yield "</ul>"
    for heading, items in (
        ("Readers disagree on these; not counted", cell.disputed),
        ("Judged by a model alone, read them before you rely on them; not counted", cell.by_model),
    ):
        if items:
            yield f"<h6>{heading}</h6><ul>"
            yield from (f"<li>{_item(item, of)}</li>" for item in items)
            yield "</ul>"
    yield "</section>"


def _work(work: Work, cell: Cell, of: Page) -> str:
    before = of.shown.get((cell.circumstance, work.name))
    if before:
        return f'<li><a href="#{before}">{escape(work.citation)}: its passages stand above</a></li>'
    of.shown[cell.circumstance, work.name] = anchor(cell, of)
    return "<li>" + "".join(_item(item, of) for item in work.items) + "</li>"


def _item(item: Evidence, of: Page) -> str:
    of.cited[item.source.citekey] = item.source
    where = place(item.passage.locator)
    facts = [judged(item.judgement), where, "told by another source" if item.second_hand else ""]
    about = escape(" · ".join(filter(None, [str(item.stance or ""), *facts])))
    link = f'<a href="#r-{escape(item.source.citekey)}">{escape(item.citation)}</a>'
    if item.kind == "digest":
        ours = f"Our paraphrase ({item.read} read), not the source’s words:"
        said = f'<p class="ours"><span class="tag">{escape(ours)}</span> {escape(item.text)}</p>'
    else:
        said = f"<blockquote><p>“{escape(item.text)}”</p></blockquote>"
    key = f'<p class="key">{escape(item.passage.id)}</p>'
    return f'<div class="item"><p>{link} · {about}</p>{said}{key}</div>'


def references(of: Page) -> Iterator[str]:
    yield '<section id="references"><h2>References</h2><ul>'
    for key, source in sorted(of.cited.items(), key=lambda pair: pair[1].reference.casefold()):
        shown = f"{escape(source.reference)}{_link(source)}"
        yield f'<li id="r-{escape(key)}" tabindex="-1">{shown}</li>'
    yield "</ul></section>"


def _link(source: Source) -> str:
    """A link where the entry has an address of the web."""
    address = f"https://doi.org/{source.doi}" if source.doi else source.url
    if not address.lower().startswith(("https://", "http://")):
        return ""
    return f' <a href="{escape(address)}" rel="noreferrer">source online</a>'
