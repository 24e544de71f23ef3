"""How well a tagger tells what passages are about, on rows {text, criteria} of a JSON-lines file.

`criteria` are ids of the framework, [] for none. What is measured is the tagger's own word on each
text, whatever people have said of it. A text longer than a passage is cut as a build would cut it,
and its score is the highest of its pieces: it is about what any of them is about.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kb import handwritten
from kb.errors import QuestionError
from kb.evaluating import metrics
from kb.framework import Framework
from kb.reading.passages import cut
from kb.records import Document
from kb.reports import CriterionMeasures, Measure, TaggedRow, TagsReport
from kb.tagging import Tagger, Vectors

_EXAMPLE = '{"text": "…", "criteria": ["…"]}'
_PART = 256  # rows scored between two reports of progress
Floats = NDArray[np.float64]


def read(path: Path, framework: Framework) -> list[TaggedRow]:
    """The rows of a .jsonl file. Raises QuestionError that names the line."""
    text = handwritten.read(path, QuestionError, "name a .jsonl file")
    known = [criterion.id for criterion in framework.criteria]
    rows = [
        _row(f"{path}, line {number}", line, known)
        for number, line in enumerate(text.split("\n"), start=1)
        if line.strip()
    ]
    if not rows:
        raise QuestionError(f"{path}: holds no rows; write one a line, {_EXAMPLE}")
    return rows


def _row(where: str, line: str, known: list[str]) -> TaggedRow:
    try:
        row: dict[str, Any] = json.loads(line)
        text, criteria = row["text"], row["criteria"]
        fine = isinstance(text, str) and text.strip() and isinstance(criteria, list)
        if not fine or not all(isinstance(name, str) for name in criteria):
            raise TypeError("'text' must be a text and 'criteria' a list of ids")
        text.encode()
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise QuestionError(f"{where}: not a labelled text ({error!r}); write {_EXAMPLE}") from None
    if unknown := [name for name in criteria if name not in known]:
        raise QuestionError(
            f"{where}: criteria.yaml has no criterion '{unknown[0]}'; there are: {', '.join(known)}"
        )
    return TaggedRow(text, tuple(criteria))


def scores(
    tagger: Tagger,
    embed: Callable[[list[str]], Vectors],
    rows: list[TaggedRow],
    count: Callable[[str], int],
    limit: int,
) -> Iterator[Vectors]:
    """(m, criteria) scores of the rows in order, a part of them at a time; `count` gives a text's
    length in word pieces, `limit` the most a passage has."""
    for start in range(0, len(rows), _PART):
        pieces: list[str] = []
        starts = []
        for row in rows[start : start + _PART]:
            starts.append(len(pieces))
            pieces += _pieces(row.text, count, limit)
        said = tagger.score(pieces, embed(pieces))
        yield np.maximum.reduceat(said, starts, axis=0)


def _pieces(text: str, count: Callable[[str], int], limit: int) -> list[str]:
    start, end = len(text) - len(text.lstrip()), len(text.rstrip())
    document = Document("row", text, blocks=((start, end),))
    return [passage.text for passage in cut(document, count, limit)]


def report(
    tagger: Tagger,
    names: list[str],
    thresholds: list[float],
    rows: list[TaggedRow],
    scored: list[Vectors],
) -> TagsReport:
    """Measure what `scores` gave against the criteria of the rows; `names` are the ids of the
    columns, `thresholds` the scores from which they are kept. Macro means are over the criteria
    that any row has."""
    said = np.concatenate(scored)
    gold = np.array([[name in row.criteria for name in names] for row in rows])
    kept = said >= np.array(thresholds)
    draws = metrics.drawn(len(rows))
    tables = [
        metrics.detection(gold[:, column], kept[:, column], said[:, column], draws)
        for column in range(len(names))
    ]
    present = [column for column in range(len(names)) if gold[:, column].any()]
    return TagsReport(
        tagger=tagger.identity,
        n=len(rows),
        macro_f1=_mean([tables[column][2] for column in present]),
        macro_average_precision=_mean([tables[column][3] for column in present]),
        criteria={
            name: CriterionMeasures(
                n=int(gold[:, column].sum()),
                found=int(kept[:, column].sum()),
                precision=_measure(tables[column][0]),
                recall=_measure(tables[column][1]),
                f1=_measure(tables[column][2]),
                average_precision=_measure(tables[column][3]),
                threshold=thresholds[column],
                method=tagger.method(name),
            )
            for column, name in enumerate(names)
        },
        ece=metrics.calibration_error(said.ravel().astype(np.float64), gold.ravel()),
    )


def _measure(values: Floats) -> Measure:
    """The first is that of all rows, the others those of draws."""
    return Measure(float(values[0]), metrics.percentiles(values[1:].tolist()))


def _mean(values: list[Floats]) -> Measure:
    return _measure(np.mean(values, axis=0)) if values else Measure(0.0, (0.0, 1.0))
