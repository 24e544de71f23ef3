"""Whatever a librarian should look at is listed, and nothing else."""

import json
from pathlib import Path

import pytest

from kb.checking import check
from kb.curating import relating
from kb.knowledge_base import KnowledgeBase, open_
from kb.reading import READERS
from kb.records import Problem, passage_id
from tests.conftest import COSTS, RAISED, verdict

NOTICING = """
from dataclasses import replace
from kb.reading import text

def read(path, citekey):
    return replace(text.read(path, citekey), notices=("pages 3-9 have no text: scanned?",))
"""


def checked(home: Path) -> dict[str, tuple[Problem, ...]]:
    base = open_(home)
    list(base.build())
    base.close()
    return looked_at(home)


def looked_at(home: Path) -> dict[str, tuple[Problem, ...]]:
    """What is asked of sources."""
    names = ("unusable", "guessed", "notices", "families", "digests", "judgements", "earlier")
    return check(home, (*names, "without_file"))


def only(found: dict[str, tuple[Problem, ...]], group: str) -> Problem:
    """The one thing there is in a group, all others being empty."""
    assert {name for name, problems in found.items() if problems} == {group}
    (problem,) = found[group]
    return problem


def test_where_all_is_in_order_there_is_nothing(base: KnowledgeBase) -> None:
    assert not any(check(base.home).values())


def test_what_ships_is_in_order(shipped: KnowledgeBase) -> None:
    told = {name for name, problems in check(shipped.home).items() if problems}
    assert told == {"incomplete"}  # entries whose sources name no year or author


def test_a_guessed_entry_until_its_mark_is_deleted(home: Path) -> None:
    entries = (home / "references.bib").read_text()
    mark = "  kb-check = {the year is a guess},\n"
    guessed = entries.replace("  year = {2020},\n", f"  year = {{2020}},\n{mark}")
    (home / "references.bib").write_text(guessed)
    problem = only(checked(home), "guessed")
    assert problem.where == "references.bib: smith2020reminders"
    assert problem.what == "the year is a guess"
    (home / "references.bib").write_text(entries)
    assert not checked(home)["guessed"]


def test_a_file_that_cannot_be_used(home: Path) -> None:
    (home / "corpus/health2019letters.txt").write_bytes(b"")
    assert only(checked(home), "unusable").where == "corpus/health2019letters.txt"


def test_what_a_reader_noticed(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home.parent / "parts").mkdir()
    (home.parent / "parts" / "noticing_reader.py").write_text(NOTICING)
    monkeypatch.syspath_prepend(home.parent / "parts")
    monkeypatch.setitem(READERS, ".txt", "noticing_reader:read")
    problem = only(checked(home), "notices")
    assert (problem.where, problem.what) == (
        "corpus/health2019letters.txt",
        "pages 3-9 have no text: scanned?",
    )


def test_an_entry_without_a_document(home: Path) -> None:
    with (home / "references.bib").open("a") as bib:
        bib.write("@misc{later2021, title = {Not read yet}}\n")
    assert only(checked(home), "without_file").where == "references.bib: later2021"


def test_two_that_seem_to_be_one_until_a_person_has_said_what_they_are(home: Path) -> None:
    with (home / "references.bib").open("a") as bib:
        bib.write("@misc{again, title = {Letters to patients}, author = {{Department of Health}},")
        bib.write(" year = 2019}\n")
    (home / "corpus/again.txt").write_text("They said the same again.")
    problem = only(checked(home), "families")
    assert problem.where == "health2019letters and again"
    assert "the same title" in problem.what
    base = open_(home)
    relating.decide(base, "again", "health2019letters", "ann", together=True)
    assert not looked_at(home)["families"]
    relating.decide(base, "again", "health2019letters", "ann", together=False)
    assert not looked_at(home)["families"]


def test_judgements_on_a_digest_whose_original_has_come(home: Path) -> None:
    line = verdict("smith2020reminders", RAISED, "U1", "supports", "ann")
    (home / "annotations.jsonl").write_text(json.dumps(line) + "\n")
    assert not checked(home)["digests"]
    (home / "corpus/smith2020reminders.txt").write_text("The original has its own words.")
    problem = only(checked(home), "digests")
    assert problem.where == "corpus/smith2020reminders.md"
    assert passage_id("smith2020reminders", RAISED) in problem.what
    assert passage_id("smith2020reminders", COSTS) not in problem.what
    assert "corpus/smith2020reminders.txt" in problem.what


def test_a_judgement_whose_words_are_gone(home: Path) -> None:
    line = verdict("smith2020reminders", "Text that is gone.", "U1", "supports", "ann")
    (home / "annotations.jsonl").write_text(json.dumps(line) + "\n")
    assert "Text that is gone." in only(checked(home), "judgements").what
