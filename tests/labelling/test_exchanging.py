"""Labels out and back in: what is added, what is a conflict, what is refused."""

import csv
import io
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from kb.errors import QuestionError
from kb.knowledge_base import KnowledgeBase, open_
from kb.labelling.exchanging import exported, to_label, written
from kb.labelling.queueing import queue
from kb.labelling.saying import TAG, Pen
from kb.labelling.sheets import Record
from kb.labelling.taking_in import Imported, bring_in
from kb.records import Passage, Stance
from kb.storing.annotations import load
from tests.labelling.conftest import history, rows

Passages = tuple[Passage, Passage, Passage]
Take = Callable[..., Imported]


@pytest.fixture
def labelled(home: Path, base: KnowledgeBase, passages: Passages) -> KnowledgeBase:
    """Ann has read a passage for every criterion and corrected one, and judged; bob tagged one."""
    ann = Pen(base, "ann")
    ann.read(passages[0], ["uptake"], why="it is a trial\nof reminders")
    ann.tag(passages[0], "cost", seen=True)
    ann.judge(passages[0], base.framework.circumstances[0], Stance.SUPPORTS, sure="clear", why="=1")
    Pen(base, "bob").tag(passages[1], "cost", seen=False)
    return base


@pytest.fixture
def take(tmp_path: Path) -> Take:
    """Has a knowledge base take in records, changed as they may be, through a file."""

    def run(base: KnowledgeBase, records: list[Record], by: str | None = "cay") -> Imported:
        path = tmp_path / "sheet.csv"
        path.write_bytes(written(records, "csv"))
        return bring_in(base, path, by)

    return run


def row_of(records: list[Record], **wanted: str) -> Record:
    (found,) = (r for r in records if wanted.items() <= r.items())
    return found


def test_a_row_is_a_passage_a_question_and_a_person(labelled: KnowledgeBase) -> None:
    found = exported(labelled)
    assert [(r["passage"].partition("#")[0], r["about"], r["label"], r["who"]) for r in found] == [
        ("smith2020reminders", "uptake", "yes", "ann"),
        ("smith2020reminders", "cost", "yes", "ann"),
        ("smith2020reminders", "U1", "supports", "ann"),
        ("smith2020reminders", "cost", "no", "bob"),
    ]  # fmt: skip
    verdict = row_of(found, about="U1")
    assert verdict["source"] == "Smith and Jones (2020)"
    assert verdict["place"] == "Results, p. 12"
    assert verdict["question"] == "Reminders increase uptake."
    assert (verdict["sure"], verdict["why"], verdict["kind"]) == ("clear", "=1", "circumstance")
    assert row_of(found, about="uptake")["scope"] == "whole reading"
    assert len(exported(labelled, criterion="cost")) == 2
    assert [r["who"] for r in exported(labelled, by="bob")] == ["bob"]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_same_sheet_adds_nothing_and_an_empty_base_gets_all(
    labelled: KnowledgeBase, built: Path, tmp_path: Path, kind: str
) -> None:
    path = tmp_path / f"labels.{kind}"
    path.write_bytes(written(exported(labelled), kind))
    assert bring_in(labelled, path, None) == Imported(unchanged=4)
    assert len(rows(labelled.home)) == 4
    empty = open_(shutil.copytree(built, tmp_path / "empty"))
    assert bring_in(empty, path, None) == Imported(added=4)
    there, here = (load(base.home / "annotations.jsonl") for base in (labelled, empty))
    assert here == there
    assert bring_in(empty, path, None) == Imported(unchanged=4)
    originals = [one for one in history(labelled.home) if one.kind != "tags"]
    copies = [one for one in history(empty.home) if one.kind != "tags"]
    for original, copy in zip(originals, copies, strict=True):
        assert (copy.at, copy.model, copy.scores) == (original.at, original.model, original.scores)


def test_a_label_typed_over_another_is_of_now_and_told(
    labelled: KnowledgeBase, take: Take, passages: Passages
) -> None:
    records = exported(labelled)
    row_of(records, about="U1")["label"] = "Challenges"
    row_of(records, about="uptake")["label"] = "n"
    done = take(labelled, records)
    assert (done.added, done.unchanged, len(done.conflicts)) == (2, 2, 2)
    assert done.conflicts[0].startswith("row 2: ann said yes on uptake (20")
    assert done.conflicts[1].endswith("the sheet says challenges: the sheet's word is added")
    labelled.index()
    (verdict,) = labelled.annotations.verdicts[passages[0].id, "U1"]
    assert verdict.stance is Stance.CHALLENGES
    assert labelled.annotations.readings[passages[0].id, "ann"] == ("cost",)
    assert history(labelled.home)[-1].wordings or history(labelled.home)[-1].claim


def test_of_two_words_the_later_counts(labelled: KnowledgeBase, take: Take) -> None:
    (record,) = (r for r in exported(labelled) if r["who"] == "bob")
    earlier = record | {"label": "yes", "when": "2020-01-01"}
    done = take(labelled, [earlier])
    assert (done.added, len(done.conflicts)) == (0, 1)
    assert "bob said yes on cost (2020-01-01 00:00), but later bob said no" in done.conflicts[0]
    later = record | {"label": "yes", "when": "2999-01-01T10:30"}
    done = take(labelled, [later])
    assert (done.added, len(done.conflicts)) == (1, 1)
    assert take(labelled, [later]) == Imported(unchanged=1)


def test_what_was_taken_back_does_not_come_back_with_an_old_sheet(
    labelled: KnowledgeBase, take: Take, passages: Passages
) -> None:
    records = exported(labelled, by="bob")
    Pen(labelled, "bob").take_back(TAG, passages[1].id, "cost")
    done = take(labelled, records)
    assert done.added == 0
    assert "which was taken back here" in done.conflicts[0]


def test_blank_rows_are_filled_in_by_a_colleague(labelled: KnowledgeBase, take: Take) -> None:
    blank = to_label(labelled, queue(labelled, "cay", limit=5))
    assert all(not r.get("label") and not r.get("who") for r in blank)
    assert not any("ann" in value for r in blank for value in r.values())
    assert take(labelled, blank) == Imported(blank=5)
    filled = [r | {"label": "no" if r["kind"] == "criterion" else "neutral"} for r in blank]
    assert take(labelled, [*filled[:3], *blank[3:]]) == Imported(added=3, blank=2)
    mine = [one for one in history(labelled.home) if one.by == "cay"]
    assert len(mine) == 3
    assert {one.framework for one in mine} == {labelled.framework.digest}
    assert all(one.wordings or one.claim for one in mine)


def test_a_reading_of_which_a_part_is_missing_denies_nothing(
    labelled: KnowledgeBase, built: Path, tmp_path: Path, take: Take, passages: Passages
) -> None:
    empty = open_(shutil.copytree(built, tmp_path / "empty"))
    part = [r for r in exported(labelled) if r["about"] == "uptake"]
    assert take(empty, part).added == 1
    empty.index()
    assert empty.annotations.readings == {}
    assert empty.annotations.partial == {(passages[0].id, "ann"): {"uptake": True}}


def test_other_words_and_unknown_passages_are_refused_and_the_others_go_in(
    labelled: KnowledgeBase, take: Take, passages: Passages
) -> None:
    record = row_of(exported(labelled), who="bob") | {"who": "cay", "when": ""}
    other = record | {"text": "Each reminder cost five pence."}
    gone = record | {"passage": "smith2020reminders#000000000000"}
    done = take(labelled, [other, gone, record])
    assert (done.added, len(done.refused)) == (1, 2)
    assert done.refused[0].startswith(f"row 2: the text is not that of {passages[1].id} any more")
    assert done.refused[1] == "row 3: no passage 'smith2020reminders#000000000000' here"


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"label": "maybe"}, "sheet.csv, row 3: label 'maybe' is not one of: yes, no"),
        ({"label": "supports"}, "sheet.csv, row 3: label 'supports' is not one of: yes, no"),
        ({"kind": "tag"}, "row 3: kind 'tag' is not one of: criterion, circumstance"),
        ({"about": "price"}, "row 3: criteria.yaml has no criterion 'price'; there are: uptake, "),
        ({"when": "31/01/2026"}, "row 3: when '31/01/2026' is no date; write 2026-01-31"),
        ({"sure": "very"}, "row 3: sure 'very' is not one of: clear, arguable"),
        ({"who": "model:x"}, "row 3: who says so? Fill in the column 'who', or say --by NAME"),
    ],
)
def test_a_wrong_cell_names_its_row_and_nothing_is_added(
    labelled: KnowledgeBase, take: Take, change: Record, complaint: str
) -> None:
    record = row_of(exported(labelled), who="bob") | {"who": "cay", "when": ""}
    before = (labelled.home / "annotations.jsonl").read_bytes()
    with pytest.raises(QuestionError) as caught:
        take(labelled, [record, record | change])
    assert complaint in str(caught.value)
    assert (labelled.home / "annotations.jsonl").read_bytes() == before


def test_nobody_is_asked_for_only_where_a_row_names_nobody(
    labelled: KnowledgeBase, take: Take
) -> None:
    record = row_of(exported(labelled), who="bob")
    assert take(labelled, [record], by=None) == Imported(unchanged=1)
    with pytest.raises(QuestionError, match="row 2: who says so"):
        take(labelled, [record | {"who": ""}], by=None)


def test_a_sheet_without_its_head_or_with_spoilt_details(
    labelled: KnowledgeBase, take: Take, tmp_path: Path
) -> None:
    record = row_of(exported(labelled), who="bob") | {"who": "cay"}
    for details in ("{", "[]", '{"by": 1}', '{"scores": [1]}', '{"model": 5}'):
        again = take(labelled, [record | {"details": details, "who": f"cay {details}"}])
        assert again.added == 1
    out = io.StringIO()
    csv.writer(out).writerows([["text", "who"], ["a", "b"]])
    (tmp_path / "other.csv").write_text(out.getvalue())
    with pytest.raises(QuestionError, match=r"other\.csv: has no column 'kind'"):
        bring_in(labelled, tmp_path / "other.csv", None)
