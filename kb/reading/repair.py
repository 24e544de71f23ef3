"""Raw text of a PDF page in, the same text as a person would type it out, and the way back.

Fonts draw "fi" as one sign and an accent beside its letter; lines break words with a hyphen. All
of it is undone by rule, without a model, so the same file gives the same text every time.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Mapping
from typing import NamedTuple

from kb.reading.unseen import SIGNS


class Mended(NamedTuple):
    """`text` and, in `runs`, where stretches of it begin: (offset in text, offset in raw)."""

    text: str
    runs: tuple[tuple[int, int], ...]

    def raw_at(self, offset: int) -> int:
        """The raw offset of the character that stands at `offset` of the mended text."""
        number = bisect_right(self.runs, (offset, float("inf"))) - 1
        here, raw = self.runs[number]
        if number + 1 < len(self.runs):
            return min(raw + offset - here, max(raw, self.runs[number + 1][1] - 1))
        return raw + offset - here


# What fonts without a table of meanings give for ligatures: the codes of TeX's encodings OT1 and
# T1, and the letters to which Calibri and its kin are mapped.
_CODES = {
    **dict(zip("\x0b\x0c\x0e\x0f", ("ff", "fi", "ffi", "ffl"), strict=True)),
    **dict(zip("\x1b\x1c\x1d\x1e\x1f", ("ff", "fi", "fl", "ffi", "ffl"), strict=True)),
    **dict(zip("Ɵ\u01a9\u01ab", ("ti", "tt", "tti"), strict=True)),
}
_ACCENTS = {
    **dict(zip("´¨ˆ˜ˇ", "\u0301\u0308\u0302\u0303\u030c", strict=True)),
    **dict(zip("˚˘¯˙", "\u030a\u0306\u0304\u0307", strict=True)),
}
# Spaces, but not those that fonts use as codes of ligatures.
_BLANK = r"[^\S\r\n\x0b\x0c\x1c-\x1f]"
_ODD = re.compile(
    rf"(?P<hyphen>(?:\ufffe|\u00ad){_BLANK}*(?:\r\n?|\n)|\ufffe)"  # PDFium's sign at a line's end
    rf"|(?P<line>{_BLANK}*(?:\r\n?|\n))"
    r"|(?P<code>(?<![^\sA-Za-z])[\x0b\x0c\x0e\x0f\x1b-\x1f](?=[a-z])|(?<=[a-z]{2})[\x0b\x1b](?!\w)"
    r"|[\u019f\u01a9\u01ab](?=[a-z])|(?<=[a-z])[\u019f\u01a9\u01ab])"
    r"|(?P<form>[\ufb00-\ufb06\ufb1d-\ufdff\ufe70-\ufefc])"
    r"|(?P<accent>(?<=[A-Za-z]{2})[´¨ˆ˜ˇ˚˘¯˙] ?[A-Za-zı]|[´¨ˆ˜ˇ˚˘¯˙][A-Za-zı](?=[A-Za-z]))"
    rf"|(?P<space>(?! ){_BLANK}{_BLANK}*|[ ]{_BLANK}+)"
    rf"|(?P<nothing>[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u00ad\u200b\u2060\ufeff{SIGNS}])"
)


def mended(raw: str) -> Mended:
    """Ligatures as letters, accents on their letters, one kind of space and of line end, no
    control characters; a hyphen that breaks a word stays, followed by a line end."""
    parts: list[str] = []
    runs = [(0, 0)]
    length = done = 0
    for match in _ODD.finditer(raw):
        new = _instead(match)
        if new == match.group():
            continue
        start, end = match.span()
        parts += (raw[done:start], new)
        runs.append((length + start - done, start))
        length += start - done + len(new)
        runs.append((length, end))
        done = end
    parts.append(raw[done:])
    return Mended("".join(parts), tuple(runs))


def _instead(match: re.Match[str]) -> str:
    found = match.group()
    kind = match.lastgroup
    if kind == "hyphen":
        return "-\n"
    if kind == "code":
        return _CODES[found]
    if kind == "form":
        return unicodedata.normalize("NFKC", found)
    if kind == "accent":
        letter = "i" if found[-1] == "ı" else found[-1]
        both = unicodedata.normalize("NFC", letter + _ACCENTS[found[0]])
        return both if len(both) == 1 else found
    return {"line": "\n", "space": " "}.get(kind or "", "")


_LAST = re.compile(r"[^\W\d_]+$")
_FIRST = re.compile(r"[^\W\d_]+")
_BEFORE = frozenset(
    "cross eight first five four full half high long low mid nine one quasi self semi seven short "
    "single six three two well".split()
)
_AFTER = frozenset(
    "based called centred centered driven free funded led level like oriented quality rated "
    "related scale specific term wide year".split()
)


def hyphen_stays(before: str, after: str, known: Mapping[str, int]) -> bool:
    """Whether the hyphen between `before` (without it) and `after`, at a line's end, belongs to
    the word. `known` counts the words of the same document, in small letters, with hyphens."""
    last, first = _LAST.search(before), _FIRST.match(after)
    if not last or not first or not after[0].islower() or before[-2:].isupper():
        return True
    left, right = last.group().casefold(), first.group().casefold()
    joined, compound = known.get(left + right, 0), known.get(f"{left}-{right}", 0)
    if joined != compound:
        return compound > joined
    if len(left) == 1 or left in _BEFORE or right in _AFTER:
        return True
    return min(len(left), len(right)) > 3 and left in known and right in known


_WORD = re.compile(r"[^\W\d_]+")
_STRANGE = re.compile("[\ue000-\uf8ff\ufffd\U000f0000-\U0010ffff\x00-\x08\x0e-\x1f]")
_VOWEL = re.compile(r"[aeiouyà-öø-ÿ]", re.IGNORECASE)
_OTHER_SCRIPT = re.compile(r"[^\x00-\u024f]")
_HEAP = re.compile(r"[bcdfghjklmnpqrstvwxz]{6}", re.IGNORECASE)


def legibility(text: str) -> float:
    """From 0 to 1, how much `text` looks like words: the share of letters in words that could be
    some, less what is lost to signs without meaning and to spaces inside words."""
    signs = len(text) - text.count(" ") - text.count("\n")
    words = _WORD.findall(text)
    letters = sum(map(len, words))
    if not signs or not letters:
        return 0.0
    good = sum(len(word) for word in words if _wordlike(word))
    strange = len(_STRANGE.findall(text)) / signs
    alone = sum(len(word) == 1 for word in words) / len(words)
    return good / letters * max(0.0, 1 - 4 * strange) * min(1.0, 1.6 - alone)


def _wordlike(word: str) -> bool:
    if len(word) < 4 or _OTHER_SCRIPT.search(word):
        return True
    return len(word) <= 24 and bool(_VOWEL.search(word)) and not _HEAP.search(word)
