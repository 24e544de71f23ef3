"""How well search ranks: labelled questions and ranked names in, measures out.

A collection is a folder with corpus.jsonl {id, title, text}, queries.jsonl {id, text, split} and
qrels.tsv (query_id, doc_id, score, split; a header line), each plain or .gz. A user's own questions
are rows {"question", "expected": [citekey or passage id, …]} of a JSON-lines file.
"""

import csv
import gzip
import json
import math
import zlib
from collections import defaultdict
from collections.abc import Collection as Names
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from kb.errors import QuestionError
from kb.evaluating.metrics import mean_of
from kb.records import Hit
from kb.reports import Measure, RankingMeasures

DEPTH = 10  # of nDCG
RECALL_DEPTH = 100
Qrels = Mapping[str, Mapping[str, int]]
"""By query, the grades (1 and up) of the documents that answer it."""


@dataclass(frozen=True, slots=True)
class CollectionDocument:
    """A document of a collection."""

    id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Collection:
    """`queries` are those of one split that any document answers, by id."""

    name: str
    documents: tuple[CollectionDocument, ...]
    queries: Mapping[str, str]
    qrels: Qrels


@dataclass(frozen=True, slots=True)
class OwnQuestion:
    """A question and the citekeys or passage ids that should be found for it."""

    question: str
    expected: tuple[str, ...]


def collection(folder: Path, split: str) -> Collection:
    """Read a collection's `split`. Raises QuestionError naming the file that is not as it should
    be."""
    qrels = _qrels(folder, split)
    documents = tuple(
        CollectionDocument(str(row["id"]), str(row.get("title") or ""), str(row.get("text") or ""))
        for row in _rows(folder, "corpus.jsonl", ("id", "text"))
    )
    texts = {
        str(row["id"]): str(row["text"]) for row in _rows(folder, "queries.jsonl", ("id", "text"))
    }
    if not documents or not qrels:
        raise QuestionError(
            f"{folder}: holds no {'documents' if not documents else f'queries of split {split!r}'}"
            "; name another folder or --split"
        )
    if unknown := sorted(qrels.keys() - texts.keys()):
        raise QuestionError(f"{folder}: qrels.tsv judges query {unknown[0]!r}, which is not there")
    return Collection(folder.name, documents, {q: texts[q] for q in sorted(qrels)}, qrels)


def questions(path: Path) -> list[OwnQuestion]:
    """Read a user's own questions. Raises QuestionError naming the line."""
    asked = []
    for row in _rows(path.parent, path.name, ("question", "expected")):
        expected = row["expected"]
        if not isinstance(expected, list) or not expected:
            raise QuestionError(f"{path}: {row['question']!r} expects nothing; name citekeys")
        asked.append(OwnQuestion(str(row["question"]), tuple(map(str, expected))))
    if not asked:
        raise QuestionError(f"{path}: holds no questions; write one a line, {_EXAMPLE}")
    return asked


_EXAMPLE = '{"question": "…", "expected": ["smith2020reminders"]}'


def sources(hits: Iterable[Hit]) -> list[str]:
    """The sources of passages in order, each at its best passage."""
    return list(dict.fromkeys(hit.passage.citekey for hit in hits))


def expected_names(hits: Iterable[Hit], expected: Names[str]) -> list[str]:
    """The names to rank: of each hit the expected citekey or passage id that it is, else its own
    id; each once."""
    return list(
        dict.fromkeys(
            hit.passage.citekey if hit.passage.citekey in expected else hit.passage.id
            for hit in hits
        )
    )


def measured(ranked: Mapping[str, Sequence[str]], qrels: Qrels) -> RankingMeasures:
    """nDCG@10, recall@100 and mean reciprocal rank over the queries of `qrels`, each with its
    bootstrap interval over queries."""
    of_each = [(ranked.get(query, ()), grades) for query, grades in sorted(qrels.items())]
    return RankingMeasures(
        ndcg=_mean(ndcg(names, grades) for names, grades in of_each),
        recall=_mean(recall(names, grades) for names, grades in of_each),
        mrr=_mean(reciprocal_rank(names, grades) for names, grades in of_each),
    )


def mean_recall(
    ranked: Mapping[str, Sequence[str]], wanted: Mapping[str, set[str]], depth: int
) -> Measure:
    """The mean over the queries of `wanted`, none of them empty, with its bootstrap interval; 0
    when there are none."""
    if not wanted:
        return Measure(0.0, (0.0, 0.0))
    return _mean(
        recall(ranked.get(query, ()), dict.fromkeys(names, 1), depth)
        for query, names in sorted(wanted.items())
    )


def ndcg(names: Sequence[str], grades: Mapping[str, int], depth: int = DEPTH) -> float:
    """Normalised discounted cumulative gain with linear gain, as trec_eval has it (Järvelin and
    Kekäläinen 2002), from 0 to 1."""
    gain = sum(grades.get(name, 0) / math.log2(n + 2) for n, name in enumerate(names[:depth]))
    best = sorted(grades.values(), reverse=True)[:depth]
    return gain / sum(grade / math.log2(n + 2) for n, grade in enumerate(best))


def recall(names: Sequence[str], grades: Mapping[str, int], depth: int = RECALL_DEPTH) -> float:
    """The share of the answering documents among the first `depth`."""
    return len(grades.keys() & set(names[:depth])) / len(grades)


def reciprocal_rank(names: Sequence[str], grades: Mapping[str, int]) -> float:
    """1 / the place of the first that answers, 0 when none does."""
    return next((1 / n for n, name in enumerate(names, start=1) if name in grades), 0.0)


def _mean(values: Iterator[float]) -> Measure:
    return mean_of(list(values))


def _qrels(folder: Path, split: str) -> dict[str, dict[str, int]]:
    qrels: dict[str, dict[str, int]] = defaultdict(dict)
    with _opened(folder, "qrels.tsv") as lines:
        reader = csv.DictReader(lines, delimiter="\t")
        wanted = {"query_id", "doc_id", "score"}
        if not wanted <= set(reader.fieldnames or ()):
            raise QuestionError(
                f"{folder / 'qrels.tsv'}: the first line must name the columns query_id, doc_id, "
                "score and split, with tabs between"
            )
        for row in reader:
            try:
                grade = int(float(row["score"]))
            except (ValueError, TypeError):
                raise QuestionError(
                    f"{folder / 'qrels.tsv'}, line {reader.line_num}: the score is no number"
                ) from None
            if grade > 0 and row.get("split", split) == split:
                qrels[row["query_id"]][row["doc_id"]] = grade
    return dict(qrels)


def _rows(folder: Path, name: str, keys: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    with _opened(folder, name) as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
                if missing := [key for key in keys if key not in row]:
                    raise ValueError(f"no {missing[0]!r}")
            except (ValueError, TypeError) as error:
                raise QuestionError(
                    f"{folder / name}, line {number}: not a row of a collection ({error})"
                ) from None
            yield row


@contextmanager
def _opened(folder: Path, name: str) -> Iterator[IO[str]]:
    """The file as text, or its .gz."""
    path, zipped = folder / name, folder / f"{name}.gz"
    try:
        if path.suffix == ".gz" or (not path.is_file() and zipped.is_file()):
            with gzip.open(zipped if zipped.is_file() else path, "rt", encoding="utf-8") as lines:
                yield lines
        else:
            with path.open(encoding="utf-8") as lines:
                yield lines
    except (OSError, UnicodeDecodeError, EOFError, zlib.error) as error:
        raise QuestionError(
            f"{path}: cannot be read ({error}); name a folder with corpus.jsonl, queries.jsonl and "
            "qrels.tsv, plain or .gz"
        ) from None
