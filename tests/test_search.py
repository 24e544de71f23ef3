"""Fusion, filters and questions that are not questions."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.errors import QuestionError, UnknownName
from kb.knowledge_base import KnowledgeBase, open_
from kb.records import Filters, Hit, Locator, Passage, Stance
from kb.search import Query, check_question, fuse, scaled, search, spread
from tests.conftest import COSTS, RAISED, verdict

SCORES = st.dictionaries(st.text("abc", min_size=1), st.floats(-5, 5), max_size=8)


def count(text: str) -> int:
    return len(text.split()) + 2


@given(SCORES, SCORES, st.floats(0, 1))
def test_fused_scores_are_from_0_to_1_for_every_candidate(
    meaning: dict[str, float], words: dict[str, float], weight: float
) -> None:
    fused = fuse(meaning, words, weight)
    assert fused.keys() == meaning.keys() | words.keys()
    assert all(0 <= sum(shares) <= 1 + 1e-9 for shares in fused.values())


def test_fusion_is_the_weighted_mean_of_min_max_scaled_scores() -> None:
    fused = fuse({"a": 0.9, "b": 0.5, "c": 0.1}, {"b": 8.0, "d": 4.0}, 0.6)
    assert fused["a"] == pytest.approx((0.6, 0.0))
    assert fused["b"] == pytest.approx((0.6 * 0.5, 0.4))
    assert fused["c"] == fused["d"] == (0.0, 0.0)


def test_a_lone_candidate_is_the_best_candidate() -> None:
    assert scaled({"a": 0.2}) == {"a": 1.0}
    assert scaled({}) == {}


@pytest.mark.parametrize("question", ["", "   \n\t", "\0"])
def test_an_empty_question_is_refused(question: str) -> None:
    with pytest.raises(QuestionError, match="empty"):
        check_question(question, count, 256)


def test_a_question_longer_than_the_model_reads_is_refused_not_cut() -> None:
    assert check_question("word " * 254, count, 256)
    with pytest.raises(QuestionError, match="too long"):
        check_question("word " * 255, count, 256)
    with pytest.raises(QuestionError, match="100,000 characters"):
        check_question("x" * 100_000, count, 256)


@pytest.mark.parametrize(
    "question",
    [
        '"',
        "NEAR(",
        "a AND",
        "text:reminders*",
        "😀",
        "of the and",
        "'; DROP TABLE passages; --",
        "((",
    ],
)
def test_any_sign_can_be_asked(base: KnowledgeBase, question: str) -> None:
    assert base.search(question), "meaning answers even where no word is left"


def test_words_find_what_meaning_may_miss_and_the_other_way_round(base: KnowledgeBase) -> None:
    by_words = base.search("pence", mode="words")
    assert [hit.passage.citekey for hit in by_words] == ["smith2020reminders"]
    assert by_words[0].meaning is None
    by_meaning = base.search("expenditure", mode="meaning")
    assert "pence" in by_meaning[0].passage.text
    assert by_meaning[0].words is None


def test_filters_let_nothing_else_through(base: KnowledgeBase) -> None:
    hits = base.search("attendance", sources=["health2019letters"])
    assert {hit.passage.citekey for hit in hits} == {"health2019letters"}
    with pytest.raises(UnknownName, match="nobody"):
        base.search("attendance", sources=["nobody"])
    with pytest.raises(UnknownName, match="uptake, cost"):
        base.search("attendance", criterion="weather")


def test_a_filter_loses_no_hit_against_the_same_search_without_it(shipped: KnowledgeBase) -> None:
    everything = shipped.search("payment for taking part", limit=10_000, mode="meaning")
    for criterion in (c.id for c in shipped.framework.criteria):
        allowed = shipped.catalog.ids(Filters(criterion))
        expected = [hit.passage.id for hit in everything if hit.passage.id in allowed][:20]
        found = shipped.search(
            "payment for taking part", criterion=criterion, limit=20, mode="meaning"
        )
        assert [hit.passage.id for hit in found] == expected


def test_the_same_question_gives_the_same_hits(shipped: KnowledgeBase) -> None:
    assert shipped.search("trust") == shipped.search("trust")


@pytest.mark.parametrize("mode", ["both", "meaning", "words"])
def test_who_comes_first_does_not_depend_on_how_many_are_asked_for(
    shipped: KnowledgeBase, mode: str
) -> None:
    few, many = (
        [hit.passage.id for hit in shipped.search("trust takes time", mode=mode, limit=limit)]
        for limit in (20, 400)
    )
    assert many[:20] == few


def test_what_only_words_found_has_its_cosine_too(shipped: KnowledgeBase) -> None:
    hits = shipped.search("Arnstein ladder rung", limit=50)
    assert any(hit.words is not None for hit in hits)
    assert all(hit.meaning is not None for hit in hits)


def test_words_around_a_passage_count_for_it_but_find_nothing_alone(home: Path) -> None:
    """Of two passages with the word, the one whose neighbour has the other word comes first."""
    said = ["Herons nest here.", "The pond is deep.", "One.", "Two.", "Three.", "Herons are grey."]
    text = "\n\n".join(said)
    (home / "corpus/health2019letters.txt").write_text(text)
    base = open_(home)
    list(base.build())
    found = [hit.passage.text for hit in base.search("herons pond", mode="words")]
    assert found.index("Herons nest here.") < found.index("Herons are grey.")
    assert "One." not in found


def hit(citekey: str, score: float) -> Hit:
    name = f"{citekey}#{score}"
    return Hit(Passage(name, citekey, "x", 0, 1, Locator(), 3), score, None, None)


def test_one_source_does_not_fill_the_page() -> None:
    ranked = [hit("a", score / 10) for score in (9, 8, 7, 6)] + [hit("b", 0.5), hit("c", 0.001)]
    order = [h.passage.id for h in spread(ranked, 2)]
    assert order == ["a#0.9", "a#0.8", "b#0.5", "a#0.7", "a#0.6", "c#0.001"]
    assert spread(ranked, 4) == ranked


def test_a_source_s_further_passages_follow_all_other_sources(shipped: KnowledgeBase) -> None:
    sources = [h.passage.citekey for h in shipped.search("trust", limit=20, per_source=1)]
    assert len(set(sources)) == 20
    assert len({h.passage.citekey for h in shipped.search("trust", limit=20)}) < 20
    only = shipped.search("trust", sources="arnstein1969ladder", per_source=1)
    assert only == shipped.search("trust", sources="arnstein1969ladder")


def test_shares_add_up_to_the_score(shipped: KnowledgeBase) -> None:
    hits = shipped.search("payment for taking part", limit=300)
    for found in hits:
        assert found.from_meaning + found.from_words == pytest.approx(found.score)
    assert hits[0].from_words > 0 < hits[0].from_meaning
    assert all(h.from_words == 0 for h in hits if h.words is None)


def test_of_several_queries_the_best_score_counts(shipped: KnowledgeBase) -> None:
    searcher = shipped._inquiry.searcher
    first, second = (
        Query(text, shipped.embedder.embed([text])[0]) for text in ("payment", "dentists")
    )
    alone = [
        {h.passage.id: h.score for h in search(searcher, [query], count=50)}
        for query in (first, second)
    ]
    together = search(searcher, [first, second], count=50)
    best = max(max(one.values()) for one in alone)
    assert together[0].score == best
    for found in together:
        name = found.passage.id
        assert found.score >= max(one.get(name, 0.0) for one in alone)


def test_filters_by_year_kind_and_stance(base: KnowledgeBase, home: Path) -> None:
    def found(**narrowed: object) -> set[str]:
        return {h.passage.citekey for h in base.search("attendance", **narrowed)}  # type: ignore[arg-type]

    assert found(years=(2020, 2020)) == {"smith2020reminders"}
    assert found(years=(0, 2019)) == {"health2019letters"}
    assert found(kind="digest") == {"smith2020reminders"}
    assert found(kind="original", years=(2020, 2020)) == set()
    assert found(stance=Stance.SUPPORTS) == set(), "nobody judged anything"
    line = verdict("smith2020reminders", RAISED, "U1", "supports", "ann")
    (home / "annotations.jsonl").write_text(json.dumps(line) + "\n")
    assert [h.passage.text for h in base.search("cost", stance=Stance.SUPPORTS)] == [RAISED]
    assert found(stance=Stance.CHALLENGES) == set()


def test_what_stands_in_quotation_marks_must_be_there(base: KnowledgeBase) -> None:
    assert {h.passage.text for h in base.search('"staff time"')} == {COSTS}
    assert {h.passage.text for h in base.search("pence “staff times” saved")} == {COSTS}
    assert base.search('"time staff"') == []
    assert base.search('"staff time" "raised attendance"') == []
    assert len(base.search('staff time "')) == 3
