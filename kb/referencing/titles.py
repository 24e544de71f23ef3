"""Two titles in, how alike they are out.

Titles of a series or of two years' reports differ in a number alone, so a number that differs
tells them apart, however near the words are.
"""

import re
from collections import Counter
from functools import lru_cache

from anyascii import anyascii
from rapidfuzz import fuzz

ALIKE = 0.9
"""From here on titles are near-same: a slip of spelling, a lost ligature, a missing subtitle."""

_WORD = re.compile(r"[a-z0-9]+")
_NUMBER = re.compile(r"\d.*|[ivx]+")
_SUBTITLE = re.compile(r"[:?!.]\s|\s[–—-]\s")


@lru_cache(maxsize=20_000)
def words(text: str) -> tuple[str, ...]:
    """Words of letters a to z and digits; other scripts are spelled in these."""
    return tuple(_WORD.findall(anyascii(text).lower().replace("'", "")))


def same(first: str, second: str) -> bool:
    """Whether they differ in no letter or digit, whatever stands between these."""
    joined = _joined(first)
    return bool(joined) and joined == _joined(second)


def alike(first: str, second: str) -> float:
    """From 0 to 1, the latter for titles that are the same; 0.95 where one lacks the subtitle
    of the other; else the share of letters in common (rapidfuzz's ratio), 0 where that is below
    0.8. Below 1 for all others: "in men" and "in women" are near-same."""
    one, other = _joined(first), _joined(second)
    if not one or not other:
        return 0.0
    if one == other:
        return 1.0
    begins = one.startswith(other) or other.startswith(one)
    if begins and (_without_subtitle(first, second) or _without_subtitle(second, first)):
        return 0.95
    if _numbers(first) != _numbers(second):
        return 0.0
    # The cutoff makes it quick to see that two titles are not alike, as nearly all pairs are.
    return min(0.99, fuzz.ratio(_spaced(first), _spaced(second), score_cutoff=80) / 100)


@lru_cache(maxsize=20_000)
def _joined(title: str) -> str:
    return "".join(words(title))


@lru_cache(maxsize=20_000)
def _spaced(title: str) -> str:
    return " ".join(words(title))


def _without_subtitle(short: str, long: str) -> bool:
    cut = _SUBTITLE.search(long)
    return cut is not None and len(words(short)) >= 3 and same(short, long[: cut.start()])


@lru_cache(maxsize=20_000)
def _numbers(title: str) -> Counter[str]:
    return Counter(word for word in words(title) if _NUMBER.fullmatch(word))
