"""annotations.jsonl: people's tags and verdicts, one JSON object a line, only ever added to.

    {"type": "tags", "passage": ID, "quote": TEXT, "criteria": [ID, ...], "by": NAME, "at": DATE}
    {"type": "verdict", "passage": ID, "quote": TEXT, "circumstance": ID,
     "stance": "supports" | "challenges" | "neutral", "by": NAME, "at": DATE, "sure": WORD}

"tags" is a person's whole reading of a passage: a criterion not listed is one they did not see in
it. Of two lines by the same person on the same thing the one with the later `at` counts, whatever
their order in the file, so that two people's files merge line by line.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kb import handwritten
from kb.errors import AnnotationError
from kb.records import Stance, Verdict

_TAGS: dict[str, type] = {
    "type": str,
    "passage": str,
    "quote": str,
    "criteria": list,
    "by": str,
    "at": str,
}
_VERDICT: dict[str, type] = dict.fromkeys(
    ("type", "passage", "quote", "circumstance", "stance", "by", "at"), str
)


@dataclass(frozen=True, slots=True)
class Annotations:
    """`readings`: (passage id, person) → the criteria they saw in it; `verdicts`: passage id and
    circumstance id → one verdict a person, by name; `quotes`: passage id → the text judged."""

    readings: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    verdicts: dict[tuple[str, str], tuple[Verdict, ...]] = field(default_factory=dict)
    quotes: dict[str, str] = field(default_factory=dict)


def load(path: Path) -> Annotations:
    """All that counts of the file; nothing if there is none. Raises AnnotationError with the
    line of what cannot be read."""
    if not path.exists():
        return Annotations()
    lines = handwritten.read(path, AnnotationError, "restore it from git").split("\n")
    latest: dict[tuple[str, ...], tuple[str, str, dict[str, Any]]] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        row = _row(path, number, line)
        key = (row["type"], row["passage"], row.get("circumstance", ""), row["by"])
        latest[key] = max(latest.get(key, ("", "", {})), (row["at"], line, row), key=_moment)
    return _folded([row for _, _, row in sorted(latest.values(), key=_moment)])


def _moment(entry: tuple[str, str, dict[str, Any]]) -> tuple[str, str]:
    """When, then the line itself: an order that does not depend on the file's."""
    return entry[0], entry[1]


def _row(path: Path, number: int, line: str) -> dict[str, Any]:
    where = f"{path}:{number}"
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise AnnotationError(f"{where}: not JSON ({error}); mend or remove the line") from None
    kind = row.get("type") if isinstance(row, dict) else None
    wanted = {"tags": _TAGS, "verdict": _VERDICT}.get(str(kind))
    if wanted is None:
        raise AnnotationError(f'{where}: \'type\' must be "tags" or "verdict"; mend the line')
    for name, kind_of in wanted.items():
        if not isinstance(row.get(name), kind_of):
            raise AnnotationError(f"{where}: '{name}' must be a {kind_of.__name__}; mend the line")
    if kind == "verdict" and row["stance"] not in set(Stance):
        raise AnnotationError(
            f"{where}: stance '{row['stance']}' is not one of: {', '.join(Stance)}; mend the line"
        )
    return dict(row)


def _folded(rows: list[dict[str, Any]]) -> Annotations:
    """`rows` in the order in which they were written; people in the order of their names."""
    found = Annotations(quotes={row["passage"]: row["quote"] for row in rows})
    for row in sorted(rows, key=lambda row: str(row["by"])):
        if row["type"] == "tags":
            found.readings[row["passage"], row["by"]] = tuple(map(str, row["criteria"]))
            continue
        verdict = Verdict(
            passage_id=row["passage"],
            circumstance=row["circumstance"],
            stance=Stance(row["stance"]),
            by=row["by"],
            sure=str(row.get("sure") or ""),
        )
        key = (verdict.passage_id, verdict.circumstance)
        found.verdicts[key] = (*found.verdicts.get(key, ()), verdict)
    return found
