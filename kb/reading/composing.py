"""Blocks in, one text out, with the spans of its parts and the way back to the pages.

Each paragraph becomes one line: hyphens that only broke a word are dropped, the others stay.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from kb.reading.blocks import CAPTION, HEADING, NAMED, REFERENCES, ROW, Block, holds_words
from kb.reading.layout import Line
from kb.reading.references import is_reference, strangers
from kb.reading.repair import hyphen_stays
from kb.records import Section

_HYPHENS = ("-", "\u2010")
_DASHES = ("–", "—", "/")
_ITEM = re.compile(r"\[(\d{1,3})\]")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")


class Run(NamedTuple):
    """`length` letters that stand at `start` of the text and come from `source` of the mended
    text of `page` (from 0)."""

    start: int
    length: int
    page: int
    source: int


@dataclass(slots=True)
class Composed:
    """The text and its parts, as a Document has them; `runs` lead back to the pages."""

    text: str = ""
    blocks: list[tuple[int, int]] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)
    references: list[tuple[int, int]] = field(default_factory=list)
    page_starts: list[int] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)


def composed(blocks: Sequence[Block], pages: int, known: Mapping[str, int]) -> Composed:
    """`known` counts the words of the document, to tell which hyphens belong to a word."""
    made = Composed()
    parts: list[str] = []
    starts: dict[int, int] = {}
    length = 0
    listing: Block | None = None  # where the reference list begins that we are in
    unnamed = _unnamed_list(blocks)
    cited: list[tuple[int, int, bool]] = []  # under headings of lists: start, end, holds words
    kind = ""
    for block in blocks:
        if parts:
            parts.append("\n" if kind == block.kind == ROW else "\n\n")
            length += len(parts[-1])
        kind = block.kind
        start, first = length, len(parts)
        length = _write(block, parts, length, starts, made.runs, known)
        if block is unnamed:
            listing = listing or block
        text = "".join(parts[first:])
        if kind == HEADING:
            listing = _listing(block, text, listing)
            made.sections.append(Section(start, text))
        elif (listing and kind != CAPTION) or (_ITEM.match(text) and is_reference(text)):
            cited.append((start, length, holds_words(block)))
        elif holds_words(block):
            made.blocks.append((start, length))
    made.text = "".join(parts)
    _part(made, cited)
    made.page_starts = _page_starts(starts, pages, length)
    return made


def _part(made: Composed, cited: Sequence[tuple[int, int, bool]]) -> None:
    """Lists of references apart from what only stands among them, which may be evidence."""
    others = strangers([made.text[start:end] for start, end, _ in cited])
    for number, (start, end, has_words) in enumerate(cited):
        if number in others:
            if has_words:
                made.blocks.append((start, end))
            continue
        if made.references and start - made.references[-1][1] <= 2:
            start = made.references.pop()[0]
        made.references.append((start, end))
    made.blocks.sort()


def _unnamed_list(blocks: Sequence[Block]) -> Block | None:
    """The first item of the last list of [1], [2], [3] at beginnings of paragraphs: references
    for which there is no heading. Some of the items may have run into others."""
    marks = [_ITEM.match(block.text) for block in blocks]
    numbers = [int(mark.group(1)) if mark else 0 for mark in marks]
    for place in range(len(blocks) - 1, -1, -1):
        if numbers[place] == 1 and len({*range(2, 9)}.intersection(numbers[place:][:16])) > 2:
            return blocks[place]
    return None


def _listing(heading: Block, text: str, before: Block | None) -> Block | None:
    """The heading of a reference list while one is in it: until another heading as large or one
    that is known by name."""
    if REFERENCES.fullmatch(text):
        return heading
    if before and not NAMED.fullmatch(text):
        ends = heading.lines[0][1].size > before.lines[0][1].size - 0.3
        return None if ends else before
    return None


def _write(
    block: Block,
    parts: list[str],
    length: int,
    starts: dict[int, int],
    runs: list[Run],
    known: Mapping[str, int],
) -> int:
    """Add the block's text to `parts`, which hold `length` letters; returns how many then."""
    first = len(parts)
    for page, line in block.lines:
        if len(parts) > first:
            between = _between(parts, line.text, known)
            if between is None:
                parts[-1] = parts[-1][:-1]
                runs[-1] = runs[-1]._replace(length=runs[-1].length - 1)
                length -= 1
            elif between:
                parts.append(between)
                length += 1
        starts.setdefault(page, length)
        for space, piece in line.parts:
            parts += (space, piece.text)
            length += len(space)
            runs.append(Run(length, len(piece.text), page, piece.start))
            length += len(piece.text)
    return length


def _between(parts: list[str], after: str, known: Mapping[str, int]) -> str | None:
    """What comes between two lines: a space, "" or, where a hyphen is to go, None."""
    before = parts[-1]
    if before.endswith(_HYPHENS) and len(before) > 1 and before[-2].isalnum():
        return "" if hyphen_stays(before[:-1], after, known) else None
    if before.endswith(_DASHES) and len(before) > 1 and not before[-2].isspace():
        return ""
    return " "


def _page_starts(starts: Mapping[int, int], pages: int, length: int) -> list[int]:
    """A page without text begins where the next one does."""
    found = [0] * pages
    following = length
    for number in range(pages - 1, -1, -1):
        following = min(following, starts.get(number, following))
        found[number] = following
    if found:
        found[0] = 0
    return found


def known_words(pages: Iterable[Iterable[Iterable[Line]]]) -> Counter[str]:
    """How often each word stands in the lines, without those that a line's end breaks."""
    known: Counter[str] = Counter()
    for page in pages:
        for region in page:
            broken = False
            for line in region:
                words = _WORD.findall(line.text.casefold())
                last = line.text.endswith(_HYPHENS)
                known.update(words[broken : len(words) - last])
                broken = last
    return known
