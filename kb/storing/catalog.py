"""The catalogue: what is in the index, in one SQLite file. What it does not know does not exist.

Everything here is derived from people's files and may be deleted. There are no migrations: a file
with another SCHEMA number is not opened, and a build makes a new one. The journal is SQLite's
rollback journal, since WAL breaks on network and synchronised folders.
"""

import json
import os
import re
import secrets
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kb import handwritten
from kb.errors import IndexUnusable, KbError, StorageError, storage_error
from kb.records import Filters, IndexedFile, Locator, Passage, Problem, Source, Study, Tag
from kb.storing.opinions import DAMAGED
from kb.storing.schema import SCHEMA, TABLES
from kb.storing.words import fts_query, phrases, words

EVERYTHING = Filters()
AROUND = 2
"""Passages before and after one in its file whose words count for it too."""
WEIGHT_AROUND = 0.25
"""What they count beside its own; chosen, as the weight of meaning, on SciFact's training queries
(docs/results.md)."""


_WAIT = 30.0  # seconds for a commit of another process, or for its readers


class Catalog:
    """One open catalogue. Made by `open_to_read` or `open_to_write`."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        # Not in files of the system's temporary folder, which may be no place for these words.
        connection.execute("PRAGMA temp_store = MEMORY")
        self._db = connection
        self._path = path

    # -- opening --------------------------------------------------------------------------------

    @classmethod
    def open_to_read(cls, path: Path) -> "Catalog":
        """Raises IndexUnusable when there is no catalogue here, or one of another schema."""
        if not path.is_file():
            raise IndexUnusable(f"{path}: there is no index yet; make one with: kb build")
        try:
            # Not mode=ro: a build that was killed may have left a journal to roll back.
            # One thread at a time uses it, whichever that is (KnowledgeBase.reading).
            uri = f"{path.absolute().as_uri()}?mode=rw"
            connection = sqlite3.connect(uri, _WAIT, uri=True, check_same_thread=False)
            connection.execute("PRAGMA query_only = ON")
            schema = _schema(connection)
        except DAMAGED as error:
            raise _unusable(error, path) from None
        if schema != SCHEMA:
            connection.close()
            raise IndexUnusable(
                f"{path}: made by another version of kb (schema {schema}, not {SCHEMA}); "
                "make it anew with: kb build"
            )
        return cls(connection, path)

    @classmethod
    def open_to_write(cls, path: Path) -> "Catalog":
        """Makes the file if it is missing, and anew if its schema is another. A new one notes its
        `birth`, a random name, so that vectors of an earlier catalogue are never taken for its
        own."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(path, _WAIT, check_same_thread=False)
            if _schema(connection) != SCHEMA:
                connection.close()
                path.unlink()
                connection = sqlite3.connect(path, _WAIT, check_same_thread=False)
                birth = f"INSERT INTO facts VALUES ('birth', '{secrets.token_hex(4)}');"
                connection.executescript(
                    f"BEGIN;{TABLES}{birth}PRAGMA user_version = {SCHEMA};COMMIT;"
                )
        except (OSError, *DAMAGED) as error:
            raise _unusable(error, path) from None
        return cls(connection, path)

    @classmethod
    def open_anew(cls, path: Path) -> "Catalog":
        """As `open_to_write`, of an empty one, whatever was there."""
        cls.remove(path)
        return cls.open_to_write(path)

    @staticmethod
    def remove(path: Path) -> None:
        """Delete a catalogue, if there is one. Raises StorageError."""
        try:
            for part in (path, _journal(path)):
                part.unlink(missing_ok=True)
        except OSError as error:
            raise storage_error(error, path) or error from None

    @staticmethod
    def put_in_place(made: Path, place: Path) -> None:
        """Put a catalogue that is closed into the place of another, in one step, when nobody reads
        that: whoever comes later finds the new one. Raises KbError."""
        try:
            try:
                with closing(sqlite3.connect(place, _WAIT)) as old:
                    # What a killed build left to roll back must not be taken for the new one's.
                    old.execute("BEGIN EXCLUSIVE")
                    if os.name != "nt":  # Windows moves nothing over a file that is open
                        made.replace(place)
            except sqlite3.DatabaseError as error:
                if "locked" in str(error):
                    raise
            if made.exists():  # also where the other is damaged
                Catalog.remove(place)
                made.replace(place)
            handwritten.settle(place.parent)
        except (OSError, sqlite3.Error) as error:
            raise _unusable(error, place) from None

    def close(self) -> None:
        self._db.close()

    @property
    def in_snapshot(self) -> bool:
        """Whether what is read now is of one state."""
        return self._db.in_transaction

    def write_anew(self) -> None:
        """Leave nothing in the file of what was deleted: SQLite and its full text keep it."""
        try:
            with self._db:
                self._db.execute("INSERT INTO words (words) VALUES ('delete-all')")
                for (path,) in self._rows("SELECT DISTINCT path FROM passages ORDER BY path"):
                    self._put_words(path)
            self._db.execute("VACUUM")
        except DAMAGED as error:
            raise _unusable(error, self._path) from None

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """What is read within sees one state of the catalogue, whatever a build commits."""
        if self._db.in_transaction:
            yield
            return
        self._rows("BEGIN")
        try:
            self.fact("birth")  # only what is read holds the state
            yield
        finally:
            self._db.rollback()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; on return it is on disk."""
        try:
            with self._db:
                yield
        except DAMAGED as error:
            raise _unusable(error, self._path) from None

    def _rows(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        try:
            with closing(self._db.execute(sql, values)) as cursor:
                return cursor.fetchall()
        except DAMAGED as error:
            raise _unusable(error, self._path) from None

    # -- facts about the index, sources, files --------------------------------------------------

    def fact(self, name: str) -> str:
        """A noted fact such as the recipe's digest; "" when it was never noted."""
        rows = self._rows("SELECT value FROM facts WHERE name = ?", [name])
        return str(rows[0][0]) if rows else ""

    def note(self, name: str, value: str) -> None:
        self._db.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", [name, value])

    def sources(self, citekeys: Collection[str] | None = None) -> dict[str, Source]:
        """All sources by citekey, or those that are named and exist."""
        found = {}
        for citekey, record in self._named("SELECT citekey, record FROM sources", citekeys):
            try:
                values = json.loads(record)
                lists = {name: tuple(values[name]) for name in ("authors", "keywords")}
                found[citekey] = Source(**{**values, **lists})
            except (ValueError, TypeError, KeyError) as error:
                raise _unusable(error, self._path) from None
        return found

    def put_sources(self, sources: Iterable[Source]) -> None:
        """Add or replace sources."""
        self._db.executemany(
            "INSERT OR REPLACE INTO sources VALUES (?, ?, ?)",
            [(source.citekey, _year(source), json.dumps(asdict(source))) for source in sources],
        )

    def keep_sources(self, citekeys: Collection[str]) -> None:
        """Remove all other sources."""
        others = self.sources().keys() - citekeys
        self._db.executemany("DELETE FROM sources WHERE citekey = ?", [(key,) for key in others])

    def files(self, citekeys: Collection[str] | None = None) -> dict[str, IndexedFile]:
        """All files by path, or those of the citekeys that are named."""
        columns = (
            "path, citekey, sha256, size, mtime_ns, kind, read, study, problem, pages, notices"
        )
        found = {}
        for row in self._named(f"SELECT {columns} FROM files", citekeys):
            values = dict(zip(columns.split(", "), row, strict=True))
            try:
                values["study"] = Study(**json.loads(values["study"]))
                problem = values["problem"]
                values["problem"] = Problem(**json.loads(problem)) if problem else None
                values["notices"] = tuple(json.loads(values["notices"]))
            except (ValueError, TypeError) as error:
                raise _unusable(error, self._path) from None
            found[str(row[0])] = IndexedFile(**values)
        return found

    def _named(self, select: str, citekeys: Collection[str] | None) -> Iterator[Any]:
        """Rows of a statement in the order of its first column, only those of `citekeys`."""
        if citekeys is None:
            yield from self._rows(f"{select} ORDER BY 1")
            return
        for part in _parts(sorted(citekeys)):
            yield from self._rows(f"{select} WHERE citekey IN ({_marks(part)}) ORDER BY 1", part)

    def put_file(self, file: IndexedFile, passages: Iterable[Passage]) -> None:
        """Add or replace a file and its passages."""
        self.remove_file(file.path)
        study = json.dumps(asdict(file.study))
        problem = json.dumps(asdict(file.problem)) if file.problem else None
        about = (file.path, file.citekey, file.sha256, file.size, file.mtime_ns)
        self._db.execute(
            "INSERT INTO files VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*about, file.kind, file.read, study, problem, file.pages, json.dumps(file.notices)),
        )
        self._db.executemany(
            "INSERT INTO passages VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    p.id,
                    file.path,
                    p.citekey,
                    p.text,
                    p.start,
                    p.end,
                    *_place(p.locator),
                    p.tokens,
                    p.kind,
                )
                for p in passages
            ],
        )
        self._put_words(file.path)

    def _put_words(self, path: str) -> None:
        self._db.executemany(
            "INSERT INTO words (rowid, text, around) VALUES (?, ?, ?)", self._worded(path)
        )

    def _worded(self, path: str) -> list[tuple[int, str, str]]:
        """Number, text and neighbourhood of each passage of a file, as they are in full text: it
        keeps no copy, and is told once more what to take out."""
        rows = self._rows("SELECT n, text FROM passages WHERE path = ? ORDER BY start, n", [path])
        texts = [text for _, text in rows]
        return [
            (
                n,
                text,
                "\n".join([*texts[max(0, at - AROUND) : at], *texts[at + 1 : at + 1 + AROUND]]),
            )
            for at, (n, text) in enumerate(rows)
        ]

    def forget_digest(self, citekey: str) -> None:
        """Have the source's digest read again, changed or not; until then it has no passages."""
        for path, file in self.files([citekey]).items():
            if file.kind == "digest":
                self._remove_passages(path)
                self._db.execute("UPDATE files SET sha256 = '' WHERE path = ?", [path])

    def set_mtime(self, path: str, mtime_ns: int) -> None:
        self._db.execute("UPDATE files SET mtime_ns = ? WHERE path = ?", [mtime_ns, path])

    def remove_file(self, path: str) -> None:
        """Forget a file, its passages and their tags."""
        self._remove_passages(path)
        self._db.execute("DELETE FROM files WHERE path = ?", [path])

    def _remove_passages(self, path: str) -> None:
        self._db.executemany(
            "INSERT INTO words (words, rowid, text, around) VALUES ('delete', ?, ?, ?)",
            self._worded(path),
        )
        of_file = "(SELECT id FROM passages WHERE path = ?)"
        self._db.execute(f"DELETE FROM tags WHERE passage_id IN {of_file}", [path])
        self._db.execute("DELETE FROM passages WHERE path = ?", [path])

    # -- passages -------------------------------------------------------------------------------

    def ids(self, only: Filters = EVERYTHING) -> set[str]:
        """Ids of the passages that the filters let through. The stance is not looked at: what
        people said is not here. A source without a year is of no year."""
        sql, values = "SELECT id FROM passages", list[Any]()
        if only.criterion:
            sql += " JOIN tags ON id = passage_id AND criterion = ? AND counts"
            values.append(only.criterion)
        sql += " WHERE TRUE"
        if only.sources:
            sql += f" AND citekey IN ({_marks(only.sources)})"
            values += sorted(only.sources)
        if only.years:
            sql += " AND citekey IN (SELECT citekey FROM sources WHERE year BETWEEN ? AND ?)"
            values += only.years
        if only.kind:
            sql += " AND kind = ?"
            values.append(only.kind)
        return {row[0] for row in self._rows(sql, values)}

    def passages(self, ids: Collection[str]) -> dict[str, Passage]:
        """Those of `ids` that exist, by id."""
        found = {}
        for part in _parts(sorted(ids)):
            found.update(self._passages(f"WHERE id IN ({_marks(part)})", part))
        return found

    def passages_of(self, citekey: str) -> list[Passage]:
        """All passages of a source, in reading order."""
        return list(self._passages("WHERE citekey = ? ORDER BY path, start", [citekey]).values())

    def _passages(self, where: str, values: Sequence[str]) -> dict[str, Passage]:
        columns = "id, citekey, text, start, stop, tokens, kind, section, page_label, page"
        found = {}
        for name, citekey, text, start, stop, tokens, kind, *place in self._rows(
            f"SELECT {columns} FROM passages {where}", values
        ):
            where_found = Locator(*place)
            found[name] = Passage(name, citekey, text, start, stop, where_found, tokens, kind)
        return found

    def count(self) -> tuple[int, int]:
        """(passages, documents that hold at least one)."""
        sql = "SELECT count(*), count(DISTINCT path) FROM passages"
        ((passages, documents),) = self._rows(sql)
        return int(passages), int(documents)

    def superseded(self) -> set[str]:
        """Ids of the passages of digests whose original has passages too."""
        sql = (
            "SELECT id FROM passages WHERE path IN (SELECT digest.path FROM files AS digest "
            "JOIN files AS original ON original.citekey = digest.citekey "
            "WHERE digest.kind = 'digest' AND original.kind = 'original' "
            "AND EXISTS (SELECT 1 FROM passages WHERE path = original.path))"
        )
        return {row[0] for row in self._rows(sql)}

    def count_by_file(self) -> dict[str, int]:
        """Passages of each path that has any."""
        return dict(self._rows("SELECT path, count(*) FROM passages GROUP BY path"))

    def count_by_source(self) -> dict[str, int]:
        """Passages of each citekey that has any."""
        return dict(self._rows("SELECT citekey, count(*) FROM passages GROUP BY citekey"))

    def criteria_by_source(self) -> dict[str, set[str]]:
        """Criteria that passages of each citekey count for."""
        found: dict[str, set[str]] = {}
        sql = "SELECT DISTINCT citekey, criterion FROM passages JOIN tags ON id = passage_id"
        for citekey, criterion in self._rows(f"{sql} WHERE counts"):
            found.setdefault(citekey, set()).add(criterion)
        return found

    def best_words(
        self, question: str, count: int, among: Collection[str] | None = None
    ) -> list[tuple[str, float]]:
        """At most `count` (id, BM25) for the question's words, best first, ties by id; higher is
        better. Each has one of the words itself, and words around it count besides. Empty when the
        question holds only stop words and signs."""
        query = fts_query(question)
        if not query:
            return []
        limit = count if among is None else -1  # a filter sees every match, so it loses none
        rows = self._rows(
            f"SELECT id, -bm25(words, 1, {WEIGHT_AROUND}) AS score "
            "FROM words JOIN passages ON n = words.rowid "
            "WHERE words MATCH ? AND n IN (SELECT rowid FROM words WHERE words MATCH ?) "
            "ORDER BY score DESC, id LIMIT ?",
            [query, f"text : ({query})", limit],
        )
        kept = [(str(name), float(score)) for name, score in rows if among is None or name in among]
        return kept[:count]

    def ids_with_phrases(self, question: str) -> set[str] | None:
        """Ids of the passages that have all that stands in quotation marks, in whatever forms of
        its words; None when nothing does."""
        sql = "SELECT id FROM passages WHERE n IN (SELECT rowid FROM words WHERE words MATCH ?)"
        found = [{name for (name,) in self._rows(sql, [phrase])} for phrase in phrases(question)]
        return set.intersection(*found) if found else None

    def words_held(self, question: str, ids: Collection[str]) -> dict[str, list[str]]:
        """The question's words that each of these passages has, in whatever form."""
        held: dict[str, list[str]] = {name: [] for name in ids}
        sql = "SELECT id FROM passages WHERE n IN (SELECT rowid FROM words WHERE words MATCH ?)"
        for word in dict.fromkeys(words(question)):
            for (name,) in self._rows(sql, [f'text : "{word}"']):
                if name in held:
                    held[name].append(word)
        return held

    # -- tags and the framework's wordings ------------------------------------------------------

    def replace_tags(self, tags: Iterable[tuple[Tag, bool]]) -> None:
        """All tags anew; the flag says whether a tag counts (a person's word outranks a model)."""
        self._db.execute("DELETE FROM tags")
        self._db.executemany(
            "INSERT INTO tags VALUES (?, ?, ?, ?, ?)",
            [(t.passage_id, t.criterion, t.score, t.by, int(counts)) for t, counts in tags],
        )

    def tags(self, ids: Collection[str]) -> dict[str, list[tuple[Tag, bool]]]:
        """Tags of each passage, with whether they count."""
        found: dict[str, list[tuple[Tag, bool]]] = {name: [] for name in ids}
        for part in _parts(sorted(ids)):
            sql = f"SELECT * FROM tags WHERE passage_id IN ({_marks(part)}) ORDER BY criterion, by"
            for *values, counts in self._rows(sql, part):
                found[values[0]].append((Tag(*values), bool(counts)))
        return found

    def replace_anchors(self, anchors: Mapping[str, str]) -> None:
        """The passages that have the words of judgements whose own passage is gone, anew."""
        self._db.execute("DELETE FROM anchors")
        self._db.executemany("INSERT INTO anchors VALUES (?, ?)", sorted(anchors.items()))

    def anchors(self) -> dict[str, str]:
        """Id judged → passage that has its words. What is a passage again has no anchor."""
        sql = (
            "SELECT judged, anchors.passage FROM anchors JOIN passages ON id = anchors.passage "
            "WHERE judged NOT IN (SELECT id FROM passages)"
        )
        return dict(self._rows(sql))

    def replace_links(self, links: Iterable[tuple[str, str, str, str]]) -> None:
        """Pairs of sources that seem to be one work, anew: (citekey, citekey, kind, why)."""
        self._db.execute("DELETE FROM links")
        self._db.executemany("INSERT INTO links VALUES (NULL, ?, ?, ?, ?)", links)

    def links(self) -> list[tuple[str, str, str, str]]:
        """These pairs, in their order."""
        return self._rows("SELECT first, second, kind, why FROM links ORDER BY n")

    def replace_wordings(self, rows: Iterable[tuple[str, NDArray[np.float32]]]) -> None:
        """The vectors of the wordings of circumstances, (circumstance id, vector)."""
        self._db.execute("DELETE FROM wordings")
        self._db.executemany(
            "INSERT INTO wordings VALUES (?, ?)", [(name, v.tobytes()) for name, v in rows]
        )

    def wordings(self) -> list[tuple[str, NDArray[np.float32]]]:
        """(circumstance id, vector) of all wordings."""
        rows = self._rows("SELECT circumstance, vector FROM wordings ORDER BY rowid")
        return [(name, np.frombuffer(blob, np.float32)) for name, blob in rows]

    def replace_intents(self, weights: Mapping[str, NDArray[np.float32]]) -> None:
        """What was learnt from the wordings of each circumstance (kb/intent.py)."""
        self._db.execute("DELETE FROM intents")
        rows = [(name, row.tobytes()) for name, row in weights.items()]
        self._db.executemany("INSERT INTO intents VALUES (?, ?)", rows)

    def intents(self) -> dict[str, NDArray[np.float32]]:
        """Weights by circumstance id, "" for what is asked elsewhere."""
        rows = self._rows("SELECT circumstance, weights FROM intents ORDER BY circumstance")
        return {name: np.frombuffer(blob, np.float32) for name, blob in rows}

    def replace_searches(self, rows: Iterable[tuple[str, str, NDArray[np.float32]]]) -> None:
        """What is searched for on circumstances, anew: (circumstance id, text, vector)."""
        self._db.execute("DELETE FROM searches")
        self._db.executemany(
            "INSERT INTO searches VALUES (NULL, ?, ?, ?)",
            [(name, text, vector.tobytes()) for name, text, vector in rows],
        )

    def searches(self, circumstance: str) -> list[tuple[str, NDArray[np.float32]]]:
        """(text, vector) of what is searched for on one."""
        sql = "SELECT text, vector FROM searches WHERE circumstance = ? ORDER BY n"
        rows = self._rows(sql, [circumstance])
        return [(text, np.frombuffer(blob, np.float32)) for text, blob in rows]


def _journal(path: Path) -> Path:
    return path.with_name(f"{path.name}-journal")


def _schema(connection: sqlite3.Connection) -> int:
    """The catalogue's schema number; closes the connection if it is no database."""
    try:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])
    except DAMAGED:
        connection.close()
        raise


def _unusable(error: Exception, path: Path) -> KbError:
    if "locked" in str(error):
        return StorageError(
            f"{path}: another command is at work on the index just now; try again in a moment"
        )
    return storage_error(error, path) or IndexUnusable(
        f"{path}: not a usable index ({error}); make it anew with: kb build --afresh"
    )


def _year(source: Source) -> int | None:
    """The first year that is named: "2019a", "1998/2004"."""
    found = re.search(r"\d{4}", source.year)
    return int(found.group()) if found else None


def _place(where: Locator) -> tuple[str, str, int | None]:
    return where.section, where.page_label, where.page


def _marks(values: Collection[str]) -> str:
    return ", ".join("?" * len(values))


def _parts(values: list[str], size: int = 10_000) -> Iterator[list[str]]:
    """SQLite takes at most 32,766 values in one statement."""
    for start in range(0, len(values), size):
        yield values[start : start + size]
