"""Where sentences end."""

import re
from collections.abc import Iterator

Span = tuple[int, int]

# A sentence ends at . ! or ? (and closing quotes or brackets) before a space and a capital, digit
# or opening quote, unless it is an abbreviation. A wrong cut costs little: it only decides where
# a long paragraph is parted, or how much of it is shown.
_SENTENCE_END = re.compile(r"[.!?][\"'”’)\]]*(?=\s+[\"'“‘(\[]?[A-Z0-9])")
_LONGEST = 8  # characters in which an abbreviation and what stands before it are found
_ABBREVIATION = re.compile(r"\b(?:al|cf|e\.g|i\.e|etc|vs|no|pp?|Dr|Mrs?|Ms|Prof|St|Fig|[A-Z])\.$")


def sentences(text: str, span: Span | None = None) -> Iterator[Span]:
    """(start, end) of each sentence of `text[span]`, without the white space between them."""
    start, end = span or (0, len(text))
    for match in _SENTENCE_END.finditer(text, start, end):
        near = max(start, match.start() - _LONGEST)
        if not _ABBREVIATION.search(text, near, match.start() + 1):
            yield start, match.end()
            start = match.end()
            while text[start].isspace():
                start += 1
    yield start, end
