"""Every passage is proved to stand where the index says, or it is listed."""

import sqlite3
from pathlib import Path

import pytest

from kb.curating.verifying import AFRESH, UPDATE, Verification, verify
from kb.errors import IndexUnusable
from kb.knowledge_base import KnowledgeBase, open_
from kb.records import passage_id
from tests.conftest import COSTS, LETTERS, RAISED, SMITH
from tests.reading.typesetting import Setting, prose, typeset

DIGEST = "corpus/smith2020reminders.md"
ORIGINAL = "corpus/health2019letters.txt"


def reasons(found: Verification) -> list[tuple[str, str, str]]:
    return [(drift.path, drift.passage, drift.reason) for drift in found.drifted]


def spoil(home: Path, sql: str, *values: object) -> None:
    with sqlite3.connect(home / ".kb" / "catalog.sqlite3") as catalog:
        catalog.execute(sql, values)
    catalog.close()


def test_all_stands_after_a_build(base: KnowledgeBase) -> None:
    told: list[tuple[str, int]] = []
    found = verify(base, lambda path, of: told.append((path, of)))
    assert found == Verification(files=2, passages=3, standing=3, drifted=())
    assert found.remedy == ""
    assert told == [(ORIGINAL, 2), (DIGEST, 2)]


def test_a_pdf_is_read_again_as_it_was(home: Path) -> None:
    (home / ORIGINAL).unlink()
    setting = Setting(columns=2, hyphens=True, heads=True)
    typeset(home / "corpus/health2019letters.pdf", prose(1, 30), setting)
    base = open_(home)
    list(base.build())
    found = verify(base)
    assert found.standing == found.passages > 20
    assert found.drifted == ()


def test_a_digest_beside_its_original_is_a_file_of_its_own(home: Path) -> None:
    (home / "corpus/smith2020reminders.txt").write_text("Reminders were sent by the practice.\n")
    base = open_(home)
    list(base.build())
    assert verify(base) == Verification(files=3, passages=4, standing=4, drifted=())


def test_a_changed_file_is_listed_with_what_has_drifted_in_it(
    base: KnowledgeBase, home: Path
) -> None:
    (home / DIGEST).write_text(SMITH.replace("four pence", "five pence"))
    found = verify(base)
    costs = passage_id("smith2020reminders", COSTS)
    assert reasons(found) == [
        (DIGEST, "", "the file has changed since it was indexed"),
        (DIGEST, costs, "the words are not there any more"),
    ]
    assert (found.passages, found.standing, found.remedy) == (3, 2, UPDATE)


def test_words_that_have_moved_are_told_from_words_that_are_gone(
    base: KnowledgeBase, home: Path
) -> None:
    (home / ORIGINAL).write_text(f"A line above.\n\n{LETTERS}\n")
    found = verify(base)
    assert [drift.reason for drift in found.drifted] == [
        "the file has changed since it was indexed",
        "the words stand elsewhere now",
    ]
    list(base.build())
    assert verify(base).remedy == ""


def test_a_missing_file_is_listed(base: KnowledgeBase, home: Path) -> None:
    (home / DIGEST).unlink()
    found = verify(base)
    assert reasons(found) == [(DIGEST, "", "the file is gone")]
    assert (found.files, found.standing, found.remedy) == (2, 1, UPDATE)


def test_a_file_that_cannot_be_read_any_more_is_listed(base: KnowledgeBase, home: Path) -> None:
    (home / ORIGINAL).write_text("")
    (home / DIGEST).unlink()
    (home / DIGEST).symlink_to(home / "references.bib")
    assert reasons(verify(base)) == [
        (ORIGINAL, "", "the file cannot be read any more: holds no text"),
        (DIGEST, "", "the file cannot be read any more: a link that leads out of corpus/"),
    ]


def test_words_spoilt_in_the_index_are_found_by_the_hash(base: KnowledgeBase, home: Path) -> None:
    spoil(home, "UPDATE passages SET text = 'Letters helped.' WHERE text = ?", LETTERS)
    found = verify(open_(home))
    (drift,) = found.drifted
    assert drift.passage == passage_id("health2019letters", LETTERS)
    assert "the index is damaged" in drift.reason
    assert (found.standing, found.remedy) == (2, AFRESH)


def test_an_offset_spoilt_in_the_index_needs_it_made_afresh(
    base: KnowledgeBase, home: Path
) -> None:
    spoil(home, "UPDATE passages SET start = start + 1 WHERE text = ?", RAISED)
    found = verify(open_(home))
    (drift,) = found.drifted
    assert drift.reason == "the words stand elsewhere now"
    assert found.remedy == AFRESH, "a build passes over a file that has not changed"


def test_files_that_never_could_be_read_have_nothing_to_stand(home: Path) -> None:
    (home / "corpus/health2019letters.txt").unlink()
    (home / "corpus/health2019letters.pdf").write_bytes(b"no PDF at all")
    base = open_(home)
    list(base.build())
    assert verify(base) == Verification(files=1, passages=2, standing=2, drifted=())


def test_without_an_index_there_is_nothing_to_verify(home: Path) -> None:
    with pytest.raises(IndexUnusable, match="kb build"):
        verify(open_(home))
