"""SQLite files in, what is damaged in them out, a line each; nothing is changed.

PRAGMA integrity_check: https://www.sqlite.org/pragma.html#pragma_integrity_check; the one of full
text: https://www.sqlite.org/fts5.html#the_integrity_check_command
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from kb.records import passage_id

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
    """What SQLite finds wrong with the file, at most ten lines; [] for a sound file or none."""
    if not path.is_file():
        return []
    try:
        with closing(_open(path)) as db:
            found = [str(row[0]) for row in db.execute("PRAGMA integrity_check(10)")]
    except sqlite3.Error as error:
        return [] if _busy(error) else [str(error)]
    return [" ".join(line.split()) for line in found if line != "ok"]


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
        except sqlite3.Error as error:
            if not _busy(error):
                yield str(error)


def _full_text(db: sqlite3.Connection) -> str:
    """What the check of full text says; it wants to write, and is left out where that may not
    be."""
    try:
        db.execute("BEGIN IMMEDIATE")
        db.execute("INSERT INTO words (words) VALUES ('integrity-check')")
    except sqlite3.DatabaseError as error:
        damaged = "malformed" in str(error) or "corrupt" in str(error)
        return f"full text: {error}" if damaged else ""
    finally:
        db.rollback()
    return ""


def _open(path: Path) -> sqlite3.Connection:
    # Not mode=ro: what was killed may have left a journal to roll back.
    uri = f"{path.absolute().as_uri()}?mode=rw"
    return sqlite3.connect(uri, uri=True, timeout=_WAIT, isolation_level=None)


def _busy(error: sqlite3.Error) -> bool:
    return "locked" in str(error) or "busy" in str(error)
