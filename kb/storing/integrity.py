"""SQLite files in, what is damaged in them out, a line each; nothing is changed.

PRAGMA integrity_check: https://www.sqlite.org/pragma.html#pragma_integrity_check; the one of full
text: https://www.sqlite.org/fts5.html#the_integrity_check_command
"""

import random
import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from datetime import date
from pathlib import Path
from textwrap import shorten
from typing import TypeVar

from kb.records import passage_id
from kb.storing.opinions import DAMAGED

T = TypeVar("T")
_LINE = 120  # characters
_WAIT = 5.0  # seconds for a process that is writing
_BROKEN_LINKS = {
    "passages of files that it does not know": "SELECT count(*) FROM passages WHERE path NOT IN "
    "(SELECT path FROM files)",
    "tags of passages that it does not hold": "SELECT count(*) FROM tags WHERE passage_id NOT IN "
    "(SELECT id FROM passages)",
    "passages that full text does not find": "SELECT count(*) FROM passages WHERE n NOT IN "
    "(SELECT id FROM words_docsize)",
    "entries of full text without a passage": "SELECT count(*) FROM words_docsize WHERE id NOT IN "
    "(SELECT n FROM passages)",
}


def damage(path: Path) -> list[str]:
    """What SQLite finds wrong with the file, at most ten things, each cut to a line; [] for a sound
    file or none."""
    if not path.is_file():
        return []
    try:
        with closing(_open(path)) as db:
            found = [str(row[0]) for row in db.execute("PRAGMA integrity_check(10)")]
    except DAMAGED as error:
        return [] if _busy(error) else [str(error)]
    return [shorten(line, _LINE, placeholder="…") for line in found if line != "ok"]


def contradictions(path: Path) -> Iterator[str]:
    """Where a sound catalogue does not agree with itself."""
    with closing(_open(path)) as db:
        try:
            if fault := _full_text(db):
                yield fault
            for what, sql in _BROKEN_LINKS.items():
                if number := db.execute(sql).fetchone()[0]:
                    yield f"{number:,} {what}"
            changed = sum(
                passage_id(citekey, text) != name
                for name, citekey, text in db.execute("SELECT id, citekey, text FROM passages")
            )
            if changed:
                yield f"{changed:,} passages whose text is not the one that their name stands for"
            if lost := _not_found(db):
                yield f"{lost} passages of those looked for are not found by their words"
        except DAMAGED as error:
            if not _busy(error):
                yield str(error)


def implausible(path: Path) -> Iterator[str]:
    """Opinions of models in a sound file that cannot be theirs: probabilities add up to 1."""
    if not path.is_file():
        return
    sql = (
        "SELECT count(*) FROM opinions WHERE abs(supports + challenges + neutral - 1) > 0.01 "
        "OR min(supports, challenges, neutral) < 0"
    )
    with closing(_open(path)) as db, suppress(*DAMAGED):  # one that has no table holds nothing
        if number := db.execute(sql).fetchone()[0]:
            yield f"{number:,} opinions of models whose probabilities do not add up to 1"


def _full_text(db: sqlite3.Connection) -> str:
    """What the check of full text says; it wants to write, and is left out where that may not
    be."""
    try:
        db.execute("BEGIN IMMEDIATE")
        db.execute("INSERT INTO words (words) VALUES ('integrity-check')")
    except DAMAGED as error:
        damaged = "malformed" in str(error) or "corrupt" in str(error)
        return f"full text: {error}" if damaged else ""
    finally:
        db.rollback()
    return ""


def _not_found(db: sqlite3.Connection) -> int:
    """How many of a sample are not where full text should have them, word for word: of a text that
    it keeps no copy of, its own check cannot tell."""
    held = [n for (n,) in db.execute("SELECT n FROM passages ORDER BY n")]
    lost = 0
    for n in sample(held):
        ((text,),) = db.execute("SELECT text FROM passages WHERE n = ?", [n])
        phrase = text.replace('"', " ")
        if not re.search(r"\w", phrase):
            continue
        sql = "SELECT 1 FROM words WHERE words MATCH ? AND rowid = ?"
        lost += not db.execute(sql, [f'text : "{phrase}"', n]).fetchall()
    return lost


def sample(names: Sequence[T]) -> list[T]:
    """A hundredth, another each day, but at least 20 where there are so many."""
    today = random.Random(date.today().toordinal())  # noqa: S311, no secret
    return today.sample(names, min(len(names), max(20, len(names) // 100)))


def _open(path: Path) -> sqlite3.Connection:
    # Not mode=ro: what was killed may have left a journal to roll back.
    uri = f"{path.absolute().as_uri()}?mode=rw"
    return sqlite3.connect(uri, uri=True, timeout=_WAIT, isolation_level=None)


def _busy(error: Exception) -> bool:
    return "locked" in str(error) or "busy" in str(error)
