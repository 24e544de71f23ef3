"""What digests and entries say in words of their own → the groups that evidence is split into.

Designs are told by the word for a kind of study that comes first: "theory with two case studies" is
theory. The groups of settings are a matter of the topic, so they stand in criteria.yaml.
"""

import re
from collections.abc import Mapping, Sequence

NOT_DESCRIBED = "not described"
NO_YEAR = "year not known"
OTHER_DESIGNS = "other designs"
OTHER_SETTINGS = "other settings"
MOST = 12
"""Groups of settings where criteria.yaml names none; what is rarer goes together."""

_DESIGNS = {
    "systematic reviews": r"systematic|scoping|meta-(?:analy|ethno|synth)|realist (?:\w+ )?review",
    "trials and experiments": r"(?<!non-)\brandomi[sz]ed|quasi-exp|experiment|\bcontrolled|\btrial",
    "surveys and comparisons": (
        r"survey|cohort|cross-sectional|longitudinal|mixed[- ]method|before-and-after|quantitative"
        r"|statistic|modelling|compara(?:tive|ble) (?!case)|comparison|interrupted time"
    ),
    "case and qualitative studies": (
        r"qualitative|interview|ethnograph|case stud|grounded|focus group|observation|evaluation"
        r"|empirical|action research"
    ),
    "other reviews": r"review|overview|synthesis",
    "accounts from practice": (
        r"practice (?:learning )?report|description|process data|reflections|sprint|case stor"
    ),
    "theory": r"theor|conceptual|typology",
    "guidance": r"guid(?:ance|e\b|eline)|toolkit|handbook|standard",
    "opinion": (
        r"opinion|comment|discussion|editorial|blog|viewpoint|perspective|essay|business case"
        r"|proposal|polemic"
    ),
}
STUDIES = frozenset(
    {
        "systematic reviews",
        "trials and experiments",
        "surveys and comparisons",
        "case and qualitative studies",
        "other reviews",
    }
)
"""The groups of designs that look at something, rather than say what somebody thinks."""
DESIGNS = (*_DESIGNS, OTHER_DESIGNS, NOT_DESCRIBED)


def design(said: str) -> str:
    """The group of a study's design, one of DESIGNS."""
    if not said.strip():
        return NOT_DESCRIBED
    found = {name: re.search(words, said.lower()) for name, words in _DESIGNS.items()}
    starts = {name: match.start() for name, match in found.items() if match}
    return min(starts, key=lambda name: starts[name]) if starts else OTHER_DESIGNS


def period(year: str) -> str:
    """Five years from 2000 on ("2015-2019"), "before 2000", or NO_YEAR."""
    if not year[:4].isdecimal() or len(year) < 4:
        return NO_YEAR
    number = int(year[:4])
    first = number - number % 5
    return f"{first}-{first + 4}" if number >= 2000 else "before 2000"


def setting(said: str, groups: Mapping[str, Sequence[str]]) -> str:
    """The first of `groups` (name → words) one of whose words begins a word of what is said of the
    setting; OTHER_SETTINGS for none. Without groups, what is said itself."""
    if not said.strip():
        return NOT_DESCRIBED
    if not groups:
        return " ".join(said.lower().split())
    for name, words in groups.items():
        if any(re.search(rf"\b{re.escape(word)}", said, re.IGNORECASE) for word in words):
            return name
    return OTHER_SETTINGS
