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


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two raters agree on `n` things: the share on which they do, Cohen's kappa and Gwet's
    AC1 (from -1 to 1, the intervals too), None where it is not defined: kappa where both gave one
    label only."""

    n: int
    raw: Measure
    kappa: Measure | None
    ac1: Measure | None


@dataclass(frozen=True, slots=True)
class Disagreement:
    """What two raters said of one passage and one criterion or circumstance (`about`)."""

    passage_id: str
    about: str
    first: str
    second: str


@dataclass(frozen=True, slots=True)
class AgreementReport:
    """Two raters compared, people by name, a model as "model:" and its identity. `criteria` and
    `circumstances` have what both said something on; under "all" stands all of them together."""

    first: str
    second: str
    criteria: dict[str, Agreement]
    circumstances: dict[str, Agreement]
    disagreements: tuple[Disagreement, ...]


@dataclass(frozen=True, slots=True)
class TaggedRow:
    """A text and the criteria that a person says it is about."""

    text: str
    criteria: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CriterionMeasures:
    """How well one criterion is found: `n` rows have it, `found` were given it, at scores from
    `threshold` up; `method` is how the tagger scores it."""

    n: int
    found: int
    precision: Measure
    recall: Measure
    f1: Measure
    average_precision: Measure
    threshold: float
    method: str


@dataclass(frozen=True, slots=True)
class TagsReport:
    """How well a tagger does on `n` labelled texts; `ece` is its expected calibration error over
    all pairs of a text and a criterion."""

    tagger: str
    n: int
    macro_f1: Measure
    macro_average_precision: Measure
    criteria: dict[str, CriterionMeasures]
    ece: float


@dataclass(frozen=True, slots=True)
class Lesson:
    """What `kb learn` found of one criterion: how the tagger in use scores it (`method`), how many
    passages people `tagged` with it, on how many of them (`fresh`) that tagger was not itself
    trained, the F1 of the tagger `before` and `after` learning, in cross-validation on the same
    passages (None with too few of them), and whether what was learnt is `kept`."""

    criterion: str
    method: str
    tagged: int
    fresh: int
    before: float | None
    after: float | None
    kept: bool


@dataclass(frozen=True, slots=True)
class OwnTagsReport:
    """A tagger against people's own tags of `n` passages; `labelled` of them by criterion. Left out
    are labels on which people disagree (`disputed`) and passages on which the tagger was `trained`.
    `criteria` has those with a label; `macro_f1` and `ece` are None without any."""

    tagger: str
    n: int
    labelled: dict[str, int]
    macro_f1: float | None
    criteria: dict[str, CriterionMeasures]
    ece: float | None
    disputed: int = 0
    trained: int = 0


@dataclass(frozen=True, slots=True)
class OwnReport:
    """The models against what people of this knowledge base said: `people` are those whose word it
    is; `disputed` are verdicts on which they disagree, left out; `stance` is None where nobody has
    judged or there is no model."""

    people: tuple[str, ...]
    tags: OwnTagsReport
    stance: StanceReport | None
    disputed: int
