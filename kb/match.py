"""A question → the Claim it asks about: a circumstance of the framework, or a claim of its own.

A question that names a circumstance's id, or holds just the words of one of its wordings, is read
as that circumstance; otherwise the nearest wordings decide, if they are near enough. The answer
always says how the question was read.
"""

import re
from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from kb.framework import Framework
from kb.records import Circumstance, Claim
from kb.storing import Vectors
from kb.storing.words import words

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
_SHORTEST_STATEMENT = 4  # words: "Reminders increase uptake here"


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
    vector: Vectors,
    threshold: float,
) -> Claim:
    """`embedded` are (circumstance id, unit vector) of the wordings, `vector` is that of the
    question's essence. Only circumstances of `framework` are considered: pass one narrowed to a
    criterion to stay within it."""
    named = framework.circumstance(question.strip().rstrip("?"))
    if named:
        return by_id(named)
    alias = _by_alias(question, framework)
    if alias:
        return _claim(alias, "alias", 1.0)
    ranked, elsewhere = _nearest(framework, embedded, vector)
    if ranked and ranked[0][0] >= max(threshold, elsewhere):
        return _claim(ranked[0][1], "meaning", round(ranked[0][0], 4))
    return own_claim(question, tuple(circumstance.id for _, circumstance in ranked[:3]))


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
    question would answer for the part of it that is not about it."""
    asked = _content(question, framework)
    for circumstance in framework.circumstances:
        for wording in (circumstance.statement, *circumstance.aliases, *circumstance.questions):
            if asked and _content(wording, framework) == asked:
                return circumstance
    return None


def _content(text: str, framework: Framework) -> tuple[str, ...]:
    """The words that carry the meaning, in order: neither the topic nor those that only ask."""
    return tuple(words(essence(text, framework)))


def _nearest(
    framework: Framework, embedded: Sequence[tuple[str, Vectors]], vector: Vectors
) -> tuple[list[tuple[float, Circumstance]], float]:
    """Circumstances by falling nearness, and the nearness of what is asked elsewhere.

    Nearness is the mean cosine to the three nearest wordings, all vectors taken from the middle of
    the wordings of circumstances, since within one topic all are alike. Both were chosen on the
    tuning half of tests/questions.jsonl (docs/results.md).
    """
    own = [wording for name, wording in embedded if name]
    if not own:
        return [], 0.0
    middle = np.stack(own).mean(axis=0)
    rows = np.stack([wording for _, wording in embedded])
    cosines = _unit(rows - middle) @ _unit(vector - middle)
    of_each: dict[str, list[float]] = defaultdict(list)
    for (name, _), cosine in zip(embedded, cosines.tolist(), strict=True):
        of_each[name].append(cosine)
    ranked = [
        (sum(nearest) / len(nearest), circumstance)
        for circumstance in framework.circumstances
        if (nearest := sorted(of_each[circumstance.id])[-3:])
    ]
    elsewhere = max(of_each[""], default=0.0)
    return sorted(ranked, key=lambda pair: (-pair[0], pair[1].id)), elsewhere


def _unit(vectors: Vectors) -> Vectors:
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    scaled: Vectors = vectors / np.maximum(length, 1e-6)
    return scaled
