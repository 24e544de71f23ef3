"""Which blocks of a document are its reference list: cited works are no evidence of this source.

A list is known by its heading and the form of what follows, or by a long run of references. What
is in doubt stays a block, since a lost paragraph is worse than a reference among the passages.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from kb.records import Section

Span = tuple[int, int]

RUN = 5
"""How many references in a row are a list without a heading."""
_STRAYS = 3  # so many blocks in a row that are no references end a list
_LABELS = 30  # and so many that say nothing
_LABEL = 40  # characters of what stands between references and says nothing: "PubMed, Crossref"
_LONGEST = 700  # characters of one reference; longer ones are prose
_SHORT = 300  # characters of most references
_ELSE = 600  # characters in a row without a reference: something else has begun

_NUMBER = r"(?:(?:chapter\s+)?(?:\d+(?:\.\d+)*|[ivx]+|[a-z])[.):]?\s+)?"
# Headings that promise a list, and headings that may stand above prose as well.
_SURE = (
    "references?|reference list|list of references|references cited|cited references|"
    "literature cited|works cited|bibliography|references and notes|notes and references|"
    "references and further reading|literaturverzeichnis|quellenverzeichnis|bibliographie|"
    "références(?: bibliographiques)?|bibliografía|referencias(?: bibliográficas)?|"
    "referências(?: bibliográficas)?|bibliografia|riferimenti bibliografici|referenties|"
    "literatuurlijst|referenser|referanser|litteraturliste|litteraturförteckning|"
    "piśmiennictwo|список литературы|参考文献|참고문헌"
)
_PERHAPS = (
    "literature|sources|notes|endnotes|footnotes|further reading|citations|publications|"
    "literatur|quellen|sources consulted|additional references|included studies|"
    "references to studies.{0,80}|supplementary references|literatuur|litteratur"
)
_SURE_HEADING = re.compile(rf"{_NUMBER}(?:{_SURE})\s*(?:\(\d+\))?[:.]?", re.IGNORECASE)
_PERHAPS_HEADING = re.compile(rf"{_NUMBER}(?:{_PERHAPS})\s*[:.]?", re.IGNORECASE)

_CAPITAL = "A-ZÀ-ÖØ-ÞĀČĐĘŁŃŚŠŻŽ"
_NAME = rf"(?:(?:van|von|de|del|della|der|den|di|da|la|le|du|dos)\s){{0,2}}[{_CAPITAL}][\w'’-]+"
_NAMES = rf"{_NAME}(?:\s{_NAME}){{0,2}}"
_INITIALS = rf"[{_CAPITAL}]\.?(?:[\s-]?[{_CAPITAL}]\.?){{0,3}}(?!\w)"
_NEXT = r"(?=[,.;:]|\s(?:and|&|et al|\())"
_MARKER = re.compile(r"(?:\[\d{1,4}\]|\(\d{1,4}\)|\d{1,3}\.(?=\s)|[•*–-]\s|\d{1,3}\s(?=\D))\s*")
# How references begin: "Smith, J." or "Smith, John."; "Smith JA,"; "J. Smith,"; and a body's name
# with the year and a title after it, "Department of Health (2010) Equity".
_AUTHOR = re.compile(
    rf"{_NAMES},\s(?:{_INITIALS}|{_NAME}(?:\s[A-Z]\.?)?{_NEXT})"
    rf"|{_NAMES}\s[{_CAPITAL}]{{1,3}}{_NEXT}"
    rf"|(?:[{_CAPITAL}]\.[\s-]?){{1,3}}{_NAMES}{_NEXT}"
    rf"|[{_CAPITAL}][^.()\n]{{1,120}}?\.?\s\((?:(?:19|20)\d\d|n\.d\.|in press)[^)]{{0,20}}\)[.,:]?"
    rf"\s['‘“\"]?[{_CAPITAL}]"
)
_YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d[a-z]?\b|\bn\.\s?d\.|\bin press\b|\bforthcoming\b")
# Signs that references have and prose seldom, and words that both have.
_SIGNS = tuple(
    re.compile(sign, re.IGNORECASE)
    for sign in (
        r"\bdoi\b|doi\.org|https?://|www\.|\bPMID\b|\bPMC\d|\bISBN\b|google scholar|crossref",
        r"\d\s?\((?:\d+|suppl)[^)]{0,12}\)|\d;\s?\d+|\bvol\.?\s?\d|\bno\.\s?\d",
        r"\bpp?\.\s?\d|\d\s?[-–]\s?\d|[:,]\s?e\d{3,}",
        r"\bavailable (?:at|from)\b|\bretrieved\b|\baccessed\b|\[online\]|\[internet\]",
    )
)
_WORDS = re.compile(
    r"\bpress\b|\bpublish\w*|\bverlag\b|\(eds?\.?\)|\beds\.|\bin: |\bet al\b|\s&\s|"
    r"\b(?:journal|proceedings|thesis|report|working paper)\b",
    re.IGNORECASE,
)
# "Smith (2019) found": what goes on after the year is a sentence and no title.
_TELLS = re.compile(
    r"\((?:19|20)\d\d[a-z]?(?:, [^)]{1,20})?\)\s(?!(?:pp?|no|vol|eds?|in|art)\b)[a-z]{2,}\s"
)
_CITY_AND_PUBLISHER = re.compile(rf"[.)]\s[{_CAPITAL}][\w ,]{{2,30}}: [{_CAPITAL}]")


def parted(
    text: str, blocks: Sequence[Span], sections: Sequence[Section] = ()
) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """The blocks that may become passages, and the spans of the reference lists, each from its
    heading, if it has one, to its last reference. `blocks` are in reading order; a heading is one
    of `sections` or a line at the beginning of a block or of its own."""
    found: list[tuple[int, int, int]] = []  # first block, block after the last, offset of heading
    after = 0
    for start, sure, first, limit in _headings(text, blocks, sections):
        if first < after:
            continue
        if last := _end_of_list(text, blocks[first:limit], strict=not sure):
            after = first + last
            found.append((first, after, start))
    for first, last in _runs(text, blocks, found):
        found.append((first, last, blocks[first][0]))
    taken = {index for first, last, _ in found for index in range(first, last)}
    # A heading that is a block of its own goes with its list.
    headings = {start for _, _, start in found}
    kept = (
        block
        for index, block in enumerate(blocks)
        if index not in taken and block[0] not in headings
    )
    return tuple(kept), tuple(sorted((start, blocks[last - 1][1]) for _, last, start in found))


def strangers(texts: Sequence[str]) -> set[int]:
    """Of the texts that stand under the heading of a list, those (by number) that are none of it:
    tables, an appendix, whatever follows it without a heading that says so. A few that do not look
    like references are still taken for such, since lists are often broken oddly."""
    found: set[int] = set()
    run: list[int] = []
    for index, text in enumerate((*texts, "")):
        if index < len(texts) and not is_reference(text, strict=False):
            run.append(index)
            continue
        if sum(len(texts[other]) for other in run) > _ELSE:
            found.update(run)
        run = []
    return found


def _headings(
    text: str, blocks: Sequence[Span], sections: Sequence[Section]
) -> list[tuple[int, bool, int, int]]:
    """Of each heading that may stand above a list: its offset, whether it promises one, the first
    block under it, and the first that stands under the next heading."""
    starts = [start for start, _ in blocks]
    edges = [*(section.start for section in sections), len(text) + 1]
    first_lines = {start: text[start:end].partition("\n")[0] for start, end in blocks}
    found = []
    for at, line in sorted((first_lines | {s.start: s.heading for s in sections}).items()):
        heading = " ".join(line.split())
        sure = bool(_SURE_HEADING.fullmatch(heading))
        if not (sure or _PERHAPS_HEADING.fullmatch(heading)):
            continue
        first = bisect_left(starts, at)
        if at in first_lines and line == text[slice(*blocks[first])]:
            first += 1
        found.append((at, sure, first, bisect_left(starts, edges[bisect_right(edges, at)])))
    return found


def _end_of_list(text: str, blocks: Sequence[Span], *, strict: bool) -> int:
    """How many of the blocks are the list, 0 if they are none."""
    end = strays = labels = matched = passed = 0
    for index, (start, stop) in enumerate(blocks):
        block = text[start:stop]
        if is_reference(block, strict=strict):
            end, strays, matched, passed = index + 1, 0, matched + 1, passed + strays
            labels = 0
        elif len(block) > _LABEL:
            strays += 1
        else:
            labels += 1
        if strays == _STRAYS or labels == _LABELS:
            break
    return end if matched >= passed and matched >= (2 if strict else 1) else 0


def _runs(
    text: str, blocks: Sequence[Span], found: Sequence[tuple[int, int, int]]
) -> list[tuple[int, int]]:
    """Runs of references that no heading announces, as the first block and that after the last."""
    taken = {index for first, last, _ in found for index in range(first, last)}
    runs = []
    first = count = 0
    for index in range(len(blocks) + 1):
        block = text[slice(*blocks[index])] if index < len(blocks) and index not in taken else ""
        if block and is_reference(block, strict=True):
            count += len(_entries(block))
            continue
        if count >= RUN:
            runs.append((first, index))
        first, count = index + 1, 0
    return runs


def is_reference(block: str, *, strict: bool = True) -> bool:
    """Whether a block is one reference, or a list with one a line; a heading line on top of it is
    passed over. Where not `strict`, it stands where references are expected."""
    head, _, rest = block.partition("\n")
    if rest and _SURE_HEADING.fullmatch(head.strip()):
        block = rest
    entries = _entries(block)
    return sum(_looks_cited(entry, strict) for entry in entries) * 2 > len(entries)


def _entries(block: str) -> list[str]:
    """The references in a block of lines, of which a long one may take several."""
    entries: list[list[str]] = []
    for line in block.split("\n"):
        line = line.strip()
        if not entries or _MARKER.match(line) or _AUTHOR.match(line):
            entries.append([])
        entries[-1].append(line)
    return [" ".join(lines) for lines in entries]


def _looks_cited(entry: str, strict: bool) -> bool:
    """By its beginning, a year and what only references have: a DOI, volume and issue, pages, a
    publisher. Rows of a table are none."""
    if entry.count(" | ") > 1:
        return False
    if len(entry) > _LONGEST:  # prose, or a list that nothing has parted
        return not strict and len(_YEAR.findall(entry)) * _SHORT >= len(entry)
    if _TELLS.search(entry):
        return False
    marker = _MARKER.match(entry)
    entry = entry[marker.end() :] if marker else entry
    author = bool(_AUTHOR.match(entry))
    year = bool(_YEAR.search(entry))
    signs = sum(bool(sign.search(entry)) for sign in (*_SIGNS, _CITY_AND_PUBLISHER))
    marks = signs + bool(_WORDS.search(entry))
    if strict:
        return (author and year and marks > 0) or (bool(marker) and year and marks > 1)
    return ((author or bool(marker)) and (year or marks > 0)) or (
        len(entry) < _SHORT and signs > 0 and (year or marks > 1)
    )
