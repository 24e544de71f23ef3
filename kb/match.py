"""A question → the Claim it asks about: a circumstance of the framework, or a claim of its own.

A question that names a circumstance's id, or is nothing but one of its aliases (or holds one of
several words), is read as that circumstance; otherwise the nearest wording decides, if it is near
enough. The answer always says how the question was read.
"""

import re
from collections.abc import Sequence

from kb.framework import Framework
from kb.records import Circumstance, Claim
from kb.storing import Vectors

# How a question is put, as against what it is about: "what evidence supports X?" asks about X.
_FRAME = re.compile(
    r"^(?:(?:what|which|is there|show me|give me|find|any|the|all|some|evidence|research|studies|"
    r"sources|papers|literature|support|supports|supporting|challenge|challenges|challenging|"
    r"contradicts?|says?|do we have|for|against|on|about|that|there|is|are|and|or|of)\b[\s,]*)+",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w+")


def subject(question: str) -> str:
    """What the question is about, without the words that only ask."""
    text = question.strip().rstrip("?!. ")
    return _FRAME.sub("", text).strip() or text


def match(
    question: str,
    framework: Framework,
    wordings: Sequence[tuple[str, str, Vectors]],
    vector: Vectors,
    threshold: float,
) -> Claim:
    """`wordings` are (circumstance id, text, unit vector); `vector` is the question's subject's.
    Only circumstances of `framework` are considered: pass one narrowed to a criterion to stay
    within it."""
    named = framework.circumstance(question.strip().rstrip("?"))
    if named:
        return _claim(named, "id", 1.0)
    alias = _by_alias(question, framework.circumstances)
    if alias:
        return _claim(alias, "alias", 1.0)
    score, nearest = _nearest(framework, wordings, vector)
    if nearest and score >= threshold:
        return _claim(nearest, "meaning", round(score, 4))
    return own_claim(question)


def own_claim(text: str) -> Claim:
    """A claim in the user's own words, tied to no circumstance."""
    return Claim(id="", text=text, criterion="", matched_by="claim", score=None)


def _claim(circumstance: Circumstance, matched_by: str, score: float) -> Claim:
    return Claim(
        circumstance.id, circumstance.statement, circumstance.criterion, matched_by, score
    )


def _by_alias(question: str, circumstances: Sequence[Circumstance]) -> Circumstance | None:
    """The circumstance whose alias is the whole subject, or the longest alias of two words or
    more that the question contains; a single word inside a longer question proves too little."""
    asked = _phrase(question)
    about = _phrase(subject(question))
    found: list[tuple[int, str, Circumstance]] = []
    for circumstance in circumstances:
        for alias in (circumstance.statement, *circumstance.aliases):
            phrase = _phrase(alias)
            whole = phrase in (about, asked)
            if whole or (phrase.count(" ") > 2 and phrase in asked):
                found.append((len(phrase) + 1_000 * whole, circumstance.id, circumstance))
    return max(found, key=lambda item: (item[0], item[1]))[2] if found else None


def _phrase(text: str) -> str:
    """The words in lower case between single spaces, so that a phrase is found by `in`."""
    return f" {' '.join(_WORD.findall(text.casefold()))} "


def _nearest(
    framework: Framework, wordings: Sequence[tuple[str, str, Vectors]], vector: Vectors
) -> tuple[float, Circumstance | None]:
    best: tuple[float, Circumstance | None] = (0.0, None)
    for name, _, wording in wordings:
        circumstance = framework.circumstance(name)
        score = float(wording @ vector)
        if circumstance and score > best[0]:
            best = (score, circumstance)
    return best
