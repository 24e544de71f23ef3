"""Records → pandas DataFrames, one row an item, for notebooks."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from kb.exporting import json, map_csv, map_json
from kb.maps import EvidenceMap, Gap
from kb.records import Answer, Hit, SourceSummary

if TYPE_CHECKING:
    import pandas as pd


def to_frame(
    given: "Answer | EvidenceMap | Iterable[Hit] | Iterable[SourceSummary] | Iterable[Gap]",
) -> "pd.DataFrame":
    """A DataFrame of an answer's items (with the column `group`: supporting, challenging or
    context), of the cells of an evidence map, of gaps, of search hits, or of sources. Nested
    values become columns such as `locator.section`."""
    import pandas as pd

    return pd.json_normalize(_rows(given))


def _rows(
    given: Answer | EvidenceMap | Iterable[Hit] | Iterable[SourceSummary] | Iterable[Gap],
) -> list[dict[str, Any]]:
    if isinstance(given, EvidenceMap):
        return map_csv.rows(given)
    if isinstance(given, Answer):
        groups = ("supporting", "challenging", "context")
        return [
            {"group": group, **json.evidence(item)}
            for group in groups
            for item in getattr(given, group)
        ]
    return [row for item in given for row in _of(item)]


def _of(item: Hit | SourceSummary | Gap) -> list[dict[str, Any]]:
    match item:
        case Hit():
            return json.hits([item])
        case Gap():
            return map_json.gaps([item])
        case _:
            return json.sources([item])
