"""Labelled rows from files, and what is measured on them, with a judge whose word is given."""

import gzip
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from kb.errors import QuestionError
from kb.evaluating import stance
from kb.judging import Pair, Probabilities
from kb.records import Stance
from kb.reports import Row, StanceReport

S, C, N = Stance.SUPPORTS, Stance.CHALLENGES, Stance.NEUTRAL
ROW = {"claim": "Reminders work.", "evidence": "They did.", "label": "supports"}
THRESHOLD = 0.7

# What the judge says of each piece of evidence: supports, challenges, neutral.
SAID = {
    "a": (0.92, 0.05, 0.03),  # supports: shown, right
    "b": (0.10, 0.82, 0.08),  # supports: shown as challenging, wrong
    "c": (0.62, 0.30, 0.08),  # supports: found, too weak to be shown
    "d": (0.10, 0.85, 0.05),  # challenges: shown, right
    "e": (0.15, 0.24, 0.61),  # challenges: no bearing seen, wrong
    "f": (0.75, 0.05, 0.20),  # neutral: shown as supporting, wrong
    "g": (0.10, 0.07, 0.83),  # neutral: right
}
SIDED = [Row("x", name, label) for name, label in zip("abcde", (S, S, S, C, C), strict=True)]
ROWS = [*SIDED, Row("x", "f", N), Row("x", "g", N)]


class Told:
    """A judge that has been told what to say of each piece of evidence."""

    identity = "told@1"
    threshold = THRESHOLD
    calibrated = True

    def __init__(self, said: dict[str, tuple[float, float, float]]) -> None:
        self._said = said

    def probabilities(self, pairs: Sequence[Pair], *, thorough: bool = True) -> Probabilities:
        return np.array([self._said[evidence] for _, evidence in pairs])


def report(
    rows: list[Row], said: dict[str, tuple[float, float, float]] | None = None
) -> StanceReport:
    judge = Told(said or SAID)
    return stance.report(judge, THRESHOLD, rows, list(stance.judge_rows(judge, THRESHOLD, rows)))


def write(path: Path, *rows: object) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


def refused(path: Path) -> str:
    """The one line that refuses a file and names it."""
    with pytest.raises(QuestionError) as raised:
        stance.read(path)
    message = str(raised.value)
    assert str(path) in message
    assert "\n" not in message
    return message


def test_rows_are_read_from_a_plain_file_and_a_compressed_one(tmp_path: Path) -> None:
    plain = write(tmp_path / "rows.jsonl", ROW, ROW | {"evidence": "Naïve.", "label": "neutral"})
    packed = tmp_path / "rows.jsonl.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    expected = [Row("Reminders work.", "They did.", S), Row("Reminders work.", "Naïve.", N)]
    assert stance.read(plain) == stance.read(packed) == expected


def test_to_refute_is_to_challenge(tmp_path: Path) -> None:
    path = write(tmp_path / "r.jsonl", ROW | {"label": "refutes"}, ROW | {"label": "challenges"})
    assert [row.label for row in stance.read(path)] == [C, C]


def test_other_keys_and_blank_lines_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    path.write_text(f"\n{json.dumps(ROW | {'id': 7})}\n   \n")
    assert stance.read(path) == [Row("Reminders work.", "They did.", S)]


@pytest.mark.parametrize("text", ["", "\n \n"])
def test_a_file_without_rows_is_refused_with_an_example(tmp_path: Path, text: str) -> None:
    path = tmp_path / "empty.jsonl"
    path.write_text(text)
    said = refused(path)
    assert "holds no rows" in said
    assert '"label": "supports"' in said


@pytest.mark.parametrize(
    "line",
    [
        "{not json",
        "[1, 2]",
        "null",
        '{"claim": "a", "evidence": "b"}',
        '{"claim": "a", "label": "supports"}',
        '{"claim": "a", "evidence": "b", "label": "maybe"}',
        '{"claim": "a", "evidence": "b", "label": "SUPPORTS"}',
        '{"claim": "a", "evidence": "b", "label": null}',
    ],
)
def test_a_broken_line_is_named_by_its_number(tmp_path: Path, line: str) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(f"{json.dumps(ROW)}\n\n{line}\n")
    said = refused(path)
    assert f"{path}, line 3: not a labelled pair" in said
    assert "supports, challenges, neutral, refutes" in said


@pytest.mark.parametrize(
    "line",
    [
        '{"claim": null, "evidence": "b", "label": "supports"}',
        '{"claim": "a", "evidence": ["b"], "label": "supports"}',
        '{"claim": "half a \\ud800 letter", "evidence": "b", "label": "supports"}',
    ],
)
def test_what_is_no_text_is_a_broken_line(tmp_path: Path, line: str) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(line)
    assert "line 1: not a labelled pair" in refused(path)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    assert "cannot be read" in refused(tmp_path / "nowhere.jsonl")
    assert "cannot be read" in refused(tmp_path)


def test_a_file_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "latin.jsonl"
    path.write_bytes(json.dumps(ROW | {"claim": "café"}, ensure_ascii=False).encode("latin-1"))
    assert "cannot be read" in refused(path)


def test_a_compressed_file_that_is_not_or_is_cut_short_or_damaged_is_refused(
    tmp_path: Path,
) -> None:
    path = tmp_path / "rows.jsonl.gz"
    whole = gzip.compress(json.dumps(ROW).encode())
    damaged = bytearray(whole)
    damaged[10] = 0xFF  # the first byte after the header: a kind of block that there is not
    for content in (json.dumps(ROW).encode(), whole[:-10], bytes(damaged)):
        path.write_bytes(content)
        assert "cannot be read" in refused(path)


def test_opinions_come_one_a_row_in_their_order() -> None:
    said = {str(n): ((n + 1) / 1_000, 1 - (n + 1) / 1_000, 0.0) for n in range(600)}
    rows = [Row("x", name, S) for name in said]
    heard = stance.judge_rows(Told(said), THRESHOLD, rows)
    assert [opinion.supports for opinion in heard] == [row[0] for row in said.values()]


def test_three_ways_by_hand() -> None:
    measured = report(ROWS)
    assert (measured.judge, measured.threshold) == ("told@1", THRESHOLD)
    assert (measured.n, measured.ways) == (7, 3)
    assert measured.confusion == ((2, 1, 0), (0, 1, 1), (1, 0, 1))
    assert measured.accuracy.value == pytest.approx(4 / 7)
    assert {label: about.n for label, about in measured.labels.items()} == {S: 3, C: 2, N: 2}
    assert measured.labels[S].precision.value == pytest.approx(2 / 3)
    assert measured.labels[S].recall.value == pytest.approx(2 / 3)
    assert measured.labels[C].f1.value == pytest.approx(1 / 2)
    assert measured.macro_f1.value == pytest.approx((2 / 3 + 1 / 2 + 1 / 2) / 3)


def test_shown_are_the_rows_on_which_the_judge_is_sure_of_a_side() -> None:
    measured = report(ROWS)
    assert measured.shown == 4, "a, b, d and f"
    assert measured.precision_at_threshold.value == pytest.approx(2 / 4)
    assert measured.coverage == pytest.approx(3 / 5), "of a to e, which have a side"


def test_calibration_error_is_over_what_was_found() -> None:
    by_bin = [abs(0.92 - 1), abs(0.82 + 0.85 + 0.83 - 2), 0.75, abs(0.62 + 0.61 - 1)]
    assert report(ROWS).ece == pytest.approx(sum(by_bin) / 7)


def test_the_surest_errors_come_first() -> None:
    worst = report(ROWS).worst
    assert [(item.row.evidence, item.row.label, item.found) for item in worst] == [
        ("b", S, C),
        ("f", N, S),
        ("e", C, N),
    ]


def test_at_most_ten_errors_are_listed() -> None:
    said = {str(n): (0.5 + n / 100, 0.4 - n / 100, 0.1) for n in range(12)}
    worst = report([Row("x", name, C) for name in said], said).worst
    assert [item.row.evidence for item in worst] == [str(n) for n in range(11, 1, -1)]


def test_without_neutral_rows_the_more_probable_side_counts() -> None:
    measured = report(SIDED)
    assert measured.ways == 2
    assert list(measured.labels) == [S, C]
    assert measured.confusion == ((2, 1), (0, 2)), "e is found to challenge"
    assert measured.accuracy.value == pytest.approx(4 / 5)
    assert [item.row.evidence for item in measured.worst] == ["b"]


def test_two_ways_the_judge_is_as_sure_as_of_the_two_sides() -> None:
    confidence = {name: max(s, c) / (s + c) for name, (s, c, _) in SAID.items()}
    assert [round(confidence[name], 2) for name in "abcde"] == [0.95, 0.89, 0.67, 0.89, 0.62]
    by_bin = [
        abs(confidence["a"] - 1),
        abs(confidence["b"] + confidence["d"] - 1),
        abs(confidence["c"] + confidence["e"] - 2),
    ]
    assert report(SIDED).ece == pytest.approx(sum(by_bin) / 5)


def test_what_is_shown_is_the_same_two_ways() -> None:
    measured = report(SIDED)
    assert measured.shown == 3, "e is found to challenge, but no answer would show it as that"
    assert measured.precision_at_threshold.value == pytest.approx(2 / 3)
    assert measured.coverage == pytest.approx(3 / 5)


def test_a_judge_that_is_never_sure_shows_nothing() -> None:
    measured = report([Row("x", "c", S)])
    assert (measured.shown, measured.coverage) == (0, 0.0)
    assert measured.precision_at_threshold.interval == (0.0, 1.0)


def test_rows_without_a_side_have_no_coverage() -> None:
    measured = report([Row("x", "g", N)])
    assert (measured.ways, measured.coverage, measured.shown) == (3, 0.0, 0)
    assert measured.macro_f1.value == 1.0
