"""The models against what people of this knowledge base said: their word is the gold."""

from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from kb.errors import QuestionError, UnknownName
from kb.evaluating import mine
from kb.knowledge_base import KnowledgeBase
from kb.records import Passage, Stance
from kb.reports import OwnReport, OwnTagsReport, Row, StanceReport

Gold = list[tuple[Passage, Stance]]
Progress = Callable[[str, int, int], None]


def own(
    base: KnowledgeBase, people: Collection[str] = (), progress: Progress = lambda *_: None
) -> OwnReport:
    """Measure tags and stance on the labels of all people, or of those named. Where they disagree
    a label is left out and counted. Raises QuestionError where there is no label, UnknownName for
    a person who has said nothing."""
    base.index()
    given = base.judgements
    known = {by for _, by in (*given.readings, *given.partial)}
    known |= {verdict.by for of in given.verdicts.values() for verdict in of}
    if unknown := sorted(set(people) - known):
        raise UnknownName(
            f"'{unknown[0]}' has said nothing here; who has: {', '.join(sorted(known)) or 'nobody'}"
        )
    if not known:
        raise QuestionError("nobody has labelled anything yet; begin with: kb review")
    chosen = set(people) or known
    tags = _tags(base, chosen)
    rows, disputed = _rows(base, chosen)
    stance = _stance(base, rows, progress) if rows and base.judge else None
    return OwnReport(tuple(sorted(chosen)), tags, stance, disputed)


def _rows(base: KnowledgeBase, people: Collection[str]) -> tuple[dict[str, Gold], int]:
    """By circumstance the passages, with the stance, on which all of the people who judged them
    under its wording of now say the same; and how many others they judged."""
    rows: dict[str, Gold] = defaultdict(list)
    disputed = 0
    statements = {c.id: c.statement for c in base.framework.circumstances}
    with base.reading():
        passages = base.catalog.passages({name for name, _ in base.judgements.verdicts})
    for (name, circumstance), verdicts in sorted(base.judgements.verdicts.items()):
        claim = statements.get(circumstance)
        said = {v.stance for v in verdicts if v.by in people and v.claim == claim}
        if len(said) == 1 and claim and name in passages:
            rows[claim].append((passages[name], said.pop()))
        disputed += len(said) > 1
    return rows, disputed


def _stance(base: KnowledgeBase, rows: dict[str, Gold], progress: Progress) -> StanceReport:
    """The model is asked claim by claim, and what it says is kept: a run that is stopped goes on
    where it was, and a second one is quick."""
    labelled, said = [], []
    for number, (claim, gold) in enumerate(rows.items()):
        progress("circumstances judged", number, len(rows))
        opinions = base.opinions(claim, [passage for passage, _ in gold])
        for passage, stance in gold:
            labelled.append(Row(claim, passage.text, stance))
            said.append(opinions[passage.id])
    progress("circumstances judged", len(rows), len(rows))
    return base.measure_stance(labelled, said)


@dataclass(frozen=True, slots=True)
class Alone:
    """What the tagger that kb.toml names says of passages (`names`, ids) without having learnt from
    anyone's tags of them: (n, criteria) `scores`, and the `thresholds` from which they are tags.
    `trained` is how many passages are left out for that."""

    names: list[str]
    scores: NDArray[np.float32]
    thresholds: list[float]
    trained: int


def tagger_alone(base: KnowledgeBase, ids: Collection[str]) -> Alone:
    """Of those of `ids` that are passages, the ones that it was not trained on. What `kb learn`
    made of it has no say: that was made from these very tags, and measures itself."""
    tagger = base.untaught_tagger
    with base.reading():
        passages = base.catalog.passages(ids)
    names = [name for name in sorted(passages) if not tagger.trained_on(passages[name].text)]
    texts = [passages[name].text for name in names]
    of_all = base.settings.tagging.threshold
    thresholds = [of_all or float(of_one) for of_one in tagger.thresholds]
    scores = np.zeros((0, len(thresholds)), np.float32)
    if names:
        scores = tagger.score(texts, base.vectors.get(names))
    return Alone(names, scores, thresholds, len(passages) - len(names))


def _tags(base: KnowledgeBase, people: Collection[str]) -> OwnTagsReport:
    criteria = [criterion.id for criterion in base.framework.criteria]
    said = base.judgements.said(criteria)
    alone = tagger_alone(base, [name for name, of in said.items() if set(people) & of.keys()])
    gold = np.full((len(alone.names), len(criteria)), np.nan)
    disputed = 0
    for row, name in enumerate(alone.names):
        for column, criterion in enumerate(criteria):
            words = {
                of[criterion] for by, of in said[name].items() if by in people and criterion in of
            }
            if len(words) == 1:
                gold[row, column] = words.pop()
            disputed += len(words) > 1
    tagger = base.untaught_tagger
    report = mine.report(tagger, criteria, alone.scores, gold, alone.thresholds)
    return replace(report, disputed=disputed, trained=alone.trained)
