"""How far people agree with each other and with the models, and where they do not."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import combinations

from kb.errors import QuestionError, UnknownName
from kb.evaluating.agreement import agreement
from kb.knowledge_base import KnowledgeBase
from kb.labelling.measuring import tagger_alone
from kb.records import Stance
from kb.reports import Agreement, AgreementReport, Disagreement

MODEL = "model"
ALL = "all"
YES_NO = ("no", "yes")
STANCES = tuple(stance.value for stance in Stance)
Labels = dict[tuple[str, str], str]  # (passage id, criterion or circumstance) → label
Progress = Callable[[str], None]


def compare(
    base: KnowledgeBase, people: Sequence[str] = (), progress: Progress = lambda _: None
) -> list[AgreementReport]:
    """Each two of the people, and each with the models; or the two that are named, of whom one may
    be "model". Verdicts count that were made under the circumstance's wording of now; of the
    tagger, as it came, what it says of passages that it was not trained on. Raises UnknownName for
    a person who has said nothing, QuestionError for one alone."""
    base.index()
    tags, verdicts = _tags_of_people(base), _verdicts_of_people(base)
    known = sorted(tags.keys() | verdicts.keys())
    for name in people:
        if name not in (*known, MODEL):
            said = ", ".join(known) or "nobody"
            raise UnknownName(f"'{name}' has said nothing here; who has: {said}, model")
    if people and len(set(people)) != 2:
        raise QuestionError("name two to compare, or nobody for all: --by ann --by bob")
    pairs = [tuple(people)] if people else [*combinations(known, 2), *((n, MODEL) for n in known)]
    if any(MODEL in pair for pair in pairs):
        tags[MODEL] = _tags_of_model(base, tags)
        verdicts[MODEL] = _verdicts_of_model(base, verdicts, progress)
    names = {MODEL: f"model:{base.untaught_tagger.identity}"}
    order = base.framework.ids
    found = []
    for first, second in pairs:
        both = _shared(tags.get(first, {}), tags.get(second, {}))
        judged = _shared(verdicts.get(first, {}), verdicts.get(second, {}))
        if both or judged:
            found.append(
                AgreementReport(
                    names.get(first, first),
                    names.get(second, second),
                    _measured(both, YES_NO, order),
                    _measured(judged, STANCES, order),
                    tuple(_disagreements({**both, **judged}, order)),
                )
            )
    return found


def _tags_of_people(base: KnowledgeBase) -> dict[str, Labels]:
    found: dict[str, Labels] = defaultdict(dict)
    criteria = [criterion.id for criterion in base.framework.criteria]
    for passage, people in base.judgements.said(criteria).items():
        for by, seen in people.items():
            for criterion, says in seen.items():
                found[by][passage, criterion] = YES_NO[says]
    return found


def _verdicts_of_people(base: KnowledgeBase) -> dict[str, Labels]:
    found: dict[str, Labels] = defaultdict(dict)
    statements = {c.id: c.statement for c in base.framework.circumstances}
    for (passage, circumstance), verdicts in base.judgements.verdicts.items():
        for verdict in verdicts:
            if verdict.claim == statements.get(circumstance):
                found[verdict.by][passage, circumstance] = verdict.stance.value
    return found


def _tags_of_model(base: KnowledgeBase, tags: Mapping[str, Labels]) -> Labels:
    """Of passages that people tagged and the tagger was not trained on."""
    alone = tagger_alone(base, {name for of in tags.values() for name, _ in of})
    criteria = [criterion.id for criterion in base.framework.criteria]
    return {
        (name, criterion): YES_NO[score >= threshold]
        for name, row in zip(alone.names, alone.scores.tolist(), strict=True)
        for criterion, score, threshold in zip(criteria, row, alone.thresholds, strict=True)
    }


def _verdicts_of_model(
    base: KnowledgeBase, verdicts: Mapping[str, Labels], progress: Progress
) -> Labels:
    """The most probable stance, shown or not."""
    wanted: dict[str, set[str]] = defaultdict(set)
    for of in verdicts.values():
        for passage, name in of:
            wanted[name].add(passage)
    found: Labels = {}
    for circumstance in base.framework.circumstances:
        progress(f"Asking the model: {circumstance.id}")
        with base.reading():
            passages = base.catalog.passages(wanted[circumstance.id])
        said = base.opinions(circumstance.statement, list(passages.values()))
        found |= {(name, circumstance.id): of.stance.value for name, of in said.items()}
    progress("")
    return found


def _shared(first: Labels, second: Labels) -> dict[tuple[str, str], tuple[str, str]]:
    return {key: (first[key], second[key]) for key in first.keys() & second.keys()}


def _measured(
    shared: Mapping[tuple[str, str], tuple[str, str]],
    labels: Sequence[str],
    order: Sequence[str],
) -> dict[str, Agreement]:
    grouped: dict[str, list[tuple[str, int, int]]] = defaultdict(list)
    for (passage, about), (first, second) in sorted(shared.items()):
        rated = passage, labels.index(first), labels.index(second)
        grouped[about].append(rated)
        grouped[ALL].append(rated)
    return {
        about: agreement(grouped[about], len(labels)) for about in (*order, ALL) if about in grouped
    }


def _disagreements(
    shared: Mapping[tuple[str, str], tuple[str, str]], order: Sequence[str]
) -> Iterable[Disagreement]:
    for (passage, about), (first, second) in sorted(
        shared.items(), key=lambda item: (order.index(item[0][1]), item[0][0])
    ):
        if first != second:
            yield Disagreement(passage, about, first, second)
