"""A claim → what to search for: what it says, and what would be said against it.

A passage that challenges a claim need not look like it. So two things are searched for, and the
best of both comes first: the claim in all the words that people ask by, and its opposites, those
of the framework or else a denial. On the shipped corpus this finds more on both sides, and as much
on the one as on the other (docs/results.md, Search).
"""

import re
from collections.abc import Callable, Iterator

from kb.records import Circumstance

Texts = tuple[str, ...]
"""Searched for as one: the middle of what they mean, and any of their words."""

_PAIRS = """increase decrease, increases decreases, increased decreased, increasing decreasing,
    raise lower, raises lowers, raised lowered, improve worsen, improves worsens, improved worsened,
    improving worsening, more less, higher lower, better worse, succeed fail,
    succeeds fails, succeeded failed, successful unsuccessful, works fails,
    effective ineffective, possible impossible, enable prevent, enables prevents, enabled prevented,
    gain lose, gained lost, save waste, saves wastes, saved wasted, easy difficult, easier harder,
    helps hinders, help hinder, helped hindered, always never, often rarely, cheap expensive,
    necessary unnecessary, equal unequal, equally unequally, cheaper dearer, large small,
    larger smaller, strong weak, stronger weaker, robust weak, reduces increases, reduce increase,
    reduced increased, promotes obstructs"""
_OPPOSITE: dict[str, str] = {}
for _one, _other in re.findall(r"(\w+) (\w+)", _PAIRS):
    _OPPOSITE.setdefault(_one, _other)
    _OPPOSITE.setdefault(_other, _one)
_DENIED = re.compile(
    r"\b(?:do(?:es)? not|did not|cannot|not|never|no)\b\s*|n['’]t\b", re.IGNORECASE
)
_CAN_BE_DENIED = re.compile(
    r"\b(?:is|are|was|were|can|could|should|would|will|must|may|might)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w+")


def of_circumstance(circumstance: Circumstance) -> tuple[Texts, Texts]:
    """What is searched for on it, and what against it."""
    against = circumstance.opposites or (denial(circumstance.statement),)
    return (circumstance.statement, *circumstance.aliases), against


def searches(
    circumstances: tuple[Circumstance, ...], essence: Callable[[str], str]
) -> Iterator[tuple[str, Texts]]:
    """(circumstance id, texts) of all; `essence` leaves out of a text what it shares with all."""
    for circumstance in circumstances:
        for texts in of_circumstance(circumstance):
            yield circumstance.id, tuple(dict.fromkeys(map(essence, texts)))


def denial(statement: str) -> str:
    """A statement that denies this one, to be searched for and never shown: what is denied in it
    is said, or else a word is turned into its opposite, or else "not" is put in."""
    if _DENIED.search(statement):
        return " ".join(_DENIED.sub(" ", statement).split())
    for word in _WORD.finditer(statement):
        if opposite := _OPPOSITE.get(word.group().lower()):
            return f"{statement[: word.start()]}{opposite}{statement[word.end() :]}"
    if verb := _CAN_BE_DENIED.search(statement):
        return f"{statement[: verb.end()]} not{statement[verb.end() :]}"
    return f"no evidence that {statement}"
