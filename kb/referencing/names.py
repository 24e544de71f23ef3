"""A name as RIS and PubMed write it in, a Person out."""

import re

from kb.referencing import OTHERS, Person
from kb.referencing.latex import one_line

_INITIALS = re.compile(
    r"(?P<family>(?:[a-z'’]+ )*[^\W\d_][\w'’-]*[a-z][\w'’-]*) (?P<given>[A-Z]{1,3})"
)
_SUFFIX = re.compile(r"(?:Jr|Sr|[IVX]+|\dnd|\drd|\dth)\.?", re.IGNORECASE)
_OF_A_BODY = {"and", "of", "for", "the", "on", "&"}
_BODY = re.compile(
    r"(?:organi[sz]ation|ministry|department|universit\w+|institut\w*|association|council|"
    r"commission|agency|cent(?:re|er)|committee|foundation|government|office|society|group|team|"
    r"collaboration|network|trust|ltd|inc|gmbh|union|federation|bank|service|authority)s?\.?",
    re.IGNORECASE,
)
"""Words that tell a body from a person."""
_PARTICLE = re.compile(r"((?:[a-z'’]+ )+)(\S.*)")


def person(text: str) -> Person | None:
    """ "Smith, Ann", "Smith, Ann, Jr.", "van der Berg, J." and, where a comma was forgotten,
    "Smith AB". A name without a comma is a body's: so says the RIS specification. None for none."""
    name = one_line(text).strip(" ,;")
    if not name:
        return None
    if re.fullmatch(r"et al\.?|others", name, re.IGNORECASE):
        return OTHERS
    parts = [part.strip() for part in name.split(",") if part.strip()]
    if len(parts) == 1:
        match = _INITIALS.fullmatch(name)
        return _split(match["family"], match["given"]) if match else Person(name, corporate=True)
    if len(parts) > 3 or _OF_A_BODY & set(" ".join(parts[1:]).split()):
        return Person(name, corporate=True)
    suffix = next((part for part in parts[1:] if _SUFFIX.fullmatch(part)), "")
    given = " ".join(part for part in parts[1:] if part != suffix)
    return _split(parts[0], given, suffix)


def byline(text: str) -> Person | None:
    """A name as it is printed: "Ann Smith", "Jan van der Berg", "Department of Health", and what
    `person` reads. The family name begins at the first particle, or is the last word: a guess,
    since family names of several words are cut short. None for none."""
    name = one_line(text).strip(" ,;")
    words = name.split()
    body = any(word.lower() in _OF_A_BODY or _BODY.fullmatch(word) for word in words)
    if "," in name or body or len(words) < 2 or _INITIALS.fullmatch(name):
        one = Person(name) if len(words) == 1 and not body and "," not in name else person(name)
        return one if name else None
    end = len(words) - 1 if len(words) > 2 and _SUFFIX.fullmatch(words[-1]) else len(words)
    begin = next((i for i in range(1, end - 1) if words[i].islower()), end - 1)
    return _split(" ".join(words[begin:end]), " ".join(words[:begin]), " ".join(words[end:]))


def people(texts: list[str]) -> tuple[Person, ...]:
    """A Person for each of the names that is one."""
    return tuple(found for text in texts if (found := person(text)))


def _split(family: str, given: str, suffix: str = "") -> Person:
    """With the lower-case words before a family name as its particle."""
    match = _PARTICLE.fullmatch(family)
    particle, family = (match[1].strip(), match[2]) if match else ("", family)
    return Person(family, given, particle, suffix)
