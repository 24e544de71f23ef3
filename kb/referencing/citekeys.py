"""A new reference in, its citekey out, which it keeps for good.

The rule, as in `arnstein1969ladder`, `nesta2011people` and `inettndexamining`:

1. the first author's family name with its particle, or the first editor's, in letters a to z
   (accents dropped, other scripts spelled out). Of a body its telling words: joined if they are
   one or two ("scottishgovernment"), their initials if more ("scie"). "anon" without a name;
2. the year, "nd" without one;
3. the first telling word of the title, hyphens dropped: no article, preposition or the like;
4. a, b, c … where that is taken, whatever the case: the key becomes the name of a file.

Names and words end after 24 letters. A key that an import brings along is kept where it can be.
"""

import re
from collections.abc import Collection

from kb.referencing import OTHERS, Person, Reference
from kb.referencing.titles import words

_LONGEST = 24
_HYPHEN = re.compile(r"(?<=\w)[-‐‑](?=\w)")
_VALID = re.compile(r"[A-Za-z0-9][\w.:+-]*")
VALID = "start with a letter or digit, then letters, digits and . _ : + -"
"""What a citekey must be, as a next step."""
_PASSED_OVER = frozenset(
    "a an the and or but nor of in on at by to for from with without into onto over under between "
    "among across through towards toward as is are was were be been being it its do does did can "
    "could should would will may might must has have had not no than that this these those what "
    "when where which who whom whose why how if whether s t "
    "der die das den dem des ein eine einer und oder von zu im am auf für mit le la les un une du "
    "de et ou el los las y o en del al per il lo gli i e di da".split()
)


def made(reference: Reference, taken: Collection[str]) -> str:
    """The key by the rule. `taken` are all keys that ever meant something here: those of
    references.bib and those that annotations speak of."""
    people = [person for person in reference.authors or reference.editors if person != OTHERS]
    name = _name(people[0]) if people else ""
    year = re.search(r"\d{4}", reference.year)
    stem = f"{name or 'anon'}{year[0] if year else 'nd'}{_word(reference.title)}"
    return free(stem, taken)


def is_valid(key: str) -> bool:
    """Whether it can be a citekey."""
    return _VALID.fullmatch(key) is not None


def kept(reference: Reference, taken: Collection[str]) -> str:
    """The key that came with the reference, where it is one and is free; else one by the rule."""
    key = reference.citekey
    if is_valid(key) and key.casefold() not in {other.casefold() for other in taken}:
        return key
    return made(reference, taken)


def free(stem: str, taken: Collection[str]) -> str:
    """`stem`, or the first of stem + a, b … z, aa … that is not taken."""
    folded = {key.casefold() for key in taken}
    number, key = 0, stem
    while key.casefold() in folded:
        key = stem + _letters(number)
        number += 1
    return key


def _letters(number: int) -> str:
    """0 → a, 25 → z, 26 → aa."""
    return (_letters(number // 26 - 1) if number >= 26 else "") + chr(ord("a") + number % 26)


def _name(person: Person) -> str:
    if not person.corporate:
        return "".join(words(person.name))[:_LONGEST]
    telling = [word for word in words(person.family) if word not in _PASSED_OVER]
    joined = "".join(telling) if len(telling) <= 2 else "".join(word[0] for word in telling)
    return (joined or "".join(words(person.family)))[:_LONGEST]


def _word(title: str) -> str:
    found = words(_HYPHEN.sub("", title))
    telling = (word for word in found if word not in _PASSED_OVER and not word.isdigit())
    return next(telling, found[0] if found else "untitled")[:_LONGEST]
