"""What runs along the edges of pages, from boxes alone."""

import pytest

from kb.reading.layout import Piece
from kb.reading.margins import margins

SIZE = 10.0


def piece(text: str, x: float, y: float, width: float | None = None, size: float = SIZE) -> Piece:
    right = x + (0.5 * size * len(text) if width is None else width)
    return Piece(text, 0, x, y, right, y + size, size, bold=False)


def heads(pages: list[list[Piece]]) -> list[set[str]]:
    return [{p.text for p in gone} for gone in margins(pages).pieces]


def page(number: int, head: str, foot: str = "") -> list[Piece]:
    body = [
        piece(f"{chr(97 + number)}{chr(97 + row)} body words", 50, 100 + 12 * row, 400)
        for row in range(20)
    ]
    end = [piece(foot, 250, 800)] if foot else []
    return [piece(head, 50, 40), *body, *end]


def test_what_comes_again_at_the_top_is_a_running_head() -> None:
    pages = [page(n, ("Smith and Jones", "Reminders in practice")[n % 2]) for n in range(8)]
    assert heads(pages) == [{("Smith and Jones", "Reminders in practice")[n % 2]} for n in range(8)]


def test_heads_that_name_the_chapter_and_count_go_by_their_number() -> None:
    names = ("Methods", "Results", "Costs", "Harms")
    pages = [page(n, f"{names[n]} {181 + n}") for n in range(4)]
    assert heads(pages) == [{f"{names[n]} {181 + n}"} for n in range(4)]
    assert margins(pages).labels == ("181", "182", "183", "184")


def test_page_numbers_alone_go_and_are_kept_as_labels() -> None:
    pages = [page(n, f"Opening words of page {'abcd'[n]}", str(n + 12)) for n in range(4)]
    assert heads(pages) == [{str(n + 12)} for n in range(4)]
    assert margins(pages).labels == ("12", "13", "14", "15")


def test_text_that_only_happens_to_be_first_stays() -> None:
    pages = [
        page(n, f"{word} words begin this page") for n, word in enumerate(("One", "Two", "Six"))
    ]
    assert heads(pages) == [set(), set(), set()]
    assert margins(pages).labels == ()


@pytest.mark.parametrize("word", ["civic", "(2010).", "mild", "liv"])
def test_a_word_alone_at_the_foot_is_no_page_number(word: str) -> None:
    pages = [page(n, f"Words that open page {'abcd'[n]}", word if n == 1 else "") for n in range(3)]
    assert heads(pages)[1] == ({word} if word == "liv" else set())


def test_roman_page_numbers_alone_go() -> None:
    numbers = ("iii", "iv", "v")
    pages = [
        page(n, f"Words that open page {'abc'[n]}", number) for n, number in enumerate(numbers)
    ]
    assert heads(pages) == [{number} for number in numbers]


def test_numbers_beside_lines_go_wherever_they_begin() -> None:
    lines = page(0, "Opening words of the page")
    beside = [piece(str(5 * n + 5), 20, 100 + 60 * n) for n in range(8)]
    assert heads([[*lines, *beside]]) == [{p.text for p in beside}]
