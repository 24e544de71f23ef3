"""Quoted words → the places where they stand, to the letter or nearly; a passage → what is around.

The passages of one document are searched as one text, so that a quotation may run from one into
the next.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, groupby, islice, takewhile
from typing import TYPE_CHECKING

from kb.curating import folding
from kb.errors import QuestionError
from kb.records import Locator, Passage, Source

if TYPE_CHECKING:
    from kb.knowledge_base import KnowledgeBase
    from kb.storing.catalog import Catalog

NEAR = 0.8
"""Words that agree to this share with those looked for may be the same, quoted with a slip."""
_WORTH_A_LOOK = 0.7  # for a piece as long as the needle; what is meant may be longer or shorter
_FEWEST = 8  # letters: nearly every short word is near to another
_LONGEST = 2_000  # characters
_WORD = re.compile(r"\b\w+")
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Place:
    """Where words stand: from `start` in the text of the first of `passages` to `end` in that of
    the last; mostly there is one.

    `share` is from 0 to 1 how far they agree with the words looked for: 1 for the same words,
    though perhaps in other type; else twice the letters in common, in order, by all letters of
    both (fuzz.ratio of rapidfuzz). If `kind` is "digest" they are a paraphrase, not the source's.
    """

    source: Source
    passages: tuple[Passage, ...]
    start: int
    end: int
    share: float

    @property
    def exact(self) -> bool:
        """Whether they are the very words that were looked for."""
        return self.share == 1

    @property
    def kind(self) -> str:
        """As that of a passage."""
        return self.passages[0].kind

    @property
    def text(self) -> str:
        """The words as they stand there, a space between passages."""
        if len(self.passages) == 1:
            return self.passages[0].text[self.start : self.end]
        first, *others, last = (passage.text for passage in self.passages)
        return " ".join([first[self.start :], *others, last[: self.end]])

    @property
    def before(self) -> str:
        """What stands before them in their passage."""
        return self.passages[0].text[: self.start]

    @property
    def after(self) -> str:
        """What stands after them in their passage."""
        return self.passages[-1].text[self.end :]


@dataclass(frozen=True, slots=True)
class _Text:
    """The passages of one document, folded, with a space between them; `starts` has the offset of
    each."""

    passages: list[Passage]
    folded: str
    starts: list[int]


def locate(base: "KnowledgeBase", words: str, limit: int = 10) -> list[Place]:
    """At most `limit` places, first those that hold the very words, then those nearest to them.
    Originals come before digests. Raises QuestionError for words that hold no letter or digit, or
    are far too many."""
    needle = _needle(words)
    with base.reading():
        sources = base.catalog.sources()
        texts = list(_texts(base.catalog, sources))
    texts.sort(key=lambda text: text.passages[0].kind == "digest")
    taken: list[list[Span]] = [[] for _ in texts]
    places: list[Place] = []
    for text, spans in zip(texts, taken, strict=True):
        for span, place in islice(_exact(needle, text, sources), limit - len(places)):
            spans.append(span)
            places.append(place)
    if len(places) < limit and len(needle) >= _FEWEST:
        near = [
            _place(text, span, share, sources)
            for text, spans in zip(texts, taken, strict=True)
            for span, share in islice(_nearly(needle, text.folded, spans), limit)
        ]
        near.sort(key=lambda place: -place.share)
        places += near[: limit - len(places)]
    return places


def neighbours(
    base: "KnowledgeBase", passage: Passage, most: int = 2
) -> tuple[list[Passage], list[Passage]]:
    """At most `most` passages before and after one, in reading order, of its page or, in formats
    without pages, of its section."""
    of_source = base.catalog.passages_of(passage.citekey)
    in_file = [other for other in of_source if other.kind == passage.kind]
    at = next(at for at, other in enumerate(in_file) if other.id == passage.id)

    def near(others: Iterable[Passage]) -> list[Passage]:
        here = _whereabouts(passage.locator)
        return list(islice(takewhile(lambda p: _whereabouts(p.locator) == here, others), most))

    return near(reversed(in_file[:at]))[::-1], near(in_file[at + 1 :])


def _whereabouts(where: Locator) -> tuple[object, ...]:
    return (where.page,) if where.page else (where.section, where.page_label)


def _needle(words: str) -> str:
    """Folded, without what people put around a quotation."""
    if len(words) > _LONGEST:
        raise QuestionError(
            f"too many words to look for ({len(words):,} characters, at most {_LONGEST:,}); "
            "a sentence is enough"
        )
    needle = folding.folded(words).strip("' .,;:-[]()")
    if not any(letter.isalnum() for letter in needle):
        raise QuestionError(
            'there are no words to look for; quote some: kb locate "the very words"'
        )
    return needle


def _texts(catalog: "Catalog", citekeys: Iterable[str]) -> Iterator[_Text]:
    """By citekey; a digest and an original of one source are two."""
    for citekey in sorted(citekeys):
        for _, group in groupby(catalog.passages_of(citekey), key=lambda passage: passage.kind):
            passages = list(group)
            pieces = [folding.folded(passage.text) for passage in passages]
            starts = accumulate((len(piece) + 1 for piece in pieces[:-1]), initial=0)
            yield _Text(passages, " ".join(pieces), list(starts))


def _exact(needle: str, text: _Text, sources: dict[str, Source]) -> Iterator[tuple[Span, Place]]:
    """Places that begin and end with whole words."""
    at = text.folded.find(needle)
    while at >= 0:
        span = (at, at + len(needle))
        place = _place(text, span, 1.0, sources)
        whole = _of_whole_words(place)
        if whole:
            yield span, place
        at = text.folded.find(needle, span[1] if whole else at + 1)


def _of_whole_words(place: Place) -> bool:
    """Asked of the text as it stands: folded, the parts of "long-term" are one word."""
    words, before, after = place.text, place.before[-1:], place.after[:1]
    cut = (before.isalnum() and words[0].isalnum()) or (after.isalnum() and words[-1].isalnum())
    return not cut


def _nearly(needle: str, text: str, taken: list[Span]) -> Iterator[tuple[Span, float]]:
    """Spans of whole words near to the needle, outside of what is taken, with the share of each:
    the best of a stretch, then the best of what is left on both sides of it."""
    from rapidfuzz import fuzz

    ends = [0, *(end for _, end in taken)]
    # Sign by sign shorter pieces at both ends of a text are compared too, which takes long for a
    # long needle, unless they end in a sign that the needle does not have.
    edge = "\n" * len(needle)
    stretches = list(zip(ends, [*(start for start, _ in taken), len(text)], strict=True))
    while stretches:
        low, high = stretches.pop()
        if 3 * (high - low) < 2 * len(needle):  # too short to agree to four fifths
            continue
        hay = f"{edge}{text[low:high]}{edge}"
        best = fuzz.partial_ratio_alignment(needle, hay, score_cutoff=100 * _WORTH_A_LOOK)
        if best is None:
            continue
        first, last = (low + at - len(edge) for at in (best.dest_start, best.dest_end))
        found = max(first, low), min(last, high)
        start, end = _whole_words(needle, text, found, (low, high))
        share = fuzz.ratio(needle, text[start:end]) / 100
        if share >= NEAR:
            yield (start, end), min(share, 0.99)
        stretches += [(low, start), (end, high)]


def _whole_words(needle: str, text: str, found: Span, within: Span) -> Span:
    """The span of whole words about `found` that is nearest to the needle: what was found has the
    needle's length, and what is meant may be longer or shorter."""
    from rapidfuzz import fuzz

    room = max(12, len(needle) // 4)
    start, end = found
    following = _WORD.finditer(text, max(within[0], start - room))
    near = takewhile(lambda word: word.end() <= min(within[1], end + room), following)
    words = [word.span() for word in near]
    starts = [first for first, _ in words if first <= min(start + room, end - 1)]
    start = max(starts, key=lambda first: fuzz.ratio(needle, text[first:end]), default=start)
    lasts = [last for _, last in words if last > max(start, end - room)]
    end = max(lasts, key=lambda last: fuzz.ratio(needle, text[start:last]), default=end)
    return start, end


def _place(text: _Text, span: Span, share: float, sources: dict[str, Source]) -> Place:
    first, last = (bisect_right(text.starts, at) - 1 for at in (span[0], span[1] - 1))
    passages = text.passages[first : last + 1]
    start = _offsets(passages[0].text)[span[0] - text.starts[first]]
    end = _offsets(passages[-1].text)[span[1] - 1 - text.starts[last]] + 1
    while unicodedata.combining(passages[-1].text[end : end + 1] or " "):
        end += 1
    return Place(sources[passages[0].citekey], tuple(passages), start, end, share)


@lru_cache(maxsize=100)
def _offsets(text: str) -> list[int]:
    return folding.offsets(text)
