"""An evidence map → what is missing, in words, the most serious first, each with a next step."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kb import grouping
from kb.exporting.labels import plural
from kb.maps import Cell, EvidenceMap, Finding, Gap, GapKind, Mark, Work
from kb.records import Circumstance

_VERBS = {Finding.SUPPORTING: "supports", Finding.CHALLENGING: "challenges"}
_OTHER = {
    Finding.SUPPORTING: Finding.CHALLENGING,
    Finding.CHALLENGING: Finding.SUPPORTING,
}
_SEARCH = "look for more (kb add FILE), or judge what is near: kb ask {id} --limit 30"


@dataclass(frozen=True, slots=True)
class _Case:
    """One circumstance: its cells, and the works on each side, mixed ones on both."""

    circumstance: Circumstance
    cells: tuple[Cell, ...]
    sides: dict[Finding, tuple[Work, ...]]
    works: tuple[Work, ...]


def gaps(given: EvidenceMap, least: int, oldest: int) -> list[Gap]:
    """Of a map that is not split. A circumstance with fewer than `least` works has few; evidence is
    old when the latest of it is from before the year `oldest`. Circumstances come by their most
    serious gap, then by how few works they have, then in the order of the framework."""
    found = []
    for place, circumstance in enumerate(given.circumstances):
        case = _case(circumstance, given)
        of_one = list(_of(case, least, oldest))
        if of_one:
            ranks = sorted(_RANK[gap.kind] for gap in of_one)
            found.append(((ranks[0], len(case.works), place), of_one))
    return [gap for _, of_one in sorted(found, key=lambda pair: pair[0]) for gap in of_one]


_RANK = {kind: rank for rank, kind in enumerate(GapKind)}


def _case(circumstance: Circumstance, given: EvidenceMap) -> _Case:
    cells = given.of(circumstance.id)
    supporting, challenging, mixed = (cell.works for cell in cells)
    return _Case(
        circumstance,
        cells,
        {Finding.SUPPORTING: supporting + mixed, Finding.CHALLENGING: challenging + mixed},
        supporting + challenging + mixed,
    )


def _of(case: _Case, least: int, oldest: int) -> Iterator[Gap]:
    """In the order of GapKind; what holds of all of the evidence is not said of its sides again."""
    if not case.works:
        yield _nothing(case)
        return
    if len(case.works) < least:
        number = plural(len(case.works), "independent source")
        yield _gap(case, GapKind.FEW, f"only {number} on any side", _SEARCH)
    yield from _one_sided(case)
    both = all(case.sides.values())
    scopes: list[tuple[Finding | None, Sequence[Work]]] = [(None, case.works)]
    scopes += [(side, works) for side, works in case.sides.items() if both]
    for kind, test in _TESTS.items():
        for side, works in scopes:
            if what := test(works, oldest):
                yield _gap(case, kind, f"{_subject(side)} {what}", _NEXT[kind], side)
                if side is None:
                    break
    if both:
        yield from _thin_sides(case, least)


def _nothing(case: _Case) -> Gap:
    cell = case.cells[0]
    if cell.mark is Mark.NOT_SEARCHED:
        what = "nobody has judged any passage on it"
        step = "read what is near and judge it in annotations.jsonl: kb ask {id} --limit 30"
        return _gap(case, GapKind.NOT_SEARCHED, what, step)
    if cell.mark is Mark.ABSTRACTS:
        what = "nothing found, and no more than abstracts was read, if anything could be"
        step = "add full texts (kb add FILE --key CITEKEY), and see what cannot be read: kb check"
        return _gap(case, GapKind.NOTHING, what, step)
    looked = plural(cell.looked, "source")
    what = f"people judged passages of {looked} on it and agree on a side for none"
    return _gap(case, GapKind.NOTHING, what, _SEARCH)


def _one_sided(case: _Case) -> Iterator[Gap]:
    for side, other in _OTHER.items():
        if not case.sides[side]:
            disputed = len(case.cells[list(Finding).index(side)].disputed)
            aside = f" ({plural(disputed, 'passage')} readers disagree on)" if disputed else ""
            what = f"{_told(case, other)}, none {_VERBS[side]} it{aside}"
            step = (
                "look for the other side on purpose, in reports of failure and in reviews; what "
                "is here already: kb ask {id} --limit 30"
            )
            yield _gap(case, GapKind.ONE_SIDE, what, step, side)


def _thin_sides(case: _Case, least: int) -> Iterator[Gap]:
    for side, other in _OTHER.items():
        if len(case.sides[side]) < least <= len(case.works):
            what = f"only {_told(case, side)}; {_told(case, other)}"
            yield _gap(case, GapKind.THIN_SIDE, what, _SEARCH, side)


def _told(case: _Case, side: Finding) -> str:
    """ "3 sources challenge it" """
    number, verb = len(case.sides[side]), _VERBS[side]
    return f"1 source {verb} it" if number == 1 else f"{number} sources {verb[:-1]} it"


def _subject(side: Finding | None) -> str:
    return f"what {_VERBS[side]} it" if side else "all of it"


# -- what is wrong with works that are there ------------------------------------------------------


def _no_study(works: Sequence[Work], _: int) -> str:
    groups = {grouping.design(item.study.design) for work in works for item in work.items}
    return "" if groups & grouping.STUDIES else f"is {' or '.join(sorted(groups))}; no study"


def _abstracts(works: Sequence[Work], _: int) -> str:
    if not all(work.in_abstract for work in works):
        return ""
    return "was read in abstract only, or is told by another source"


def _old(works: Sequence[Work], oldest: int) -> str:
    years = [work.year for work in works]
    known = [year for year in years if year is not None]
    return f"is from {max(known)} or earlier" if known and max(known) < oldest else ""


_TESTS = {GapKind.NO_STUDY: _no_study, GapKind.ABSTRACTS: _abstracts, GapKind.OLD: _old}
_NEXT = {
    GapKind.NO_STUDY: "look for a study or review, and add it: kb add FILE",
    GapKind.ABSTRACTS: "get the full texts and add them: kb add FILE --key CITEKEY (which: {ask})",
    GapKind.OLD: "look for newer work that cites these, and add it: kb add FILE",
}


def _gap(case: _Case, kind: GapKind, what: str, step: str, side: Finding | None = None) -> Gap:
    name = case.circumstance.id
    return Gap(
        circumstance=case.circumstance,
        kind=kind,
        side=side.value if side else "",
        sources=len(case.works),
        what=what,
        next_step=step.format(id=name, ask=f"kb ask {name} --limit 30"),
    )
