"""Where lines and columns are, from boxes alone."""

from kb.reading.layout import Piece, regions, usual_gutter

SIZE = 10.0


def piece(text: str, x: float, y: float, width: float | None = None, size: float = SIZE) -> Piece:
    right = x + (0.5 * size * len(text) if width is None else width)
    return Piece(text, 0, x, y, right, y + size, size, bold=False)


def texts(pieces: list[Piece]) -> list[str]:
    return [line.text for region in regions(pieces) for line in region]


def column(x: float, name: str, rows: int, width: float = 200, top: float = 100) -> list[Piece]:
    return [
        piece(f"{name} line {row} of some prose", x, top + 12 * row, width) for row in range(rows)
    ]


def test_the_left_column_is_read_before_the_right_one() -> None:
    left, right = column(50, "left", 8), column(270, "right", 8)
    mixed = [p for pair in zip(left, right, strict=True) for p in pair]
    assert texts(mixed) == [p.text for p in left + right]


def test_three_columns() -> None:
    columns = [column(x, name, 8, 150) for x, name in ((50, "a"), (220, "b"), (390, "c"))]
    mixed = sorted((p for some in columns for p in some), key=lambda p: (p.top, p.x0))
    assert texts(mixed) == [p.text for some in columns for p in some]


def test_what_stands_across_both_columns_parts_them() -> None:
    above = [*column(50, "left", 5), *column(270, "right", 5)]
    across = piece("a table that is as wide as the whole page is", 50, 170, 420)
    below = [*column(50, "under left", 5, top=190), *column(270, "under right", 5, top=190)]
    found = texts([*below, across, *above])
    assert found == [p.text for p in [*above, across, *below]]


def test_the_short_last_line_of_an_abstract_stays_with_it() -> None:
    abstract = [
        piece(f"abstract {row} all across the page", 50, 60 + 12 * row, 420) for row in (0, 1)
    ]
    last = piece("of the trial.", 50, 84)
    body = [*column(50, "left", 6, top=110), *column(270, "right", 6, top=110)]
    assert texts([*body, last, *abstract]) == [p.text for p in [*abstract, last, *body]]


def test_the_cells_of_a_table_are_a_row_and_no_columns() -> None:
    cells = [
        piece(text, x, 100 + 14 * row)
        for row in range(6)
        for x, text in ((50, f"Group {row}"), (180, "120"), (260, "60%"))
    ]
    assert texts(cells) == [f"Group {row}  120  60%" for row in range(6)]


def test_a_table_in_one_column_does_not_run_into_the_prose_of_the_other() -> None:
    table = [
        piece(text, x, 100 + 12 * row, 40)
        for row in range(9)
        for x, text in ((50, f"Group {row}"), (120, "120"), (180, "60%"))
    ]
    prose = column(270, "right", 9)
    other = [*column(50, "left", 9), *column(270, "right", 9)]
    usual = usual_gutter([[*table, *prose], other, other])
    found = [line.text for region in regions([*prose, *table], usual) for line in region]
    assert found == [*(f"Group {row}  120  60%" for row in range(9)), *(p.text for p in prose)]


def test_one_page_of_two_columns_makes_none_usual() -> None:
    two, one = [*column(50, "left", 9), *column(270, "right", 9)], column(50, "wide", 9, 420)
    assert usual_gutter([two, one, one]) is None
    assert usual_gutter([]) is None


def test_a_raised_number_stays_on_its_line_and_by_its_word() -> None:
    line = piece("as shown before", 50, 100, 75)
    mark = piece("3", 125.5, 98, 3, size=6)
    after = piece("in the trial", 131, 100, 60)
    assert texts([mark, line, after, piece("next line of it", 50, 112)]) == [
        "as shown before3 in the trial",
        "next line of it",
    ]
