"""Judgements follow their words: what was edited, renamed or cut otherwise keeps counting."""

import json
from pathlib import Path
from typing import Any

import pytest

from kb.knowledge_base import KnowledgeBase, open_
from kb.records import Answer, passage_id
from tests.conftest import COSTS, LETTERS, RAISED, SMITH, Kb, verdict

OPINION_FREE = '[judging]\njudge = "none"\n'


@pytest.fixture(autouse=True)
def people_alone(home: Path) -> None:
    """No model gives a side, so that what counts is what people said."""
    (home / "kb.toml").write_text(OPINION_FREE)


def tags(citekey: str, text: str, *criteria: str, by: str = "ann") -> dict[str, Any]:
    return {
        "type": "tags",
        "passage": passage_id(citekey, text),
        "quote": text,
        "criteria": criteria,
        "by": by,
        "at": "2026-01-01",
    }


def annotate(home: Path, *rows: dict[str, Any]) -> bytes:
    path = home / "annotations.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    return path.read_bytes()


def rebuilt(home: Path) -> KnowledgeBase:
    base = open_(home)
    list(base.build())
    return base


def asked(home: Path) -> Answer:
    return rebuilt(home).ask("do reminders work")


def smith(home: Path, text: str) -> None:
    (home / "corpus/smith2020reminders.md").write_text(text)


def test_a_judgement_goes_with_a_source_whose_citekey_was_changed(home: Path) -> None:
    written = annotate(home, verdict("smith2020reminders", RAISED, "U1", "supports", "ann"))
    rebuilt(home)
    entries = (home / "references.bib").read_text()
    (home / "references.bib").write_text(entries.replace("smith2020reminders", "smith2021"))
    smith(home, SMITH.replace("smith2020reminders", "smith2021"))
    (home / "corpus/smith2020reminders.md").rename(home / "corpus/smith2021.md")
    answer = asked(home)
    (item,) = answer.supporting
    assert item.passage.id == passage_id("smith2021", RAISED)
    assert (item.judgement.settled, answer.lost_judgements) == (True, 0)
    assert open_(home).problems() == []
    assert (home / "annotations.jsonl").read_bytes() == written, "people's file is only read"


def renamed(home: Path, old: str, new: str) -> None:
    """The source's entry and file, under another citekey."""
    entries = (home / "references.bib").read_text()
    (home / "references.bib").write_text(entries.replace(old, new))
    path = home / f"corpus/{old}.md"
    path.write_text(path.read_text().replace(old, new))
    path.rename(home / f"corpus/{new}.md")


@pytest.mark.parametrize("now", ["smith2022", "smith2020reminders", "smith2021"])
def test_of_the_very_same_words_under_several_names_the_latest_word_counts(
    home: Path, now: str
) -> None:
    """Judged, renamed, judged again, renamed again: also back to the first name."""
    first, second = "smith2020reminders", "smith2021"
    annotate(
        home,
        verdict(first, RAISED, "U1", "supports", "ann"),
        verdict(first, RAISED, "U1", "supports", "bob") | {"at": "2026-01-03"},
        verdict(second, RAISED, "U1", "neutral", "ann") | {"at": "2026-01-02"},
        verdict(second, RAISED, "U1", "challenges", "bob") | {"at": "2026-01-02"},
        tags(first, COSTS, "uptake"),
        tags(second, COSTS, "cost") | {"at": "2026-01-02"},
    )
    renamed(home, first, now) if now != first else None
    base = rebuilt(home)
    (item,) = base.ask("do reminders work").supporting
    said = {one.by: one.stance.value for one in item.judgement.verdicts}
    assert said == {"ann": "neutral", "bob": "supports"}
    (detail,) = [d for d in base.show(now)[1] if d.passage.text == COSTS]
    assert [tag.criterion for tag, counts in detail.tags if counts and tag.by == "ann"] == ["cost"]


def test_a_word_said_under_an_earlier_name_can_be_taken_back(home: Path, kb: Kb) -> None:
    rebuilt(home)
    name = passage_id("smith2020reminders", RAISED)
    assert kb("judge", name, "supports", "--claim", "U1", "--by", "ann", cwd=home).returncode == 0
    assert kb("tag", name, "cost", "--by", "ann", cwd=home).returncode == 0
    renamed(home, "smith2020reminders", "smith2021")
    assert rebuilt(home).ask("do reminders work").supporting
    name = passage_id("smith2021", RAISED)
    done = kb("judge", name, "--claim", "U1", "--undo", "--by", "ann", cwd=home)
    assert done.returncode == 0, done.stderr
    done = kb("tag", name, "--undo", "--by", "ann", cwd=home)
    assert done.returncode == 0, done.stderr
    assert not open_(home).ask("do reminders work").supporting
    assert kb("tag", name, "--undo", "--by", "ann", cwd=home).returncode == 1


def test_a_paragraph_that_has_grown_keeps_its_judgement_and_shows_what_was_judged(
    home: Path, kb: Kb
) -> None:
    annotate(home, verdict("smith2020reminders", RAISED, "U1", "supports", "ann"))
    smith(home, SMITH.replace(RAISED, f"{RAISED} Nobody knows why."))
    (item,) = asked(home).supporting
    assert item.text == f"{RAISED} Nobody knows why."
    assert item.judgement.verdicts[0].quote == RAISED
    shown = " ".join(kb("show", item.passage.id, cwd=home).stdout.split())
    assert f"judged on these words: {RAISED}" in shown
    judged = passage_id("smith2020reminders", RAISED)
    assert item.passage.id in kb("show", judged, cwd=home).stdout
    (told,) = json.loads(kb("show", item.passage.id, "--json", cwd=home).stdout)
    assert told["verdicts"][0]["quote"] == RAISED


def test_other_white_space_is_no_other_text(home: Path, kb: Kb) -> None:
    annotate(home, verdict("smith2020reminders", RAISED, "U1", "supports", "ann"))
    smith(home, SMITH.replace(RAISED, RAISED.replace("text message", "text\nmessage ")))
    (item,) = asked(home).supporting
    assert item.text.split() == RAISED.split()
    assert "judged on these words" not in kb("show", item.passage.id, cwd=home).stdout


def test_a_reading_goes_with_its_words_too(home: Path) -> None:
    annotate(home, tags("smith2020reminders", COSTS, "uptake"))
    smith(home, SMITH.replace(COSTS, f"{COSTS} So they say."))
    (detail,) = [d for d in rebuilt(home).show("smith2020reminders")[1] if COSTS in d.passage.text]
    assert [tag.criterion for tag, counts in detail.tags if counts] == ["uptake"]


def test_words_that_come_back_are_judged_as_they_were(home: Path) -> None:
    annotate(home, verdict("smith2020reminders", RAISED, "U1", "supports", "ann"))
    smith(home, SMITH.replace(RAISED, f"{RAISED} Nobody knows why."))
    asked(home)
    smith(home, SMITH)
    (item,) = asked(home).supporting
    assert item.judgement.verdicts[0].quote == ""
    assert rebuilt(home).catalog.anchors() == {}


def test_words_that_stand_in_two_passages_are_in_neither(home: Path) -> None:
    annotate(home, verdict("smith2020reminders", RAISED, "U1", "supports", "ann"))
    smith(home, SMITH.replace(RAISED, f"{RAISED} So Smith.\n\nAs Jones has it: {RAISED}"))
    answer = asked(home)
    assert (answer.totals["supporting"], answer.lost_judgements) == (0, 1)
    (orphan,) = open_(home).problems()
    assert passage_id("smith2020reminders", RAISED) in orphan.where


def test_another_source_takes_them_only_where_their_own_has_no_file(home: Path) -> None:
    annotate(home, verdict("smith2020reminders", RAISED, "U1", "supports", "ann"))
    (home / "corpus/health2019letters.txt").write_text(f"{LETTERS}\n\n{RAISED}\n")
    smith(home, SMITH.replace(RAISED, "It was all wrong."))
    assert asked(home).totals["supporting"] == 0
    (home / "corpus/smith2020reminders.md").unlink()
    (item,) = asked(home).supporting
    assert item.passage.id == passage_id("health2019letters", RAISED)


def test_a_file_that_cannot_be_read_just_now_lets_nothing_go(home: Path) -> None:
    annotate(home, verdict("smith2020reminders", RAISED, "U1", "supports", "ann"))
    (home / "corpus/health2019letters.txt").write_text(f"{LETTERS}\n\n{RAISED}\n")
    (home / "corpus/smith2020reminders.md").write_bytes(b"\xff\xfe\x00bad")
    assert asked(home).totals["supporting"] == 0


def test_part_of_a_word_is_not_the_word(home: Path) -> None:
    annotate(home, verdict("smith2020reminders", "No effect", "U1", "challenges", "ann"))
    smith(home, SMITH.replace(RAISED, "No effective reminder was sent."))
    assert asked(home).totals["challenging"] == 0
    smith(home, SMITH.replace(RAISED, "(No effect.) No effective reminder was sent."))
    assert asked(home).totals["challenging"] == 1


def test_what_a_person_judged_of_the_new_text_outranks_what_they_said_of_the_old(
    home: Path,
) -> None:
    grown = f"{RAISED} But only among the young."
    annotate(
        home,
        verdict("smith2020reminders", RAISED, "U1", "supports", "ann"),
        verdict("smith2020reminders", grown, "U1", "neutral", "ann"),
        verdict("smith2020reminders", RAISED, "U1", "supports", "bob"),
    )
    smith(home, SMITH.replace(RAISED, grown))
    answer = asked(home)
    (item,) = answer.supporting
    assert [(v.by, v.stance) for v in item.judgement.verdicts] == [
        ("ann", "neutral"),
        ("bob", "supports"),
    ]


@pytest.mark.parametrize(
    ("second", "side", "readers"),
    [("supports", "supporting", 1), ("neutral", "supporting", 1), ("challenges", "context", 2)],
)
def test_two_paragraphs_that_are_one_now_have_one_word_of_each_person(
    home: Path, second: str, side: str, readers: int
) -> None:
    annotate(
        home,
        verdict("smith2020reminders", RAISED, "U1", "supports", "ann"),
        verdict("smith2020reminders", COSTS, "U1", second, "ann"),
    )
    smith(home, f"# Both\n\n{RAISED} {COSTS}\n")
    (item,) = [i for i in getattr(asked(home), side) if RAISED in i.text]
    assert len(item.judgement.verdicts) == readers
    assert item.judgement.judge == ("one reader" if readers == 1 else "readers disagree")


def test_an_orphan_is_listed_with_the_place_of_most_of_its_words(home: Path) -> None:
    annotate(home, verdict("smith2020reminders", RAISED, "U1", "supports", "ann"))
    edited = RAISED.replace("72%", "75%")
    smith(home, SMITH.replace(RAISED, edited))
    (orphan,) = rebuilt(home).problems()
    assert passage_id("smith2020reminders", edited) in orphan.next_step
    smith(home, SMITH.replace(RAISED, "Something else altogether."))
    (orphan,) = rebuilt(home).problems()
    assert "kb show smith2020reminders" in orphan.next_step


def test_what_ships_needs_no_anchors(shipped: KnowledgeBase) -> None:
    assert shipped.catalog.anchors() == {}
    assert shipped.judgements == shipped.annotations
