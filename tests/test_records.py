"""The words of `kb`: names that last, and digests that change when they must."""

import hashlib
from dataclasses import FrozenInstanceError, fields, is_dataclass, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb import records
from kb.records import (
    Criterion,
    Evidence,
    FileOutcome,
    Hit,
    Judgement,
    Locator,
    Opinion,
    Passage,
    Problem,
    Recipe,
    Source,
    Stance,
    Study,
    Tag,
    passage_id,
)

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
RECORDS: list[Any] = [one for one in vars(records).values() if is_dataclass(one)]
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


def test_every_record_is_frozen_and_holds_nothing_but_its_fields() -> None:
    assert len(RECORDS) > 25
    for record in RECORDS:
        assert record.__dataclass_params__.frozen, record
        assert "__dict__" not in dir(record), record


def test_records_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        Tag("p", "scale", 1.0, "me").score = 0.5  # type: ignore[misc]


def test_what_is_not_said_counts_as_nothing() -> None:
    """Of numbers and flags that may be left out."""
    defaults = {
        f"{record.__name__}.{field.name}": field.default
        for record in RECORDS
        for field in fields(record)
        if type(field.default) in (int, float, bool)
    }
    assert defaults.pop("Opinion.calibrated") is True
    assert defaults
    assert {name: value for name, value in defaults.items() if value} == {}


CRITERION = Criterion("scale", "Scale", "How large it is.", ("size", "number of people"))


@pytest.mark.parametrize(
    "changes",
    [{"name": "Size"}, {"definition": "How small it is."}, {"indicators": ("size",)}],
    ids=str,
)
def test_another_wording_of_a_criterion_has_another_number(changes: dict[str, Any]) -> None:
    assert len(CRITERION.wording) == 8
    assert int(CRITERION.wording, 16)
    assert replace(CRITERION, **changes).wording != CRITERION.wording
    assert replace(CRITERION, id="size").wording == CRITERION.wording


def leaning(stance: Stance, *, sure: bool = True) -> Opinion:
    supports, challenges, neutral = (0.8 if one is stance else 0.1 for one in Stance)
    return Opinion("m", supports, challenges, neutral, sure, 0, 1)


@pytest.mark.parametrize("stance", Stance)
def test_an_opinion_leans_to_what_is_most_probable(stance: Stance) -> None:
    opinion = leaning(stance)
    assert (opinion.stance, opinion.probability) == (stance, 0.8)
    assert [opinion.of(one) for one in Stance] == [0.8 if s is stance else 0.1 for s in Stance]


def test_only_a_sure_opinion_on_the_other_side_contests_people() -> None:
    against = leaning(Stance.CHALLENGES)
    ours = (leaning(Stance.SUPPORTS), leaning(Stance.NEUTRAL), against)
    held = Judgement(Stance.SUPPORTS, True, "one reader", opinions=ours)
    assert held.contested_by is against
    assert replace(held, opinions=ours[:2]).contested_by is None
    assert replace(held, opinions=(leaning(Stance.CHALLENGES, sure=False),)).contested_by is None
    assert replace(held, judge="model").contested_by is None
    assert replace(held, stance=None).contested_by is None
    assert (held.by_model, held.unsure) == (False, False)
    assert replace(held, judge="model").by_model
    assert replace(held, judge="not sure").unsure


@pytest.mark.parametrize(
    ("meaning", "near"), [(0.3, True), (0.25, True), (0.2499, False), (0.0, False), (None, False)]
)
def test_what_is_near_has_at_least_that_cosine(meaning: float | None, near: bool) -> None:
    passage = Passage("a#1", "a", "Text.", 0, 5, Locator(), 2)
    assert Hit(passage, 0.5, meaning, None).is_near(0.25) is near


@pytest.mark.parametrize(
    ("section", "second_hand"),
    [
        ("Secondary sources", True),
        ("Quoted by Smith (2020)", True),
        ("SECONDARY", True),
        ("Results", False),
        ("What is secondary", False),
        ("", False),
    ],
)
def test_a_heading_says_that_it_is_second_hand(section: str, second_hand: bool) -> None:
    passage = Passage("a#1", "a", "Text.", 0, 5, Locator(section=section), 2)
    source = Source("a", "book", "T", ("A",), "2020", "A (2020)", "A (2020). T.")
    judgement = Judgement(Stance.SUPPORTS, True, "one reader")
    shown = Evidence(passage, source, "digest", "abstract", Study(), (), judgement, 0.5)
    assert shown.second_hand is second_hand
    assert (shown.text, shown.citation, shown.stance) == ("Text.", "A (2020)", Stance.SUPPORTS)


def test_an_outcome_tells_its_problem_before_its_notice() -> None:
    done = FileOutcome("a.pdf", "a", "added", notice="two pages without text")
    assert done.reason == "two pages without text"
    failed = replace(done, problem=Problem("a.pdf", "is damaged", "save it anew"))
    assert failed.reason == "a.pdf: is damaged; save it anew"
    assert FileOutcome("a.pdf", "a", "added").reason == ""
