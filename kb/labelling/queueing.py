"""A knowledge base and a person → what is worth a label of theirs, best first.

In turn: where readers disagree; where readers and a model disagree, the surest first; what nobody
has read, near the top of an answer or where the model is least sure (uncertainty sampling, Lewis
and Gale 1994); last what one side has read and the model sees alike. What the person has a word on
is left out, unless criterion or circumstance have been reworded since.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from kb.knowledge_base import KnowledgeBase
from kb.labelling.saying import TAG, VERDICT, Thing, circumstance_named
from kb.records import Circumstance, Criterion, Opinion, Passage, Stance

NEAR = 20
"""How many passages from the top of a circumstance's search are offered: as many as an answer
looks at."""

REWORDED, PEOPLE, MODEL, NOBODY, ALIKE = range(5)
_REASONS = {
    REWORDED: "you judged an earlier wording",
    PEOPLE: "readers disagree",
    MODEL: "a reader and the model disagree",
    NOBODY: "nobody has read it for this",
    ALIKE: "read before, by others",
}
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Item:
    """Something to label: does the passage speak of a criterion (`kind` TAG), or what does it do to
    a circumstance (VERDICT)? `wording` is what these say. `others` is what anyone else says, model
    and people, one line each; `opinion` the model's on a circumstance, if it was asked before."""

    passage: Passage
    kind: str
    about: str
    wording: str
    reason: str
    others: tuple[str, ...] = ()
    opinion: Opinion | None = None

    @property
    def thing(self) -> Thing:
        return self.kind, self.passage.id, self.about


@dataclass(frozen=True, slots=True)
class _Worth:
    """An item before its passage is fetched; `group` is its reason, `unsure` how unsure the model
    is and `worth` how much a label is worth within the group, both from 0 to 1."""

    thing: Thing
    group: int
    worth: float
    unsure: float
    others: tuple[str, ...]
    opinion: Opinion | None = None


def queue(
    base: KnowledgeBase,
    by: str,
    *,
    criterion: str | None = None,
    claim: str | None = None,
    uncertain_first: bool = False,
    limit: int = 100,
    later: Collection[Thing] = (),
    progress: Progress = lambda _: None,
) -> list[Item]:
    """At most `limit` items for `by`; those to come `later` last. Of one criterion, of one
    circumstance, or of all of both. With a circumstance named, the model is asked about what is
    near the top of its answer. Raises KbError."""
    base.index()
    worths: list[_Worth] = []
    framework = base.framework
    if criterion or not claim:
        chosen = [framework.criterion(criterion)] if criterion else list(framework.criteria)
        progress("Looking through tags")
        worths += _criteria(base, by, chosen)
    if claim or not criterion:
        named = [circumstance_named(base, claim)] if claim else framework.circumstances
        for circumstance in named:
            progress(f"Looking through answers: {circumstance.id}")
            worths += _circumstance(base, by, circumstance, ask=claim is not None)
    ordered = _by_doubt(worths) if uncertain_first else _in_turn(worths)
    last = set(later)
    ordered.sort(key=lambda one: one.thing in last)
    progress("")
    return _items(base, ordered[:limit])


def _criteria(base: KnowledgeBase, by: str, chosen: Sequence[Criterion]) -> Iterator[_Worth]:
    names = [criterion.id for criterion in base.framework.criteria]
    said = base.judgements.said(names)
    wordings = base.judgements.wordings
    with base.reading():
        ids = sorted(base.catalog.ids() - base.catalog.superseded())
    thresholds = dict(zip(names, base.tag_thresholds, strict=True))
    scores = base.tag_scores(ids).tolist() if ids else []
    for name, row in zip(ids, scores, strict=True):
        people = said.get(name, {})
        then = wordings.get((name, by), {})
        for criterion in chosen:
            mine = criterion.id in people.get(by, {})
            reworded = then.get(criterion.id, criterion.wording) != criterion.wording
            if mine and not reworded:
                continue
            seen = {who: of[criterion.id] for who, of in people.items() if criterion.id in of}
            score, threshold = row[names.index(criterion.id)], thresholds[criterion.id]
            others = [f"{who}: {'yes' if says else 'no'}" for who, says in seen.items()]
            group = REWORDED if mine else _group(set(seen.values()), score >= threshold)
            doubt = _doubt(score, threshold)
            yield _Worth(
                (TAG, name, criterion.id),
                group,
                1 - doubt if group == MODEL else doubt,
                doubt,
                (*others, f"model: {score:.2f}, a tag from {threshold:.2f} up"),
            )


def _group(people: set[bool], model: bool) -> int:
    if not people:
        return NOBODY
    if len(people) > 1:
        return PEOPLE
    return ALIKE if model in people else MODEL


def _doubt(score: float, threshold: float) -> float:
    """From 1 for a score at the threshold to 0 at either end."""
    room = threshold if score < threshold else 1 - threshold
    return 1 - abs(score - threshold) / room if room else 0.0


def _circumstance(
    base: KnowledgeBase, by: str, circumstance: Circumstance, *, ask: bool
) -> Iterator[_Worth]:
    near = base.search(circumstance.statement, limit=NEAR)
    ranks = {hit.passage.id: place for place, hit in enumerate(near)}
    verdicts = {
        name: of for (name, on), of in base.judgements.verdicts.items() if on == circumstance.id
    }
    with base.reading():
        passages = base.catalog.passages({*verdicts, *ranks})
    opinions = base.opinions(circumstance.statement, list(passages.values()), ask=False)
    if ask:
        opinions |= base.opinions(circumstance.statement, [hit.passage for hit in near])
    for name in sorted(passages):
        current = [v for v in verdicts.get(name, ()) if v.claim == circumstance.statement]
        if any(verdict.by == by for verdict in current):
            continue
        mine = any(verdict.by == by for verdict in verdicts.get(name, ()))
        opinion = opinions.get(name)
        stances = {verdict.stance for verdict in current}
        others = [f"{v.by}: {v.stance}" + (f" ({v.why})" if v.why else "") for v in current]
        if opinion:
            others.append(f"model: {opinion.stance}, {opinion.probability:.0%}")
        # From a third, where it knows nothing of three stances, to certainty.
        doubt = 1.5 * (1 - opinion.probability) if opinion else 0.5
        height = 1 - ranks[name] / NEAR if name in ranks else 0.0
        group = REWORDED if mine else _verdict_group(stances, opinion)
        worth = {NOBODY: (height + doubt) / 2, MODEL: 1 - doubt}.get(group, doubt)
        yield _Worth((VERDICT, name, circumstance.id), group, worth, doubt, tuple(others), opinion)


def _verdict_group(people: set[Stance], opinion: Opinion | None) -> int:
    if not people:
        return NOBODY
    if len(people) > 1:
        return PEOPLE
    sides = (Stance.SUPPORTS, Stance.CHALLENGES)
    other = opinion is not None and opinion.sure and opinion.stance in sides
    return MODEL if other and opinion and opinion.stance not in people else ALIKE


def _in_turn(worths: list[_Worth]) -> list[_Worth]:
    """One of each group after the other, the best of each first; what is read alike comes last."""
    groups: dict[int, list[_Worth]] = {group: [] for group in _REASONS}
    for one in sorted(worths, key=lambda one: (-one.worth, one.thing)):
        groups[one.group].append(one)
    rounds = zip_longest(*(groups[g] for g in (REWORDED, PEOPLE, MODEL, NOBODY)))
    return [one for turn in rounds for one in turn if one is not None] + groups[ALIKE]


def _by_doubt(worths: list[_Worth]) -> list[_Worth]:
    return sorted(worths, key=lambda one: (-one.unsure, one.group, one.thing))


def _items(base: KnowledgeBase, ordered: list[_Worth]) -> list[Item]:
    with base.reading():
        passages = base.catalog.passages({one.thing[1] for one in ordered})
    wording = _wordings(base)
    return [
        Item(
            passages[name],
            kind,
            about,
            wording[kind, about],
            _REASONS[one.group],
            one.others,
            one.opinion,
        )
        for one in ordered
        for kind, name, about in [one.thing]
        if name in passages
    ]


def _wordings(base: KnowledgeBase) -> Mapping[tuple[str, str], str]:
    criteria = {(TAG, c.id): f"{c.name}: {c.definition}" for c in base.framework.criteria}
    return criteria | {(VERDICT, c.id): c.statement for c in base.framework.circumstances}
