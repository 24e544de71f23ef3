"""What a service is to `lookup` and `openaccess`; each has a file: crossref, europe_pmc, openalex,
arxiv."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from kb.online import Record
from kb.records import Described

ROWS = 5
"""How many records are asked for by title."""


@dataclass(frozen=True, slots=True)
class Service:
    """`by_doi` and `by_title` give the path and query to put after `base`, "" where the service
    cannot be asked that way; `parse` raises OnlineError for an answer of another shape."""

    name: str
    base: str
    by_doi: Callable[[str], str]
    by_title: Callable[[Described], str]
    parse: Callable[[str], tuple[Record, ...]]
    accept: str = "application/json"


def query(path: str, parameters: dict[str, str | int]) -> str:
    """Path and query, everything in the values escaped."""
    return f"{path}?{urlencode(parameters, quote_via=quote)}"
