"""Damage to what is derived is seen, whatever it is; and mended."""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from kb.checking import check, mending
from kb.checking.vectors import faults
from kb.errors import StorageError
from kb.knowledge_base import KnowledgeBase, open_
from kb.storing.lock import writing
from kb.storing.opinions import Opinions
from kb.storing.schema import SCHEMA
from tests.conftest import LETTERS

DERIVED = ("index", "catalogue", "vectors", "leftovers")


def catalog(home: Path) -> Path:
    return home / ".kb/catalog.sqlite3"


def sql(home: Path, *statements: str) -> None:
    with closing(sqlite3.connect(catalog(home))) as db, db:
        for statement in statements:
            db.execute(statement)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("DELETE FROM files", "3 passages of files that it does not know"),
        ("INSERT INTO tags VALUES ('gone#1', 'cost', 1, 'ann', 1)", "1 tags of passages"),
        ("DELETE FROM passages WHERE n = 1", "1 entries of full text without a passage"),
        ("DELETE FROM words_docsize WHERE id = 2", "1 passages that full text does not find"),
        ("UPDATE passages SET text = 'Letters did it all.' WHERE n = 1", "1 passages whose text"),
        (
            "UPDATE sources SET record = replace(record, 'Letters', 'Ledgers')",
            "says something else",
        ),
        ("UPDATE sources SET record = 'x' || record", "not a usable index"),
        ("UPDATE words_data SET block = x'00' WHERE id > 10", "full text: "),
    ],
)
def test_a_catalogue_that_contradicts_itself(
    base: KnowledgeBase, statement: str, said: str
) -> None:
    base.close()
    sql(base.home, statement)
    found = check(base.home, ["catalogue"])["catalogue"]
    assert any(problem.what.startswith(said) for problem in found), found
    assert {problem.where for problem in found} == {".kb/catalog.sqlite3"}


def test_words_that_full_text_does_not_find(base: KnowledgeBase) -> None:
    base.close()
    with closing(sqlite3.connect(catalog(base.home))) as db, db:
        n, text = db.execute("SELECT n, text FROM passages WHERE text LIKE 'Letters%'").fetchone()
        db.execute(
            "INSERT INTO words (words, rowid, text, around) VALUES ('delete', ?, ?, '')", [n, text]
        )
        other = text.replace("Letters", "Ledgers")
        db.execute("INSERT INTO words (rowid, text, around) VALUES (?, ?, '')", [n, other])
    (problem,) = check(base.home, ["catalogue"])["catalogue"]
    assert problem.what == "1 passages of those looked for are not found by their words"


def test_a_catalogue_with_a_page_overwritten(base: KnowledgeBase) -> None:
    base.close()
    content = bytearray(catalog(base.home).read_bytes())
    content[8_192:12_288] = bytes(4_096)
    catalog(base.home).write_bytes(content)
    problems = check(base.home, ["catalogue"])["catalogue"]
    assert problems
    assert all(len(problem.what) <= 120 and "\n" not in problem.what for problem in problems)


def test_opinions_that_no_model_can_have(base: KnowledgeBase) -> None:
    path = base.home / ".kb/opinions.sqlite3"
    Opinions(path).put(
        "m", "claim", [("a#1", (0.2, 0.3, 0.5, 0, 9)), ("a#2", (0.9, 0.0, 0.1, 0, 9))]
    )
    assert check(base.home, ["catalogue"])["catalogue"] == ()
    Opinions(path).put("m", "claim", [("a#2", (0.9, 0.9, 0.1, 0, 9))])
    (problem,) = check(base.home, ["catalogue"])["catalogue"]
    assert problem.where == ".kb/opinions.sqlite3"
    assert problem.what == "1 opinions of models whose probabilities do not add up to 1"


def spoilt(base: KnowledgeBase, how: Callable[[list[str], np.ndarray], np.ndarray]) -> list[str]:
    """What is said of the vectors once `how` has changed them."""
    ids = sorted(base.vectors.ids())
    base.vectors.put(ids, how(ids, base.vectors.get(ids)))
    return list(faults(base))


def test_sound_vectors(base: KnowledgeBase) -> None:
    assert list(faults(base)) == []


def test_vectors_in_the_wrong_place(base: KnowledgeBase) -> None:
    said = spoilt(base, lambda _, vectors: np.roll(vectors, 1, axis=0))
    assert said == ["3 of 3 passages embedded anew have another vector"]


def test_vectors_that_are_not_of_length_one(base: KnowledgeBase) -> None:
    assert spoilt(base, lambda _, vectors: vectors * 1.1) == ["some vectors are not of length 1"]


def test_vectors_that_are_missing_or_nobodys(base: KnowledgeBase) -> None:
    (first, *_) = sorted(base.vectors.ids())
    vector = base.vectors.get([first])
    base.vectors.remove([first])
    base.vectors.put(["nobody#1"], vector)
    assert list(faults(base)) == [
        "1 passages have no vector",
        "1 vectors belong to no passage",
    ]


def test_vectors_on_which_their_reader_ends(base: KnowledgeBase) -> None:
    base.close()
    (path,) = (base.home / ".kb").glob("chroma-*/chroma.sqlite3")
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("DROP TABLE embeddings")
    (problem,) = check(base.home, ["vectors"])["vectors"]
    assert problem.where.startswith(".kb/chroma-")
    assert "kb check --fix" in problem.next_step


def test_vectors_that_were_deleted(base: KnowledgeBase) -> None:
    folder = base.vectors_folder
    base.close()
    folder.rename(base.home / "elsewhere")
    (problem,) = check(base.home, ["vectors"])["vectors"]
    assert problem.what == "is not there"


def test_a_file_changed_behind_its_own_time(base: KnowledgeBase) -> None:
    base.close()
    path = base.home / "corpus/health2019letters.txt"
    then = path.stat()
    path.write_text(LETTERS.replace("Letters alone", "Letters never") + "\n")
    os.utime(path, ns=(then.st_atime_ns, then.st_mtime_ns))
    (problem,) = check(base.home, ["index"])["index"]
    assert (problem.where, "size and time" in problem.what) == (
        "corpus/health2019letters.txt",
        True,
    )
    list(open_(base.home).build())
    assert check(base.home, ["index"])["index"] == ()


def test_an_index_of_another_version(base: KnowledgeBase) -> None:
    base.close()
    sql(base.home, f"PRAGMA user_version = {SCHEMA - 1}")
    (problem,) = check(base.home, ["index"])["index"]
    assert "made by another version of kb" in problem.what
    assert not any(check(base.home, ["catalogue", "vectors"]).values())


def test_what_was_left_behind_is_told_and_removed(base: KnowledgeBase) -> None:
    kept = base.vectors_folder
    base.close()
    for name in ("chroma-0badbad0", "carry-xyz"):
        (base.home / ".kb" / name).mkdir()
    (base.home / ".kb/afresh.sqlite3").write_text("")
    (base.home / ".kb-part-references.bib-ab12cd34").write_text("@misc{ha")
    young = base.home / ".kb-part-annotations.jsonl-ab12cd34"
    young.write_text("{")
    mine = base.home / ".notes.of.mine"
    mine.write_text("mine")
    for path in (
        *(base.home / ".kb").iterdir(),
        base.home / ".kb-part-references.bib-ab12cd34",
        mine,
    ):
        os.utime(path, (0, 0))
    found = check(base.home, ["leftovers"])
    assert [problem.where for problem in found["leftovers"]] == [
        ".kb/afresh.sqlite3",
        ".kb/carry-xyz",
        ".kb/chroma-0badbad0",
        ".kb-part-references.bib-ab12cd34",
    ]
    assert not mending.needs_build(found)
    assert len(mending.clear(open_(base.home), found)) == 4
    assert kept.is_dir()
    assert young.exists()
    assert mine.exists()
    assert check(base.home, ["leftovers"])["leftovers"] == ()


def test_an_erasure_that_was_stopped_is_told_until_it_is_done(base: KnowledgeBase) -> None:
    base.owe_erasure(["smith2020reminders"])
    (problem,) = check(base.home, ["index"])["index"]
    assert "not yet erased to the last byte (smith2020reminders)" in problem.what
    list(base.build())
    assert check(base.home, ["index"])["index"] == ()


def test_nothing_is_removed_while_another_writes(base: KnowledgeBase) -> None:
    found = check(base.home, DERIVED)
    with writing(base.index_folder), pytest.raises(StorageError, match="is writing"):
        mending.clear(base, found)
