"""What an evidence map says in words, the same in HTML and on the terminal."""

from collections.abc import Iterator

from kb.exporting.labels import plural
from kb.maps import EVERYTHING, Cell, EvidenceMap, Finding

HOW_TO_READ = (
    "A bubble counts sources on people’s word alone: passages on which all readers agree. "
    "Sources that are one work count once. A source with evidence on both sides is mixed and "
    "stands in no other bubble of its row and group, so supporting and mixed together are what "
    "kb ask counts as supporting.",
    "An asterisk means that there are passages besides which are not counted: readers disagree on "
    "them, or only a model has judged them. Of models, only what one has said before in an answer, "
    "and was sure of, is here; none was asked for this map.",
    "Counting sources is not weighing them: an opinion piece and a trial each count once. Follow "
    "a bubble to the passages behind it, and read the source before you rely on it.",
)


def counted_in_words(cell: Cell) -> str:
    """ "3 sources, 7 passages", with what to know of them, or why there are none."""
    if not cell.works:
        return str(cell.mark)
    parts = [plural(len(cell.works), "source"), plural(cell.passages, "passage")]
    parts += ["only abstracts read"] if cell.in_abstract else []
    parts += [f"{cell.second_hand:,} known only through another"] if cell.second_hand else []
    return ", ".join(parts)


def uncounted(cell: Cell) -> str:
    """The passages of a cell that are not counted, "" for none."""
    parts = []
    if cell.disputed:
        parts.append(f"readers disagree on {plural(len(cell.disputed), 'passage')}")
    if cell.by_model:
        parts.append(f"{plural(len(cell.by_model), 'passage')} by a model alone")
    return ", ".join(parts)


def lines(given: EvidenceMap) -> Iterator[tuple[str, str]]:
    """Kind ("criterion", "circumstance", "group") and text of each line of the map in words."""
    for criterion in given.criteria:
        yield "criterion", criterion.name
        for circumstance in given.circumstances:
            if circumstance.criterion == criterion.id:
                yield "circumstance", f"{circumstance.id}: {circumstance.statement}"
                for group in given.groups:
                    cells = given.of(circumstance.id, group)
                    name = "" if group == EVERYTHING else f"{group}: "
                    yield "group", name + _in_words(cells)


def _in_words(cells: tuple[Cell, ...]) -> str:
    counted = [f"{len(cell.works)} {cell.finding}" for cell in cells if cell.works]
    if not counted:
        marks = dict.fromkeys(str(c.mark) for c in cells if c.finding is not Finding.MIXED)
        counted = [*marks]
    aside = [f"{cell.finding}: {said}" for cell in cells if (said := uncounted(cell))]
    return "; ".join([", ".join(counted), *aside])
