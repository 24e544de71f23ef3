"""A Document in, Passages out: each paragraph is a passage, a longer one is cut between sentences.

No passage is longer than the limit in the embedder's own word pieces, so none is cut silently.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator

from kb.records import Document, Locator, Passage, passage_id
from kb.sentences import Span, sentences

_WORD = re.compile(r"\S+")


def cut(document: Document, count: Callable[[str], int], limit: int) -> Iterator[Passage]:
    """Passages in reading order; `count` gives a text's length in word pieces, `limit` the most a
    passage may have. A text that stands twice in a document is one passage, at its first place."""
    seen = set()
    for block in document.blocks:
        for start, end in _pieces(document.text, block, count, limit):
            text = document.text[start:end]
            name = passage_id(document.citekey, text)
            if name in seen:
                continue
            seen.add(name)
            yield Passage(
                id=name,
                citekey=document.citekey,
                text=text,
                start=start,
                end=end,
                locator=locator(document, start),
                tokens=count(text),
                kind=document.kind,
            )


def _pieces(text: str, span: Span, count: Callable[[str], int], limit: int) -> Iterator[Span]:
    if count(text[slice(*span)]) <= limit:
        yield span
        return
    yield from _packed(text, list(_parts(text, span, count, limit)), count, limit)


def _parts(text: str, span: Span, count: Callable[[str], int], limit: int) -> Iterator[Span]:
    """Sentences; the words of a sentence that is itself too long; the halves of such a word."""
    for sentence in sentences(text, span):
        if count(text[slice(*sentence)]) <= limit:
            yield sentence
            continue
        for word in _WORD.finditer(text, *sentence):
            yield from _halves(text, word.span(), count, limit)


def _halves(text: str, span: Span, count: Callable[[str], int], limit: int) -> Iterator[Span]:
    start, end = span
    if count(text[start:end]) <= limit or end - start == 1:
        yield span
        return
    middle = (start + end) // 2
    yield from _halves(text, (start, middle), count, limit)
    yield from _halves(text, (middle, end), count, limit)


def _packed(
    text: str, parts: list[Span], count: Callable[[str], int], limit: int
) -> Iterator[Span]:
    """Neighbouring parts joined as long as they fit together."""
    first = 0
    while first < len(parts):
        start = parts[first][0]

        def too_long(last: int, start: int = start) -> bool:
            return count(text[start : parts[last][1]]) > limit

        # Ever longer steps, then the place between the last two: few counts, none on much text.
        step = 1
        while first + step < len(parts) and not too_long(first + step):
            step *= 2
        after = range(first + step // 2 + 1, min(first + step, len(parts)))
        last = after.start + bisect_left(after, True, key=too_long) - 1
        yield start, parts[last][1]
        first = last + 1


def locator(document: Document, start: int) -> Locator:
    """Where an offset of the text stands: heading, printed page label and PDF page."""
    section = bisect_right(document.sections, start, key=lambda s: s.start) - 1
    page = bisect_right(document.page_starts, start) or None
    heading = document.sections[section] if section >= 0 else None
    label = heading.page_label if heading else ""
    if page and len(document.page_labels) >= page:
        label = document.page_labels[page - 1]
    return Locator(section=heading.heading if heading else "", page_label=label, page=page)
