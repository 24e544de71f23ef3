"""How documents are cut: nothing lost, nothing too long, names that last."""

import re
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.reading.passages import cut
from kb.reading.text import paragraphs
from kb.records import Document, Locator, Passage, Section, passage_id

WORDS = st.text(
    st.one_of(
        st.sampled_from("aB. .\n !?\"')(1"),
        st.characters(exclude_categories=["Cs"], exclude_characters="\0"),
    ),
    max_size=300,
)
LIMITS = st.integers(1, 60)

SIGNS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.!?”)('é漢😀"
UNREPEATED = st.builds(
    lambda signs, gaps: "".join(sign + gap for sign, gap in zip(signs, gaps, strict=True)),
    st.permutations(SIGNS),
    st.lists(
        st.sampled_from(["", "", "", " ", "\n", "\n\n"]),
        min_size=len(SIGNS),
        max_size=len(SIGNS),
    ),
)
"""Texts in which no sign comes twice, so that no two pieces are alike."""


def by_word(text: str) -> int:
    return len(text.split())


def by_piece(text: str) -> int:
    """Like a real tokenizer: a word is parted into pieces, and signs are pieces of their own."""
    return len(re.findall(r"\w{1,4}|[^\w\s]", text))


COUNTS: st.SearchStrategy[Callable[[str], int]] = st.sampled_from([len, by_word, by_piece])


def document(text: str) -> Document:
    return Document("k", text, blocks=paragraphs(text, 0, len(text)))


def passages(text: str, count: Callable[[str], int] = by_word, limit: int = 5) -> list[Passage]:
    return list(cut(document(text), count, limit))


def texts(found: list[Passage]) -> list[str]:
    return [passage.text for passage in found]


def test_a_paragraph_within_the_limit_is_one_passage() -> None:
    found = passages("One two.\nThree four five.\n\nSix.")
    assert texts(found) == ["One two.\nThree four five.", "Six."]


def test_a_text_longer_than_the_limit_is_cut_between_sentences() -> None:
    found = passages("One two three. Four five six. Seven eight.")
    assert texts(found) == ["One two three.", "Four five six. Seven eight."]


def test_short_sentences_are_kept_together_as_long_as_they_fit() -> None:
    found = passages("A b. C d. E f. G h. I j. K l.", limit=4)
    assert texts(found) == ["A b. C d.", "E f. G h.", "I j. K l."]


@pytest.mark.parametrize("limit", [7, 20, 61, 200])
def test_as_many_sentences_as_fit_are_joined_with_few_counts(limit: int) -> None:
    said = [" ".join(["Word", *["more"] * (n * 7 % 6), f"w{n}."]) for n in range(300)]
    joined: list[list[str]] = [[]]
    for sentence in said:
        if len(" ".join([*joined[-1], sentence]).split()) > limit:
            joined.append([])
        joined[-1].append(sentence)
    asked = []

    def count(text: str) -> int:
        asked.append(text)
        return len(text.split())

    text = " ".join(said)
    found = list(cut(Document("k", text, blocks=((0, len(text)),)), count, limit))
    assert [passage.text for passage in found] == [" ".join(part) for part in joined]
    # Besides each sentence and each passage alone: steps up, then halves down.
    steps = sum(2 * len(part).bit_length() + 1 for part in joined)
    assert len(asked) <= 1 + len(said) + len(joined) + steps


def test_a_sentence_longer_than_the_limit_is_cut_between_words() -> None:
    found = passages("one two three four five six seven", limit=3)
    assert texts(found) == ["one two three", "four five six", "seven"]


def test_a_word_longer_than_the_limit_is_cut_within() -> None:
    found = passages("abcdefghijklmnopqrst", count=len, limit=7)
    assert "".join(texts(found)) == "abcdefghijklmnopqrst"
    assert all(len(text) <= 7 for text in texts(found))


def test_an_abbreviation_does_not_end_a_sentence() -> None:
    found = passages("One two. Smith et al. 2020 said so.", limit=6)
    assert texts(found) == ["One two.", "Smith et al. 2020 said so."]


def test_a_sentence_ends_after_its_closing_quote() -> None:
    found = passages("He said “stop it now.” She went on and on.", limit=6)
    assert texts(found) == ["He said “stop it now.”", "She went on and on."]


def test_a_text_that_stands_twice_is_one_passage_at_its_first_place() -> None:
    found = passages("Same.\n\nOther.\n\nSame.")
    assert [(p.text, p.start) for p in found] == [("Same.", 0), ("Other.", 7)]


def test_a_document_without_paragraphs_has_no_passages() -> None:
    assert passages(" \n ") == []


def test_a_passage_keeps_its_name_when_text_is_added_above() -> None:
    before = passages("The point.")
    after = passages("Something new.\n\nThe point.")
    assert after[-1].id == before[0].id == passage_id("k", "The point.")


def test_a_passage_tells_its_section_and_the_printed_page() -> None:
    text = "zero\n\none\n\ntwo"
    given = Document(
        "k",
        text,
        blocks=paragraphs(text, 0, len(text)),
        sections=(Section(5, "First", "12"), Section(10, "Second")),
    )
    assert [passage.locator for passage in cut(given, by_word, 5)] == [
        Locator(),
        Locator("First", "12"),
        Locator("Second"),
    ]


def test_a_passage_tells_its_page_and_the_label_of_that_page() -> None:
    text = "zero\n\none\n\ntwo"
    given = Document(
        "k",
        text,
        blocks=paragraphs(text, 0, len(text)),
        sections=(Section(0, "Head", "xii"),),
        page_starts=(0, 6, 11),
        page_labels=("iv", "v"),
    )
    assert [passage.locator for passage in cut(given, by_word, 5)] == [
        Locator("Head", "iv", 1),
        Locator("Head", "v", 2),
        Locator("Head", "xii", 3),
    ]


@given(WORDS, COUNTS, LIMITS)
@settings(deadline=None)
def test_a_passage_is_a_piece_of_the_document(
    text: str, count: Callable[[str], int], limit: int
) -> None:
    for passage in passages(text, count, limit):
        assert text[passage.start : passage.end] == passage.text
        assert passage.tokens == count(passage.text)
        assert passage.text == passage.text.strip()
        assert passage.text


@given(WORDS, COUNTS, LIMITS)
@settings(deadline=None)
def test_no_passage_is_longer_than_the_limit(
    text: str, count: Callable[[str], int], limit: int
) -> None:
    assert all(count(passage.text) <= limit for passage in passages(text, count, limit))


@given(WORDS, COUNTS, LIMITS)
@settings(deadline=None)
def test_passages_come_in_reading_order_and_none_twice(
    text: str, count: Callable[[str], int], limit: int
) -> None:
    found = passages(text, count, limit)
    assert len({passage.id for passage in found}) == len(found)
    edges = [edge for passage in found for edge in (passage.start, passage.end)]
    assert edges == sorted(edges)


@given(UNREPEATED, COUNTS, LIMITS)
@settings(deadline=None)
def test_no_letter_is_lost(text: str, count: Callable[[str], int], limit: int) -> None:
    found = passages(text, count, limit)
    assert "".join("".join(texts(found)).split()) == "".join(text.split())


@given(st.lists(st.text("abcdefgh", min_size=1, max_size=9), min_size=1, unique=True), LIMITS)
@settings(deadline=None)
def test_a_paragraph_of_different_words_is_covered_to_the_last_letter(
    words: list[str], limit: int
) -> None:
    found = passages(" ".join(words), by_word, limit)
    assert [word for text in texts(found) for word in text.split()] == words


@given(WORDS, WORDS, COUNTS, LIMITS)
@settings(deadline=None)
def test_names_depend_on_the_text_alone(
    above: str, text: str, count: Callable[[str], int], limit: int
) -> None:
    alone = {passage.id for passage in passages(text, count, limit)}
    among = {passage.id for passage in passages(f"{above}\n\n{text}", count, limit)}
    assert alone <= among
    assert all(p.id == passage_id("k", p.text) for p in passages(text, count, limit))
