"""What models have said, kept so that it need not be asked again: one SQLite file in the index.

It is apart from the catalogue because a question writes here while a build may write there, and
because what was said of a passage stays true when the index is made anew: a passage's id holds the
hash of its text. An opinion is kept under the claim (as a hash: what people ask is theirs), the
passage and the model. It is a convenience: where the file cannot be read or written, the model is
asked again.
"""

import hashlib
import sqlite3
from collections.abc import Collection, Iterable
from contextlib import closing
from pathlib import Path

from kb.errors import storage_error

Row = tuple[float, float, float, int, int]  # supports, challenges, neutral, start, end

_TABLE = """
CREATE TABLE IF NOT EXISTS opinions (
    claim TEXT NOT NULL, passage_id TEXT NOT NULL, by TEXT NOT NULL,
    supports REAL NOT NULL, challenges REAL NOT NULL, neutral REAL NOT NULL,
    start INTEGER NOT NULL, stop INTEGER NOT NULL,
    PRIMARY KEY (claim, passage_id, by)
) WITHOUT ROWID
"""
DAMAGED = (sqlite3.Error, UnicodeDecodeError)
"""What SQLite raises on a damaged file: its message may quote bytes that are no text."""
_WAIT = 1.0  # seconds for another process that is writing
_PART = 500


class Opinions:
    """The file is made when something is first kept."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def get(self, by: str, claim: str, ids: Collection[str]) -> dict[str, Row]:
        """What `by` said of those of the passages that it has judged on the claim, by id."""
        if not self._path.is_file():
            return {}
        found: dict[str, Row] = {}
        names = sorted(ids)
        try:
            with closing(self._open()) as db:
                for start in range(0, len(names), _PART):
                    part = names[start : start + _PART]
                    rows = db.execute(
                        "SELECT passage_id, supports, challenges, neutral, start, stop "
                        "FROM opinions WHERE claim = ? AND by = ? AND passage_id IN "
                        f"({', '.join('?' * len(part))})",
                        [_digest(claim), by, *part],
                    )
                    found.update({row[0]: row[1:] for row in rows})
        except DAMAGED:
            return {}
        return found

    def said(self, by: str, claim: str) -> set[str]:
        """Ids of all passages that `by` has judged on the claim."""
        if not self._path.is_file():
            return set()
        sql = "SELECT passage_id FROM opinions WHERE claim = ? AND by = ?"
        try:
            with closing(self._open()) as db:
                return {row[0] for row in db.execute(sql, [_digest(claim), by])}
        except DAMAGED:
            return set()

    def put(self, by: str, claim: str, said: Iterable[tuple[str, Row]]) -> None:
        """Keep what `by` said of passages."""
        rows = [(_digest(claim), name, by, *row) for name, row in said]
        if not rows or not self._path.parent.is_dir():
            return
        try:
            with closing(self._open()) as db, db:
                db.execute(_TABLE)
                marks = ", ".join("?" * len(rows[0]))
                db.executemany(f"INSERT OR REPLACE INTO opinions VALUES ({marks})", rows)
        except DAMAGED:
            return

    def forget(self, citekeys: Collection[str]) -> None:
        """Leave nothing in the file of what was said of passages of these sources; where it
        cannot be taken out, the file goes. Raises StorageError when not even that can be done."""
        if not self._path.is_file():
            return
        try:
            with closing(self._open()) as db:
                with db:
                    db.executemany(
                        "DELETE FROM opinions WHERE substr(passage_id, 1, ?) = ?",
                        [(len(key) + 1, f"{key}#") for key in citekeys],
                    )
                db.execute("VACUUM")
        except DAMAGED:
            try:
                self._path.unlink()
            except OSError as error:
                raise storage_error(error, self._path) or error from None

    def _open(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path, timeout=_WAIT)


def _digest(claim: str) -> str:
    return hashlib.sha256(claim.encode()).hexdigest()[:32]
