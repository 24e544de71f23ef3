"""Where sentences end. How passages are cut by them is in tests/reading/test_passages.py."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.sentences import sentences

TEXTS = st.text(
    st.one_of(
        st.sampled_from("aB. .\n !?\"”')(1"),
        st.characters(exclude_categories=["Cs"], exclude_characters="\0"),
    ),
    max_size=300,
)


def texts(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
        ("One.\n\n  Two.", ["One.", "Two."]),
        ("It rose. 72% came.", ["It rose.", "72% came."]),
        ("He said so. “Never,” she said.", ["He said so.", "“Never,” she said."]),
        ("(It was so.) Then not.", ["(It was so.)", "Then not."]),
        ("Really?! Yes.", ["Really?!", "Yes."]),
        ("So it was [1.] (See there.)", ["So it was [1.]", "(See there.)"]),
    ],
)
def test_a_sentence_ends_before_a_capital_a_digit_or_an_opening_quote(
    text: str, found: list[str]
) -> None:
    assert texts(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "It cost 3.5 million. and more",
        "See smith.Then go",
        "Smith et al. 2020 said so.",
        "See cf. Jones, no. 4, p. 12 and pp. 13 to 15.",
        "As J. R. Smith, Dr. Jones and Prof. White found in Fig. 3.",
        "Many things, e.g. Letters, i.e. Post, vs. Texts.",
        "One... and on",
        "",
        "   ",
    ],
)
def test_elsewhere_it_goes_on(text: str) -> None:
    assert texts(text) == [text]


def test_only_the_part_asked_for_is_read() -> None:
    text = "Zero. One. Two. Three. Four."
    assert list(sentences(text, (6, 15))) == [(6, 10), (11, 15)]
    assert list(sentences(text, (6, 11))) == [(6, 11)], "what follows the part is not looked at"


@given(TEXTS)
@settings(deadline=None)
def test_sentences_follow_each_other_with_white_space_between_and_nothing_lost(text: str) -> None:
    spans = list(sentences(text))
    assert (spans[0][0], spans[-1][1]) == (0, len(text))
    for (_, end), (start, _) in pairwise(spans):
        assert text[end:start].isspace()
        assert not text[start].isspace()


@given(TEXTS, st.data())
@settings(deadline=None)
def test_a_part_has_the_sentences_that_it_would_have_alone(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    found = [(first - start, last - start) for first, last in sentences(text, (start, end))]
    assert found == list(sentences(text[start:end]))
