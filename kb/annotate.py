"""Answers and passages that count for a criterion → the chapters of an annotated bibliography.

A source stands once in a section, in the group that the firmest word on it decides: what readers
settled, else what some of them saw, else what a model is sure of. A source with such passages on
both sides is "mixed". Its strongest passages stand with it, also those of lesser word, each with
who judged it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

from kb.exporting.annotated import STANCES, Chapter, Entry, Section
from kb.records import Answer, Circumstance, Criterion, Evidence, Stance

MOST = 3
"""Passages that an entry shows of each side; of the context it shows one."""
_SIDES = {Stance.SUPPORTS: "supporting", Stance.CHALLENGES: "challenging"}
_BASES = ("readers", "disputed", "model")


def chapter(
    criterion: Criterion,
    answers: Iterable[tuple[Circumstance, Answer]],
    about: Sequence[Evidence],
    stances: Collection[str] = STANCES,
    families: Sequence[tuple[str, ...]] = (),
) -> Chapter:
    """A criterion's circumstances, each with the answer to it (all items of all groups), and the
    sources of `about`, passages that count for the criterion, which stand in no section. Only
    groups in `stances` are kept; what is about the criterion alone is context."""
    kin = {key: family for family in families for key in family}
    grouped = [(circumstance, answer, _entries(answer, kin)) for circumstance, answer in answers]
    standing = {entry.source.citekey for _, _, of in grouped for group in of.values()
                for entry in group}  # fmt: skip
    by_source = _by_source(item for item in about if item.source.citekey not in standing)
    others = [_entry(items, "", kin) for items in by_source.values()]
    sections = (
        Section(circumstance, answer, {name: of[name] for name in STANCES if name in stances})
        for circumstance, answer, of in grouped
    )
    return Chapter(
        criterion, tuple(sections), tuple(_by_name(others)) if "context" in stances else ()
    )


def _entries(answer: Answer, kin: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[Entry, ...]]:
    items = [*answer.supporting, *answer.challenging, *answer.unsure, *answer.context]
    groups: dict[str, list[Entry]] = {name: [] for name in STANCES}
    for of_one in _by_source(items).values():
        basis = next((b for b in _BASES if any(_basis(item) == b for item in of_one)), "")
        sides = {name for item in of_one if basis and _basis(item) == basis
                 for stance, name in _SIDES.items() if item.stance is stance}  # fmt: skip
        name = "mixed" if len(sides) > 1 else next(iter(sides), "context")
        groups[name].append(_entry(of_one, basis, kin))
    return {name: tuple(_by_word(entries)) for name, entries in groups.items()}


def _basis(item: Evidence) -> str:
    """On whose word a passage takes a side, "" if on nobody's."""
    if item.stance not in _SIDES:
        return ""
    if item.judgement.by_model:
        return "model"
    return "readers" if item.judgement.settled else "disputed"


def _entry(items: Sequence[Evidence], basis: str, kin: Mapping[str, tuple[str, ...]]) -> Entry:
    citekey = items[0].source.citekey
    ordered = sorted(items, key=_strength)
    sided = [item for item in ordered if _basis(item)]
    shown = [
        item for stance in _SIDES for item in [one for one in sided if one.stance is stance][:MOST]
    ] or ordered[:1]
    shown.sort(key=_strength)
    same = tuple(key for key in kin.get(citekey, ()) if key != citekey)
    # What readers saw as neither side is not "more": it is no evidence on this.
    more = len(sided) - len(shown) if sided else len(ordered) - len(shown)
    return Entry(items[0].source, tuple(shown), more, basis, same)


def _strength(item: Evidence) -> tuple[int, bool, float, float, str]:
    """Readers' settled word first and of that the clear one, a model's by its probability."""
    judgement = item.judgement
    basis = _basis(item)
    place = _BASES.index(basis) if basis else len(_BASES) + (not judgement.verdicts)
    return (
        place,
        judgement.sure != "clear",
        -(judgement.probability or 0.0),
        -item.score,
        item.passage.id,
    )


def _by_source(items: Iterable[Evidence]) -> dict[str, list[Evidence]]:
    found: dict[str, list[Evidence]] = defaultdict(list)
    for item in items:
        found[item.source.citekey].append(item)
    return found


def _by_word(entries: Iterable[Entry]) -> list[Entry]:
    """Those on readers' word before those on a model's, each by name and year."""
    order = {basis: place for place, basis in enumerate(_BASES)}
    return sorted(_by_name(entries), key=lambda entry: order.get(entry.basis, len(order)))


def _by_name(entries: Iterable[Entry]) -> list[Entry]:
    return sorted(entries, key=lambda e: (e.source.citation.casefold(), e.source.citekey))
