"""Which blocks are a list of cited works."""

from kb.reading.references import parted, strangers
from kb.records import Section

ENTRIES = [
    f"Smith {initial}, Jones B. Reminders in practice. J Small Trials 2020;12(3):1-9."
    for initial in "ABCDEF"
]
PROSE = (
    "Patients who had been reminded came more often than those who had not, and most of them said "
    "that they would have forgotten the appointment without the message that the practice sent. "
) * 2


def spans(*blocks: str) -> tuple[str, list[tuple[int, int]]]:
    text = "\n\n".join(blocks)
    return text, [(text.index(block), text.index(block) + len(block)) for block in blocks]


def test_a_heading_and_what_it_promises() -> None:
    text, blocks = spans(PROSE, "References", *ENTRIES[:2])
    kept, lists = parted(text, blocks, [Section(blocks[1][0], "References")])
    assert kept == (blocks[0],)
    assert lists == ((blocks[1][0], blocks[3][1]),)


def test_many_in_a_row_need_no_heading_and_few_are_left_alone() -> None:
    text, blocks = spans(PROSE, *ENTRIES)
    assert parted(text, blocks) == ((blocks[0],), ((blocks[1][0], blocks[-1][1]),))
    text, blocks = spans(PROSE, *ENTRIES[:3])
    assert parted(text, blocks) == (tuple(blocks), ())


def test_prose_that_cites_is_no_reference() -> None:
    cites = [f"{PROSE} (Smith {2010 + n}; Jones {2011 + n}, pp. 3-9)." for n in range(6)]
    text, blocks = spans(*cites)
    assert parted(text, blocks) == (tuple(blocks), ())


def test_what_stands_among_references_is_told_by_its_length() -> None:
    assert strangers([*ENTRIES, "Springer, New York.", *ENTRIES]) == set()
    assert strangers([*ENTRIES, PROSE, PROSE]) == {6, 7}
    assert strangers([" ".join(ENTRIES * 3), *ENTRIES]) == set()
    assert strangers([]) == set()
