"""annotations.jsonl: what counts of it, in any order, and what is said of a broken line."""

import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.errors import AnnotationError
from kb.records import Stance, Verdict, passage_id
from kb.storing.annotations import Annotations, load, quoting, take_out
from kb.storing.lines import append

TEXT = {passage_id("p", f"text {number}"): f"text {number}" for number in (1, 2)}
P1, P2 = TEXT
CLAIM = "Small is best."
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
NO_KIND = '\'type\' must be "tags", "tag", "verdict", "withdrawal" or "family"; mend the line'


def tags(*criteria: str, passage: str = P1, by: str = "ann", at: str = "2026-01-01") -> str:
    row = {"type": "tags", "passage": passage, "quote": TEXT[passage], "by": by, "at": at}
    return json.dumps({**row, "criteria": criteria})


def verdict(
    stance: str,
    circumstance: str = "S1",
    passage: str = P1,
    by: str = "ann",
    at: str = "2026-01-01",
    **more: Any,
) -> str:
    row = {"type": "verdict", "passage": passage, "quote": TEXT[passage], "by": by, "at": at}
    judged = {"circumstance": circumstance, "claim": CLAIM, "stance": stance}
    return json.dumps({**row, **judged, **more})


def family(
    *sources: Any, together: Any = True, by: str = "ann", at: str = "2026-01-01"
) -> dict[str, Any]:
    return {"type": "family", "sources": sources, "together": together, "by": by, "at": at}


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
            passage=st.sampled_from([P1, P2]),
            by=st.sampled_from(["ann", "bob"]),
            at=st.sampled_from(["2026-01-01", "2026-01-02", "2026-01-02T10:00"]),
        ),
        st.builds(
            verdict,
            st.sampled_from(list(Stance)),
            st.sampled_from(["S1", "A1"]),
            passage=st.sampled_from([P1, P2]),
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
            verdict("neutral", circumstance="A1", passage=P2),
        )
    )
    assert found == Annotations(
        readings={(P1, "ann"): ("scale", "authority")},
        verdicts={
            (P1, "S1"): (Verdict(P1, "S1", CLAIM, Stance.CHALLENGES, "ann", sure="arguable"),),
            (P2, "A1"): (Verdict(P2, "A1", CLAIM, Stance.NEUTRAL, "ann"),),
        },
        quotes=TEXT,
        times={(P1, "", "ann"): NEW_YEAR, (P1, "S1", "ann"): NEW_YEAR, (P2, "A1", "ann"): NEW_YEAR},
    )


def test_a_reading_without_criteria_is_a_reading(tmp_path: Path) -> None:
    assert load(written(tmp_path, tags())).readings == {(P1, "ann"): ()}


@pytest.mark.parametrize("turned", [False, True])
def test_the_later_word_of_a_person_counts_wherever_it_stands(tmp_path: Path, turned: bool) -> None:
    lines = [
        verdict("supports", at="2026-01-02"),
        verdict("challenges", at="2026-01-10"),
        tags("scale", at="2026-02-01"),
        tags("authority", at="2026-01-31"),
    ]
    found = load(written(tmp_path, *(reversed(lines) if turned else lines)))
    assert [v.stance for v in found.verdicts[P1, "S1"]] == [Stance.CHALLENGES]
    assert found.readings == {(P1, "ann"): ("scale",)}


def test_every_person_has_a_verdict_of_their_own_by_name(tmp_path: Path) -> None:
    lines = [
        verdict("supports", by="cay"),
        verdict("challenges", by="ann"),
        verdict("neutral", by="b"),
    ]
    found = load(written(tmp_path, *lines)).verdicts[P1, "S1"]
    assert [(v.by, v.stance) for v in found] == [
        ("ann", Stance.CHALLENGES),
        ("b", Stance.NEUTRAL),
        ("cay", Stance.SUPPORTS),
    ]


def test_one_person_may_judge_a_passage_on_many_circumstances(tmp_path: Path) -> None:
    lines = [verdict("supports", circumstance="S1"), verdict("challenges", circumstance="S2")]
    assert set(load(written(tmp_path, *lines)).verdicts) == {(P1, "S1"), (P1, "S2")}


def said(folder: str, lines: list[str]) -> Annotations | None:
    """What counts of the lines, None if they contradict each other."""
    try:
        return load(written(Path(folder), *lines))
    except AnnotationError:
        return None


@given(LINES, st.data())
@settings(deadline=None)
def test_any_order_of_lines_says_the_same(lines: list[str], data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        found = said(folder, lines)
        assert said(folder, data.draw(st.permutations(lines))) == found
        assert said(folder, lines + lines) == found


def test_two_words_of_one_person_at_one_time_are_refused_rather_than_chosen_from(
    tmp_path: Path,
) -> None:
    path = written(tmp_path, verdict("supports"), tags("scale"), verdict("challenges"))
    with pytest.raises(AnnotationError) as caught:
        load(path)
    assert str(caught.value).startswith(
        f"{path}:3: ann says something else on line 1 with the same"
    )


def test_a_correction_on_the_same_day_counts_when_it_says_the_hour(tmp_path: Path) -> None:
    lines = [verdict("supports"), verdict("challenges", at="2026-01-01T10:30")]
    (found,) = load(written(tmp_path, *lines)).verdicts[P1, "S1"]
    assert found.stance is Stance.CHALLENGES


def test_times_in_other_zones_are_compared_as_moments(tmp_path: Path) -> None:
    lines = [
        verdict("supports", at="2026-01-01T12:00+02:00"),
        verdict("challenges", at="2026-01-01T11:00Z"),
    ]
    (found,) = load(written(tmp_path, *lines)).verdicts[P1, "S1"]
    assert found.stance is Stance.CHALLENGES


@pytest.mark.parametrize("sign", ["\u2028", "\u2029", "\x85", "\u00a0", "😀"])
def test_a_quote_may_hold_any_sign_that_json_allows_in_a_line(tmp_path: Path, sign: str) -> None:
    quote = f"one{sign}two"
    name = passage_id("p", quote)
    row = json.loads(tags("scale")) | {"quote": quote, "passage": name}
    found = load(written(tmp_path, json.dumps(row, ensure_ascii=False)))
    assert found.quotes == {name: quote}


def test_windows_line_ends_do_no_harm(tmp_path: Path) -> None:
    plain = load(written(tmp_path, tags("scale"), verdict("supports")))
    assert load(written(tmp_path, tags("scale") + "\r", verdict("supports") + "\r")) == plain


def test_a_last_line_without_its_end_counts(tmp_path: Path) -> None:
    path = tmp_path / "annotations.jsonl"
    path.write_text(tags("scale"))
    assert load(path).readings == {(P1, "ann"): ("scale",)}


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("{", "not JSON ("),
        (tags("scale")[:-5], "not JSON ("),
        (f"{tags('scale')}{verdict('supports')}", "not JSON (Extra data"),
        ("[]", NO_KIND),
        ('"tags"', NO_KIND),
        ("{}", NO_KIND),
        ('{"type": ["tags"]}', NO_KIND),
        (with_value(tags(), type="note"), NO_KIND),
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
        ("[" * 100_000, "not JSON ("),
        (with_value(tags(), by="\ud800"), "not JSON ("),
        (with_value(tags(), by=" "), "'by' must be a str; mend the line"),
        (with_value(verdict("supports"), circumstance=""), "'circumstance' must be a str; mend"),
        (without("claim", verdict("supports")), "'claim' must be a str; mend the line"),
        (verdict("supports", shure="clear"), "unknown 'shure'; remove it or mend its spelling"),
        (verdict("supports", sure="very"), "'sure' must be one of: clear, arguable; mend the line"),
        (json.dumps(family("a")), "'sources' must be two citekeys; mend the line"),
        (json.dumps(family("a", "b", "c")), "'sources' must be two citekeys; mend the line"),
        (json.dumps(family("a", "a")), "'sources' must be two citekeys; mend the line"),
        (json.dumps(family("a", " ")), "'sources' must be two citekeys; mend the line"),
        (json.dumps(family("a", 1)), "'sources' must be two citekeys; mend the line"),
        (json.dumps(family("a", [])), "'sources' must be two citekeys; mend the line"),
        (json.dumps(family("a", "b", together="yes")), "'together' must be a bool; mend the line"),
        (with_value(tags(), together=True), "unknown 'together'; remove it or mend its spelling"),
        (tags(at="24/11/2026"), "'at' is '24/11/2026'; write a date or time such as 2026-01-31 "),
        (with_value(tags(), quote="other words"), f"'quote' is not the text that '{P1}' names; "),
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


def families(folder: Path, *rows: dict[str, Any]) -> dict[tuple[str, str], tuple[bool, str]]:
    return load(written(folder, *map(json.dumps, rows))).families


def test_whether_two_sources_are_one_is_said_last_by_whoever_said_it_last(tmp_path: Path) -> None:
    rows = [
        family("b", "a", at="2026-01-03", by="cay"),
        family("a", "b", together=False, at="2026-01-02", by="bob"),
        family("a", "b", at="2026-01-01"),
        family("a", "c", together=False),
    ]
    found = {("a", "b"): (True, "cay"), ("a", "c"): (False, "ann")}
    assert families(tmp_path, *rows) == families(tmp_path, *reversed(rows)) == found


def test_two_people_at_odds_at_one_time_leave_them_apart(tmp_path: Path) -> None:
    rows = [family("a", "b", by="bob"), family("a", "b", together=False, by="ann")]
    assert families(tmp_path, *rows) == families(tmp_path, *reversed(rows))
    assert families(tmp_path, *rows) == {("a", "b"): (False, "ann")}


def test_one_person_at_odds_with_themselves_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AnnotationError, match="ann says something else on line 1 with the same"):
        families(tmp_path, family("a", "b"), family("b", "a", together=False))
    assert families(tmp_path, family("a", "b"), family("b", "a")) == {("a", "b"): (True, "ann")}


@pytest.mark.parametrize("before", [b"", b"{}\n", b"{}", b"\xef\xbb\xbf{}\r\n"])
def test_a_line_is_added_at_the_end(tmp_path: Path, before: bytes) -> None:
    path = tmp_path / "annotations.jsonl"
    if before:
        path.write_bytes(before)
    append(path, family("a", "ü"))
    after = path.read_bytes()
    assert after.startswith(before)
    line = after[len(before) :].strip().decode()
    assert json.loads(line) == json.loads(json.dumps(family("a", "ü")))
    assert after.endswith(b"}\n")
    assert after.count(b"\n") == bool(before) + 1


def test_a_line_that_could_not_be_read_back_is_not_added(tmp_path: Path) -> None:
    with pytest.raises(AnnotationError, match="'by' must be a str"):
        append(tmp_path / "annotations.jsonl", family("a", "b", by=""))
    assert not (tmp_path / "annotations.jsonl").exists()


def test_lines_that_quote_a_source_are_counted_and_taken_out(tmp_path: Path) -> None:
    other = json.dumps(json.loads(tags()) | {"passage": "pp#1"})
    kept = [other, "not JSON", "[]", json.dumps(family("p", "q")), '{"passage": null}']
    path = written(tmp_path, tags(), *kept, verdict("supports") + "\r")
    assert quoting(path, ["p"]) == 2
    assert quoting(path, ["q"], {"pp#1"}) == 1
    assert take_out(path, ["p"]) == 2
    assert path.read_bytes() == "".join(f"{line}\n" for line in kept).encode()
    before = path.stat().st_mtime_ns
    assert take_out(path, ["p"]) == 0
    assert path.stat().st_mtime_ns == before
    assert take_out(path, [], ["pp#1"]) == 1
    assert sorted(file.name for file in tmp_path.iterdir()) == [".kb", "annotations.jsonl"]


def test_where_there_is_no_file_nothing_quotes(tmp_path: Path) -> None:
    path = tmp_path / "annotations.jsonl"
    assert (quoting(path, ["p"]), take_out(path, ["p"])) == (0, 0)


def test_before_a_moment_what_counted_then(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        verdict("supports", at="2026-01-01"),
        verdict("challenges", at="2026-02-01T12:00"),
        verdict("neutral", passage=P2, at="2026-03-01"),
    )
    then = load(path, datetime(2026, 2, 1, 12, tzinfo=UTC))
    assert {key: [v.stance for v in of] for key, of in then.verdicts.items()} == {
        (P1, "S1"): [Stance.SUPPORTS]
    }
    later = load(path, datetime(2026, 2, 1, 13, tzinfo=UTC))
    assert [v.stance for v in later.verdicts[P1, "S1"]] == [Stance.CHALLENGES]
    assert (P2, "S1") not in later.verdicts
