"""Judgements whose passage is gone → the passage that has their words now.

A judgement is on words: its passage's id is made of them, and it carries them. Where a file was
renamed, edited around them, read by a newer reader or cut otherwise, the id may be gone and the
words still there. White space is not compared, all else is. Nothing is written to people's file.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from kb.records import Passage, Stance, Verdict
from kb.storing.annotations import Annotations, Readings, Seen
from kb.storing.catalog import Catalog

_PARTLY = 0.5
"""The share of the words judged from which a passage may be what has become of them."""


def anchors(catalog: Catalog, quotes: Mapping[str, str]) -> dict[str, str]:
    """For each id of `quotes` (id → text judged) that is no passage any more, the id of the one
    passage of its source that is its text or holds all of it; or of any source, where no file
    stands for its own any more. What several passages hold is left out."""
    ids = catalog.ids()
    gone: dict[str, dict[str, str]] = defaultdict(dict)
    for name in quotes.keys() - ids:
        gone[name.partition("#")[0]][name] = folded(quotes[name])
    found: dict[str, str] = {}
    for citekey in {file.citekey for file in catalog.files(gone).values()}:
        found |= _among(gone.pop(citekey), catalog.passages_of(citekey))
    elsewhere = {name: text for of_one in gone.values() for name, text in of_one.items()}
    if elsewhere:
        found |= _among(elsewhere, catalog.passages(ids).values())
    return found


def _among(quotes: Mapping[str, str], passages: Iterable[Passage]) -> dict[str, str]:
    texts = {passage.id: folded(passage.text) for passage in passages}
    by_text: dict[str, list[str]] = {}
    for name, text in texts.items():
        by_text.setdefault(text, []).append(name)
    found = {}
    for judged, quote in quotes.items():
        same = by_text.get(quote) or [name for name, text in texts.items() if _holds(text, quote)]
        if len(same) == 1:
            found[judged] = same[0]
    return found


def _holds(text: str, quote: str) -> bool:
    """Whether the quote stands in the text whole, from the beginning of a word to its end."""
    return quote in text and bool(re.search(rf"(?<!\w){re.escape(quote)}(?!\w)", text))


def folded(text: str) -> str:
    """The text with one space for all white space between two words."""
    return " ".join(text.split())


def partly(quotes: Mapping[str, str], passages: Iterable[Passage]) -> dict[str, str]:
    """For ids judged, with their text: the id of the passage that has most of their words, in
    threes, if one has half. The earliest in the order of ids, of those that have as many."""
    having: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for passage in passages:
        for three in _threes(passage.text):
            having[three].append(passage.id)
    found: dict[str, str] = {}
    for judged, quote in quotes.items():
        wanted = _threes(quote)
        shared = Counter(name for three in wanted for name in having.get(three, ()))
        if shared:
            most = max(shared.values())
            if most >= _PARTLY * len(wanted):
                found[judged] = min(name for name, number in shared.items() if number == most)
    return found


def _threes(text: str) -> set[tuple[str, ...]]:
    words = text.casefold().split()
    return {tuple(words[place : place + 3]) for place in range(max(1, len(words) - 2))}


def anchored(annotations: Annotations, found: Mapping[str, str]) -> Annotations:
    """The same, with what was judged of an id of `found` (as `anchors` gives it) under the passage
    that has its words. Where a person has judged that passage itself, that alone counts; but of
    what they said of the very same words, under whichever id, the latest."""
    annotations = _latest(annotations, found)
    verdicts = {key: of for key, of in annotations.verdicts.items() if key[0] not in found}
    readings, partial = _moved_readings(annotations, found)
    again: dict[tuple[str, str], list[Verdict]] = {}
    for (judged, circumstance), of in annotations.verdicts.items():
        if judged in found:
            quote = annotations.quotes[judged]
            there = [replace(v, passage_id=found[judged], quote=quote) for v in of]
            again.setdefault((found[judged], circumstance), []).extend(there)
    for key, others in again.items():
        own = verdicts.get(key, ())
        mine = {verdict.by for verdict in own}
        both = [*own, *_one_each([v for v in others if v.by not in mine])]
        verdicts[key] = tuple(sorted(both, key=lambda verdict: verdict.by))
    return replace(annotations, readings=readings, partial=partial, verdicts=verdicts)


def _latest(annotations: Annotations, found: Mapping[str, str]) -> Annotations:
    """The same without what a person said of words that they said something later of, under
    another id: a file may be renamed, judged again, and renamed back."""
    names = {*found, *found.values()} & annotations.quotes.keys()
    words = {name: (found.get(name, name), folded(annotations.quotes[name])) for name in names}
    newest: dict[object, tuple[datetime, str]] = {}
    for (name, about, by), at in annotations.times.items():
        if name in words:
            key = (words[name], about, by)
            newest[key] = max(newest.get(key, (at, name)), (at, name))

    def stands(name: str, about: str, by: str) -> bool:
        if name not in words:
            return True
        whole, _ = newest.get((words[name], "", by), (None, ""))
        at = annotations.times.get((name, about, by))
        overtaken = (
            whole and at and about and at < whole and (name, about) not in annotations.verdicts
        )
        return not overtaken and newest.get((words[name], about, by), (at, name))[1] == name

    verdicts = {
        (name, about): kept
        for (name, about), of in annotations.verdicts.items()
        if (kept := tuple(verdict for verdict in of if stands(name, about, verdict.by)))
    }
    readings = {(n, by): of for (n, by), of in annotations.readings.items() if stands(n, "", by)}
    partial = {
        (name, by): {about: seen for about, seen in of.items() if stands(name, about, by)}
        for (name, by), of in annotations.partial.items()
    }
    return replace(annotations, verdicts=verdicts, readings=readings, partial=partial)


def _moved_readings(
    annotations: Annotations, found: Mapping[str, str]
) -> tuple[Readings, dict[tuple[str, str], Seen]]:
    """Whole readings, and words on single criteria, each where its words are now; a person's own
    word on the passage itself comes before what they said of a part of it."""
    readings = {key: of for key, of in annotations.readings.items() if key[0] not in found}
    partial = {key: dict(of) for key, of in annotations.partial.items() if key[0] not in found}
    moved: Readings = {}
    for (judged, by), criteria in annotations.readings.items():
        key = (found.get(judged, ""), by)
        if key[0] and key not in readings:
            moved[key] = tuple(dict.fromkeys((*moved.get(key, ()), *criteria)))
    for (judged, by), seen in annotations.partial.items():
        key = (found.get(judged, ""), by)
        if key[0] and key not in readings and key not in moved:
            partial[key] = seen | partial.get(key, {})
    for key in moved.keys() & partial.keys():
        own = partial.pop(key)
        kept = (c for c in moved[key] if own.get(c, True))
        moved[key] = tuple(dict.fromkeys((*kept, *(c for c, seen in own.items() if seen))))
    return readings | moved, partial


def _one_each(verdicts: list[Verdict]) -> list[Verdict]:
    """A person who judged two paragraphs that are one passage now has one word on it: the side
    taken on either. Who took both sides keeps both, and the passage stands on neither."""
    kept: dict[tuple[str, Stance], Verdict] = {}
    for verdict in verdicts:
        kept.setdefault((verdict.by, verdict.stance), verdict)
    sides = {by for by, stance in kept if stance is not Stance.NEUTRAL}
    return [
        v for (by, stance), v in kept.items() if stance is not Stance.NEUTRAL or by not in sides
    ]
