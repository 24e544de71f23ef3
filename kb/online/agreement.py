"""Is a record the document that was asked for? Title, author and year must agree.

The DOI printed in a document may be another paper's, and a search always finds something, so no
record is believed for its DOI or its rank. The comparison is by words: across a whole title one
letter more or less ("men", "women") changes little in the spelling and much in the meaning.
"""

import re
import unicodedata
from collections.abc import Iterator
from difflib import SequenceMatcher

from kb.online import Record
from kb.records import Described

_SPELLING = 0.9
"""How alike two words are taken for one: a hyphen, a ligature, a footnote mark apart."""
_EXTRA = 0.1
"""The share of a title's words that the other may lack."""
_MAIN_WORDS = 4
"""A title may lack its subtitle if what is left has so many words."""
_TELLING = frozenset(
    "comment commentary correction corrected corrigendum editorial erratum letter protocol reply "
    "response retracted retraction review no non not without i ii iii iv v vi vii viii ix x".split()
)
"""Words that make another work of the same title; numbers do too."""
_PARTICLES = frozenset("da de del della den der di do dos du la le ten ter van von und y".split())
_LETTERS = str.maketrans({"ø": "o", "đ": "d", "ł": "l", "æ": "ae", "œ": "oe", "ı": "i", "ð": "d"})


def disagreement(asked: Described, found: Record) -> str:
    """Why `found` is not what was asked for, "" if it is.

    The titles must be nearly the same, one author in common, the years at most 1 apart where both
    are known. Where either names no author, the DOI must be the one that was asked for.
    """
    if not same_title(asked.title, found.title):
        return "another title" if asked.title else "the title to compare it with is not known"
    if asked.authors and found.authors:
        if not _author_in_common(asked.authors, [author.family for author in found.authors]):
            return "no author in common"
    elif not asked.doi or bare_doi(asked.doi) != bare_doi(found.doi):
        return "no authors to compare"
    years = [int(year) for text in (asked.year, found.year) for year in _year(text)]
    if len(years) == 2 and abs(years[0] - years[1]) > 1:
        return f"{years[1]}, not {years[0]}"
    return ""


def bare_doi(text: str) -> str:
    """A DOI alone and in small letters, from a DOI or its address; "" if it is none. DOIs mean
    the same in capitals and small letters (DOI Handbook, 2.4)."""
    doi = re.sub(r"^(?:https?://(?:dx\.)?doi\.org/|doi:\s*)", "", text.strip().lower())
    return doi if re.fullmatch(r"10\.\d{4,9}(?:\.\d+)*/[^\s\x00-\x1f]{1,500}", doi) else ""


def same_title(one: str, other: str) -> bool:
    """Nearly the same title; the subtitle may be missing from one of them."""
    ours, theirs = words(one), words(other)
    if not ours or not theirs or _telling(ours) != _telling(theirs):
        return False
    if _alike(ours, theirs):
        return True
    mains = [(words(_main(one)), theirs), (ours, words(_main(other)))]
    return any(
        min(len(left), len(right)) >= _MAIN_WORDS and _alike(left, right) for left, right in mains
    )


def words(text: str) -> list[str]:
    """The words without accents, capitals and punctuation."""
    plain = unicodedata.normalize("NFKD", text.casefold()).translate(_LETTERS)
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return re.findall(r"[^\W_]+", re.sub("['’`ʼ\u00ad]", "", plain))


def _telling(title: list[str]) -> set[str]:
    return {word for word in title if word in _TELLING or word.isdecimal()}


def _main(title: str) -> str:
    return re.split(r"[:?.!]\s|\s[-–—]\s", title, maxsplit=1)[0]


def _alike(ours: list[str], theirs: list[str]) -> bool:
    if "".join(ours) == "".join(theirs):
        return True
    extra = 0
    for tag, a, b, c, d in SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes():
        left, right = "".join(ours[a:b]), "".join(theirs[c:d])
        if tag == "replace" and _likeness(left, right) < _SPELLING:
            return False
        if tag in ("insert", "delete"):
            extra += (b - a) + (d - c)
    return extra <= _EXTRA * max(len(ours), len(theirs))


def _likeness(left: str, right: str) -> float:
    return SequenceMatcher(None, left, right, autojunk=False).ratio()


def _author_in_common(asked: tuple[str, ...], families: list[str]) -> bool:
    """`asked` as "Ann Smith", "Smith, Ann", "Smith A" or "Smith": all of a family name's words
    must be in it."""
    known = [set(words(name)) for name in asked]
    wanted = [set(words(family)) - _PARTICLES for family in families]
    return any(family and family <= name for family in wanted for name in known)


def _year(text: str) -> Iterator[str]:
    yield from re.findall(r"\b(?:1[5-9]|20)\d\d\b", text)[:1]


def is_particle(word: str) -> bool:
    """Whether a word of a name, in small letters as it stands, is a "van" or "de"."""
    return word in _PARTICLES
