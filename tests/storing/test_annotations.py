"""annotations.jsonl: what counts of it, in any order, and what is said of a broken line."""

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.errors import AnnotationError
from kb.records import Stance, Verdict
from kb.storing.annotations import Annotations, load


def tags(*criteria: str, passage: str = "p#1", by: str = "ann", at: str = "2026-01-01") -> str:
    row = {"type": "tags", "passage": passage, "quote": f"text of {passage}", "by": by, "at": at}
    return json.dumps({**row, "criteria": criteria})


def verdict(
    stance: str,
    circumstance: str = "S1",
    passage: str = "p#1",
    by: str = "ann",
    at: str = "2026-01-01",
    **more: Any,
) -> str:
    row = {"type": "verdict", "passage": passage, "quote": f"text of {passage}", "by": by, "at": at}
    return json.dumps({**row, "circumstance": circumstance, "stance": stance, **more})


def written(folder: Path, *lines: str) -> Path:
    path = folder / "annotations.jsonl"
    path.write_bytes("".join(f"{line}\n" for line in lines).encode())
    return path


def without(name: str, line: str) -> str:
    return json.dumps({key: value for key, value in json.loads(line).items() if key != name})


def with_value(line: str, **changes: Any) -> str:
    return json.dumps(json.loads(line) | changes)


LINES = st.lists(
    st.one_of(
        st.builds(
            lambda criteria, **key: tags(*criteria, **key),
            st.lists(st.sampled_from(["scale", "authority"]), unique=True),
            passage=st.sampled_from(["p#1", "p#2"]),
            by=st.sampled_from(["ann", "bob"]),
            at=st.sampled_from(["2026-01-01", "2026-01-02", "2026-01-02T10:00"]),
        ),
        st.builds(
            verdict,
            st.sampled_from(list(Stance)),
            st.sampled_from(["S1", "A1"]),
            passage=st.sampled_from(["p#1", "p#2"]),
            by=st.sampled_from(["ann", "bob", "cay"]),
            at=st.sampled_from(["2026-01-01", "2026-01-02", "2026-01-02T10:00"]),
            sure=st.sampled_from(["clear", "arguable"]),
        ),
    ),
    max_size=12,
)


def test_a_missing_or_empty_file_says_nothing(tmp_path: Path) -> None:
    assert load(tmp_path / "annotations.jsonl") == Annotations()
    assert load(written(tmp_path)) == Annotations()
    assert load(written(tmp_path, "", "   ")) == Annotations()


def test_what_a_person_read_and_judged_is_kept_with_the_text_judged(tmp_path: Path) -> None:
    found = load(
        written(
            tmp_path,
            tags("scale", "authority"),
            verdict("challenges", sure="arguable"),
            verdict("neutral", circumstance="A1", passage="p#2"),
        )
    )
    assert found == Annotations(
        readings={("p#1", "ann"): ("scale", "authority")},
        verdicts={
            ("p#1", "S1"): (Verdict("p#1", "S1", Stance.CHALLENGES, "ann", sure="arguable"),),
            ("p#2", "A1"): (Verdict("p#2", "A1", Stance.NEUTRAL, "ann"),),
        },
        quotes={"p#1": "text of p#1", "p#2": "text of p#2"},
    )


def test_a_reading_without_criteria_is_a_reading(tmp_path: Path) -> None:
    assert load(written(tmp_path, tags())).readings == {("p#1", "ann"): ()}


@pytest.mark.parametrize("turned", [False, True])
def test_the_later_word_of_a_person_counts_wherever_it_stands(tmp_path: Path, turned: bool) -> None:
    lines = [
        verdict("supports", at="2026-01-02"),
        verdict("challenges", at="2026-01-10"),
        tags("scale", at="2026-02-01"),
        tags("authority", at="2026-01-31"),
    ]
    found = load(written(tmp_path, *(reversed(lines) if turned else lines)))
    assert [v.stance for v in found.verdicts["p#1", "S1"]] == [Stance.CHALLENGES]
    assert found.readings == {("p#1", "ann"): ("scale",)}


def test_every_person_has_a_verdict_of_their_own_by_name(tmp_path: Path) -> None:
    lines = [
        verdict("supports", by="cay"),
        verdict("challenges", by="ann"),
        verdict("neutral", by="b"),
    ]
    found = load(written(tmp_path, *lines)).verdicts["p#1", "S1"]
    assert [(v.by, v.stance) for v in found] == [
        ("ann", Stance.CHALLENGES),
        ("b", Stance.NEUTRAL),
        ("cay", Stance.SUPPORTS),
    ]


def test_one_person_may_judge_a_passage_on_many_circumstances(tmp_path: Path) -> None:
    lines = [verdict("supports", circumstance="S1"), verdict("challenges", circumstance="S2")]
    assert set(load(written(tmp_path, *lines)).verdicts) == {("p#1", "S1"), ("p#1", "S2")}


@given(LINES, st.data())
@settings(deadline=None)
def test_any_order_of_lines_says_the_same(lines: list[str], data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        found = load(written(Path(folder), *lines))
        moved = load(written(Path(folder), *data.draw(st.permutations(lines))))
        doubled = load(written(Path(folder), *lines, *lines))
    assert found == moved == doubled


def test_a_quote_that_differs_does_not_depend_on_the_order_either(tmp_path: Path) -> None:
    lines = [with_value(verdict("supports", by="ann"), quote="one reading of the text"),
             with_value(verdict("supports", by="bob"), quote="another")]  # fmt: skip
    assert load(written(tmp_path, *lines)) == load(written(tmp_path, *reversed(lines)))


@pytest.mark.parametrize("sign", ["\u2028", "\u2029", "\x85", "\u00a0", "😀"])
def test_a_quote_may_hold_any_sign_that_json_allows_in_a_line(tmp_path: Path, sign: str) -> None:
    row = json.loads(tags("scale")) | {"quote": f"one{sign}two"}
    found = load(written(tmp_path, json.dumps(row, ensure_ascii=False)))
    assert found.quotes == {"p#1": f"one{sign}two"}


def test_windows_line_ends_do_no_harm(tmp_path: Path) -> None:
    plain = load(written(tmp_path, tags("scale"), verdict("supports")))
    assert load(written(tmp_path, tags("scale") + "\r", verdict("supports") + "\r")) == plain


def test_a_last_line_without_its_end_counts(tmp_path: Path) -> None:
    path = tmp_path / "annotations.jsonl"
    path.write_text(tags("scale"))
    assert load(path).readings == {("p#1", "ann"): ("scale",)}


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("{", "not JSON ("),
        (tags("scale")[:-5], "not JSON ("),
        (f"{tags('scale')}{verdict('supports')}", "not JSON (Extra data"),
        ("[]", '\'type\' must be "tags" or "verdict"; mend the line'),
        ('"tags"', '\'type\' must be "tags" or "verdict"; mend the line'),
        ("{}", '\'type\' must be "tags" or "verdict"; mend the line'),
        ('{"type": ["tags"]}', '\'type\' must be "tags" or "verdict"; mend the line'),
        (with_value(tags(), type="note"), '\'type\' must be "tags" or "verdict"; mend the line'),
        (without("criteria", tags()), "'criteria' must be a list; mend the line"),
        (with_value(tags(), criteria="scale"), "'criteria' must be a list; mend the line"),
        (without("by", tags()), "'by' must be a str; mend the line"),
        (with_value(tags(), at=2026), "'at' must be a str; mend the line"),
        (with_value(tags(), quote=None), "'quote' must be a str; mend the line"),
        (without("circumstance", verdict("supports")), "'circumstance' must be a str; mend the"),
        (
            verdict("agrees"),
            "stance 'agrees' is not one of: supports, challenges, neutral; mend the line",
        ),
        (verdict("Supports"), "stance 'Supports' is not one of: supports, challenges, neutral; "),
        ("<<<<<<< HEAD", "not JSON ("),
    ],
)
def test_a_broken_line_is_one_line_that_names_file_and_line(
    tmp_path: Path, line: str, complaint: str
) -> None:
    path = written(tmp_path, tags("scale"), "", line, verdict("supports"))
    with pytest.raises(AnnotationError) as caught:
        load(path)
    assert str(caught.value).startswith(f"{path}:3: {complaint}")
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_utf8_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "annotations.jsonl"
    path.write_bytes(tags("scale").encode() + b"\xe9\n")
    with pytest.raises(AnnotationError) as caught:
        load(path)
    assert str(caught.value).startswith(f"{path}: not UTF-8 text (byte ")
    assert "\n" not in str(caught.value)


def test_a_folder_in_the_files_place_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(AnnotationError, match="cannot be read"):
        load(tmp_path)
