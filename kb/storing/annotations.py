"""annotations.jsonl: people's tags and verdicts, one JSON object a line, only ever added to.

    {"type": "tags", "passage": ID, "quote": TEXT, "criteria": [ID, ...], "by": NAME, "at": TIME}
    {"type": "verdict", "passage": ID, "quote": TEXT, "circumstance": ID, "claim": TEXT,
     "stance": "supports" | "challenges" | "neutral", "by": NAME, "at": TIME,
     "sure": "clear" | "arguable"}

`quote` is the whole text of the passage and `claim` the circumstance's statement as it was judged,
so that a judgement can never slide to other words. "tags" is a person's whole reading of a passage:
a criterion not listed is one they did not see in it. `at` is an ISO date or time. Of two lines by
the same person on the same thing the later one counts, whatever their order in the file, so that
two people's files merge line by line.
"""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kb import handwritten
from kb.errors import AnnotationError
from kb.records import Stance, Verdict, passage_id

_TEXT = ("type", "passage", "quote", "by", "at")
_REQUIRED: dict[str, dict[str, type]] = {
    "tags": {**dict.fromkeys(_TEXT, str), "criteria": list},
    "verdict": dict.fromkeys((*_TEXT, "circumstance", "claim", "stance"), str),
}
_OPTIONAL = ("sure", "why")
_SURE = ("clear", "arguable")


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
    latest: dict[tuple[str, ...], list[tuple[int, dict[str, Any]]]] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        row = _row(f"{path}:{number}", line)
        key = (row["type"], row["passage"], row.get("circumstance", ""), row["by"])
        so_far = latest.get(key, [])
        if not so_far or so_far[0][1]["at"] < row["at"]:
            latest[key] = [(number, row)]
        elif so_far[0][1]["at"] == row["at"]:
            so_far.append((number, row))
    rows = [_only(path, alike) for alike in latest.values()]
    return _folded(sorted(rows, key=lambda row: (row["by"], row["at"], row["quote"])))


def _only(path: Path, alike: list[tuple[int, dict[str, Any]]]) -> dict[str, Any]:
    """What one person last said on one thing, of lines with one `at`, which must then agree."""
    (first, row), *others = alike
    for number, other in others:
        if other != row:
            raise AnnotationError(
                f"{path}:{number}: {row['by']} says something else on line {first} with the same "
                "'at'; give the later one a later time, such as 2026-01-31T10:30"
            )
    return row


def _row(where: str, line: str) -> dict[str, Any]:
    """One line, checked; `at` becomes a time that can be compared."""
    try:
        row: dict[str, Any] = json.loads(line)
        line.encode()
        json.dumps(row, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise AnnotationError(f"{where}: not JSON ({error}); mend or remove the line") from None
    kind = str(row.get("type")) if isinstance(row, dict) else ""
    required = _REQUIRED.get(kind)
    if required is None:
        raise AnnotationError(f'{where}: \'type\' must be "tags" or "verdict"; mend the line')
    for name, wanted in required.items():
        if not isinstance(row.get(name), wanted) or (wanted is str and not row[name].strip()):
            raise AnnotationError(f"{where}: '{name}' must be a {wanted.__name__}; mend the line")
    if unknown := sorted(row.keys() - required.keys() - set(_OPTIONAL)):
        raise AnnotationError(f"{where}: unknown '{unknown[0]}'; remove it or mend its spelling")
    if complaint := _complaint(row):
        raise AnnotationError(f"{where}: {complaint}")
    return row | {"at": _moment(str(row["at"]))}


def _complaint(row: dict[str, Any]) -> str:
    """What is wrong with the values of a line whose keys are right; "" if nothing."""
    if row["type"] == "verdict" and row["stance"] not in set(Stance):
        return f"stance '{row['stance']}' is not one of: {', '.join(Stance)}; mend the line"
    if row.get("sure") not in (None, "", *_SURE):
        return f"'sure' must be one of: {', '.join(_SURE)}; mend the line"
    if _moment(row["at"]) is None:
        return f"'at' is '{row['at']}'; write a date or time such as 2026-01-31 or 2026-01-31T10:30"
    if passage_id(row["passage"].partition("#")[0], row["quote"]) != row["passage"]:
        return (
            f"'quote' is not the text that '{row['passage']}' names; copy both from what "
            "'kb show --json' prints"
        )
    return ""


def _moment(at: str) -> datetime | None:
    """An ISO date or time; without a zone it is taken as UTC."""
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _folded(rows: list[dict[str, Any]]) -> Annotations:
    """People in the order of their names."""
    found = Annotations(quotes={row["passage"]: row["quote"] for row in rows})
    for row in rows:
        if row["type"] == "tags":
            found.readings[row["passage"], row["by"]] = tuple(map(str, row["criteria"]))
            continue
        verdict = Verdict(
            passage_id=row["passage"],
            circumstance=row["circumstance"],
            stance=Stance(row["stance"]),
            by=row["by"],
            claim=row["claim"],
            sure=str(row.get("sure") or ""),
        )
        key = (verdict.passage_id, verdict.circumstance)
        found.verdicts[key] = (*found.verdicts.get(key, ()), verdict)
    return found
