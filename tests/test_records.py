"""The words of `kb`: names that last, and digests that change when they must."""

import hashlib
from dataclasses import FrozenInstanceError, fields, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.records import Problem, Recipe, Stance, Tag, passage_id

RECIPE = Recipe(
    store="chroma",
    reader="1",
    passage_tokens=200,
    embedder="onnx:a",
    tagger="b",
    framework="c",
    program="0.1.0",
)
OTHERS = {
    "store": replace(RECIPE, store="exact"),
    "program": replace(RECIPE, program="0.2.0"),
    "reader": replace(RECIPE, reader="2"),
    "passage_tokens": replace(RECIPE, passage_tokens=201),
    "embedder": replace(RECIPE, embedder="x"),
    "tagger": replace(RECIPE, tagger="x"),
    "framework": replace(RECIPE, framework="x"),
}
"""The recipe with one part changed, by the name of that part."""
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


def test_a_passage_is_named_by_its_source_and_a_digest_of_its_text() -> None:
    expected = hashlib.sha256("Café – naïve".encode()).hexdigest()[:12]
    assert passage_id("smith2020", "Café – naïve") == f"smith2020#{expected}"


@given(TEXTS, TEXTS)
@settings(deadline=None)
def test_a_passage_keeps_its_name_exactly_as_long_as_its_text(one: str, other: str) -> None:
    assert (passage_id("k", one) == passage_id("k", other)) == (one == other)


def test_the_same_words_in_two_sources_are_two_passages() -> None:
    assert passage_id("smith2020", "text") != passage_id("jones2020", "text")


@pytest.mark.parametrize("name", OTHERS)
def test_any_change_of_the_recipe_changes_its_digest(name: str) -> None:
    assert OTHERS[name].digest != RECIPE.digest


@pytest.mark.parametrize(
    ("name", "asks_for_new_passages"),
    [
        ("store", True),
        ("reader", True),
        ("passage_tokens", True),
        ("embedder", True),
        ("tagger", False),
        ("framework", False),
        ("program", False),
    ],
)
def test_only_what_decides_passages_asks_for_new_ones(
    name: str, asks_for_new_passages: bool
) -> None:
    assert (OTHERS[name].passages_digest != RECIPE.passages_digest) == asks_for_new_passages


def test_every_part_of_the_recipe_is_weighed_by_these_tests() -> None:
    assert {field.name for field in fields(Recipe)} == set(OTHERS)


def test_the_digest_of_a_recipe_is_the_same_in_every_process() -> None:
    passages = hashlib.sha256(b"chroma\n1\n200\nonnx:a").hexdigest()[:16]
    assert RECIPE.passages_digest == passages
    assert RECIPE.digest == hashlib.sha256(f"{passages}\nb\nc\n0.1.0".encode()).hexdigest()[:16]


def test_a_problem_reads_as_where_what_and_what_to_do() -> None:
    problem = Problem("corpus/x.pdf", "no reader for .pdf", "save it as .txt")
    assert str(problem) == "corpus/x.pdf: no reader for .pdf; save it as .txt"


def test_a_stance_is_printed_as_the_word_people_write() -> None:
    assert [str(stance) for stance in Stance] == ["supports", "challenges", "neutral"]


def test_records_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        Tag("p", "scale", 1.0, "me").score = 0.5  # type: ignore[misc]
