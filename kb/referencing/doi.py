"""DOIs as people, publishers and programs write them in, the DOI alone out.

The form of a DOI: https://www.doi.org/doi-handbook/HTML/doi-name-syntax.html; what is here finds
all that Crossref has ever registered but for a few thousand of before 2005.
"""

import re
from functools import lru_cache
from urllib.parse import unquote

# SICI names of the 1990s hold <1661::AID-SIM968>; any other < ends an address.
_DOI = re.compile(r"10\.\d{4,9}(?:\.\d+)*/(?:[^\s\"<>{}\\]|<\d+:[^\s<>]*>)+", re.IGNORECASE)


def bare(text: str) -> str:
    """The first DOI in `text`, without an address before it or punctuation after it; "" if there
    is none. "https://doi.org/10.1000/182." → "10.1000/182"."""
    match = _DOI.search(unquote(text))
    if not match:
        return ""
    found = match[0].rstrip(".,;:'’”*")
    while found.endswith((")", "]")) and found.count(found[-1]) > found.count(_OPENS[found[-1]]):
        found = found[:-1].rstrip(".,;:")
    return found


_OPENS = {")": "(", "]": "["}


@lru_cache(maxsize=20_000)
def key(text: str) -> str:
    """What two spellings of one DOI have in common: DOIs know no upper and lower case."""
    return bare(text).lower()
