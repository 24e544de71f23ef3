"""A question → the Claim it asks about: a circumstance of the framework, or a claim of its own.

A question that names a circumstance's id, or holds just the words of one of its wordings, is read
as that circumstance; otherwise what was learnt from all wordings decides (kb/intent.py), if it is
sure enough and the question near enough. The answer always says how the question was read.
"""

import re
from collections.abc import Mapping, Sequence

import numpy as np

from kb import intent
from kb.framework import Framework
from kb.records import Circumstance, Claim
from kb.storing import Vectors
from kb.storing.words import STOP_WORDS

# How a question is put, as against what it is about: "what evidence supports X?" asks about X.
_FRAME = re.compile(
    r"^(?:(?:what|which|is there|show me|give me|find|any|the|all|some|evidence|research|studies|"
    r"sources|papers|literature|support|supports|supporting|challenge|challenges|challenging|"
    r"contradicts?|says?|do we have|for|against|on|about|that|there|is|are|and|or|of)\b[\s,]*)+",
    re.IGNORECASE,
)
# What begins a question or a search, and no statement.
_ASKING = re.compile(
    r"(?:what|which|who|whom|whose|how|why|when|where|is|are|was|were|does|do|did|can|could|should|"
    r"would|will|has|have|show|find|give|list|evidence|any|tell)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w+")
_SHORTEST_STATEMENT = 4  # words: "Reminders increase uptake here"
# Search does without these words, but "how does it work" is not "does it work".
_TELLING = {"how", "why", "when", "where", "who", "whom", "whose"}
# The least mean cosine to the three nearest wordings, all taken from their middle: of a few
# circumstances one is always probable, however far a question is from all of them.
_NEAR = 0.25
# How much more probable it must be than any other reading: "not sure" is better than wrong.
_LEAD = 0.05


def subject(question: str) -> str:
    """What the question is about, without the words that only ask."""
    text = question.strip().rstrip("?!. ")
    return _FRAME.sub("", text).strip() or text


def essence(text: str, framework: Framework) -> str:
    """The text without the words that only ask and the topic that every circumstance shares: what
    is left tells the circumstances apart. The text itself when nothing is left."""
    topic = "|".join(re.escape(spelling) for spelling in framework.topic)
    about = subject(text)
    rest = re.sub(rf"\b(?:{topic})\b", " ", about, flags=re.IGNORECASE) if topic else about
    return " ".join(rest.split()) or about


def wordings(framework: Framework) -> list[tuple[str, str]]:
    """(circumstance id, essence of one of its wordings), "" for what is asked elsewhere; to be
    embedded once."""
    pairs = [
        (circumstance.id, text)
        for circumstance in framework.circumstances
        for text in (circumstance.statement, *circumstance.aliases, *circumstance.questions)
    ]
    pairs += [("", text) for text in framework.elsewhere]
    return [(name, essence(text, framework)) for name, text in pairs]


def match(
    question: str,
    framework: Framework,
    embedded: Sequence[tuple[str, Vectors]],
    weights: Mapping[str, Vectors],
    vector: Vectors,
    threshold: float,
) -> Claim:
    """`embedded` are (circumstance id, unit vector) of the wordings and `weights` what was learnt
    from them (`intent.fit`); `vector` is that of the question's essence. Only circumstances of
    `framework` are considered: pass one narrowed to a criterion to stay within it."""
    named = framework.circumstance(question.strip().rstrip("?"))
    if named:
        return by_id(named)
    content = _content(question, framework)
    alias = _by_alias(question, framework) if content else None
    if alias:
        return _claim(alias, "alias", 1.0)
    if not content or not embedded or not framework.circumstances:
        return own_claim(question)
    middle = intent.middle([name for name, _ in embedded], np.stack([v for _, v in embedded]))
    row = intent.features([essence(question, framework)], vector[None], middle)[0]
    probable = intent.probabilities(weights, row)
    ranked = sorted(framework.circumstances, key=lambda c: (-probable.get(c.id, 0.0), c.id))
    first = probable.get(ranked[0].id, 0.0)
    second = max((chance for name, chance in probable.items() if name != ranked[0].id), default=0.0)
    sure = first >= max(threshold, second + _LEAD)
    if sure and _nearness(ranked[0], embedded, middle, vector) >= _NEAR:
        return _claim(ranked[0], "meaning", round(first, 4))
    return own_claim(question, tuple(circumstance.id for circumstance in ranked[:3]))


def own_claim(text: str, near: tuple[str, ...] = ()) -> Claim:
    """A claim in the user's own words, tied to no circumstance; `near` are ids that came near."""
    return Claim(id="", text=text, criterion="", matched_by="claim", score=None, near=near)


def by_id(circumstance: Circumstance) -> Claim:
    """The claim that a circumstance asked for by its id is."""
    return _claim(circumstance, "id", 1.0)


def _claim(circumstance: Circumstance, matched_by: str, score: float) -> Claim:
    return Claim(circumstance.id, circumstance.statement, circumstance.criterion, matched_by, score)


def stated(text: str, framework: Framework) -> Circumstance | None:
    """The circumstance whose statement the text is, but for case and a full stop."""
    wanted = text.strip().rstrip(".").casefold()
    return next(
        (c for c in framework.circumstances if c.statement.rstrip(".").casefold() == wanted), None
    )


def is_statement(text: str) -> bool:
    """Whether a text reads as a statement, which a passage can support or challenge, and not as a
    question or as a few words to search by."""
    asks = text.rstrip().endswith("?") or _ASKING.match(text)
    return not asks and len(text.split()) >= _SHORTEST_STATEMENT


def looks_like_an_id(text: str) -> bool:
    """Whether a text has the form of the ids that frameworks use, such as S1."""
    return re.fullmatch(r"[A-Za-z]{1,3}-?\d{1,3}", text.strip()) is not None


def _by_alias(question: str, framework: Framework) -> Circumstance | None:
    """The circumstance of which the question holds just the words: an alias inside a longer
    question would answer for the part of it that is not about it.

    Words that search does without may differ where more than one other is left, or where the
    wording is one word: "should we pay" is not "pay for itself".
    """
    asked, content = _all_words(question, framework), _content(question, framework)
    longest = max(content, key=len)
    for circumstance in framework.circumstances:
        for wording in (circumstance.statement, *circumstance.aliases, *circumstance.questions):
            if longest not in wording.lower():  # most are not, and the rest takes time
                continue
            said = _all_words(wording, framework)
            if said == asked:
                return circumstance
            if _content(wording, framework) == content and (len(content) > 1 or said == content):
                return circumstance
    return None


def _all_words(text: str, framework: Framework) -> tuple[str, ...]:
    """The words of the text's essence in lower case, in order."""
    return tuple(_WORD.findall(essence(text, framework).lower()))


def _content(text: str, framework: Framework) -> tuple[str, ...]:
    """Of these, the ones that carry the meaning."""
    return tuple(
        word for word in _all_words(text, framework) if word not in STOP_WORDS or word in _TELLING
    )


def _nearness(
    circumstance: Circumstance,
    embedded: Sequence[tuple[str, Vectors]],
    middle: Vectors,
    vector: Vectors,
) -> float:
    """The mean cosine to the three nearest wordings of a circumstance."""
    own = np.stack([wording for name, wording in embedded if name == circumstance.id])
    cosines = intent.unit(own - middle) @ intent.unit(vector - middle)
    return float(np.sort(cosines)[-3:].mean())
