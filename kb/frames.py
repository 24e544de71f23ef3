"""Records → pandas DataFrames, one row an item, for notebooks."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from kb.exporting import json
from kb.records import Answer, Hit, SourceSummary

if TYPE_CHECKING:
    import pandas as pd


def to_frame(given: "Answer | Iterable[Hit] | Iterable[SourceSummary]") -> "pd.DataFrame":
    """A DataFrame of an answer's items (with the column `group`: supporting, challenging or
    context), of search hits, or of sources. Nested values become columns such as
    `locator.section`."""
    import pandas as pd

    return pd.json_normalize(_rows(given))


def _rows(given: Answer | Iterable[Hit] | Iterable[SourceSummary]) -> list[dict[str, Any]]:
    if isinstance(given, Answer):
        groups = ("supporting", "challenging", "context")
        return [
            {"group": group, **json.evidence(item)}
            for group in groups
            for item in getattr(given, group)
        ]
    return [
        row
        for item in given
        for row in (json.hits([item]) if isinstance(item, Hit) else json.sources([item]))
    ]
