"""Quoted words: where they stand, to the letter, nearly, or not at all."""

from collections.abc import Callable
from pathlib import Path

import pytest

from kb.curating.locating import Place, locate, neighbours
from kb.errors import QuestionError
from kb.knowledge_base import KnowledgeBase, open_
from tests.conftest import COSTS, LETTERS, RAISED

Built = Callable[..., KnowledgeBase]
ONE = "Reminders were sent to everyone on the list, whether or not they had come before."
TWO = "The second wave of letters went to people who had never answered at all."
THREE = "An e\ufb03cient office finds out who “stays away” – and why."


@pytest.fixture
def built(home: Path) -> Built:
    """Builds the small knowledge base with another text in its second document."""

    def build(*paragraphs: str) -> KnowledgeBase:
        (home / "corpus/health2019letters.txt").write_text("\n\n".join(paragraphs) + "\n", "utf-8")
        base = open_(home)
        list(base.build())
        return base

    return build


def only(found: list[Place]) -> Place:
    (place,) = found
    return place


def test_the_very_words_are_found_with_what_stands_around_them(base: KnowledgeBase) -> None:
    place = only(locate(base, "did not change attendance"))
    assert place.exact
    assert place.text == "did not change attendance"
    assert place.before + place.text + place.after == LETTERS
    assert place.source.citation == "Department of Health (2019)"
    assert place.kind == "original"


def test_a_paraphrase_is_known_as_one(base: KnowledgeBase) -> None:
    place = only(locate(base, "saved two minutes of staff time"))
    assert (place.kind, place.text) == ("digest", "saved two minutes of staff time")
    assert place.passages[0].text == COSTS


@pytest.mark.parametrize(
    "words",
    [
        "an efficient office",
        "AN EFFI-\nCIENT OFFICE",
        "an effi- cient  office",
        "\u201cAn efficient office\u201d",
        "… an efficient office …",
    ],
)
def test_type_makes_no_difference(built: Built, words: str) -> None:
    place = only(locate(built(ONE, THREE), words))
    assert place.exact
    assert place.text == "An e\ufb03cient office"


def test_the_kinds_of_marks_make_no_difference(built: Built) -> None:
    place = only(locate(built(ONE, THREE), "who 'stays away'--and why"))
    assert (place.share, place.text) == (1, "who “stays away” – and why")


def test_letters_with_accents_are_found_whole(built: Built) -> None:
    base = built("Nobody in the cafe\u0301 had heard of the re\u0301sume\u0301.")
    assert only(locate(base, "heard of the resume")).text == "heard of the re\u0301sume\u0301"
    assert only(locate(base, "the café had heard")).text == "the cafe\u0301 had heard"


def test_words_that_run_from_one_passage_into_the_next(built: Built) -> None:
    base = built(ONE, TWO, THREE)
    place = only(locate(base, "they had come before. The second wave"))
    assert place.exact
    assert [passage.text for passage in place.passages] == [ONE, TWO]
    assert place.text == "they had come before. The second wave"
    assert place.before + place.text + place.after == f"{ONE} {TWO}"
    whole = only(locate(base, f"had come before. {TWO} An efficient office"))
    assert [passage.text for passage in whole.passages] == [ONE, TWO, THREE]


def test_words_do_not_run_from_one_document_into_the_next(base: KnowledgeBase) -> None:
    assert locate(base, "the department found. In a trial with 400 patients") == []


def test_a_part_of_a_word_is_not_the_word(base: KnowledgeBase) -> None:
    assert locate(base, "tend") == []
    assert locate(base, "attend") == []
    assert len(locate(base, "attendance")) == 2


def test_a_part_of_a_compound_is_a_word(built: Built) -> None:
    place = only(locate(built("Their long-term follow-up was thorough."), "term follow"))
    assert (place.text, place.exact) == ("term follow", True)


def test_every_place_of_the_same_words(built: Built) -> None:
    base = built("Once more, and once more.", "They asked once more.")
    found = locate(base, "once more")
    assert [(place.passages[0].text[:4], place.start) for place in found] == [
        ("Once", 0),
        ("Once", 15),
        ("They", 11),
    ]
    assert locate(base, "once more", 2) == found[:2]


def test_a_slip_of_the_pen_is_found_and_said(base: KnowledgeBase) -> None:
    place = only(locate(base, "letters alone did not change the attendence"))
    assert not place.exact
    assert 0.85 < place.share < 1
    assert place.text == "Letters alone did not change attendance"


def test_missing_and_added_words_are_found_with_whole_words_around(base: KnowledgeBase) -> None:
    place = only(locate(base, "in a trial with 400 patients, reminders raised attendance"))
    assert place.text == "In a trial with 400 patients, text message reminders raised attendance"
    longer = only(locate(base, "each reminder cost four pence and so it saved two minutes of time"))
    assert longer.text.startswith("Each reminder cost four pence")
    assert longer.text.endswith("time")


def test_the_very_words_come_before_near_ones_and_originals_before_digests(built: Built) -> None:
    near = RAISED.replace("message", "messages")
    found = locate(built(ONE, near), "text message reminders raised attendance from 60%")
    assert [(place.kind, place.exact) for place in found] == [("digest", True), ("original", False)]
    found = locate(built(ONE, RAISED), "text message reminders raised attendance from 60%")
    assert [(place.kind, place.exact) for place in found] == [("original", True), ("digest", True)]


def test_near_words_across_passages(built: Built) -> None:
    place = only(locate(built(ONE, TWO), "or not they came before. The second wave of letter went"))
    assert not place.exact
    assert [passage.text for passage in place.passages] == [ONE, TWO]


def test_short_words_are_found_to_the_letter_only(base: KnowledgeBase) -> None:
    assert locate(base, "fore") == []
    assert only(locate(base, "four")).exact


def test_other_words_are_not_found(base: KnowledgeBase) -> None:
    assert locate(base, "governments should pay for railways out of taxes") == []


def test_words_that_cannot_be_looked_for(base: KnowledgeBase) -> None:
    for nothing in ("", "  ", "“…”", "--"):
        with pytest.raises(QuestionError, match="no words to look for"):
            locate(base, nothing)
    with pytest.raises(QuestionError, match="too many words"):
        locate(base, "word " * 1000)


def test_a_number_is_found_with_its_signs(base: KnowledgeBase) -> None:
    assert only(locate(base, "from 60% to 72%")).text == "from 60% to 72%"


def test_the_neighbours_of_a_passage_are_those_of_its_section(home: Path) -> None:
    paragraphs = [f"Paragraph number {word}." for word in "one two three four five six".split()]
    first, second = "\n\n".join(paragraphs[:5]), paragraphs[5]
    text = f"# Letters\n\n## Methods\n\n{first}\n\n## Results\n\n{second}\n"
    (home / "corpus/health2019letters.txt").unlink()
    (home / "corpus/health2019letters.md").write_text(text)
    base = open_(home)
    list(base.build())
    passages = base.catalog.passages_of("health2019letters")
    of_four = neighbours(base, passages[3])
    assert [[p.text for p in side] for side in of_four] == [paragraphs[1:3], paragraphs[4:5]]
    assert neighbours(base, passages[5]) == ([], [])
