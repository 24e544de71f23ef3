"""Collections and measures of ranking, against numbers worked out by hand."""

import gzip
import math
from pathlib import Path

import pytest

from kb.errors import QuestionError
from kb.evaluating import retrieval
from kb.evaluating.retrieval import collection, measured, ndcg, questions, recall, reciprocal_rank
from kb.records import Hit, Locator, Passage

CORPUS = '{"id": "1", "title": "Cats", "text": "Cats purr."}\n{"id": "b/2", "text": "Dogs bark."}\n'
QUERIES = '{"id": "q1", "text": "what purrs?"}\n{"id": "q2", "text": "what barks?"}\n'
QRELS = "query_id\tdoc_id\tscore\tsplit\nq1\t1\t1\ttest\nq2\tb/2\t2\ttrain\nq1\tb/2\t0\ttest\n"


def folder_of(
    folder: Path, corpus: str = CORPUS, queries: str = QUERIES, qrels: str = QRELS
) -> Path:
    for name, text in (("corpus.jsonl", corpus), ("queries.jsonl", queries), ("qrels.tsv", qrels)):
        (folder / name).write_text(text, "utf-8")
    return folder


def hit(citekey: str, text: str) -> Hit:
    name = f"{citekey}#{text}"
    return Hit(Passage(name, citekey, text, 0, len(text), Locator(), 1), 1.0, 1.0, 1.0)


def test_a_collection_has_the_documents_and_the_queries_of_one_split(tmp_path: Path) -> None:
    found = collection(folder_of(tmp_path), "test")
    assert [(d.id, d.title, d.text) for d in found.documents] == [
        ("1", "Cats", "Cats purr."),
        ("b/2", "", "Dogs bark."),
    ]
    assert found.queries == {"q1": "what purrs?"}
    assert found.qrels == {"q1": {"1": 1}}
    assert collection(tmp_path, "train").qrels == {"q2": {"b/2": 2}}


def test_gzipped_files_are_read_as_well(tmp_path: Path) -> None:
    folder_of(tmp_path)
    for name in ("corpus.jsonl", "queries.jsonl", "qrels.tsv"):
        (tmp_path / f"{name}.gz").write_bytes(gzip.compress((tmp_path / name).read_bytes()))
        (tmp_path / name).unlink()
    assert len(collection(tmp_path, "test").documents) == 2


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"corpus": "no JSON\n"}, "corpus.jsonl, line 1: not a row of a collection"),
        ({"corpus": '{"id": "1"}\n'}, "no 'text'"),
        ({"corpus": ""}, "holds no documents"),
        ({"qrels": "query\tdoc\n"}, "must name the columns query_id, doc_id"),
        ({"qrels": QRELS.replace("\t2\t", "\tgood\t")}, "line 3: the score is no number"),
        ({"qrels": QRELS.replace("q1\t1", "q9\t1")}, "judges query 'q9', which is not there"),
        ({"qrels": QRELS.replace("test", "dev")}, "holds no queries of split 'test'"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_collection_that_is_not_whole_is_refused_in_one_line(
    tmp_path: Path, change: dict[str, str], said: str
) -> None:
    with pytest.raises(QuestionError) as caught:
        collection(folder_of(tmp_path, **change), "test")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["corpus.jsonl", "queries.jsonl", "qrels.tsv"])
def test_a_missing_file_is_told_by_name(tmp_path: Path, name: str) -> None:
    (folder_of(tmp_path) / name).unlink()
    with pytest.raises(QuestionError, match=f"{name}: cannot be read"):
        collection(tmp_path, "test")


def test_ranks_by_hand() -> None:
    grades = {"a": 2, "b": 1}
    best = 2 + 1 / math.log2(3)
    assert ndcg(["a", "b"], grades) == pytest.approx(1)
    assert ndcg(["x", "a", "b"], grades) == pytest.approx((2 / math.log2(3) + 1 / 2) / best)
    assert ndcg(["x"] * 10 + ["a"], grades) == 0, "beyond the tenth place"
    assert recall(["x", "a"], grades) == 0.5
    assert recall(["x"] * 100 + ["a", "b"], grades) == 0
    assert reciprocal_rank(["x", "y", "b"], grades) == pytest.approx(1 / 3)
    assert reciprocal_rank([], grades) == 0


def test_a_query_for_which_nothing_was_found_counts_as_nothing_found() -> None:
    found = measured({"q1": ["a"]}, {"q1": {"a": 1}, "q2": {"b": 1}})
    assert found.ndcg.value == found.recall.value == found.mrr.value == 0.5
    assert found.mrr.interval == (0.0, 1.0)


def test_more_queries_make_the_interval_narrower() -> None:
    def width(n: int) -> float:
        ranked = {str(i): ["a"] if i % 2 else ["x", "a"] for i in range(n)}
        low, high = measured(ranked, {str(i): {"a": 1} for i in range(n)}).mrr.interval
        return high - low

    assert width(400) < width(20) / 2


def test_sources_stand_where_their_best_passage_does() -> None:
    assert retrieval.sources([hit("a", "1"), hit("b", "1"), hit("a", "2")]) == ["a", "b"]


def test_expected_may_be_sources_or_passages() -> None:
    hits = [hit("a", "1"), hit("b", "1"), hit("b", "2"), hit("a", "2")]
    assert retrieval.expected_names(hits, {"a", "b#2"}) == ["a", "b#1", "b#2"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"question": "x"}', "no 'expected'"),
        ('{"question": "x", "expected": []}', "expects nothing"),
        ('{"question": "x", "expected": "a"}', "expects nothing"),
        ("", "holds no questions"),
    ],
)
def test_own_questions_that_cannot_be_measured_are_refused(
    tmp_path: Path, line: str, said: str
) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_text(line + "\n", "utf-8")
    with pytest.raises(QuestionError, match=said):
        questions(path)
