"""A question as typed in, a full-text query out: user text never reaches FTS5 as syntax."""

import re

_WORD = re.compile(r"\w+")
_QUOTED = re.compile(r'"([^"]*)"|“([^”]*)”')

# Words that say how something is asked or bind a sentence together. Dropping them raised nDCG@10
# on SciFact to 0.683; see docs/results.md.
STOP_WORDS = frozenset(
    """a about above after again against all also am an and any are as at be because been before
    being below between both but by can could did do does doing down during each evidence few find
    for from further had has have having he her here hers him his how i if in into is it its itself
    just me might more most must my no nor not now of off on once only or other our out over own
    same shall she should show shows so some such than that the their theirs them then there these
    they this those through to too under until up us very was we were what when where which while
    who whom why will with would you your""".split()
)


def words(text: str) -> list[str]:
    """The words of a text in lower case, in order, without stop words."""
    return [word for word in _WORD.findall(text.lower()) if word not in STOP_WORDS]


def fts_query(question: str) -> str:
    """An FTS5 query for any of the question's words, each quoted; "" when none is left."""
    return " OR ".join(f'"{word}"' for word in dict.fromkeys(words(question)))


def phrases(question: str) -> list[str]:
    """FTS5 queries for what stands in quotation marks, word after word."""
    quoted = (one or other for one, other in _QUOTED.findall(question))
    found = (" ".join(_WORD.findall(text)) for text in quoted)
    return [f'text : "{words}"' for words in found if words]
