"""A question as typed in, and the full-text query made of it."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kb.storing.words import STOP_WORDS, fts_query, words

TEXTS = [
    "The cost of co-production in money and staff time.",
    "Die Größe der Straße und der Café-Besuch",
    "People's strengths, as against NEAR misses; x AND y",
]


@pytest.fixture(scope="module")
def table() -> Iterator[sqlite3.Connection]:
    """A full-text table set up as the catalogue's, with three rows."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(
            "CREATE VIRTUAL TABLE words USING fts5(text, tokenize='porter unicode61')"
        )
        connection.executemany("INSERT INTO words VALUES (?)", [(text,) for text in TEXTS])
        yield connection


def rows(table: sqlite3.Connection, question: str) -> list[int]:
    """The rows that a question's query finds; none if there is no query."""
    query = fts_query(question)
    if not query:
        return []
    sql = "SELECT rowid FROM words WHERE words MATCH ? ORDER BY rowid"
    return [row for (row,) in table.execute(sql, [query])]


def test_a_question_becomes_its_words_without_those_that_only_ask() -> None:
    assert words("What is the COST of co-production?") == ["cost", "co", "production"]


def test_the_query_asks_for_any_of_the_words_each_once() -> None:
    assert fts_query("Cost, time and cost") == '"cost" OR "time"'


@pytest.mark.parametrize("question", ["", "   ", "?!… — “”", "what is the", "\0"])
def test_a_question_without_words_has_no_query(question: str) -> None:
    assert fts_query(question) == ""


def test_stop_words_are_written_as_they_are_compared() -> None:
    assert {word for word in STOP_WORDS if words(f"x{word} {word}") != [f"x{word}"]} == set()


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("What does it COST?", [1]),
        ("costs", [1]),
        ('"cost" AND ("misses")', [1, 3]),
        ("NOT cost", [1]),
        ("cost*", [1]),
        ("NEAR(cost, 5)", [1, 3]),
        ("text:cost", [1]),
        ("{text} : ^cost + time", [1]),
        ("-strengths", [3]),
        ("people’s strengths", [3]),
        ("cafe", [2]),
        ("CAFÉ", [2]),
        ("Straße", [2]),
        ("Größe", [2]),
        ("pric", []),
        ("😀", []),
        ("'; DROP TABLE words; --", []),
    ],
)
def test_what_is_typed_is_searched_as_words_and_never_as_syntax(
    table: sqlite3.Connection, question: str, found: list[int]
) -> None:
    assert rows(table, question) == found


@given(
    st.text(
        st.one_of(
            st.sampled_from("\"'*^:()+-{}[]\\;,._%\0 \nabAB1é😀٣²ßİ漢"),
            st.characters(codec="utf-8"),
        )
    )
)
@example('"')
@example('""" OR *')
@example("a\0b")
@example("_ __")
@example("NEAR(a b, 2) AND NOT {text}: ^c*")
@settings(deadline=None)
def test_any_text_makes_a_query_that_sqlite_understands(
    table: sqlite3.Connection, question: str
) -> None:
    assert set(rows(table, question)) <= {1, 2, 3}


@given(
    st.lists(st.sampled_from(["cost", "strengths", "café"]), min_size=1), st.text("\"'*^:()+- ?")
)
@settings(deadline=None)
def test_signs_around_words_do_not_hide_them(
    table: sqlite3.Connection, typed: list[str], signs: str
) -> None:
    plain = rows(table, " ".join(typed))
    assert plain
    assert rows(table, signs + f" {signs}".join(typed) + signs) == plain


def test_a_very_long_question_is_still_a_query(table: sqlite3.Connection) -> None:
    long = " ".join(f"word{n}" for n in range(5000))
    assert rows(table, long) == []
    assert rows(table, f"{long} cost") == [1]
