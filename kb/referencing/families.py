"""Sources in, links between those that are one work or one study out: a proposal with its reason.
Links and what people say of them in, families out.

A preprint is known by the prefix of its DOI or the place it is kept at.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

from kb.records import Source
from kb.referencing import doi
from kb.referencing.matching import gap, in_common, near
from kb.referencing.titles import ALIKE, alike, words

PREPRINT_DOIS = {
    "arXiv": r"10\.48550/",
    # Cold Spring Harbor's journals share the prefix; their DOIs go on with letters. Since
    # December 2025 openRxiv has one of its own.
    "bioRxiv or medRxiv": r"10\.1101/\d|10\.64898/",
    "SSRN": r"10\.2139/ssrn",
    "OSF": r"10\.(?:31219|31222|31234|31235|35542|31730)/",
    "Research Square": r"10\.21203/rs",
    "Preprints.org": r"10\.20944/preprints",
    "ChemRxiv": r"10\.26434/chemrxiv",
}
"""The servers' names and how their DOIs begin; OSF's are its own, MetaArXiv's, PsyArXiv's,
SocArXiv's, EdArXiv's and AfricArXiv's."""

_PREPRINT_URLS = re.compile(r"//(?:www\.)?(arxiv|biorxiv|medrxiv|ssrn|osf)\.(?:org|com|io)/")
_REVISED = 0.8
"""Titles of a preprint and its article may be as unlike as this."""
_YEARS_IN_REVIEW = 4
_TELLING = 4
"""Words of a title that is hardly ever given twice by the same people."""


@dataclass(frozen=True, slots=True)
class Link:
    """Two citekeys, `kind` of "same DOI", "same work" or "preprint", and why. The preprint is
    the first."""

    first: str
    second: str
    kind: str
    why: str


def links(sources: Iterable[Source]) -> list[Link]:
    """A link for each pair that seems to be one work, in the order of the sources."""
    listed = list(sources)
    found = (_link(listed[one], listed[other]) for one, other in sorted(set(_pairs(listed))))
    return [link for link in found if link]


def families(
    found: Iterable[tuple[str, str]], told: Mapping[tuple[str, str], bool]
) -> list[tuple[str, ...]]:
    """Groups of citekeys, each and all sorted, that `found` links in pairs and people have not
    `told` apart. What is told together comes first; two that are told apart are never in one group,
    however many others link them. Pairs of `told` are sorted."""
    apart = {pair for pair, together in told.items() if not together}
    group: dict[str, frozenset[str]] = {}
    for first, second in [*(pair for pair, together in told.items() if together), *found]:
        one = group.get(first, frozenset({first}))
        other = group.get(second, frozenset({second}))
        if not any((min(a, b), max(a, b)) in apart for a in one for b in other):
            group.update(dict.fromkeys(one | other, one | other))
    return sorted(tuple(sorted(members)) for members in set(group.values()))


def preprint(source: Source) -> str:
    """The server that holds a preprint, "" for all else."""
    return _server(doi.key(source.doi), source.url)


@lru_cache(maxsize=20_000)
def _server(here: str, url: str) -> str:
    """Of a DOI's key and an address; each source is asked about once for every pair it is in."""
    for server, begins in PREPRINT_DOIS.items():
        if re.match(begins, here):
            return server
    kept = _PREPRINT_URLS.search(url.lower())
    return kept[1] if kept and not here else ""


def _pairs(sources: list[Source]) -> Iterator[tuple[int, int]]:
    """Places of those that share a DOI, a title or an author: not all pairs of thousands."""
    shared: dict[tuple[str, str], list[int]] = defaultdict(list)
    for place, source in enumerate(sources):
        keys = {("title", "".join(words(source.title)))}
        keys |= {("author", " ".join(words(name))) for name in source.authors if name != "others"}
        keys |= {("doi", doi.key(source.doi))} if source.doi else set()
        if len(keys) == 1 and words(source.title):
            keys.add(("opening", words(source.title)[0]))
        for key in keys:
            shared[key].append(place)
    for places in shared.values():
        yield from combinations(places, 2)


def _link(first: Source, second: Source) -> Link | None:
    if doi.key(first.doi) and doi.key(first.doi) == doi.key(second.doi):
        return Link(first.citekey, second.citekey, "same DOI", f"both have the DOI {first.doi}")
    server = preprint(first) or preprint(second)
    if bool(preprint(first)) != bool(preprint(second)):
        early, late = (first, second) if preprint(first) else (second, first)
        return _preprint_of(early, late, server)
    score = alike(first.title, second.title)
    if score < ALIKE or near(first.year, second.year) is False:
        return None
    author = in_common(first.authors, second.authors)
    if author is False or (author is None and score < 1):
        return None
    two_dois = bool(doi.key(first.doi) and doi.key(second.doi))
    if two_dois and (score < 1 or len(words(first.title)) < _TELLING):
        return None  # two works of one series, or two editorials
    why = "the same title" if score == 1 else "near-same titles"
    why += ", an author in common" if author else ""
    why += ", though the DOIs differ" if two_dois else ""
    return Link(first.citekey, second.citekey, "same work", why)


def _preprint_of(early: Source, late: Source, server: str) -> Link | None:
    score = alike(early.title, late.title)
    author = in_common(early.authors, late.authors)
    if score < _REVISED or author is False or (author is None and score < 1):
        return None
    if not -1 <= (gap(early.year, late.year) or 0) <= _YEARS_IN_REVIEW:
        return None
    why = f"a preprint ({server}) and {'the same' if score == 1 else 'a near-same'} title"
    return Link(early.citekey, late.citekey, "preprint", why)
