"""Labelled texts in, how well a tagger tells what they are about out."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from kb.errors import QuestionError
from kb.evaluating import metrics
from kb.evaluating.tags import read, report, scores
from kb.framework import Framework
from kb.records import Criterion
from kb.reports import TaggedRow, TagsReport
from kb.tagging import Vectors

FRAMEWORK = Framework(
    "T", (), (Criterion("a", "A", "About a.", ()), Criterion("b", "B", "About b.", ())), ()
)


class Counts:
    """Says how often the letters a and b stand in a text, over ten."""

    identity = "counts"
    thresholds = np.array([0.2, 0.2], np.float32)

    def score(self, texts: Sequence[str], vectors: Vectors) -> Vectors:
        assert len(texts) == len(vectors)
        said = [[text.count("a") / 10, text.count("b") / 10] for text in texts]
        return np.array(said, np.float32)

    def method(self, criterion: str) -> str:
        return "counting"

    def words(self, criterion: str, text: str) -> list[tuple[str, float]]:
        return []

    def trained_on(self, text: str) -> bool:
        return False


def no_vectors(texts: list[str]) -> Vectors:
    return np.zeros((len(texts), 1), np.float32)


def measured(*rows: tuple[str, list[str]]) -> TagsReport:
    given = [TaggedRow(text, tuple(criteria)) for text, criteria in rows]
    said = list(scores(Counts(), no_vectors, given, lambda text: len(text.split()), 100))
    return report(Counts(), ["a", "b"], [0.2, 0.2], given, said)


def test_measures_by_hand() -> None:
    found = measured(
        ("aaa", ["a"]),  # found
        ("aa bbb", ["b"]),  # a in error, b found
        ("a", ["a"]),  # missed
        ("x", []),
    )
    a, b = found.criteria["a"], found.criteria["b"]
    assert (found.n, a.n, a.found, b.n, b.found) == (4, 2, 2, 1, 1)
    assert [m.value for m in (a.precision, a.recall, a.f1)] == [0.5, 0.5, 0.5]
    assert a.average_precision.value == pytest.approx((1 + 2 / 3) / 2)
    assert b.f1.value == b.average_precision.value == 1
    assert found.macro_f1.value == pytest.approx(0.75)
    # Bins .0-.1: x twice, "aaa" and "a" of b, all unlabelled; .1: a at .1, labelled; .2: a at .2,
    # not; .3: a and b at .3, both labelled.
    assert found.ece == pytest.approx((0 * 4 + 0.9 + 0.2 + 2 * 0.7) / 8, abs=1e-6)
    for measure in (found.macro_f1, a.f1, a.average_precision):
        low, high = measure.interval
        assert 0 <= low <= measure.value <= high <= 1


def test_a_criterion_that_no_row_has_is_left_out_of_the_mean() -> None:
    found = measured(("aaa", ["a"]), ("x", []))
    assert found.macro_f1.value == 1
    assert found.criteria["b"].f1.value == 0


def test_rows_of_no_criterion_at_all() -> None:
    found = measured(("x", []), ("aaa", []))
    assert found.macro_f1.value == 0
    assert found.criteria["a"].precision.value == 0
    assert found.criteria["a"].found == 1


def test_a_long_text_is_about_what_any_of_its_pieces_is() -> None:
    row = TaggedRow(f"{'Long is it. ' * 40}aaa. {'Long is it. ' * 40}bb.", ("a", "b"))
    (said,) = scores(Counts(), no_vectors, [row, TaggedRow("b", ())], lambda t: len(t.split()), 9)
    assert said.tolist() == [pytest.approx([0.3, 0.2]), pytest.approx([0.0, 0.1])]


def test_equal_scores_are_one_step_of_average_precision() -> None:
    gold = np.array([True, False, False, True])
    once = np.ones((1, 4))
    same = metrics.average_precision(gold, np.full(4, 0.5, np.float32), once)
    assert same == pytest.approx([0.5])
    twice = metrics.average_precision(gold, np.array([3, 2, 1, 0], np.float32), once)
    assert twice == pytest.approx([(1 + 0.5) / 2])


def written(path: Path, *lines: object) -> Path:
    path.write_text("\n".join(map(json.dumps, lines)), "utf-8-sig")
    return path


def test_rows_are_read_after_a_byte_order_mark_and_between_empty_lines(tmp_path: Path) -> None:
    path = written(tmp_path / "rows.jsonl", {"text": "x", "criteria": []})
    with path.open("a", encoding="utf-8") as file:
        file.write('\r\n\r\n{"text": "y", "criteria": ["b", "a"], "id": 4}\r\n')
    assert read(path, FRAMEWORK) == [TaggedRow("x", ()), TaggedRow("y", ("b", "a"))]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ({"text": "x", "criteria": ["c"]}, "no criterion 'c'; there are: a, b"),
        ({"text": "x"}, "not a labelled text"),
        ({"text": " ", "criteria": []}, "not a labelled text"),
        ({"text": "x", "criteria": "a"}, "not a labelled text"),
        ({"text": "x", "criteria": [1]}, "not a labelled text"),
        ({"text": "\ud800", "criteria": []}, "not a labelled text"),
        (["x"], "not a labelled text"),
    ],
)
def test_a_line_that_is_none_is_named(tmp_path: Path, line: object, said: str) -> None:
    path = written(tmp_path / "rows.jsonl", {"text": "x", "criteria": []}, line)
    with pytest.raises(QuestionError, match=r"rows\.jsonl, line 2: .*") as caught:
        read(path, FRAMEWORK)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_files_that_hold_nothing(tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").write_text("\n\n")
    with pytest.raises(QuestionError, match="holds no rows"):
        read(tmp_path / "empty.jsonl", FRAMEWORK)
    with pytest.raises(QuestionError, match="not found"):
        read(tmp_path / "gone.jsonl", FRAMEWORK)
