"""What web pages and Word files share: pieces of text, rows of tables, raised figures."""

import pytest

from kb.reading.pieces import assembled, left_out, raised, row
from kb.records import Described, Section


def test_pieces_are_parted_by_empty_lines_and_stand_where_the_document_says() -> None:
    given = assembled(
        "smith2020",
        [("heading", "Results\nand more"), ("block", "First."), ("block", "Second\nline.")],
        ("a notice",),
        Described("Title"),
    )
    assert given.text == "Results\nand more\n\nFirst.\n\nSecond\nline."
    assert [given.text[start:end] for start, end in given.blocks] == ["First.", "Second\nline."]
    assert given.sections == (Section(0, "Results and more"),)
    assert (given.notices, given.says) == (("a notice",), Described("Title"))


@pytest.mark.parametrize(
    ("cells", "shown"),
    [
        (["Reminded", "50 %", "62 %"], "Reminded | 50 % | 62 %"),
        (["Others", "", "51 %"], "Others |  | 51 %"),
        (["", "Before", "After"], "| Before | After"),
        (["Group", "n", "", ""], "Group | n"),
        (["", " only \n one ", ""], "only one"),
        (["", ""], ""),
        ([], ""),
    ],
)
def test_a_figure_stays_under_its_head_whatever_is_empty_before_it(
    cells: list[str], shown: str
) -> None:
    assert row(cells) == shown


@pytest.mark.parametrize(
    ("text", "before", "tag", "shown"),
    [
        ("12", "patients", "sup", "[12]"),
        ("3,5–7", "trials.", "sup", "[3,5–7]"),
        ("2", "m", "sup", "²"),
        ("2", "20 km", "sup", "²"),
        ("-6", "10", "sup", "⁻⁶"),
        ("2", "the I", "sup", "²"),
        ("2", "CO", "sub", "₂"),
        ("st", "1", "sup", "st"),
    ],
)
def test_raised_figures_stay_apart_from_their_word(
    text: str, before: str, tag: str, shown: str
) -> None:
    assert raised(text, before, tag) == shown


def test_hidden_text_is_told_by_its_longest_part_and_signs_are_not() -> None:
    assert left_out(["×", "12"]) == ()
    assert left_out(["Say so.", "It is proven."]) == (
        "hidden text left out (5 words): It is proven.",
    )
    (notice,) = left_out(["word " * 40])
    assert notice.endswith("…")
    assert len(notice) < 130
