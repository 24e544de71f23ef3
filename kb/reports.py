"""What an evaluation gives: small frozen records of measures and of what went wrong."""

from dataclasses import dataclass

from kb.records import Opinion, Stance


@dataclass(frozen=True, slots=True)
class Measure:
    """A number from 0 to 1 and its 95 % interval."""

    value: float
    interval: tuple[float, float]


@dataclass(frozen=True, slots=True)
class LabelMeasures:
    """Precision, recall and F1 of one label, over `n` rows that have it."""

    n: int
    precision: Measure
    recall: Measure
    f1: Measure


@dataclass(frozen=True, slots=True)
class RankingMeasures:
    """nDCG@10, recall@100 and mean reciprocal rank."""

    ndcg: Measure
    recall: Measure
    mrr: Measure


@dataclass(frozen=True, slots=True)
class RetrievalReport:
    """What each way of searching ("meaning", "words", "both") reached on `queries` labelled
    questions over `documents` documents."""

    collection: str
    documents: int
    queries: int
    modes: dict[str, RankingMeasures]


@dataclass(frozen=True, slots=True)
class SideMeasures:
    """How much of what people judged to be on a side stands among the first passages that are
    looked at: `passages` in all, on `circumstances` that have any, and the mean recall over these;
    `plain` with the statement alone for a query."""

    passages: int
    circumstances: int
    recall: Measure
    plain: Measure


@dataclass(frozen=True, slots=True)
class SidesReport:
    """Of the first `depth` passages; by side."""

    depth: int
    sides: dict[Stance, SideMeasures]


@dataclass(frozen=True, slots=True)
class Row:
    """One labelled pair."""

    claim: str
    evidence: str
    label: Stance


@dataclass(frozen=True, slots=True)
class Judged:
    """A row and what the judge says of it; `found` is the stance that was scored."""

    row: Row
    opinion: Opinion
    found: Stance


@dataclass(frozen=True, slots=True)
class StanceReport:
    """What was measured. `confusion` has a row for each label of `labels`, a column for each found;
    `worst` are the surest errors."""

    judge: str
    threshold: float
    n: int
    ways: int
    macro_f1: Measure
    accuracy: Measure
    labels: dict[Stance, LabelMeasures]
    ece: float
    coverage: float
    precision_at_threshold: Measure
    shown: int
    confusion: tuple[tuple[int, ...], ...]
    worst: tuple[Judged, ...]
