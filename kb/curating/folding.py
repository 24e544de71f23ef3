"""Words as printed or typed in; out comes what is the same whoever typed or printed them.

Undone are case, accents, ligatures, the kinds of quotation marks, dashes and white space, and
hyphens within words, since the end of a line may have put them there or taken them away.
"""

import re
import unicodedata
from functools import lru_cache

_DASHES = "\\-\u00ad\u2010-\u2015\u2043\u2212\ufe58\ufe63\uff0d"
_QUOTES = "'\"`\u00ab\u00b4\u00bb\u02b9-\u02bc\u2018-\u201f\u2032-\u2037\u2039\u203a"
_UNSEEN = "\u200b-\u200f\u2060\ufeff"
_ANY = rf"[\s{_DASHES}{_QUOTES}{_UNSEEN}]"
# A run of such signs, but not the single space between two words. It begins with a plain set of
# characters, which the engine of `re` looks for fast.
_RUN = re.compile(rf"{_ANY}(?:(?<! )|(?={_ANY})){_ANY}*")
_STEPS = (
    (re.compile(f"[{_UNSEEN}]+"), ""),
    (re.compile(f"[{_QUOTES}]+"), "'"),
    (re.compile(rf"\s*[{_DASHES}][\s{_DASHES}]*"), "-"),
    (re.compile(r"\s+"), " "),
)
_ACCENTS = re.compile("[\u0300-\u036f]+")


def folded(text: str) -> str:
    """The text so that what only looks different is the same; its offsets are not those of
    `text`, see `offsets`."""
    plain = unicodedata.normalize("NFKD", _RUN.sub(_instead, text)).casefold()
    return _ACCENTS.sub("", plain)


def offsets(text: str) -> list[int]:
    """For each character of `folded(text)` the offset in `text` that it comes from."""
    found: list[int] = []
    done = 0
    for run in _RUN.finditer(text):
        found += _of_letters(text, done, run.start())
        found += [run.start()] * len(_instead(run))
        done = run.end()
    return found + _of_letters(text, done, len(text))


def _of_letters(text: str, start: int, end: int) -> list[int]:
    if text[start:end].isascii():
        return list(range(start, end))
    return [at for at in range(start, end) for _ in folded(text[at])]


def _instead(run: re.Match[str]) -> str:
    text, start, end = run.string, run.start(), run.end()
    within = start > 0 and end < len(text) and _ends_a_word(text[start - 1]) and text[end].isalpha()
    return _plain(run.group(), within)


def _ends_a_word(letter: str) -> bool:
    return letter.isalpha() or unicodedata.combining(letter) > 0


@lru_cache(maxsize=1000)
def _plain(run: str, within: bool) -> str:
    """`within`: letters stand on both sides, so that a dash may be the hyphen of a line's end."""
    for pattern, instead in _STEPS:
        run = pattern.sub(instead, run)
    return "" if within and run == "-" else run
