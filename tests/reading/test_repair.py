"""Ligatures, accents and hyphens, and the way back to the raw text."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.reading.repair import hyphen_stays, legibility, mended

RAW = st.text(st.sampled_from("ab ﬁﬀ\r\n\t\ufffe\u00ad\x0c´¨eo-\u00a0\x02Ɵ"))


@pytest.mark.parametrize(
    ("raw", "meant"),
    [
        ("the \ufb01rst o\ufb03ce", "the first office"),
        ("informa\ufffetion", "informa-\ntion"),
        ("informa\u00ad\r\ntion", "informa-\ntion"),
        ("in\u00adforma\u00adtion", "information"),
        ("one\r\ntwo", "one\ntwo"),
        ("one\u00a0 two\tthree", "one two three"),
        ("Universit¨at Universit´e", "Universität Université"),
        ("naı¨ve caf´e", "naı¨ve café"),
        ("acƟve", "active"),
        ("the \x0crst e\x0bect", "the first effect"),
        ("the sta\x0b of an o\x0ece", "the staff of an office"),
        ("nul\x00 and \x02", "nul and "),
        ("a ´ b, 5 ˆ 2", "a ´ b, 5 ˆ 2"),
    ],
)
def test_text_is_typed_out(raw: str, meant: str) -> None:
    assert mended(raw).text == meant


def test_the_way_back_is_exact_for_what_is_untouched() -> None:
    raw = "an o\ufb03ce of the \ufb01rst\r\ninforma\ufffetion desk"
    text = mended(raw)
    for word in ("an", "of the", "desk", "tion"):
        assert text.raw_at(text.text.index(word)) == raw.index(word)
    assert text.raw_at(text.text.index("ffice")) == raw.index("\ufb03")


@given(RAW)
@settings(deadline=None)
def test_the_way_back_never_turns_round_or_leads_out(raw: str) -> None:
    text = mended(raw)
    back = [text.raw_at(offset) for offset in range(len(text.text))]
    assert back == sorted(back)
    assert all(0 <= offset < len(raw) for offset in back)


@pytest.mark.parametrize(
    ("before", "after", "stays"),
    [
        ("infor", "mation", False),
        ("evidence", "based", True),
        ("self", "care", True),
        ("e", "mail", True),
        ("Anglo", "Saxon", True),
        ("1990", "2000", True),
        ("COVID", "related", True),
        ("work", "flow", False),  # in the document as one word
        ("follow", "up", True),  # in the document with a hyphen
        ("parent", "child", True),  # in the document as two words
    ],
)
def test_a_hyphen_goes_if_it_only_broke_the_word(before: str, after: str, stays: bool) -> None:
    known = Counter("workflow follow-up parent child work flow".split())
    assert hyphen_stays(before, after, known) is stays


@pytest.mark.parametrize(
    ("text", "well"),
    [
        ("Reminders raised attendance from 60% to 72% in general practice.", True),
        ("Напоминания повысили посещаемость", True),
        ("f(x) = a x + b, where a and b are constants of the model in question", True),
        ("\ue001\ue002\ue003\ue004 and \ue005\ue006\ue007", False),
        ("R e m i n d e r s r a i s e d a t t e n d a n c e", False),
        ("Remindersraisedattendanceingeneralpracticefromsixty", False),
        ("Xqzrtk Bwfgtrk Zzkrtpl Mnbvcxq", False),
        ("", False),
    ],
)
def test_text_that_looks_like_words_scores_higher(text: str, well: bool) -> None:
    assert (legibility(text) >= 0.7) is well
