"""How well a judge tells stance, on rows {claim, evidence, label} of a JSON-lines file.

Labels are supports, challenges (or refutes) and neutral. A file without neutral rows is judged two
ways: the more probable side counts. "Shown" are the rows on which the judge takes a side as surely
as an answer wants it; `coverage` is the share of rows with a side that are shown on one, and
`precision_at_threshold` how often the shown side is the row's label.
"""

import gzip
import json
import zlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kb.errors import QuestionError
from kb.evaluating import metrics
from kb.evaluating.metrics import Measuring
from kb.judging import STANCES, Judge
from kb.judging.windows import opinions
from kb.records import Opinion, Stance
from kb.reports import Judged, LabelMeasures, Row, StanceReport

WORST = 10  # errors listed
SIDES = tuple(stance for stance in STANCES if stance is not Stance.NEUTRAL)
_LABELS = {stance.value: stance for stance in Stance} | {"refutes": Stance.CHALLENGES}
_PART = 256  # rows judged between two reports of progress


def read(path: Path) -> list[Row]:
    """The rows of a .jsonl or .jsonl.gz file. Raises QuestionError that names the line."""
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rt", encoding="utf-8") as lines:
            rows = [_row(path, n, line) for n, line in enumerate(lines, 1) if line.strip()]
    except (OSError, UnicodeDecodeError, EOFError, zlib.error) as error:
        raise QuestionError(f"{path}: cannot be read ({error}); name a .jsonl file") from None
    if not rows:
        raise QuestionError(f"{path}: holds no rows; write one a line, {_EXAMPLE}")
    return rows


_EXAMPLE = '{"claim": "…", "evidence": "…", "label": "supports"}'


def _row(path: Path, number: int, line: str) -> Row:
    try:
        values: dict[str, Any] = json.loads(line)
        claim, evidence = values["claim"], values["evidence"]
        f"{claim}{evidence}".encode()  # half a character pair is no text
        if not isinstance(claim, str) or not isinstance(evidence, str):
            raise TypeError("claim and evidence must be texts")
        return Row(claim, evidence, _LABELS[values["label"]])
    except (ValueError, KeyError, TypeError) as error:
        raise QuestionError(
            f"{path}, line {number}: not a labelled pair ({error!r}); write {_EXAMPLE} with one of "
            f"{', '.join(_LABELS)}"
        ) from None


def judge_rows(judge: Judge, threshold: float, rows: list[Row]) -> Iterator[Opinion]:
    """One opinion a row, in order, a part of them at a time."""
    for start in range(0, len(rows), _PART):
        pairs = [(row.claim, row.evidence) for row in rows[start : start + _PART]]
        yield from opinions(judge, pairs, threshold)


def report(judge: Judge, threshold: float, rows: list[Row], said: list[Opinion]) -> StanceReport:
    """Measure opinions against the labels of the rows."""
    labels = STANCES if any(row.label is Stance.NEUTRAL for row in rows) else SIDES
    judged = [
        Judged(row, opinion, max(labels, key=opinion.of))
        for row, opinion in zip(rows, said, strict=True)
    ]
    gold = np.array([STANCES.index(row.label) for row in rows])
    found = np.array([STANCES.index(item.found) for item in judged])
    measure = metrics.measured(gold, found, len(STANCES))
    shown = [item for item in judged if item.opinion.sure and item.opinion.stance in SIDES]
    sided = sum(row.label in SIDES for row in rows)
    wrong = [item for item in judged if item.found is not item.row.label]
    return StanceReport(
        judge=judge.identity,
        threshold=threshold,
        n=len(rows),
        ways=len(labels),
        macro_f1=measure(metrics.macro_f1),
        accuracy=measure(metrics.accuracy),
        labels={
            label: _label_measures(measure, table_place, gold)
            for table_place, label in enumerate(labels)
        },
        ece=metrics.calibration_error(
            np.array([_confidence(item, labels) for item in judged]), gold == found
        ),
        coverage=sum(item.row.label in SIDES for item in shown) / sided if sided else 0.0,
        precision_at_threshold=metrics.share_of(
            np.array([item.opinion.stance is item.row.label for item in shown], bool)
        ),
        shown=len(shown),
        confusion=tuple(
            tuple(row[: len(labels)])
            for row in metrics.confusion(gold, found, len(STANCES)).tolist()[: len(labels)]
        ),
        worst=tuple(sorted(wrong, key=lambda item: -item.opinion.of(item.found))[:WORST]),
    )


def _label_measures(measure: Measuring, at: int, gold: NDArray[np.int64]) -> LabelMeasures:
    return LabelMeasures(
        n=int((gold == at).sum()),
        precision=measure(partial(metrics.precision, label=at)),
        recall=measure(partial(metrics.recall, label=at)),
        f1=measure(partial(metrics.f1, label=at)),
    )


def _confidence(item: Judged, labels: tuple[Stance, ...]) -> float:
    """The probability of the stance found, among the labels that the file has."""
    return item.opinion.of(item.found) / sum(item.opinion.of(label) for label in labels)
