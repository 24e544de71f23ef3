"""The tables of the catalogue. Raise SCHEMA with any change: there are no migrations."""

SCHEMA = 6

TABLES = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE sources (citekey TEXT PRIMARY KEY, year INTEGER, record TEXT NOT NULL);
CREATE TABLE files (
    path TEXT PRIMARY KEY, citekey TEXT NOT NULL, sha256 TEXT NOT NULL, size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL, kind TEXT NOT NULL, read TEXT NOT NULL, study TEXT NOT NULL,
    problem TEXT, pages INTEGER NOT NULL, notices TEXT NOT NULL
);
CREATE TABLE passages (
    n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, path TEXT NOT NULL, citekey TEXT NOT NULL,
    text TEXT NOT NULL, start INTEGER NOT NULL, stop INTEGER NOT NULL, section TEXT NOT NULL,
    page_label TEXT NOT NULL, page INTEGER, tokens INTEGER NOT NULL, kind TEXT NOT NULL
);
CREATE INDEX passages_path ON passages (path);
CREATE INDEX passages_citekey ON passages (citekey);
CREATE TABLE tags (
    passage_id TEXT NOT NULL, criterion TEXT NOT NULL, score REAL NOT NULL, by TEXT NOT NULL,
    counts INTEGER NOT NULL, PRIMARY KEY (passage_id, criterion, by)
);
CREATE INDEX tags_criterion ON tags (criterion, passage_id) WHERE counts;
CREATE TABLE anchors (judged TEXT PRIMARY KEY, passage TEXT NOT NULL);
CREATE TABLE links (
    n INTEGER PRIMARY KEY, first TEXT NOT NULL, second TEXT NOT NULL, kind TEXT NOT NULL,
    why TEXT NOT NULL
);
CREATE TABLE wordings (circumstance TEXT NOT NULL, vector BLOB NOT NULL);
CREATE TABLE intents (circumstance TEXT PRIMARY KEY, weights BLOB NOT NULL);
CREATE TABLE searches (
    n INTEGER PRIMARY KEY, circumstance TEXT NOT NULL, text TEXT NOT NULL, vector BLOB NOT NULL
);
CREATE VIRTUAL TABLE words USING fts5 (
    text, around, content='', tokenize='porter unicode61'
);
"""
