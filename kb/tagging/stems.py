"""From a text to the stems of its words, as the trained heads count them."""

import re
from collections import Counter

# Two letters and more; numbers are all one, since a digest that counts speaks of measures.
_WORD = re.compile(r"[^\W\d_]{2,}|\d+|£")
# Longest first. Light stemming: with a few thousand passages to learn from, "measured" and
# "measures" should be one word, and a wrong stem only costs a little.
_ENDINGS = tuple("ations ation ments ment ings ing edly ity ive ies ed es ly al s e y".split())
_SHORTEST = 4


def stem(word: str) -> str:
    """A word in small letters without the first of the endings that leaves four letters."""
    if not word[0].isalpha():
        return word if word == "£" else "0"
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST:
            return word[: -len(ending)]
    return word


def stems(text: str) -> Counter[str]:
    """How often each stem stands in the text."""
    return Counter(map(stem, _WORD.findall(text.lower())))


def written(text: str) -> dict[str, str]:
    """The stems of a text → the first word that has it, as written."""
    found: dict[str, str] = {}
    for word in _WORD.findall(text):
        found.setdefault(stem(word.lower()), word)
    return found
