"""Answers, one a circumstance → an evidence map; an earlier map and this one → what changed.

Only what people agree on is counted: a work (a source, or several that are one study) stands in a
group as supporting, challenging or, with evidence on both sides, mixed. So "supporting" and "mixed"
together are what `kb ask` counts as supporting. What people disagree on, and what stands on a
side on a model's word alone, is shown beside and never counted.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from kb import grouping
from kb.errors import QuestionError
from kb.maps import EVERYTHING, Cell, Change, Earlier, EvidenceMap, Finding, Mark, Work, in_abstract
from kb.records import Answer, Evidence, SourceSummary

BY = ("design", "year", "setting", "keywords")
NO_KEYWORDS = "no keywords"
_SIDES = {Finding.SUPPORTING: "supporting", Finding.CHALLENGING: "challenging"}

Split = Mapping[str, tuple[str, ...]]
"""Citekey → the groups it is in."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What a map is drawn on: all sources, the groups of each, the groups in order, and the family
    of each citekey that is in one."""

    sources: Mapping[str, SourceSummary]
    split: Split
    groups: tuple[str, ...]
    families: Mapping[str, str] = field(default_factory=dict)


def ground(
    summaries: Iterable[SourceSummary],
    by: str,
    settings: Sequence[tuple[str, tuple[str, ...]]],
    families: Mapping[str, str],
) -> Ground:
    """Sources split by "design", "year", "setting", "keywords" or one keyword ("" for not).
    Raises QuestionError for a word that is no keyword of any source."""
    sources = {summary.source.citekey: summary for summary in summaries}
    split: Split = {key: _groups_of(one, by, dict(settings)) for key, one in sources.items()}
    found = {group for groups in split.values() for group in groups}
    if by and by not in BY and not any(_has(one, by) for one in sources.values()):
        known = sorted({word for one in sources.values() for word in one.source.keywords})
        raise QuestionError(
            f"no source has the keyword '{by}'; split by {', '.join(BY)}, or by one of the "
            f"keywords of references.bib: {', '.join(known[:20]) or 'there are none'}"
        )
    if by == "setting" and not settings:
        split, found = _without_rare(split)
    return Ground(sources, split, tuple(_in_order(found, by, settings)) or (EVERYTHING,), families)


def _has(one: SourceSummary, keyword: str) -> bool:
    return keyword.casefold() in (word.casefold() for word in one.source.keywords)


def _groups_of(
    one: SourceSummary, by: str, settings: Mapping[str, Sequence[str]]
) -> tuple[str, ...]:
    study = one.file.study if one.file else None
    match by:
        case "":
            return (EVERYTHING,)
        case "design":
            return (grouping.design(study.design if study else ""),)
        case "year":
            return (grouping.period(one.source.year),)
        case "setting":
            return (grouping.setting(study.setting if study else "", settings),)
        case "keywords":
            return one.source.keywords or (NO_KEYWORDS,)
        case _:
            return (by if _has(one, by) else f"not {by}",)


def _without_rare(split: Split) -> tuple[Split, set[str]]:
    """The most frequent groups as they are, all others together."""
    counts: dict[str, int] = defaultdict(int)
    for groups in split.values():
        for group in groups:
            counts[group] += 1
    kept = set(sorted(counts, key=lambda group: (-counts[group], group))[: grouping.MOST])
    named = {
        key: tuple(group if group in kept else grouping.OTHER_SETTINGS for group in groups)
        for key, groups in split.items()
    }
    return named, {group for groups in named.values() for group in groups}


def _in_order(
    found: Collection[str], by: str, settings: Sequence[tuple[str, tuple[str, ...]]]
) -> list[str]:
    """Designs from reviews to opinion, years from the first, the rest by the alphabet; what is not
    known comes last."""
    known = {
        "design": grouping.DESIGNS,
        "setting": tuple(name for name, _ in settings),
        "year": ("before 2000",),
    }.get(by, (by,))
    last = (grouping.OTHER_SETTINGS, grouping.NOT_DESCRIBED, grouping.NO_YEAR, NO_KEYWORDS)

    def place(group: str) -> tuple[int, int, str]:
        at = known.index(group) if group in known else len(known)
        return group in last, at, group.casefold()

    return sorted(found, key=place)


# -- cells --------------------------------------------------------------------------------------


def cells(answers: Mapping[str, Answer], on: Ground) -> Iterator[Cell]:
    """The cells of each circumstance (id → its answer, holding all items of each group of it)."""
    there = {group: sum(group in of for of in on.split.values()) for group in on.groups}
    for name, answer in answers.items():
        for group in on.groups:
            yield from _three(name, answer, group, on, there[group])


def _three(name: str, answer: Answer, group: str, on: Ground, there: int) -> Iterator[Cell]:
    def within(items: Iterable[Evidence]) -> list[Evidence]:
        return [item for item in items if group in on.split[item.source.citekey]]

    sides = {side: within(getattr(answer, side.value)) for side in _SIDES}
    context = within(answer.context)
    works = _works(sides, on.families)
    judged = [i for items in (*sides.values(), context) for i in items if _by_people(i, answer)]
    looked = {item.source.citekey for item in judged}
    disputed = {side: [i for i in sides[side] if _disputed(i)] for side in _SIDES}
    disputed[Finding.MIXED] = [item for item in context if _opposed(item)]
    for finding in Finding:
        yield Cell(
            circumstance=name,
            group=group,
            finding=finding,
            works=works[finding],
            disputed=tuple(disputed[finding]),
            by_model=tuple(i for i in sides.get(finding, ()) if i.judgement.by_model),
            looked=len(looked),
            there=there,
            mark=None if works[finding] else _mark(judged, group, on),
        )


def _works(
    sides: Mapping[Finding, list[Evidence]], families: Mapping[str, str]
) -> dict[Finding, tuple[Work, ...]]:
    """What people agree on, by work; one with evidence on both sides is mixed."""
    items: dict[str, list[Evidence]] = defaultdict(list)
    stands: dict[str, set[Finding]] = defaultdict(set)
    for side, found in sides.items():
        for item in found:
            if item.judgement.settled:
                name = families.get(item.source.citekey, item.source.citekey)
                items[name].append(item)
                stands[name].add(side)
    works: dict[Finding, list[Work]] = {finding: [] for finding in Finding}
    for name, of_one in items.items():
        (side, *others) = stands[name]
        citekeys = sorted({item.source.citekey for item in of_one})
        works[Finding.MIXED if others else side].append(Work("+".join(citekeys), tuple(of_one)))
    return {
        finding: tuple(sorted(found, key=lambda work: (work.citation.casefold(), work.name)))
        for finding, found in works.items()
    }


def _mark(judged: Sequence[Evidence], group: str, on: Ground) -> Mark:
    """Why nothing is counted: of what people judged, or could have, how much was read?"""
    if not judged:
        of_group = (key for key, groups in on.split.items() if group in groups)
        readable = any(on.sources[key].file for key in of_group)
        return Mark.NOT_SEARCHED if readable else Mark.ABSTRACTS
    shallow = all(in_abstract(item.read) or item.second_hand for item in judged)
    return Mark.ABSTRACTS if shallow else Mark.NONE_FOUND


def _by_people(item: Evidence, answer: Answer) -> bool:
    """Whether anyone judged it on the circumstance as it is worded now."""
    return any(verdict.claim == answer.claim.text for verdict in item.judgement.verdicts)


def _disputed(item: Evidence) -> bool:
    return not item.judgement.settled and not item.judgement.by_model


def _opposed(item: Evidence) -> bool:
    return item.judgement.judge == "readers disagree" and item.judgement.stance is None


# -- what changed -------------------------------------------------------------------------------


def changes(before: Earlier, now: EvidenceMap) -> tuple[Change, ...]:
    """Cells that count other works than they did, in the order of the map; of circumstances that
    both maps have. Raises QuestionError when the two are split differently."""
    if before.by != now.by:
        raise QuestionError(
            f"{before.name}: that map is {_split(before.by)} and this one {_split(now.by)}, so "
            f"they cannot be compared; {f'say --by {before.by}' if before.by else 'leave --by out'}"
        )
    after = now.counted
    names = {key: key for key in after}  # groups that are gone come last
    gone = [key for key in before.counted if key not in names]
    found = []
    for key in (*after, *gone):
        was, are = before.counted.get(key, frozenset()), after.get(key, frozenset())
        if was != are and key[0] in before.circumstances & {c.id for c in now.circumstances}:
            gained, lost = tuple(sorted(are - was)), tuple(sorted(was - are))
            change = Change(key[0], key[1], Finding(key[2]), len(was), len(are), gained, lost)
            found.append(change)
    return tuple(sorted(found, key=_by_row(now)))


def _by_row(drawn: EvidenceMap) -> Callable[[Change], int]:
    rows = [circumstance.id for circumstance in drawn.circumstances]
    return lambda change: rows.index(change.circumstance)


def _split(by: str) -> str:
    return f"split by {by}" if by else "not split"
