"""What a file or an import says of itself in, the entry that it belongs to out.

A wrong match would show one paper's words as another's, so little is certain: a DOI only where
the title agrees as well, since the DOI printed in a file may be that of a paper it cites; a title
only to the letter, with an author in common. All else is put to a person, with the reasons.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from kb.records import Described, Source
from kb.referencing import doi
from kb.referencing.titles import ALIKE, alike, words

_TELLING = 4
"""Words of a title that is hardly ever given twice by the same people."""


@dataclass(frozen=True, slots=True)
class Match:
    """An entry, how far its title agrees (0 to 1) and why it was chosen, fit to print. Where it is
    not `certain`, a person should look."""

    citekey: str
    certain: bool
    why: str
    score: float = 0.0


@dataclass(frozen=True, slots=True)
class _Agreement:
    """None where either side does not say."""

    doi: bool | None
    title: float | None
    author: bool | None
    year: bool | None


def find(says: Described, sources: Iterable[Source]) -> Match | None:
    """The entry of `sources` that `says` describes, None if there is none."""
    found = [match for source in sources if (match := _match(says, source))]
    found.sort(key=lambda match: (match.certain, match.score), reverse=True)
    if len(found) > 1 and found[0].certain and found[1].certain:
        return replace(found[0], certain=False, why=f"'{found[1].citekey}' fits as well")
    return found[0] if found else None


def _match(says: Described, source: Source) -> Match | None:
    here, there = doi.key(says.doi), doi.key(source.doi)
    same_doi = here == there if here and there else None
    title = alike(says.title, source.title) if words(says.title) else None
    if not same_doi and (title is None or title < ALIKE):
        return None
    author = in_common(says.authors, source.authors)
    agreement = _Agreement(same_doi, title, author, near(says.year, source.year))
    verdict = _by_doi(agreement) if same_doi else _by_title(agreement, says)
    if verdict is None:
        return None
    certain, why = verdict
    return Match(source.citekey, certain, why, title or 0.0)


def _by_doi(found: _Agreement) -> tuple[bool, str] | None:
    if found.title is not None and found.title >= ALIKE:
        if found.author is False:
            return False, "DOI and title agree, but no author does"
        return True, f"DOI and title agree{' and an author' if found.author else ''}"
    if found.author:
        other = "no title is known" if found.title is None else "the titles differ"
        return False, f"the DOI and an author agree, but {other}"
    if found.title is None and found.author is None:
        return False, "the DOI agrees, but nothing else is known; it may be a cited paper's"
    return None


def _by_title(found: _Agreement, says: Described) -> tuple[bool, str] | None:
    if found.title is None or found.author is False:
        return None
    if found.year is False and not (found.author and found.title == 1):
        return None
    if found.author is None and found.title < 1:
        return None
    agreed = ["the title agrees" if found.title == 1 else "the titles are near-same"]
    agreed += ["an author agrees"] if found.author else []
    agreed += ["the year agrees"] if found.year else []
    doubts = [
        *(["the DOIs differ"] if found.doi is False else []),
        *(["the years differ"] if found.year is False else []),
        *(["no authors to compare"] if found.author is None else []),
        *(["no years to compare"] if found.year is None else []),
    ]
    enough = found.year or (found.year is None and len(words(says.title)) >= _TELLING)
    certain = bool(found.title == 1 and found.author and enough and found.doi is not False)
    why = ", ".join(agreed)
    return certain, why if certain or not doubts else f"{why}; but {', '.join(doubts)}"


def gap(first: str, second: str) -> int | None:
    """Years from the first to the second, None where either is unknown."""
    one, other = re.search(r"\d{4}", first), re.search(r"\d{4}", second)
    return int(other[0]) - int(one[0]) if one and other else None


def near(first: str, second: str) -> bool | None:
    """Whether two years are the same or neighbours, as online first and in print; None where
    either is unknown."""
    years = gap(first, second)
    return None if years is None else abs(years) <= 1


def in_common(said: tuple[str, ...], families: tuple[str, ...]) -> bool | None:
    """Whether a family name is among the names that are said, however those are written; None
    where either side has none."""
    spoken = [set(words(name)) for name in said]
    known = [set(words(family)) for family in families if family != "others"]
    spoken, known = [name for name in spoken if name], [name for name in known if name]
    if not spoken or not known:
        return None
    return any(family <= name for family in known for name in spoken)
