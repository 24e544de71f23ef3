"""Lines in reading order in, blocks out: paragraphs, headings, captions, rows of tables, notes."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from kb.reading.layout import Line
from kb.reading.measures import Measures

TEXT, HEADING, CAPTION, ROW, NOTE = "text", "heading", "caption", "row", "note"


@dataclass(frozen=True, slots=True)
class Block:
    """Lines of one kind that belong together, each with its page (from 0). `column` numbers the
    column of the document in which it ends, counted in reading order."""

    kind: str
    lines: tuple[tuple[int, Line], ...]
    column: int = 0

    @property
    def text(self) -> str:
        """Its words, hyphens at line ends still in place."""
        return " ".join(line.text for _, line in self.lines)

    @property
    def page(self) -> int:
        """The page on which it begins."""
        return self.lines[0][0]

    @property
    def last_page(self) -> int:
        """The page on which it ends."""
        return self.lines[-1][0]


_NAMES = (
    "abstract|summary|introduction|background|aims?|objectives?|methods?|methodology|"
    "materials? and methods|methods and materials|results?|findings|discussion|"
    "results and discussion|limitations|conclusions?|discussion and conclusions?|"
    "acknowledge?ments?|appendix(?: [a-z0-9])?|appendices|funding|contents|keywords|"
    "zusammenfassung|einleitung|résumé|related works?|future works?"
)
_REFERENCES = (
    "references|reference list|references cited|literature|literature cited|works cited|"
    "bibliography|literatur|literaturverzeichnis|références|bibliographie|referencias|"
    "notes and references"
)
_NUMBERED = r"(?:(?:(?:\d{1,2}(?:\.\d{1,2})*|[IVX]{1,5})[.)]?|[A-H][.)])\s+)"
NAMED = re.compile(rf"{_NUMBERED}?(?:{_NAMES}|{_REFERENCES})\s*[:.]?", re.IGNORECASE)
REFERENCES = re.compile(rf"{_NUMBERED}?(?:{_REFERENCES})\s*[:.]?", re.IGNORECASE)
_SET_APART = re.compile(rf"{_NUMBERED}[A-ZÀ-Þ]")
_CAPITALS = re.compile(r"[IVX\dA-H][\d.]*[.)]\s+[A-ZÀ-Þ][A-ZÀ-Þ\d ,:&'’()-]{3,}")
_CAPTION = re.compile(
    r"(?:fig(?:ure|\.)?|table|box|chart|scheme|exhibit|abb(?:ildung|\.)?|tab(?:elle|leau|\.))"
    r"\s*(?:S?\d+(?:\.\d+)*|[IVX]+)[a-z]?(?P<mark>\s*[.:|—–]|\s*$|\s+(?=[A-ZÀ-Þ]))",
    re.IGNORECASE,
)
_MARKED = re.compile(r"[*†‡§¶#∗]|\(?\d{1,3}[\s.)]?\s?\D|[a-z]\s?[A-Z]")
_BULLET = re.compile(r"[•▪●◦■‣∙·–—]\s|\(?(?:\d{1,2}|[a-zA-Z]|[ivx]{1,4})[.)]\s")
_ENDED = re.compile(r"[.!?:;…][\"'”’»)\]\d]*$")
_DEEP = re.compile(r"\d{1,2}(?:\.\d{1,2})+\.?\s+[A-ZÀ-Þ].{2,80}")
_LETTERS = re.compile(r"[^\W\d_]{2}")
_WORD = re.compile(r"[^\W\d_]{3}")
_LARGER = 1.09  # times the usual size: that of a heading
_LONGEST_HEADING = 250  # letters; titles of articles are rarely longer
_NARROW = re.compile(r"[ fijlrtI.,;:!|'’()\[\]-]")
_WIDE = re.compile(r"[mwA-HK-Z%&@—]")
_LEADERS = re.compile(r"(?:\.\s?){5,}\s*\d+")


def of_page(
    number: int,
    page: Sequence[Sequence[Line]],
    usual: Measures,
    titles: Collection[str],
    column: int,
) -> list[Block]:
    """The blocks of one page, its notes last. `titles` are those that the outline names for this
    page, as `plain` gives them; `column` is the number of the page's first column."""
    blocks: list[Block] = []
    notes: list[Block] = []
    for region in page:
        kinds = _kinds(region, usual, titles)
        found: list[list[Line]] = []
        named: list[str] = []
        for index, line in enumerate(region):
            paragraph = found[-1] if found else []
            if not found or _begins(region, index, kinds, paragraph, usual):
                found.append([])
                named.append(kinds[index])
            found[-1].append(line)
        for kind, lines in zip(named, found, strict=True):
            kind = TEXT if kind == HEADING and _prose(lines) else kind
            block = Block(kind, tuple((number, line) for line in lines), column)
            (notes if kind == NOTE else blocks).append(block)
        column += 1
    return blocks + notes


def _prose(lines: Sequence[Line]) -> bool:
    """Whether what is set like a heading is too long for one, or a whole sentence: an abstract in
    large print, a message in bold."""
    text = " ".join(line.text for line in lines)
    return len(text) > _LONGEST_HEADING or (text.endswith(".") and text.count(" ") > 8)


def plain(text: str) -> str:
    """A heading without its number, its spaces and its signs, to compare it by."""
    return re.sub(r"[\W\d_]+", "", re.sub(rf"^{_NUMBERED}", "", text)).casefold()


def _kinds(region: Sequence[Line], usual: Measures, titles: Collection[str]) -> list[str]:
    kinds = [_kind(line, usual, titles) for line in region]
    rows = [line.cells > 1 for line in region]
    for index, is_row in enumerate(rows):
        beside = rows[index - 1 : index] + rows[index + 1 : index + 2]
        if is_row and (any(beside) or region[index].cells > 3) and kinds[index] != CAPTION:
            kinds[index] = ROW
    for index in range(1, len(region)):
        above, line = region[index - 1], region[index]
        if kinds[index] != TEXT or not _continues(region, index, usual):
            continue
        if kinds[index - 1] == CAPTION:
            kinds[index] = CAPTION
        elif kinds[index - 1] == HEADING and _stands_out(line, usual) and line.cells < 3:
            kinds[index] = HEADING if line.bold == above.bold else TEXT
    for index in _foot(region, kinds, usual):
        kinds[index] = NOTE
    return kinds


def _kind(line: Line, usual: Measures, titles: Collection[str]) -> str:
    text = line.text
    caption = _CAPTION.match(text)
    if caption and (caption["mark"].strip() or line.size < usual.size or line.bold > usual.bold):
        return CAPTION
    short = len(text) < 160 and bool(_LETTERS.search(text)) and not text.startswith(("•", "–"))
    if not short or line.cells > 2:
        return TEXT
    if titles and plain(text) in titles:
        return HEADING
    # In small letters it is the last line of a paragraph: "... of the\nresults."
    if NAMED.fullmatch(text) and not text[0].islower():
        return HEADING
    if _CAPITALS.fullmatch(text) and len(text) < 80:
        return HEADING
    if line.size > _LARGER * usual.size and not text[0].islower():
        return HEADING
    if _DEEP.fullmatch(text) and not text.endswith((".", ",", ";")) and _short(line):
        return HEADING
    strong = line.bold and not usual.bold and line.size > 0.9 * usual.size
    if strong and len(text) < 100 and (text[0].isupper() or _SET_APART.match(text)):
        return HEADING if not text.endswith((",", ";")) else TEXT
    return TEXT


def _stands_out(line: Line, usual: Measures) -> bool:
    return line.size > _LARGER * usual.size or (line.bold and not usual.bold)


def _short(line: Line) -> bool:
    return line.x1 < line.right - 0.1 * (line.right - line.left)


def _continues(region: Sequence[Line], index: int, usual: Measures) -> bool:
    above, line = region[index - 1], region[index]
    same = abs(above.size - line.size) < 0.3
    return same and line.bottom - above.bottom < 1.25 * usual.leading * line.size


def _foot(region: Sequence[Line], kinds: list[str], usual: Measures) -> range:
    """The lines at the foot of a column that are smaller than the text and begin with a mark."""
    first = len(region)
    while first and kinds[first - 1] == TEXT and region[first - 1].size < 0.93 * usual.size:
        first -= 1
    # A whole column in small print is none, nor is what stands under a heading: references do.
    if (first == 0 and len(region) > 12) or (first and kinds[first - 1] == HEADING):
        return range(0)
    while first < len(region) and not _MARKED.match(region[first].text):
        first += 1
    return range(first, len(region))


def _begins(
    region: Sequence[Line], index: int, kinds: list[str], paragraph: list[Line], usual: Measures
) -> bool:
    """Whether a line is the first of a block, `paragraph` being the lines of the one before."""
    above, line = region[index - 1], region[index]
    kind = kinds[index]
    if kind != kinds[index - 1] or kind == ROW:
        return True
    if kind == CAPTION:
        return bool(_CAPTION.match(line.text)) or not _continues(region, index, usual)
    size = max(line.size, above.size)
    if line.bottom - above.bottom > (1.35 if kind != HEADING else 1.6) * usual.leading * size:
        return True
    if kind == HEADING:
        alone = NAMED.fullmatch(line.text) or NAMED.fullmatch(above.text)
        other = abs(line.size - above.size) > 0.3 or line.bold != above.bold
        return other or bool(alone or _SET_APART.match(line.text))
    if kind == NOTE:
        return bool(_MARKED.match(line.text)) and _has_room(above, line)
    if abs(line.size - above.size) > 0.12 * size or (
        _BULLET.match(line.text) and _listed(above, line)
    ):
        return True
    if _indented(line, above, paragraph):
        return True
    # Where paragraphs begin with an indent, little room at the end of a line says nothing.
    short = not usual.indents or above.x1 < above.right - 0.2 * (above.right - above.left)
    return short and bool(_ENDED.search(above.text)) and _has_room(above, line)


def _listed(above: Line, line: Line) -> bool:
    """Whether a mark at the beginning of a line is that of an item and not of a sentence."""
    return bool(_ENDED.search(above.text)) or line.text[0] in "•▪●◦■‣∙" or _has_room(above, line)


def _indented(line: Line, above: Line, paragraph: list[Line]) -> bool:
    step = 0.7 * line.size
    if line.x0 > above.x0 + step:
        # After a first line alone this is as well a hanging indent, if the line above runs on.
        return len(paragraph) > 1 or bool(_ENDED.search(above.text)) or _has_room(above, line)
    hanging = len(paragraph) > 1 and paragraph[0].x0 < above.x0 - step
    return hanging and line.x0 < above.x0 - step


def _has_room(above: Line, line: Line) -> bool:
    """Whether the first word of a line would have fitted on the line above."""
    text = line.text
    share = _width(f" {text.split(maxsplit=1)[0]}") / max(_width(text), 1)
    return above.x1 + share * (line.x1 - line.x0) < above.right - 0.1 * line.size


def _width(text: str) -> float:
    """About how wide a text is, in letters such as "e"."""
    narrow, wide = len(_NARROW.findall(text)), len(_WIDE.findall(text))
    return len(text) - 0.4 * narrow + 0.5 * wide


def joined(blocks: Sequence[Block], usual: Measures) -> list[Block]:
    """Paragraphs that go on in the next column or on the next page as one. What stands between
    (captions, tables, notes) comes after, or before where that would put it on the next page."""
    done: list[Block] = []
    waiting: list[Block] = []  # since the last paragraph, which is at `place`
    place = -1
    for block in blocks:
        if block.kind in (CAPTION, ROW, NOTE):
            waiting.append(block)
            continue
        if place >= 0 and block.kind == TEXT and _goes_on(done[place], block, usual):
            whole = done[place]
            early = [b for b in waiting if b.page == whole.last_page != block.page]
            late = [b for b in waiting if b not in early]
            done[place:] = [
                *early,
                replace(whole, lines=whole.lines + block.lines, column=block.column),
            ]
            place += len(early)
            waiting = late
            continue
        done += waiting
        waiting = []
        done.append(block)
        place = len(done) - 1 if block.kind == TEXT and _LETTERS.search(block.text) else -1
    return done + waiting


def _goes_on(before: Block, block: Block, usual: Measures) -> bool:
    """Whether a paragraph that one column leaves open is taken up at the top of the next: one
    that ends within a sentence or, where paragraphs are indented, at a full line."""
    if before.column == block.column:
        return False
    above, line = before.lines[-1][1], block.lines[0][1]
    if _BULLET.match(line.text) or abs(above.size - line.size) > 0.6:
        return False
    indented = line.x0 > line.left + 0.7 * line.size
    full = not _has_room(above, line)
    if _ENDED.search(above.text):
        return usual.indents and full and not indented and len(block.lines) > 1
    return line.text.lstrip("\"'“‘([")[:1].islower() or (full and not indented)


def holds_words(block: Block) -> bool:
    """Whether it has a word of three letters and is no part of a table of contents: figures and
    signs alone are no evidence."""
    return bool(_WORD.search(block.text)) and not _LEADERS.search(block.text)
