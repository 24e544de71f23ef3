"""Words → stems, as the trained heads count them."""

from kb.tagging.stems import stem, stems, written


def test_forms_of_a_word_are_one_stem() -> None:
    assert len({stem(word) for word in ("measure", "measures", "measured", "measuring")}) == 1


def test_short_words_stay_whole() -> None:
    words = ["used", "aims", "cost", "ity", "aging"]
    assert [stem(word) for word in words] == words


def test_numbers_are_one_and_money_is_seen() -> None:
    assert stems("In 2019 it cost £40, not £75.") == {
        "in": 1, "0": 3, "it": 1, "cost": 1, "£": 2, "not": 1,
    }  # fmt: skip


def test_a_stem_is_shown_as_it_was_written_first() -> None:
    assert written("Measured twice, measuring once")[stem("measure")] == "Measured"


def test_nothing_has_no_stems() -> None:
    assert not stems("… – !")
