"""What only looks different is the same, and the way back is known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.curating.folding import folded, offsets

SAME = {
    "case": ("Reminders RAISED it", "reminders raised it"),
    "white space": ("raised\u00a0it  by\n\ttwelve", "raised it by twelve"),
    "quotation marks": ("“It’s ‘fine’”", '"It\'s "fine""'),
    "quotation marks of other countries": ("«so» „so“ ´so`", "'so' 'so' 'so'"),
    "dashes": ("a range—or so – of 10–20", "a range - or so - of 10-20"),
    "dashes without spaces": ("cost–benefit", "cost-benefit"),
    "ligatures": ("an e\ufb03cient o\ufb03ce \ufb01nds", "an efficient office finds"),
    "hyphens at the end of a line": ("atten-\ndance rose", "attendance rose"),
    "hyphens as a viewer copies them": ("atten- dance rose", "attendance rose"),
    "soft hyphens": ("atten\u00addance", "attendance"),
    "a hyphen that the word has": ("long-\nterm care", "long-term care"),
    "accents": ("Müller's café", "Muller's cafe"),
    "accents of their own": ("cafe\u0301", "caf\u00e9"),
    "what cannot be seen": ("re\u200bminders\ufeff", "reminders"),
    "sharp s": ("Straße", "STRASSE"),
    "nothing": ("", ""),
}


@pytest.mark.parametrize("name", SAME)
def test_what_only_looks_different_is_the_same(name: str) -> None:
    one, other = SAME[name]
    assert folded(one) == folded(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("raised", "rose"), ("p < 0.05", "p < 005"), ("10-20", "1020"), ("a part", "apart")],
)
def test_other_words_stay_others(one: str, other: str) -> None:
    assert folded(one) != folded(other)


ODD = "aB1 -–—­'\"“’«\n\t\u00a0\u200bﬁéßÅ\u0301%."


@given(st.text(alphabet=st.one_of(st.sampled_from(ODD), st.characters(codec="utf-8"))))
def test_every_folded_character_has_a_place_in_the_text(text: str) -> None:
    places = offsets(text)
    assert len(places) == len(folded(text))
    assert places == sorted(places)
    assert all(0 <= place < len(text) for place in places)


@given(st.text(alphabet=ODD))
def test_a_letter_comes_from_where_it_stands(text: str) -> None:
    for letter, at in zip(folded(text), offsets(text), strict=True):
        if letter.isalnum():
            assert letter in folded(text[at])
